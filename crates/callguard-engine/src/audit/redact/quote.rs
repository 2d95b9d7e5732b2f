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
    // What is between cannot end the quotation.
    format!("\"{}\"", shown(text, MAX_QUOTED, hide).replace('"', "'"))
}

/// The host's own words: as they are, on one line, without what cannot be seen.
pub(super) fn said(text: &str, hide: impl for<'t> Fn(&'t str) -> Cow<'t, str>) -> String {
    shown(text, MAX_SAID, hide)
}

/// So many characters of the text, on one line.
fn shown(text: &str, most: usize, hide: impl for<'t> Fn(&'t str) -> Cow<'t, str>) -> String {
    let read = text.char_indices().nth(MAX_READ).and_then(|(at, _)| text.get(..at)).unwrap_or(text);
    let plain = read.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let visible = if plain { Cow::Borrowed(read) } else { seen(read) };
    let hidden = hide(&visible);
    match hidden.char_indices().nth(most).and_then(|(at, _)| hidden.get(..at)) {
        Some(kept) => format!("{kept}…"),
        None => hidden.into_owned(),
    }
}

fn seen(text: &str) -> Cow<'_, str> {
    UNSEEN.replace_all(text, |found: &regex::Captures<'_>| {
        let line = found.get(0).is_some_and(|part| part.as_str().contains(['\n', '\r', '\t', '\u{2028}', '\u{2029}']));
        if line { " " } else { "" }
    })
}
