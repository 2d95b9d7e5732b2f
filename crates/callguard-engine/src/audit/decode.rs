//! What stands encoded in a text: percent escapes, base 64 and hexadecimal, decoded once.

use super::detect::{Class, LongRuns};
use super::unescape::Unescaped;
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER_PERMISSIVE};
use std::ops::Range;
use std::sync::LazyLock;

/// What a shorter run encodes is no secret.
const SHORTEST: usize = 24;
/// What is decoded first, to see whether it is text.
const PROBE: usize = 12;

/// What base 64 is made of, in either alphabet.
static ENCODED: Class = Class::letters_digits_and(b"+/-_");

/// Every word with percent escapes: where it stands, and what the escapes spell.
pub(super) fn percent(text: &str, mut found: impl FnMut(Range<usize>, &Unescaped)) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for at in memchr::memchr_iter(b'%', bytes) {
        let escape = bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        if at < done || !escape {
            continue;
        }
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>');
        let before = bytes.get(done..at).unwrap_or_default();
        let start = before.iter().rposition(ends).map_or(done, |last| done + last + 1);
        let behind = bytes.get(at..).unwrap_or_default();
        let end = behind.iter().position(ends).map_or(text.len(), |first| at + first);
        // Both ends stand beside ASCII or at an end of the text.
        if let Some(word) = text.get(start..end).and_then(Unescaped::percent) {
            found(start..end, &word);
        }
        done = end;
    }
}

/// Every run of base 64 or of hexadecimal digits that spells text, and the text.
pub(super) fn encoded(text: &str, mut found: impl FnMut(Range<usize>, &str)) {
    for run in LongRuns::of(text.as_bytes(), SHORTEST, &ENCODED) {
        let bytes = text.as_bytes().get(run.clone()).unwrap_or_default();
        if let Some(plain) = plain(bytes) {
            found(run, &plain);
            continue;
        }
        // A path in which one part may be encoded.
        let mut start = run.start;
        for part in bytes.split(|byte| matches!(byte, b'/' | b'+')) {
            let range = start..start + part.len();
            start = range.end + 1;
            if part.len() < bytes.len()
                && let Some(plain) = plain(part)
            {
                found(range, &plain);
            }
        }
    }
}

/// What the bytes encode, if that is text.
fn plain(bytes: &[u8]) -> Option<String> {
    if bytes.len() < SHORTEST {
        return None;
    }
    hexadecimal(bytes).or_else(|| base64(bytes))
}

fn hexadecimal(bytes: &[u8]) -> Option<String> {
    // What ASCII prints begins with one of these digits.
    bytes.iter().step_by(2).take(3).all(|byte| matches!(byte, b'2'..=b'7' | b'0')).then_some(())?;
    let whole = bytes.get(..bytes.len() / 2 * 2)?;
    begins_as_text::<{ PROBE / 2 }>(&HEXLOWER_PERMISSIVE, bytes)?;
    text_of(HEXLOWER_PERMISSIVE.decode(whole).ok()?)
}

fn base64(bytes: &[u8]) -> Option<String> {
    // The same of the first of four characters.
    let begins = |byte: &u8| matches!(byte, b'C' | b'D' | b'I'..=b'Z' | b'a'..=b'f');
    bytes.iter().step_by(4).take(3).all(begins).then_some(())?;
    let alphabet = if bytes.iter().any(|byte| matches!(byte, b'-' | b'_')) { &*URL } else { &*STANDARD };
    begins_as_text::<{ PROBE / 4 * 3 }>(alphabet, bytes)?;
    // A single character over encodes nothing.
    let whole = if bytes.len() % 4 == 1 { bytes.split_last()?.1 } else { bytes };
    text_of(alphabet.decode(whole).ok()?)
}

/// Looks at what the first characters encode, which is all that most names and paths cost.
fn begins_as_text<const N: usize>(alphabet: &Encoding, bytes: &[u8]) -> Option<()> {
    let mut probe = [0; N];
    alphabet.decode_mut(bytes.get(..PROBE)?, &mut probe).ok()?;
    probe.iter().all(|byte| is_text(*byte)).then_some(())
}

/// As much of it as is text, if that is enough.
fn text_of(bytes: Vec<u8>) -> Option<String> {
    let length = bytes.iter().position(|byte| !is_text(*byte) && byte.is_ascii()).unwrap_or(bytes.len());
    let text = bytes.get(..length)?.utf8_chunks().next()?.valid();
    (text.len() >= PROBE).then(|| text.to_owned())
}

/// ASCII that is printed.
fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t')
}

/// What is written with other bits at the end reads all the same.
static STANDARD: LazyLock<Encoding> = LazyLock::new(|| lenient(&BASE64_NOPAD));
static URL: LazyLock<Encoding> = LazyLock::new(|| lenient(&BASE64URL_NOPAD));

fn lenient(encoding: &Encoding) -> Encoding {
    let mut specification = encoding.specification();
    specification.check_trailing_bits = false;
    specification.encoding().unwrap_or_else(|_| encoding.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded_in(text: &str) -> Vec<(String, String)> {
        let mut all = Vec::new();
        encoded(text, |range, plain| all.push((text.get(range).unwrap_or_default().to_owned(), plain.to_owned())));
        all
    }

    #[test]
    fn text_in_base_64_and_in_hexadecimal_is_read() {
        let plain = "user = jane, pass = sesame?>";
        let (standard, url) = (BASE64_NOPAD.encode(plain.as_bytes()), BASE64URL_NOPAD.encode(plain.as_bytes()));
        let hex = HEXLOWER_PERMISSIVE.encode(plain.as_bytes());
        for form in [&standard, &url, &hex, &hex.to_uppercase()] {
            for text in [form.clone(), format!("a {form}== b"), format!("\"{form}\"")] {
                assert_eq!(encoded_in(&text), [(form.clone(), plain.to_owned())], "{text}");
            }
        }
        assert_eq!(encoded_in(&format!("https://host/api/{url}")), [(url, plain.to_owned())]);
    }

    #[test]
    fn names_paths_and_digests_encode_nothing() {
        for text in [
            "crates/callguard-engine/src/audit/decode.rs",
            "a_function_with_a_rather_long_name",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "sha512-mmvb6WY5wGwnWnQYvRb/PAGdsQ0SjZWyd1zRTmxQYLUFgTQg8x1fIjYGNkPmPmPLgsnRD1nH5tKzGxLmOiiOvw==",
        ] {
            assert_eq!(encoded_in(text), [], "{text}");
        }
    }

    #[test]
    fn words_with_percent_escapes_are_spelled_out() {
        let mut all = Vec::new();
        percent("50% of a%20b, 100%, \"x%3Dä%C3%A4%\" %zz", |range, word| all.push((range, word.text().to_owned())));
        assert_eq!(all, [(7..13, "a b,".to_owned()), (21..34, "x=ää%".to_owned())]);
    }
}
