//! Parts of a text that are to be replaced, and their replacement.

use super::decode;
use super::detect::{DetectKind, Finding, Places, scan};
use super::unescape::Unescaped;
use regex::Regex;
use std::borrow::Cow;
use std::ops::Range;

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

/// Which signs stand in a text, for passes that need one of them. A long text is taken to have them all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signs {
    /// `:` or `=`
    pub(super) separator: bool,
    pub(super) dash: bool,
    percent: bool,
    backslash: bool,
}

/// One look at a longer text saves little.
const SHORT: usize = 512;

impl Signs {
    fn of(text: &str) -> Signs {
        let all = Signs { separator: true, dash: true, percent: true, backslash: true };
        if text.len() > SHORT {
            return all;
        }
        // Without a branch, so that many bytes are looked at together.
        let mut signs = Signs { separator: false, dash: false, percent: false, backslash: false };
        for byte in text.bytes() {
            signs.separator |= (byte == b':') | (byte == b'=');
            signs.dash |= byte == b'-';
            signs.percent |= byte == b'%';
            signs.backslash |= byte == b'\\';
        }
        signs
    }
}

/// What is looked for in a text, and in what it encodes.
pub(super) trait Scan {
    /// In text.
    fn text(&self, text: &str, signs: Signs) -> Vec<Hit>;

    /// In what base 64 or hexadecimal digits spell: what is telling in itself.
    fn encoded(&self, text: &str) -> Vec<Hit>;
}

/// What detectors and a policy's patterns find in a text.
pub(super) fn telling(text: &str, kinds: &[DetectKind], patterns: &[Regex]) -> Vec<Hit> {
    telling_and_watched(text, kinds, patterns, None)
}

/// The same, and where the words stand with which programs set something.
pub(super) fn telling_and_watched(
    text: &str,
    kinds: &[DetectKind],
    patterns: &[Regex],
    setters: Option<&mut Places>,
) -> Vec<Hit> {
    let mut hits: Vec<Hit> = scan(text, kinds, setters).into_iter().map(Hit::from).collect();
    for pattern in patterns {
        hits.extend(pattern.find_iter(text).map(|found| Hit::new(found.start(), found.end(), "pattern")));
    }
    hits
}

/// What is found in the text as it stands, in the text that its escapes spell (`\u0041`, `\n`, `\"`), and in what either
/// encodes once (`%41`, base 64, hexadecimal), as parts of the text as it stands.
pub(super) fn through_escapes(text: &str, scan: &dyn Scan) -> Vec<Hit> {
    deeper(text, MAX_ESCAPES, scan)
}

fn deeper(text: &str, levels: usize, scan: &dyn Scan) -> Vec<Hit> {
    let signs = Signs::of(text);
    let mut hits = scan.text(text, signs);
    encodings(text, signs, scan, &mut hits);
    if let Some(levels) = levels.checked_sub(1).filter(|_| signs.backslash) {
        for block in escaped_blocks(text) {
            let Some(view) = text.get(block.clone()).and_then(Unescaped::of) else { continue };
            hits.extend(deeper(view.text(), levels, scan).into_iter().map(|hit| within(hit, block.start, &view)));
        }
    }
    hits
}

/// Lines in a row with backslashes in them, and the line before each such row: what the others spell was read already.
fn escaped_blocks(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let line_end = move |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        memchr::memchr(b'\n', rest).map_or(bytes.len(), |at| from + at + 1)
    };
    let line_start = move |from: usize, at: usize| {
        let before = bytes.get(from..at).unwrap_or_default();
        memchr::memrchr(b'\n', before).map_or(from, |last| from + last + 1)
    };
    let mut done = 0;
    std::iter::from_fn(move || {
        let first = done + memchr::memchr(b'\\', bytes.get(done..)?)?;
        let own = line_start(done, first);
        let start = line_start(done, own.saturating_sub(1).max(done));
        let mut end = line_end(first);
        while end < bytes.len() && memchr::memchr(b'\\', bytes.get(end..line_end(end))?).is_some() {
            end = line_end(end);
        }
        done = end;
        Some(start..end)
    })
}

fn encodings(text: &str, signs: Signs, scan: &dyn Scan, hits: &mut Vec<Hit>) {
    if signs.percent {
        decode::percent(text, |range, word| {
            let inner = scan.text(word.text(), Signs::of(word.text()));
            hits.extend(inner.into_iter().map(|hit| within(hit, range.start, word)));
        });
    }
    decode::encoded(text, |range, plain| {
        let first = scan.encoded(plain).into_iter().min_by_key(|hit| hit.start);
        hits.extend(first.map(|hit| Hit { start: range.start, end: range.end, label: hit.label }));
    });
}

/// The same hit in the text that the view, which begins at `from` in it, was made of.
fn within(hit: Hit, from: usize, view: &Unescaped) -> Hit {
    let (start, end) = view.original(hit.start, hit.end);
    Hit { start: from + start, end: from + end, label: hit.label }
}

/// The text with every hit replaced; `None` if there is none. Hits that overlap are replaced as one, by the label of
/// the leftmost, so that nothing of any is left. `write` gets the label and what is replaced.
pub(super) fn replaced(text: &str, mut hits: Vec<Hit>, write: impl Fn(&mut String, &str, &str)) -> Option<String> {
    hits.retain(|hit| hit.start < hit.end && hit.end <= text.len());
    if hits.is_empty() {
        return None;
    }
    hits.sort_by_key(|hit| (hit.start, std::cmp::Reverse(hit.end)));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let mut hits = hits.into_iter().peekable();
    while let Some(hit) = hits.next() {
        let start = text.floor_char_boundary(hit.start);
        let mut end = text.ceil_char_boundary(hit.end);
        while let Some(more) = hits.next_if(|more| text.floor_char_boundary(more.start) < end) {
            end = end.max(text.ceil_char_boundary(more.end));
        }
        out.push_str(text.get(done..start).unwrap_or_default());
        write(&mut out, &hit.label, text.get(start..end).unwrap_or_default());
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test may")]
    use super::*;
    use proptest::prelude::*;

    fn bracket(out: &mut String, label: &str, _: &str) {
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

    struct Word(&'static str);

    impl Scan for Word {
        fn text(&self, text: &str, _: Signs) -> Vec<Hit> {
            text.match_indices(self.0).map(|(at, _)| Hit::new(at, at + self.0.len(), "x")).collect()
        }

        fn encoded(&self, text: &str) -> Vec<Hit> {
            self.text(text, Signs::of(text))
        }
    }

    #[test]
    fn lines_with_escapes_are_read_with_the_line_before_them() {
        let blocks = |text: &str| escaped_blocks(text).map(|block| text[block].to_owned()).collect::<Vec<_>>();
        assert_eq!(blocks("a\nb\nc\\\nd\\\ne\nf\ng\\"), ["b\nc\\\nd\\\n", "f\ng\\"]);
        assert_eq!(blocks("\\a"), ["\\a"]);
        assert_eq!(blocks("a\n\nb"), Vec::<String>::new());
        assert_eq!(blocks("a\\\n\\\nb\nc\\\n"), ["a\\\n\\\n", "b\nc\\\n"]);
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
            "say%20%73esame",
            "data: b3BlbiBzZXNhbWUsIHBsZWFzZQ==, ok",
            "data: 6f70656e20736573616d652c20706c65617365",
            r#"{"data":"b3BlbiBzZXNhbWUs\u0049HBsZWFzZQ=="}"#,
        ] {
            let hits = through_escapes(text, &Word("sesame"));
            let out = replaced(text, hits, bracket).unwrap();
            assert!(through_escapes(&out, &Word("sesame")).is_empty(), "{out}");
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
            let out = replaced(&text, through_escapes(&text, &Word("sesame")), bracket).unwrap();
            prop_assert!(through_escapes(&out, &Word("sesame")).is_empty());
            prop_assert!(out.starts_with(&before[..before.len().saturating_sub(1)]));
        }
    }
}
