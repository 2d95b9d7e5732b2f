//! Parts of a text that are to be replaced, and their replacement.

use super::detect::Finding;
use super::unescape::Unescaped;
use std::borrow::Cow;

/// A part of a text, and the word that stands for it.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: Cow<'static, str>,
}

impl Hit {
    pub(super) fn new(start: usize, end: usize, label: impl Into<Cow<'static, str>>) -> Hit {
        Hit { start, end, label: label.into() }
    }
}

impl From<Finding> for Hit {
    fn from(found: Finding) -> Hit {
        Hit::new(found.start, found.end, found.kind.as_str())
    }
}

/// How often a text may be escaped within itself and still be read through.
const MAX_ESCAPES: usize = 4;

/// What `scan` finds in the text as it stands, and in the text that its escapes spell (`\u0041`, `\n`, `\"`), as parts
/// of the text as it stands.
pub(super) fn through_escapes(text: &str, scan: &dyn Fn(&str) -> Vec<Hit>) -> Vec<Hit> {
    deeper(text, MAX_ESCAPES, scan)
}

fn deeper(text: &str, levels: usize, scan: &dyn Fn(&str) -> Vec<Hit>) -> Vec<Hit> {
    let mut hits = scan(text);
    let next = levels.checked_sub(1).and_then(|levels| Some((levels, Unescaped::of(text)?)));
    if let Some((levels, view)) = next {
        hits.extend(deeper(view.text(), levels, scan).into_iter().map(|hit| {
            let (start, end) = view.original(hit.start, hit.end);
            Hit { start, end, label: hit.label }
        }));
    }
    hits
}

/// The text with every hit replaced; `None` if there is none. Hits that overlap are replaced as one, by the label of
/// the leftmost, so that nothing of any is left.
pub(super) fn replaced(text: &str, mut hits: Vec<Hit>, write: impl Fn(&mut String, &str)) -> Option<String> {
    hits.retain(|hit| hit.start < hit.end && hit.end <= text.len());
    if hits.is_empty() {
        return None;
    }
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for hit in hits {
        let start = text.floor_char_boundary(hit.start);
        let end = text.ceil_char_boundary(hit.end);
        if start >= done {
            out.push_str(text.get(done..start).unwrap_or_default());
            write(&mut out, &hit.label);
        }
        done = done.max(end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test may")]
    use super::*;
    use proptest::prelude::*;

    fn bracket(out: &mut String, label: &str) {
        out.push_str(&format!("[{label}]"));
    }

    #[test]
    fn overlaps_are_one_and_neighbours_are_two() {
        let hits =
            |ranges: &[(usize, usize, &'static str)]| ranges.iter().map(|(s, e, l)| Hit::new(*s, *e, *l)).collect();
        assert_eq!(replaced("0123456789", hits(&[(5, 8, "b"), (2, 6, "a")]), bracket).unwrap(), "01[a]89");
        assert_eq!(replaced("0123456789", hits(&[(2, 4, "a"), (4, 6, "b")]), bracket).unwrap(), "01[a][b]6789");
        assert_eq!(replaced("0123456789", hits(&[(2, 9, "a"), (4, 6, "b")]), bracket).unwrap(), "01[a]9");
        assert_eq!(replaced("äöü", hits(&[(1, 3, "a")]), bracket).unwrap(), "[a]ü");
        assert!(replaced("abc", Vec::new(), bracket).is_none());
        assert!(replaced("abc", hits(&[(1, 1, "a"), (2, 9, "a")]), bracket).is_none());
    }

    fn find(word: &'static str) -> impl Fn(&str) -> Vec<Hit> {
        move |text| text.match_indices(word).map(|(at, _)| Hit::new(at, at + word.len(), "x")).collect()
    }

    #[test]
    fn escapes_hide_nothing() {
        for text in [
            "say sesame now",
            r#"{"a":"s\u0065same"}"#,
            r"\u0073\u0065\u0073\u0061\u006d\u0065",
            r#"{\"a\":\"s\\u0065same\"}"#,
            r"ses\x61me",
            r#""\\\\u0073esame""#,
        ] {
            let hits = through_escapes(text, &find("sesame"));
            let out = replaced(text, hits, bracket).unwrap();
            assert!(through_escapes(&out, &find("sesame")).is_empty(), "{out}");
        }
    }

    proptest! {
        #[test]
        fn a_word_escaped_in_any_way_is_replaced(
            before in "[a-z\\\\\"n ]{0,12}", after in "[a-z\\\\\"n ]{0,12}", escaped in prop::collection::vec(any::<bool>(), 6), levels in 1_usize..4,
        ) {
            let mut word: String = "sesame".chars().zip(escaped)
                .map(|(letter, escape)| if escape { format!("\\u{:04x}", u32::from(letter)) } else { letter.to_string() })
                .collect();
            for _ in 1..levels {
                word = word.replace('\\', "\\\\");
            }
            // A backslash right before would escape the first escape.
            let text = format!("{before} {word} {after}");
            let out = replaced(&text, through_escapes(&text, &find("sesame")), bracket).unwrap();
            prop_assert!(through_escapes(&out, &find("sesame")).is_empty());
            prop_assert!(out.starts_with(&before[..before.len().saturating_sub(1)]));
        }
    }
}
