//! Personal and payment data: check digits and neighbours.

use super::has;
use std::ops::Range;

/// Not a part of a longer number, word, date, version or identifier.
pub(super) fn alone(text: &[u8], range: &Range<usize>) -> bool {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let joins = |near: Option<&u8>, far: Option<&u8>| match near {
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' => true,
        Some(b'.' | b'-' | b'+') => far.is_some_and(u8::is_ascii_alphanumeric),
        _ => false,
    };
    let mut left = before.iter().rev();
    !joins(left.next(), left.next()) && !joins(after.first(), after.get(1))
}

pub(super) fn digits(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().filter(|byte| byte.is_ascii_digit()).map(|byte| byte - b'0').collect()
}

pub(super) fn ssn(bytes: &[u8]) -> bool {
    match *digits(bytes) {
        [a, b, c, d, e, f, g, h, i] => {
            a < 9 && ![[0, 0, 0], [6, 6, 6]].contains(&[a, b, c]) && [d, e] != [0, 0] && [f, g, h, i] != [0; 4]
        }
        _ => false,
    }
}

pub(super) fn phone(bytes: &[u8]) -> bool {
    let digits = digits(bytes);
    let repeated = digits.iter().all(|digit| Some(digit) == digits.first());
    (8..=15).contains(&digits.len()) && !repeated && bytes.iter().filter(|byte| **byte == b'(').count() <= 1
}

/// Groups of digits as cards print them.
const CARD_GROUPS: [&[usize]; 6] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3], &[4, 4, 4, 1], &[6, 13]];

/// Every card number in a run of digits and single separators.
pub(super) fn cards(text: &[u8], run: Range<usize>, found: &mut Vec<Range<usize>>) {
    if !alone(text, &run) {
        return;
    }
    let bytes = text.get(run.clone()).unwrap_or_default();
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if byte.is_ascii_digit() && group.end == at => group.end = at + 1,
            _ if byte.is_ascii_digit() => groups.push(at..at + 1),
            _ => {}
        }
    }
    let mut place = 0;
    while place < groups.len() {
        let here = groups.get(place..).unwrap_or_default();
        let taken =
            (1..=here.len().min(5)).rev().find(|count| here.get(..*count).is_some_and(|some| card(bytes, some)));
        if let Some((first, last)) = taken.and_then(|count| Some((here.first()?, here.get(count - 1)?))) {
            found.push(run.start + first.start..run.start + last.end);
        }
        place += taken.unwrap_or(1);
    }
}

fn card(bytes: &[u8], groups: &[Range<usize>]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(ExactSizeIterator::len).collect();
    if lengths.len() > 1 && !CARD_GROUPS.contains(&lengths.as_slice()) {
        return false;
    }
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return false };
    let digits = digits(bytes.get(first.start..last.end).unwrap_or_default());
    // In one piece, so many digits are a number of a program more often than a card's.
    let too_long = groups.len() == 1 && digits.len() > 16;
    !too_long && issued(&digits) && luhn(&digits)
}

/// Whether a network issues numbers of that start and length.
fn issued(digits: &[u8]) -> bool {
    let start = digits.iter().take(6).fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    match (digits.len(), start) {
        (13 | 16 | 19, 400_000..=499_999) => true,
        (16, 510_000..=559_999 | 222_100..=272_099) => true,
        (15, 340_000..=349_999 | 370_000..=379_999) => true,
        (14, 300_000..=305_999 | 360_000..=369_999 | 380_000..=399_999) => true,
        (16..=19, 601_100..=601_199 | 622_126..=622_925 | 644_000..=659_999) => true,
        (16..=19, 352_800..=358_999 | 620_000..=629_999 | 810_000..=817_199) => true,
        (12..=19, 500_000..=509_999 | 560_000..=589_999) => digits.len() == 16,
        _ => false,
    }
}

pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) => digit / 5 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Lengths of IBANs by country, from the SWIFT registry.
const IBAN_LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 \
    DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 \
    JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 \
    PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 \
    XK20 YE30";

/// The first so many characters as the country says, if the check digits hold.
pub(super) fn iban(text: &[u8], candidate: Range<usize>) -> Option<Range<usize>> {
    let bytes = text.get(candidate.clone())?;
    let country = bytes.first_chunk::<2>()?.map(|byte| byte.to_ascii_uppercase());
    let length: usize = IBAN_LENGTHS
        .split_ascii_whitespace()
        .find_map(|entry| entry.as_bytes().strip_prefix(country.as_slice()))
        .and_then(|length| std::str::from_utf8(length).ok()?.parse().ok())?;
    let written = bytes.iter().enumerate().filter(|(_, byte)| **byte != b' ').nth(length.checked_sub(1)?)?.0 + 1;
    let range = candidate.start..candidate.start + written;
    let number = text.get(range.clone())?;
    let spaced = number.contains(&b' ');
    let lower = has(number, u8::is_ascii_lowercase);
    let mixed = lower && (spaced || has(number, u8::is_ascii_uppercase));
    (!mixed && alone(text, &range) && mod97(number)).then_some(range)
}

fn mod97(number: &[u8]) -> bool {
    let mut places = number.iter().filter(|byte| **byte != b' ');
    let head: Vec<&u8> = places.by_ref().take(4).collect();
    let rest = places.chain(head).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.to_ascii_uppercase().saturating_sub(b'A')) + 10) % 97,
    });
    rest == 1
}

/// Endings of files, which stand behind `@2x` and the like.
const FILE_ENDINGS: [&[u8]; 11] =
    [b"png", b"jpg", b"jpeg", b"gif", b"svg", b"webp", b"js", b"mjs", b"css", b"json", b"html"];

pub(super) fn email(text: &[u8], range: &Range<usize>) -> bool {
    let bytes = text.get(range.clone()).unwrap_or_default();
    let ending = bytes.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let before = text.get(range.start.saturating_sub(200)..range.start).unwrap_or_default();
    let word = before.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let in_url = word.windows(3).any(|window| window == b"://") || word.ends_with(b"//");
    let after = text.get(range.end..).unwrap_or_default();
    // `git@host:path`: a colon with a path behind it.
    let remote =
        after.first() == Some(&b':') && after.get(1).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'/');
    !in_url && !remote && !FILE_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}
