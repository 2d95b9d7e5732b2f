//! Regexes that hardly find what they were written for.

use super::Finding;
use super::subject::{Subject, operators};
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::source::Node;
use regex_syntax::ast::{self, Ast, parse::Parser};

pub(crate) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for entry in subject.leaves().filter_map(|leaf| subject.entry(leaf)) {
        let regexes = operators(entry).into_iter().filter(|(name, ..)| matches!(*name, "matches" | "not_matches"));
        for node in regexes.flat_map(|(_, operand, _)| operand.as_list().unwrap_or(std::slice::from_ref(operand))) {
            found.extend(boundary(node));
        }
    }
    found
}

/// A `\b` before a sign, which only holds after a letter.
fn boundary(node: &Node) -> Option<Finding> {
    let text = &node.as_scalar()?.text;
    let sign = boundary_before(&Parser::new().parse(text).ok()?)?;
    let message = format!("`\\b` before `{sign}` holds only right after a letter, a digit or `_`");
    let found = Diagnostic::warning(Code::BoundaryAtSign, node.span, message)
        .label(format!("finds nothing where a space stands before `{sign}`"))
        .help(format!("write `(^|\\s){sign}` for the start of a word that begins with `{sign}`"));
    Some(Finding::plain(found))
}

/// The sign right behind a `\b` with which nothing, or something else than a letter, stands before.
fn boundary_before(regex: &Ast) -> Option<char> {
    let mut open = vec![regex];
    while let Some(part) = open.pop() {
        match part {
            Ast::Concat(parts) => {
                let word = |part: Option<&Ast>| matches!(part, Some(Ast::Assertion(found)) if found.kind == ast::AssertionKind::WordBoundary);
                let sign = parts.asts.iter().enumerate().find_map(|(index, part)| {
                    let Ast::Literal(literal) = part else { return None };
                    let behind = word(index.checked_sub(1).and_then(|before| parts.asts.get(before)));
                    let first = index <= 1;
                    let is_sign = !literal.c.is_alphanumeric() && literal.c != '_' && !literal.c.is_whitespace();
                    (behind && first && is_sign).then_some(literal.c)
                });
                if sign.is_some() {
                    return sign;
                }
                open.extend(&parts.asts);
            }
            Ast::Alternation(parts) => open.extend(&parts.asts),
            Ast::Group(group) => open.push(&group.ast),
            Ast::Repetition(repeated) => open.push(&repeated.ast),
            _ => {}
        }
    }
    None
}
