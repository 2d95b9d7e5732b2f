//! Values in messages: an argument must not be able to speak to the model through a denial.

use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Characters of a value that a message carries.
const MAX_QUOTED: usize = 120;
/// Characters of a value that are looked at for what must be hidden in those.
const MAX_READ: usize = 16 << 10;

/// Control characters, line and paragraph separators, and what shows nothing or turns the direction of text.
#[expect(clippy::expect_used, reason = "a test compiles it")]
static UNSEEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u{2800}]+").expect("a fixed regex")
});

/// The text in quotes, on one line, without what cannot be seen; `hide` sees it whole and visible.
pub(super) fn quoted(text: &str, hide: impl for<'t> Fn(&'t str) -> Cow<'t, str>) -> String {
    let read = match text.len() > MAX_READ {
        true => text.char_indices().nth(MAX_READ).and_then(|(at, _)| text.get(..at)).unwrap_or(text),
        false => text,
    };
    let plain = read.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let visible = if plain { Cow::Borrowed(read) } else { seen(read) };
    let hidden = hide(&visible);
    let end = match hidden.len() > MAX_QUOTED {
        true => hidden.char_indices().nth(MAX_QUOTED).map(|(at, _)| at),
        false => None,
    };
    let kept = end.and_then(|end| hidden.get(..end)).unwrap_or(&hidden);
    let mut quoted = String::with_capacity(kept.len() + 5);
    quoted.push('"');
    // What is between cannot end the quotation.
    for (place, part) in kept.split('"').enumerate() {
        quoted.push_str(if place > 0 { "'" } else { "" });
        quoted.push_str(part);
    }
    quoted.push_str(if end.is_some() { "…\"" } else { "\"" });
    quoted
}

fn seen(text: &str) -> Cow<'_, str> {
    UNSEEN.replace_all(text, |found: &regex::Captures<'_>| {
        let line = found.get(0).is_some_and(|part| part.as_str().contains(['\n', '\r', '\t', '\u{2028}', '\u{2029}']));
        if line { " " } else { "" }
    })
}
