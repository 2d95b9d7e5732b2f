//! Operands of the typed facets, which parse them themselves.

use super::Cx;
use super::operand::{bad, each, field, flag, length, refused, text, unescaped};
use super::tests_of::Written;
use crate::call::facets::OperandError;
use crate::call::facets::path::PathTest;
use crate::policy::model::{Test, TypedTest};
use crate::policy::register::operators::Takes;
use crate::source::Node;

/// An operator of a typed facet.
pub(super) fn test(written: Written, node: &Node, cx: &mut Cx<'_>) -> Option<Test> {
    let name = written.row.name;
    let positive = match written.row.takes {
        Takes::TypedFlag(make) => make(flag(node, name, cx)?),
        Takes::Ports(make) => {
            let items = each(node, name, cx)?;
            let ports: Vec<Option<u64>> = items.iter().map(|item| length(item, name, cx)).collect();
            parsed(make, node, items, ports.into_iter().collect::<Option<Vec<_>>>()?, cx)?
        }
        Takes::Typed(make) => {
            let items = each(node, name, cx)?;
            parsed(make, node, items, words(name, items, cx)?, cx)?
        }
        _ => return None,
    };
    Some(Test::Typed(written.negatable(positive)))
}

/// Equality on `call.paths`: a path is equal in any of its readings.
pub(super) fn places(written: Written, node: &Node, items: &[Node], cx: &mut Cx<'_>) -> Option<Test> {
    let words = words(written.row.name, items, cx)?;
    let positive = parsed(|places| PathTest::equals(places).map(TypedTest::Path), node, items, words, cx)?;
    Some(Test::Typed(written.negatable(positive)))
}

fn words(operator: &str, items: &[Node], cx: &mut Cx<'_>) -> Option<Vec<String>> {
    let words: Vec<Option<String>> = items.iter().map(|item| word(operator, item, cx)).collect();
    words.into_iter().collect()
}

fn word(operator: &str, node: &Node, cx: &mut Cx<'_>) -> Option<String> {
    // A plain `~` is null in YAML, and the home among paths.
    let home = node.as_scalar().is_some_and(|scalar| scalar.text == "~");
    let written = if home { "~".to_owned() } else { text(node, operator, cx)? };
    if field(&written).is_some() {
        let help = "fields stand where one value is compared; `$${…}` is the text itself";
        bad(cx, node.span, format!("`{operator}` takes no `\"${{selector}}\"`"), help);
        return None;
    }
    Some(unescaped(&written).to_owned())
}

/// Parses the operands; what is refused is shown at the one that is wrong by itself, else at the whole list.
fn parsed<T: Clone>(
    make: impl Fn(&[T]) -> Result<TypedTest, OperandError>,
    node: &Node,
    items: &[Node],
    operands: Vec<T>,
    cx: &mut Cx<'_>,
) -> Option<TypedTest> {
    let error = match make(&operands) {
        Ok(test) => return Some(test),
        Err(error) => error,
    };
    let mut singly = items.iter().zip(&operands);
    let wrong = singly.find(|(_, operand)| make(std::slice::from_ref(*operand)).as_ref().err() == Some(&error));
    cx.report(refused(wrong.map_or(node.span, |(item, _)| item.span), error));
    None
}
