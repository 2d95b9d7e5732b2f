//! Secrets: randomness, checksums, blocks and headers.

use super::has;
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use std::ops::Range;

pub(super) fn letters_and_digits(bytes: &[u8]) -> bool {
    has(bytes, u8::is_ascii_digit) && has(bytes, u8::is_ascii_alphabetic)
}

/// One character over and over at its end, as in `ghp_xxxxxxxx`.
pub(super) fn placeholder(bytes: &[u8]) -> bool {
    let tail = bytes.last_chunk::<8>().map_or(bytes, |tail| tail);
    tail.iter().all(|byte| Some(byte) == tail.first()) && tail.first().is_some_and(|byte| b"xX*.0-_".contains(byte))
}

/// Bits a character (Shannon).
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub(super) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_usize; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = bytes.len() as f64;
    counts.iter().filter(|count| **count > 0).map(|count| *count as f64 / total).map(|p| -p * p.log2()).sum()
}

pub(super) fn random_token(bytes: &[u8]) -> bool {
    let path = bytes.contains(&b'/')
        && (has(bytes, |byte| b"_-.".contains(byte))
            || !has(bytes, u8::is_ascii_uppercase)
            || !has(bytes, u8::is_ascii_lowercase));
    let expression = bytes.split(|byte| *byte == b'.').count() > 2 && !bytes.starts_with(b"ey");
    letters_and_digits(bytes) && !path && !expression && !numbered_name(bytes) && entropy(bytes) >= 3.2
}

/// `defaultToConfig2`: digits at the end only, and letters whose case changes no more often than in words.
fn numbered_name(bytes: &[u8]) -> bool {
    let digits = bytes.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let name = bytes.get(..bytes.len() - digits).unwrap_or_default();
    let changes =
        name.array_windows().filter(|[one, two]| one.is_ascii_uppercase() != two.is_ascii_uppercase()).count();
    digits > 0 && !has(name, u8::is_ascii_digit) && changes * 3 <= name.len()
}

/// The last six characters are the CRC-32 of the thirty before, in base 62.
pub(super) fn github_checksum(bytes: &[u8]) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((payload, sum)) = bytes.get(4..).filter(|token| token.len() == 36).and_then(|t| t.split_at_checked(30))
    else {
        return false;
    };
    let digit = |byte: &u8| DIGITS.iter().position(|digit| digit == byte).and_then(|place| u64::try_from(place).ok());
    let written = sum.iter().try_fold(0_u64, |total, byte| Some(total * 62 + digit(byte)?));
    written == Some(u64::from(crc32fast::hash(payload)))
}

/// `$NAME`, `${…}`, `$(…)`, `%NAME%`, `{{…}}`, `<…>`, `***`, or what has been hidden already: no secret but where to find it.
pub(in crate::audit) fn reference(bytes: &[u8]) -> bool {
    let variable = |name: &[u8]| {
        let upper = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        !name.is_empty() && name.iter().all(upper)
    };
    match bytes {
        [b'$', b'{', inner @ .., b'}'] => !inner.contains(&b'}'),
        [b'$', b'(', ..] => true,
        [b'$', name @ ..] => variable(name),
        [b'%', name @ .., b'%'] => variable(name),
        [b'{', b'{', .., b'}', b'}'] | [b'<', .., b'>'] => true,
        _ => bytes.starts_with(b"[REDACTED") || bytes.iter().all(|byte| *byte == b'*'),
    }
}

pub(super) fn basic(bytes: &[u8]) -> bool {
    let trimmed = bytes.trim_ascii_end();
    let bare = trimmed.strip_suffix(b"==").or_else(|| trimmed.strip_suffix(b"=")).unwrap_or(trimmed);
    BASE64_NOPAD
        .decode(bare)
        .is_ok_and(|plain| plain.contains(&b':') && std::str::from_utf8(&plain).is_ok_and(|text| !text.contains('\0')))
}

/// The block from its first line to its last; without a last line, to the end of what looks like a key.
pub(super) fn pem(text: &[u8], first_line: Range<usize>) -> Option<Range<usize>> {
    let rest = text.get(first_line.end..)?;
    // Up to the next run of dashes only, so that lines without blocks cost their own length.
    let dashes = rest.windows(4).position(|window| window == b"----").unwrap_or(rest.len());
    let body = rest.get(..dashes)?;
    if !body.split(|byte| !is_base64(*byte)).any(|run| run.len() >= 24) {
        return None;
    }
    let last_line = rest.get(dashes..)?;
    let marker = last_line.iter().take_while(|byte| **byte == b'-' || **byte == b' ').count();
    let end = match last_line.get(marker..) {
        Some(line) if line.starts_with(b"END") => {
            let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b' ').count();
            let closing = line.iter().skip(name).take_while(|byte| **byte == b'-').count();
            dashes + marker + name + closing
        }
        _ => body.iter().rposition(|byte| is_base64(*byte)).map_or(0, |last| last + 1),
    };
    Some(first_line.start..first_line.end + end)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

const PUTTY: &[u8] = b"PuTTY-User-Key-File-";

/// The header, and every line with a colon or of base64 behind it.
pub(super) fn putty(text: &[u8], header: Range<usize>) -> Option<Range<usize>> {
    let rest = text.get(header.end..)?;
    // Up to the next header only, so that headers without keys cost their own length.
    let next = rest.windows(PUTTY.len()).position(|window| window == PUTTY).unwrap_or(rest.len());
    let rest = rest.get(..next)?;
    let part = |line: &&[u8]| line.contains(&b':') || line.trim_ascii().iter().all(|byte| is_base64(*byte));
    // The header's own line, then what belongs to the file.
    let lines = rest.split_inclusive(|byte| *byte == b'\n');
    let length: usize =
        lines.enumerate().take_while(|(at, line)| *at == 0 || part(line)).map(|(_, line)| line.len()).sum();
    let body = rest.get(..length)?;
    let private = body.windows(14).any(|window| window == b"Private-Lines:");
    private.then(|| header.start..header.end + body.trim_ascii_end().len())
}

/// Every three parts of which the first is a header. A part of nothing else may stand before them.
pub(super) fn jwt(text: &[u8], candidate: Range<usize>, found: &mut Vec<Range<usize>>) {
    let bytes = text.get(candidate.clone()).unwrap_or_default();
    let mut ends = Vec::new();
    let mut starts = vec![0];
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'.') {
        ends.push(at);
        starts.push(at + 1);
    }
    ends.push(bytes.len());
    for (place, start) in starts.iter().enumerate() {
        let (Some(first), Some(last)) = (ends.get(place), ends.get(place + 2)) else { break };
        if bytes.get(*start..*first).is_some_and(jwt_header) {
            // Five parts make an encrypted token: hide them too.
            let end = ends.get(place + 4).unwrap_or(last);
            found.push(candidate.start + start..candidate.start + end);
        }
    }
}

fn jwt_header(part: &[u8]) -> bool {
    part.starts_with(b"eyJ")
        && part.len() <= 4096
        && BASE64URL_NOPAD
            .decode(part)
            .is_ok_and(|header| header.ends_with(b"}") && header.windows(5).any(|window| window == b"\"alg\""))
}
