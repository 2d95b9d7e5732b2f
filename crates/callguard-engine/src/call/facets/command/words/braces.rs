//! Brace expansion: `{a,b}` and `{1..3}`, before anything else is read.

use super::super::scan::{to_closing_brace, to_closing_paren};
use std::cell::Cell;

/// Words that one may expand to; more, and it is not followed.
const MOST_WORDS: usize = 64;

/// Bytes that may be looked at for all the braces of a line.
pub(in super::super) const FUEL: usize = 64 * 1024;

/// Whether there may be braces to expand: `${x}` is none.
pub(super) fn may_be_in(source: &str) -> bool {
    let bytes = source.as_bytes();
    let is_parameter = |at: usize| at.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'$');
    let mut opened = memchr::memchr_iter(b'{', bytes);
    opened.any(|at| !is_parameter(at)) || source.contains("${") && source.contains('\\')
}

/// Every word that braces make of one. `None`: too many, nested too deeply, or no fuel is left.
pub(super) fn expand(source: &str, fuel: &Cell<usize>) -> Option<Vec<String>> {
    let mut waiting = vec![source.to_owned()];
    let mut done = Vec::new();
    while let Some(source) = waiting.pop() {
        match first(&source, fuel).ok()? {
            None => done.push(source),
            Some((before, items, after)) => {
                waiting.extend(items.iter().rev().map(|item| format!("{before}{item}{after}")));
            }
        }
        if waiting.len().saturating_add(done.len()) > MOST_WORDS || source_is_long(&waiting) {
            return None;
        }
    }
    Some(done)
}

fn source_is_long(waiting: &[String]) -> bool {
    waiting.iter().map(String::len).fold(0, usize::saturating_add) > 64 * 1024
}

/// What stands before a brace, its items, and what follows.
type Brace<'a> = (&'a str, Vec<String>, &'a str);

/// The first brace that is an expansion. `Err`: too many to look at.
fn first<'a>(source: &'a str, fuel: &Cell<usize>) -> Result<Option<Brace<'a>>, ()> {
    let mut rest = source;
    for _ in 0..MOST_WORDS {
        fuel.set(fuel.get().checked_sub(source.len()).ok_or(())?);
        let open = if rest.contains('{') { next_unquoted(rest, &['{']) } else { None };
        let Some((_, inner)) = open.and_then(|open| rest.split_at_checked(open.saturating_add(1))) else {
            return Ok(None);
        };
        if let Some((items, after)) = items(inner) {
            let before = source.len().saturating_sub(inner.len()).saturating_sub(1);
            return Ok(Some((source.get(..before).unwrap_or_default(), items, after)));
        }
        rest = inner;
    }
    Err(())
}

/// The items of a brace that has just been opened, and what follows its end.
fn items(inner: &str) -> Option<(Vec<String>, &str)> {
    let (mut items, mut depth, mut item, mut rest) = (Vec::new(), 0_usize, 0_usize, inner);
    let at = |rest: &str| inner.len().saturating_sub(rest.len());
    loop {
        let found = next_unquoted(rest, &['{', ',', '}'])?;
        let place = at(rest).saturating_add(found);
        let (head, after) = inner.split_at_checked(place.saturating_add(1))?;
        match (head.chars().next_back()?, depth) {
            ('{', _) => depth = depth.saturating_add(1),
            (',', 0) => {
                items.push(inner.get(item..place)?.to_owned());
                item = place.saturating_add(1);
            }
            ('}', 0) => {
                let last = inner.get(item..place)?;
                if !items.is_empty() {
                    items.push(last.to_owned());
                    return Some((items, after));
                }
                return Some((sequence(last)?, after));
            }
            ('}', _) => depth = depth.saturating_sub(1),
            _ => {}
        }
        rest = after;
    }
}

/// `1..3`, `a..c`, with an optional step.
fn sequence(text: &str) -> Option<Vec<String>> {
    let mut parts = text.split("..");
    let (first, last, step, more) = (parts.next()?, parts.next()?, parts.next(), parts.next());
    let step = step.map_or(Some(1), |step| step.parse::<i64>().ok())?.unsigned_abs().max(1);
    if more.is_some() {
        return None;
    }
    let number = |text: &str| text.parse::<i64>().ok();
    let letter = |text: &str| {
        let mut chars = text.chars();
        chars.next().filter(|c| chars.as_str().is_empty() && c.is_ascii_alphabetic())
    };
    let (from, to, as_letters) = match (number(first), number(last), letter(first), letter(last)) {
        (Some(from), Some(to), ..) => (from, to, false),
        (_, _, Some(from), Some(to)) => (i64::from(u32::from(from)), i64::from(u32::from(to)), true),
        _ => return None,
    };
    let width = if first.starts_with('0') || last.starts_with('0') { first.len().max(last.len()) } else { 0 };
    let mut items = Vec::new();
    let mut at = from;
    while (from <= to && at <= to) || (from > to && at >= to) {
        items.push(match u32::try_from(at).ok().and_then(char::from_u32).filter(|_| as_letters) {
            Some(letter) => letter.to_string(),
            None => format!("{at:0width$}"),
        });
        if items.len() > MOST_WORDS {
            return Some(items);
        }
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        at = if from <= to { at.saturating_add(step) } else { at.saturating_sub(step) };
    }
    Some(items)
}

/// Where one of these characters stands outside quotes, parameters and substitutions.
pub(super) fn next_unquoted(text: &str, wanted: &[char]) -> Option<usize> {
    let mut rest = text;
    loop {
        rest = from_sign(rest)?;
        let mut chars = rest.chars();
        let c = chars.next()?;
        let after = chars.as_str();
        rest = match c {
            c if wanted.contains(&c) => return Some(text.len().saturating_sub(rest.len())),
            '\\' => {
                chars.next();
                chars.as_str()
            }
            '\'' => after.split_once('\'')?.1,
            '"' => past_double(after)?,
            '`' => after.split_once('`')?.1,
            '$' if after.starts_with('{') => to_closing_brace(after.get(1..)?)?.1,
            '$' if after.starts_with('(') => to_closing_paren(after.get(1..)?)?.1,
            '$' if after.starts_with('\'') => past_ansi(after.get(1..)?)?,
            _ => after,
        };
    }
}

/// The rest of a text from its first character on that may be more than part of a name.
fn from_sign(text: &str) -> Option<&str> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    text.bytes().position(|byte| !is_part(byte)).and_then(|at| text.get(at..))
}

fn past_double(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = from_sign(rest)?;
        let mut chars = rest.chars();
        let c = chars.next()?;
        let after = chars.as_str();
        rest = match c {
            '"' => return Some(after),
            '\\' => {
                chars.next();
                chars.as_str()
            }
            '`' => after.split_once('`')?.1,
            '$' if after.starts_with('{') => to_closing_brace(after.get(1..)?)?.1,
            '$' if after.starts_with('(') => to_closing_paren(after.get(1..)?)?.1,
            _ => after,
        };
    }
}

fn past_ansi(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            '\\' => drop(chars.next()),
            '\'' => return Some(chars.as_str()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FUEL, expand};
    use std::cell::Cell;

    #[test]
    fn braces_as_bash_has_them() {
        for (source, expected) in [
            ("a{b,c}d", "abd acd"),
            ("{a,b}{1,2}", "a1 a2 b1 b2"),
            ("{a,{b,c}}", "a b c"),
            ("/e{tc/shado,}w", "/etc/shadow /ew"),
            ("{1..3}", "1 2 3"),
            ("{3..1}", "3 2 1"),
            ("{01..03}", "01 02 03"),
            ("{a..e..2}", "a c e"),
            ("{a}", "{a}"),
            ("{}", "{}"),
            ("a{b", "a{b"),
            ("{a,b", "{a,b"),
            ("'{a,b}'", "'{a,b}'"),
            ("\\{a,b}", "\\{a,b}"),
            ("${x:-{a,b}}", "${x:-{a,b}}"),
            ("{\"a,b\",c}", "\"a,b\" c"),
            ("{a..}", "{a..}"),
        ] {
            assert_eq!(expand(source, &Cell::new(FUEL)).unwrap().join(" "), expected, "{source}");
        }
        assert_eq!(expand("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", &Cell::new(FUEL)), None);
        assert_eq!(expand("{1..100}", &Cell::new(FUEL)), None);
        assert_eq!(expand("{a,b}", &Cell::new(4)), None);
    }
}
