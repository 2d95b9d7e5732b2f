//! Values in messages: an argument must not be able to speak to the model through a denial.

use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Characters of a value that a message carries.
const MAX_QUOTED: usize = 120;
/// Characters of the host's own words.
const MAX_SAID: usize = 500;
/// Characters of a value that are looked at for what must be hidden in those.
const MAX_READ: usize = 16 << 10;

/// Control characters, line and paragraph separators, and what shows nothing or turns the direction of text.
#[expect(clippy::expect_used, reason = "a test compiles it")]
static UNSEEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]+").expect("a fixed regex")
});

/// The text in quotes, on one line, without what cannot be seen; `hide` sees it whole and visible.
pub(super) fn quoted(text: &str, hide: impl for<'t> Fn(&'t str) -> Cow<'t, str>) -> String {
    let shown = shown(text, MAX_QUOTED, hide);
    let mut quoted = String::with_capacity(shown.len() + 2);
    quoted.push('"');
    // What is between cannot end the quotation.
    for (place, part) in shown.split('"').enumerate() {
        quoted.push_str(if place > 0 { "'" } else { "" });
        quoted.push_str(part);
    }
    quoted.push('"');
    quoted
}

/// The host's own words: as they are, on one line, without what cannot be seen.
pub(super) fn said(text: &str, hide: impl for<'t> Fn(&'t str) -> Cow<'t, str>) -> String {
    shown(text, MAX_SAID, hide)
}

/// So many characters of the text, on one line.
fn shown(text: &str, most: usize, hide: impl for<'t> Fn(&'t str) -> Cow<'t, str>) -> String {
    let read = cut(text, MAX_READ).unwrap_or(text);
    let plain = read.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let visible = if plain { Cow::Borrowed(read) } else { seen(read) };
    let hidden = hide(&visible);
    match cut(&hidden, most) {
        Some(kept) => format!("{kept}…"),
        None => hidden.into_owned(),
    }
}

/// So many characters of a text that has more.
fn cut(text: &str, most: usize) -> Option<&str> {
    // No text has more characters than bytes.
    if text.len() <= most {
        return None;
    }
    text.char_indices().nth(most).and_then(|(at, _)| text.get(..at))
}

fn seen(text: &str) -> Cow<'_, str> {
    UNSEEN.replace_all(text, |found: &regex::Captures<'_>| {
        let line = found.get(0).is_some_and(|part| part.as_str().contains(['\n', '\r', '\t', '\u{2028}', '\u{2029}']));
        if line { " " } else { "" }
    })
}
