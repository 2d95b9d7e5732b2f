//! What a text spells with its escapes, and where in the text each part of that stands.

/// A text with its escapes decoded once.
pub(super) struct Unescaped {
    text: String,
    /// In order.
    escapes: Vec<Escape>,
}

/// One escape: `decoded` and `original` are where it begins in either text.
struct Escape {
    decoded: u32,
    original: u32,
    decoded_length: u8,
    original_length: u8,
}

impl Unescaped {
    /// Backslash escapes: those of JSON and of most programming languages. `None` if there is none in it (or it has
    /// 4 GiB).
    pub(super) fn of(text: &str) -> Option<Unescaped> {
        Unescaped::with(text, '\\', decode)
    }

    /// Percent escapes of UTF-8.
    pub(super) fn percent(text: &str) -> Option<Unescaped> {
        Unescaped::with(text, '%', percent)
    }

    fn with(text: &str, sign: char, decode: fn(&str) -> Option<(char, usize)>) -> Option<Unescaped> {
        if !text.contains(sign) || u32::try_from(text.len()).is_err() {
            return None;
        }
        let mut view = Unescaped { text: String::with_capacity(text.len()), escapes: Vec::new() };
        let mut rest = text;
        while let Some((plain, escape)) = rest.split_once(sign) {
            view.text.push_str(plain);
            let Some((letter, length)) = decode(escape) else {
                view.text.push(sign);
                rest = escape;
                continue;
            };
            let behind = escape.get(length..).unwrap_or_default();
            view.escapes.push(Escape {
                decoded: u32::try_from(view.text.len()).ok()?,
                original: u32::try_from(text.len() - escape.len() - 1).ok()?,
                decoded_length: u8::try_from(letter.len_utf8()).ok()?,
                original_length: u8::try_from(length + 1).ok()?,
            });
            view.text.push(letter);
            rest = behind;
        }
        view.text.push_str(rest);
        (!view.escapes.is_empty()).then_some(view)
    }

    /// What the escapes spell.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where a part of [`Unescaped::text`] stands in the text as it was; escapes count whole.
    pub(super) fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let start = self.place(start).map_or_else(|plain| plain, |escape| place(escape.original));
        let last = self.place(end.saturating_sub(1));
        let end =
            last.map_or_else(|plain| plain + 1, |escape| place(escape.original) + usize::from(escape.original_length));
        (start, end)
    }

    /// The escape in which the byte at `decoded` stands, or where it stands as it is.
    fn place(&self, decoded: usize) -> Result<&Escape, usize> {
        let behind = self.escapes.partition_point(|escape| place(escape.decoded) <= decoded);
        let Some(escape) = behind.checked_sub(1).and_then(|last| self.escapes.get(last)) else { return Err(decoded) };
        let into = decoded - place(escape.decoded);
        match into.checked_sub(usize::from(escape.decoded_length)) {
            None => Ok(escape),
            Some(past) => Err(place(escape.original) + usize::from(escape.original_length) + past),
        }
    }
}

fn place(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// What stands behind a backslash, and how many bytes of it belong to the escape.
fn decode(escape: &str) -> Option<(char, usize)> {
    Some(match escape.as_bytes().first()? {
        b'n' => ('\n', 1),
        b'r' => ('\r', 1),
        b't' => ('\t', 1),
        b'b' => ('\u{8}', 1),
        b'f' => ('\u{c}', 1),
        byte @ (b'"' | b'\'' | b'\\' | b'/') => (char::from(*byte), 1),
        b'x' => (char::from_u32(hex(escape, 1..3)?)?, 3),
        b'u' => unicode(escape)?,
        _ => return None,
    })
}

/// `uXXXX`, two of them for what is beyond the first plane.
fn unicode(escape: &str) -> Option<(char, usize)> {
    let first = hex(escape, 1..5)?;
    if !(0xD800..0xDC00).contains(&first) {
        return Some((char::from_u32(first)?, 5));
    }
    let second = hex(escape, 7..11).filter(|low| (0xDC00..0xE000).contains(low))?;
    escape.get(5..7).filter(|between| *between == "\\u")?;
    Some((char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))?, 11))
}

/// `XX`, or as many `XX%YY` as a character has bytes.
fn percent(escape: &str) -> Option<(char, usize)> {
    let first = u8::try_from(hex(escape, 0..2)?).ok()?;
    let count = match first {
        0..0x80 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    let mut bytes = [first, 0, 0, 0];
    for (place, byte) in bytes.iter_mut().enumerate().take(count).skip(1) {
        escape.get(place * 3 - 1..place * 3).filter(|sign| *sign == "%")?;
        *byte = u8::try_from(hex(escape, place * 3..place * 3 + 2)?).ok()?;
    }
    let letter = std::str::from_utf8(bytes.get(..count)?).ok()?.chars().next()?;
    Some((letter, count * 3 - 1))
}

fn hex(text: &str, range: std::ops::Range<usize>) -> Option<u32> {
    let digits = text.get(range).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test may")]
    use super::*;

    #[test]
    fn parts_are_found_where_they_stand() {
        let text = r#"a\u00e4\n\"b\" \ud83d\ude00 C:\dir \ud800"#;
        let view = Unescaped::of(text).unwrap();
        assert_eq!(view.text(), "aä\n\"b\" 😀 C:\\dir \\ud800");
        for (part, original) in
            [("ä", r"\u00e4"), ("\"b\"", r#"\"b\""#), ("😀", r"\ud83d\ude00"), ("dir", "dir"), ("a", "a")]
        {
            let at = view.text().find(part).unwrap();
            let (start, end) = view.original(at, at + part.len());
            assert_eq!(&text[start..end], original);
        }
        assert!(Unescaped::of("plain").is_none());
        assert!(Unescaped::of(r"C:\dir\quit").is_none());
    }
}
