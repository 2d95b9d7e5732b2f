//! Secrets in running text by the name before them: `password=…`, `"token": "…"`, `Authorization: …`, `export KEY=…`.

use super::names::Names;
use crate::audit::detect::reference;
use crate::audit::hits::Hit;

/// A name before a separator is at most so long.
const MAX_NAME: usize = 64;
/// White space that may stand beside a separator.
const MAX_GAP: usize = 4;

/// Values that hide nothing.
const PLAIN_VALUES: [&str; 9] = ["null", "true", "false", "none", "nil", "undefined", "yes", "no", "nan"];

/// Headers: their value goes on to the end of the line.
const HEADERS: [&str; 3] = ["authorization", "cookie", "cookies"];

/// What `_KEY=` of an environment may be, and is no secret.
const HONEST_KEYS: [&str; 9] =
    ["PUBLIC", "PRIMARY", "FOREIGN", "SORT", "PARTITION", "CACHE", "OBJECT", "GROUP", "INDEX"];

/// Every value that stands behind a hidden name.
pub(super) fn hits(text: &str, names: &Names, hits: &mut Vec<Hit>) {
    let mut done = 0;
    for at in memchr::memchr2_iter(b'=', b':', text.as_bytes()) {
        // What is hidden already need not be read again, which keeps the time linear.
        let Some(before) = text.get(..at).filter(|_| at >= done) else { continue };
        let Some(name) = name_before(before).filter(|name| names.may_hide(name)) else { continue };
        let Some(label) = label(name, text.as_bytes().get(at) == Some(&b'='), names) else { continue };
        let Some((start, value)) = value_after(text, at, &label, name, before) else { continue };
        if !is_plain(name, value) {
            done = start + value.len();
            hits.push(Hit::new(start, done, label));
        }
    }
}

fn label(name: &str, assigns: bool, names: &Names) -> Option<String> {
    if let Some(hidden) = names.hidden(name) {
        return Some(hidden.to_owned());
    }
    let owner = match name {
        "KEY" => Some(""),
        _ => name.strip_suffix("_KEY"),
    }?;
    let environment =
        assigns && owner.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit());
    let honest = HONEST_KEYS.iter().any(|word| owner.ends_with(word));
    (environment && !honest && names.hidden("api_key").is_some()).then(|| "key".to_owned())
}

/// The name that ends where the separator stands; quotes, brackets and a little white space may be between.
fn name_before(before: &str) -> Option<&str> {
    let gap = before.trim_end_matches([' ', '\t']);
    if before.len() - gap.len() > MAX_GAP {
        return None;
    }
    let bare = gap.trim_end_matches(['"', '\'', '\\', ']', '`']);
    if gap.len() - bare.len() > MAX_GAP {
        return None;
    }
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte) || *byte >= 0x80;
    let length = bare.bytes().rev().take(MAX_NAME + 4).take_while(part).count();
    let name = bare.get(bare.ceil_char_boundary(bare.len() - length)..)?;
    (!name.is_empty()).then_some(name)
}

/// The value behind the separator and where it begins, quotes left out.
fn value_after<'t>(text: &'t str, at: usize, label: &str, name: &str, before: &str) -> Option<(usize, &'t str)> {
    let rest = text.get(at + 1..)?;
    // `::` is a path, `://` a scheme, `==` was looked at from its first sign.
    if rest.starts_with(':') || rest.starts_with("//") || before.ends_with([':', '=']) {
        return None;
    }
    let rest = rest.strip_prefix(['=', '>']).unwrap_or(rest);
    let trimmed = rest.trim_start_matches([' ', '\t']);
    if rest.len() - trimmed.len() > MAX_GAP {
        return None;
    }
    let bare = trimmed.trim_start_matches('\\');
    let value = match bare.chars().next()? {
        quote @ ('"' | '\'' | '`') => quoted(bare.get(1..)?, quote, trimmed.len() - bare.len()),
        '$' | '{' if ["$(", "${{", "{{"].iter().any(|start| bare.starts_with(start)) => return None,
        '{' | '[' | '|' | '>' => return None,
        _ if HEADERS.contains(&label) => header(bare, before, name),
        _ => unquoted(bare),
    };
    let start = text.len() - bare.len() + usize::from(bare.starts_with(['"', '\'', '`']));
    (!value.is_empty()).then_some((start, value))
}

/// Up to the closing quote: the first with no more backslashes before it than the opening one had.
fn quoted(text: &str, quote: char, backslashes: usize) -> &str {
    let mut run = 0;
    let end = text.find(|letter| {
        let closes = letter == quote && if backslashes == 0 { run % 2 == 0 } else { run <= backslashes };
        run = if letter == '\\' { run + 1 } else { 0 };
        closes
    });
    text.get(..end.unwrap_or(text.len())).unwrap_or_default().trim_end_matches('\\')
}

/// Up to the end of the line, or to the quote that was opened before the name.
fn header<'t>(text: &'t str, before: &str, name: &str) -> &'t str {
    let opened = before.trim_end_matches(['"', '\'', '\\', ' ']).strip_suffix(name).unwrap_or_default();
    let end = match opened.chars().next_back() {
        Some(quote @ ('"' | '\'' | '`')) => text.find([quote, '\n', '\r']),
        _ => text.find(['\n', '\r']),
    };
    text.get(..end.unwrap_or(text.len())).unwrap_or_default().trim_end_matches([' ', '\\'])
}

/// Up to white space or a sign that ends a word in a shell, a URL or a list.
fn unquoted(text: &str) -> &str {
    let ends = |letter: char| letter.is_whitespace() || "\"'`&;|<>".contains(letter);
    let word = text.get(..text.find(ends).unwrap_or(text.len())).unwrap_or_default();
    match word.strip_prefix("${").and_then(|inner| inner.split_once('}')) {
        Some((inner, _)) => word.get(..inner.len() + 3).unwrap_or(word),
        None => word.trim_end_matches([',', ')', '}', ']', '.', '\\']),
    }
}

/// The longest value that is looked at as more than a secret.
const MAX_PLAIN: usize = 256;

fn is_plain(name: &str, value: &str) -> bool {
    if value.len() > MAX_PLAIN {
        return false;
    }
    let directory = name.eq_ignore_ascii_case("pwd") && value.starts_with(['/', '~']);
    directory || reference(value.as_bytes()) || PLAIN_VALUES.iter().any(|plain| value.eq_ignore_ascii_case(plain))
}
