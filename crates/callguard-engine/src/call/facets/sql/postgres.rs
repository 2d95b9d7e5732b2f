//! What PostgreSQL has and the parser lacks, as far as a statement touches the same without it.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};
use std::collections::HashSet;
use std::ops::Range;

/// What was left out: before which token, and what.
#[derive(Default)]
pub(super) struct LeftOut {
    words: Vec<(usize, String)>,
}

impl LeftOut {
    /// Tokens that the parser knows, and what was left out of them.
    pub(super) fn of(tokens: Vec<TokenWithSpan>) -> (Vec<TokenWithSpan>, LeftOut) {
        let mut left_out = LeftOut::default();
        if !has_any(&tokens) {
            return (tokens, left_out);
        }
        let found = places(&tokens);
        let mut kept = Vec::with_capacity(tokens.len());
        for (at, token) in tokens.into_iter().enumerate() {
            if found.contains(&at) {
                left_out.words.push((kept.len(), token.token.to_string()));
            } else {
                kept.push(token);
            }
        }
        (kept, left_out)
    }

    /// What was left out between two tokens, as a comment: what is said with it is no other statement's text.
    pub(super) fn remark(&self, between: Range<usize>) -> String {
        let words: Vec<&str> =
            self.words.iter().filter(|(at, _)| between.contains(at)).map(|(_, word)| word.as_str()).collect();
        if words.is_empty() { String::new() } else { format!(" /* {} */", words.join(" ")) }
    }
}

/// Whether there may be anything to leave out: most statements have nothing.
fn has_any(tokens: &[TokenWithSpan]) -> bool {
    const WORDS: [&str; 8] = ["ONLY", "EXCLUDE", "VARIADIC", "UESCAPE", "LOCAL", "OVERRIDING", "SEARCH", "CYCLE"];
    let mut before = None;
    tokens.iter().map(|token| &token.token).filter(|token| !is_space(token)).any(|token| {
        let before = before.replace(token);
        match token {
            Token::LBracket => true,
            Token::Mul => before.is_some_and(|word| matches!(word, Token::Word(_)) && !is(word, "SELECT")),
            Token::Period => before == Some(&Token::RParen),
            word => WORDS.iter().any(|known| is(word, known)),
        }
    })
}

fn is_space(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_) | Token::EOF)
}

/// Which tokens are left out.
fn places(tokens: &[TokenWithSpan]) -> HashSet<usize> {
    let places: Vec<(usize, &Token)> =
        tokens.iter().map(|token| &token.token).enumerate().filter(|(_, token)| !is_space(token)).collect();
    let all: Vec<&Token> = places.iter().map(|(_, token)| *token).collect();
    let mut found = HashSet::new();
    let (mut at, mut sets) = (0, false);
    while let Some(token) = all.get(at) {
        match keyword(token) {
            Some(Keyword::SET) => sets = true,
            Some(Keyword::FROM | Keyword::WHERE | Keyword::RETURNING) => sets = false,
            _ if **token == Token::SemiColon => sets = false,
            _ => {}
        }
        let (before, rest) = all.split_at_checked(at).unwrap_or((&[], &[]));
        let count = begins(before, rest, sets);
        let last = at.saturating_add(count);
        found.extend(places.get(at..last).unwrap_or(&[]).iter().map(|(place, _)| *place));
        if let Some(closing) = closing(before, rest) {
            let mark = |offset: usize| places.get(at.saturating_add(offset)).map(|(place, _)| *place);
            found.extend(mark(1));
            found.extend(mark(closing));
        }
        at = at.saturating_add(count.max(1));
    }
    found
}

/// How many tokens are left out from here on.
fn begins(before: &[&Token], rest: &[&Token], sets: bool) -> usize {
    let last = before.last().copied();
    match rest {
        [Token::Mul, after @ ..] if names_a_table(before) && ends_a_table(after.first().copied()) => 1,
        [Token::Period, Token::Mul, ..] if last == Some(&Token::RParen) => 2,
        [Token::LBracket, ..] if sets && is_assigned(before) => subscripts(rest),
        [first, ..] if is(first, "ONLY") && opens_a_table(last) => 1,
        [first, next, ..]
            if is(first, "VARIADIC")
                && matches!(last, Some(Token::LParen | Token::Comma))
                && !matches!(next, Token::Comma | Token::RParen) =>
        {
            1
        }
        [first, Token::SingleQuotedString(_), ..]
            if is(first, "UESCAPE") && matches!(last, Some(Token::UnicodeStringLiteral(_))) =>
        {
            2
        }
        [first, second, ..] if is(first, "AT") && is(second, "LOCAL") => 2,
        [first, second, third, ..]
            if is(first, "OVERRIDING") && (is(second, "SYSTEM") || is(second, "USER")) && is(third, "VALUE") =>
        {
            3
        }
        [first, ..] if is(first, "EXCLUDE") => excluded(rest),
        [first, ..] if last == Some(&Token::RParen) && (is(first, "SEARCH") || is(first, "CYCLE")) => traversal(rest),
        _ => 0,
    }
}

/// `ONLY (orders)`: where the parenthesis after `ONLY` closes.
fn closing(before: &[&Token], rest: &[&Token]) -> Option<usize> {
    let [first, Token::LParen, inner @ ..] = rest else { return None };
    let end = inner.iter().position(|token| !matches!(token, Token::Word(_) | Token::Period))?;
    let is_name = end > 0 && inner.get(end) == Some(&&Token::RParen);
    (is(first, "ONLY") && opens_a_table(before.last().copied()) && is_name).then(|| end.saturating_add(2))
}

/// Whether a table follows, and nothing else.
fn opens_a_table(before: Option<&Token>) -> bool {
    before == Some(&Token::Comma)
        || matches!(before.and_then(keyword), Some(Keyword::FROM | Keyword::UPDATE | Keyword::JOIN | Keyword::USING))
}

/// Whether the name of a table stands before.
fn names_a_table(before: &[&Token]) -> bool {
    let mut before = before.iter().rev().copied();
    loop {
        if !matches!(before.next(), Some(Token::Word(_))) {
            return false;
        }
        match before.next() {
            Some(Token::Period) => {}
            Some(token) => return *token != Token::Comma && (opens_a_table(Some(token)) || is(token, "ONLY")),
            None => return false,
        }
    }
}

/// Whether no operand follows, so that a `*` multiplies nothing.
fn ends_a_table(after: Option<&Token>) -> bool {
    use Keyword::{
        AS, CROSS, EXCEPT, FETCH, FOR, FULL, GROUP, HAVING, INNER, INTERSECT, JOIN, LIMIT, NATURAL, OFFSET, ON, ORDER,
        RETURNING, SET, UNION, USING, WHERE, WINDOW,
    };
    match after {
        None | Some(Token::SemiColon | Token::RParen) => true,
        Some(token) => matches!(
            keyword(token),
            Some(
                AS | CROSS
                    | EXCEPT
                    | FETCH
                    | FOR
                    | FULL
                    | GROUP
                    | HAVING
                    | INNER
                    | INTERSECT
                    | JOIN
                    | LIMIT
                    | NATURAL
                    | OFFSET
                    | ON
                    | ORDER
                    | RETURNING
                    | SET
                    | UNION
                    | USING
                    | WHERE
                    | WINDOW
            )
        ),
    }
}

/// Whether a column that is assigned to stands before.
fn is_assigned(before: &[&Token]) -> bool {
    match before {
        [.., Token::Comma, Token::Word(_)] => true,
        [.., set, Token::Word(_)] => keyword(set) == Some(Keyword::SET),
        _ => false,
    }
}

/// `[1]`, `[2:3]` before a `=`.
fn subscripts(rest: &[&Token]) -> usize {
    let is_part = |token: &&&Token| {
        matches!(token, Token::LBracket | Token::RBracket | Token::Number(..) | Token::Colon | Token::Minus)
    };
    let count = rest.iter().take_while(is_part).count();
    if rest.get(count) == Some(&&Token::Eq) { count } else { 0 }
}

/// `EXCLUDE CURRENT ROW`, `GROUP`, `TIES` or `NO OTHERS` at the end of a window.
fn excluded(rest: &[&Token]) -> usize {
    match rest {
        [_, first, second, Token::RParen, ..]
            if is(first, "CURRENT") && is(second, "ROW") || is(first, "NO") && is(second, "OTHERS") =>
        {
            3
        }
        [_, first, Token::RParen, ..] if is(first, "GROUP") || is(first, "TIES") => 2,
        _ => 0,
    }
}

/// `SEARCH DEPTH FIRST BY a, b SET c` and `CYCLE a, b SET c USING d`, which add columns to a recursive query.
fn traversal(rest: &[&Token]) -> usize {
    let searched = match rest {
        [first, how, second, by, ..]
            if is(first, "SEARCH")
                && (is(how, "DEPTH") || is(how, "BREADTH"))
                && is(second, "FIRST")
                && is(by, "BY") =>
        {
            set_after(rest, 4)
        }
        _ => 0,
    };
    let cycle = rest.get(searched..).unwrap_or(&[]);
    if !cycle.first().is_some_and(|first| is(first, "CYCLE")) {
        return searched;
    }
    let named = set_after(cycle, 1);
    let marked = match cycle.get(named..).unwrap_or(&[]) {
        [to, mark, default, other, ..]
            if is(to, "TO") && is(default, "DEFAULT") && is_plain(mark) && is_plain(other) =>
        {
            4
        }
        _ => 0,
    };
    let using = named.saturating_add(marked);
    match cycle.get(using..).unwrap_or(&[]) {
        [using_word, Token::Word(_), ..] if named > 0 && is(using_word, "USING") => {
            searched.saturating_add(using).saturating_add(2)
        }
        _ => searched,
    }
}

/// Tokens up to and with `a, b SET c`, of which the first stands at `from`; none if it is not so.
fn set_after(tokens: &[&Token], from: usize) -> usize {
    let names = tokens.get(from..).unwrap_or(&[]);
    let is_name =
        |token: &&&Token| matches!(token, Token::Comma) || matches!(token, Token::Word(_)) && !is(token, "SET");
    let count = names.iter().take_while(is_name).count();
    match names.get(count..).unwrap_or(&[]) {
        [set, Token::Word(_), ..] if count > 0 && is(set, "SET") => from.saturating_add(count).saturating_add(2),
        _ => 0,
    }
}

fn is_plain(token: &Token) -> bool {
    matches!(token, Token::Number(..) | Token::SingleQuotedString(_) | Token::Word(_))
}

fn keyword(token: &Token) -> Option<Keyword> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    }
}

/// Whether a token is that word, without quotes.
fn is(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::call::SideEffect;
    use crate::call::facets::sql::{SqlScript, Statement};
    use crate::decide::Truth;
    use crate::policy::model::SqlDialect;

    fn one(text: &str) -> Statement {
        let facet = SqlScript::parse(text, SqlDialect::Postgres);
        assert_eq!((facet.values.len(), &facet.open), (1, &None), "{text}");
        facet.values.into_iter().next().unwrap().value
    }

    #[test]
    fn what_only_postgres_has_is_read() {
        for text in [
            "SELECT * FROM orders * LIMIT 1",
            "SELECT * FROM ONLY (orders), ONLY public.customers c",
            "SELECT (c).*, (c).name FROM customers c",
            "SELECT (json_populate_record(NULL::orders, data)).* FROM events",
            "SELECT U&'d!0061ta' UESCAPE '!'",
            "SELECT sum(x) OVER (ROWS UNBOUNDED PRECEDING EXCLUDE GROUP) FROM t",
            "SELECT max(a) OVER (ORDER BY id ROWS 2 PRECEDING EXCLUDE CURRENT ROW) FROM t",
            "SELECT max(a) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE NO OTHERS) FROM t",
            "SELECT format('%s', VARIADIC ARRAY['a'])",
            "SELECT now() AT LOCAL",
            "WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT n+1 FROM t) SEARCH DEPTH FIRST BY n SET o SELECT * FROM t",
            "WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT n+1 FROM t) CYCLE n SET c TO true DEFAULT false USING p SELECT * FROM t",
        ] {
            assert_eq!(one(text).side_effect(), Some(SideEffect::Read), "{text}");
        }
        for text in [
            "DELETE FROM ONLY orders WHERE id = 1",
            "DELETE FROM orders * WHERE id = 1",
            "DELETE FROM ONLY public.orders AS o WHERE o.id = 5",
            "UPDATE ONLY (orders) SET total = 1 WHERE id = 2",
            "UPDATE orders SET tags[1] = 'x', items[2:3] = '{a,b}' WHERE id = 1",
            "INSERT INTO orders (id) OVERRIDING SYSTEM VALUE VALUES (1)",
        ] {
            let statement = one(text);
            assert_eq!(statement.is_unbounded(), Truth::False, "{text}");
            let tables: Vec<String> = statement.tables().collect();
            assert!(tables == ["orders"] || tables == ["public.orders"], "{text}: {tables:?}");
        }
        assert_eq!(one("DELETE FROM ONLY orders").is_unbounded(), Truth::True);
        assert_eq!(one("UPDATE orders * SET a = 1").is_unbounded(), Truth::True);
    }

    #[test]
    fn what_is_left_out_is_no_more_than_that() {
        for text in [
            "SELECT f(VARIADIC ARRAY[pg_sleep(1)])",
            "SELECT (ROW(nextval('s'))).*",
            "UPDATE orders SET tags[pg_sleep(1)] = 'x' WHERE id = 1",
            "SELECT * FROM ONLY (SELECT pg_sleep(1))",
        ] {
            let facet = SqlScript::parse(text, SqlDialect::Postgres);
            let reads = facet.values.iter().all(|one| one.value.side_effect() == Some(SideEffect::Read));
            assert!(facet.open.is_some() || !reads, "{text}");
        }
        let (with, without) = (one("SELECT f(VARIADIC a) FROM t"), one("SELECT f(a) FROM t"));
        assert_ne!(with.text(), without.text());
        assert_eq!(one("SELECT a IS DISTINCT FROM b * c FROM t").text(), "SELECT a IS DISTINCT FROM b * c FROM t");
    }
}
