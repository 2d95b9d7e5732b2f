//! Names of tools: what a name may be, in calls and in policies alike.

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;
use unicode_normalization::is_nfkc;

const MOST_BYTES: usize = 256;

/// What is wrong with a name, to be read after its subject; `None`: nothing.
pub(crate) fn flaw(name: &str) -> Option<&'static str> {
    if is_plain(name) {
        return None;
    }
    if name.is_empty() {
        Some("is empty")
    } else if name.len() > MOST_BYTES {
        Some("is longer than 256 bytes")
    } else if name.trim() != name {
        Some("starts or ends with white space")
    } else if !is_nfkc(name) {
        Some("is not in Unicode's normal form NFKC")
    } else if name.chars().any(is_hidden) {
        Some("holds control or invisible characters")
    } else {
        None
    }
}

/// Most names are: visible ASCII hides nothing, and is its own normal form.
fn is_plain(name: &str) -> bool {
    (1..=MOST_BYTES).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Control characters, Unicode's default ignorables, and what else shows nothing: line and paragraph separators, the
/// blank Braille pattern, marks of annotations.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{2800}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::flaw;

    #[test]
    fn a_name_shows_all_that_it_is() {
        for name in ["bash", "mcp__fs__read_file", "a/b:c", "読む", "lire fichier"] {
            assert_eq!(flaw(name), None, "{name}");
        }
        let long = "x".repeat(257);
        for name in [
            "",
            " a",
            "a\n",
            "ｂash",
            "a\u{200b}b",
            "a\u{202e}b",
            "a\u{3164}b",
            "a\u{2800}b",
            "a\0b",
            "a\u{fe0f}",
            &long,
        ] {
            assert!(flaw(name).is_some(), "{name:?}");
        }
    }
}
