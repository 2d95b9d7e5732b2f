//! Percent-encoding, undone until nothing is left to undo.

/// What undoing gave.
pub(super) enum Decoded {
    /// Nothing to undo.
    Same,
    /// The text at the fixed point.
    Text(String),
    /// It cannot be undone to the end.
    Malformed(&'static str),
}

/// Decodes `%XX` to a fixed point, at most `rounds` times. A lone `%` where nothing is encoded, or left, is itself.
pub(super) fn decode(text: &str, rounds: usize) -> Decoded {
    if has_unicode_escape(text) {
        return Decoded::Malformed("an escape that is malformed (`%u`)");
    }
    let mut current = text.to_owned();
    for round in 0..=rounds {
        let (escapes, malformed) = count_escapes(&current);
        if escapes == 0 {
            return if round == 0 { Decoded::Same } else { Decoded::Text(current) };
        }
        if malformed > 0 {
            return Decoded::Malformed("a malformed escape beside a sound one");
        }
        match percent_encoding::percent_decode_str(&current).decode_utf8() {
            Ok(decoded) => current = decoded.into_owned(),
            Err(_) => return Decoded::Malformed("escapes that are not UTF-8"),
        }
    }
    Decoded::Malformed("escapes within escapes")
}

/// Sound escapes, and `%` that start none.
fn count_escapes(text: &str) -> (usize, usize) {
    text.split('%').skip(1).fold((0, 0), |(sound, malformed), after| {
        let mut digits = after.bytes();
        let is_sound = digits.by_ref().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        if is_sound { (sound.saturating_add(1), malformed) } else { (sound, malformed.saturating_add(1)) }
    })
}

/// `%u002e`, which some servers decode.
fn has_unicode_escape(text: &str) -> bool {
    text.split('%').skip(1).any(|after| {
        let mut letters = after.bytes();
        matches!(letters.next(), Some(b'u' | b'U')) && letters.take(4).filter(u8::is_ascii_hexdigit).count() == 4
    })
}
