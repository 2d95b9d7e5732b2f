//! Check digits of the numbers that states give to people. Where each is published, the data says.

use super::personal::{digits, luhn};

/// The sum of digits times weights.
fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

/// Exactly so many digits.
fn exactly<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    digits(bytes).try_into().ok()
}

/// Digits as a number; no more than fit.
fn number(digits: &[u8]) -> u64 {
    digits.iter().take(18).fold(0, |number, digit| number * 10 + u64::from(*digit))
}

fn letters(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).collect()
}

fn day_and_month(day: &[u8], month: &[u8]) -> bool {
    (1..=31).contains(&number(day)) && (1..=12).contains(&number(month))
}

pub(super) fn nino(bytes: &[u8]) -> bool {
    let never: [[u8; 2]; 7] = [*b"BG", *b"GB", *b"KN", *b"NK", *b"NT", *b"TN", *b"ZZ"];
    letters(bytes).first_chunk::<2>().is_some_and(|start| !never.contains(start))
}

pub(super) fn nhs(bytes: &[u8]) -> bool {
    exactly::<10>(bytes).is_some_and(|all| {
        let rest = weighted(&all, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        (11 - rest) % 11 == u32::from(all[9])
    })
}

pub(super) fn luhn_digits(bytes: &[u8]) -> bool {
    let digits = digits(bytes);
    digits.iter().any(|digit| *digit != 0) && luhn(&digits)
}

pub(super) fn de_tax(bytes: &[u8]) -> bool {
    exactly::<11>(bytes).is_some_and(|all| {
        let product = all.iter().take(10).fold(10, |product, digit| match (u32::from(*digit) + product) % 10 {
            0 => 10 * 2 % 11,
            sum => sum * 2 % 11,
        });
        (11 - product) % 10 == u32::from(all[10])
    })
}

pub(super) fn dni(bytes: &[u8]) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let all = letters(bytes);
    let Some((letter, rest)) = all.split_last() else { return false };
    let of = |byte: &u8| match byte {
        b'X'..=b'Z' => byte - b'X',
        digit => digit.saturating_sub(b'0'),
    };
    let place = number(&rest.iter().map(of).collect::<Vec<_>>()) % 23;
    usize::try_from(place).ok().and_then(|place| LETTERS.get(place)) == Some(letter)
}

pub(super) fn codice_fiscale(bytes: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let value = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        letter => letter.saturating_sub(b'A'),
    };
    let all = letters(bytes);
    let Some((check, rest)) = all.split_last() else { return false };
    let sum: u32 = rest
        .iter()
        .enumerate()
        .map(|(at, byte)| match at % 2 {
            0 => ODD.get(usize::from(value(*byte))).copied().unwrap_or_default(),
            _ => u32::from(value(*byte)),
        })
        .sum();
    u32::from(value(*check)) == sum % 26
}

pub(super) fn nir(bytes: &[u8]) -> bool {
    // The departments 2A and 2B count as 19 and 18.
    let all: Vec<u8> = match letters(bytes) {
        mut all if all.get(6).is_some_and(u8::is_ascii_alphabetic) => {
            let second = if all.get(6) == Some(&b'A') { b'9' } else { b'8' };
            all.splice(5..7, [b'1', second]);
            all
        }
        all => all,
    };
    exactly::<15>(&all).is_some_and(|all| {
        let (person, check) = all.split_at(13);
        97 - number(person) % 97 == number(check)
    })
}

pub(super) fn bsn(bytes: &[u8]) -> bool {
    exactly::<9>(bytes).is_some_and(|all| {
        let sum = weighted(&all, &[9, 8, 7, 6, 5, 4, 3, 2]);
        sum > 0 && sum % 11 == u32::from(all[8])
    })
}

pub(super) fn be_national(bytes: &[u8]) -> bool {
    exactly::<11>(bytes).is_some_and(|all| {
        let (person, check) = all.split_at(9);
        // Those born since 2000 have a 2 before.
        [0, 2_000_000_000].into_iter().any(|century| 97 - (century + number(person)) % 97 == number(check))
    })
}

pub(super) fn pesel(bytes: &[u8]) -> bool {
    exactly::<11>(bytes).is_some_and(|all| {
        let sum = weighted(&all, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
        (10 - sum % 10) % 10 == u32::from(all[10])
    })
}

pub(super) fn personnummer(bytes: &[u8]) -> bool {
    let all = digits(bytes);
    all.last_chunk::<10>().is_some_and(|ten| luhn(ten))
}

pub(super) fn hetu(bytes: &[u8]) -> bool {
    const CHECKS: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let Some((check, rest)) = bytes.split_last() else { return false };
    exactly::<9>(rest).is_some_and(|all| {
        let place = usize::try_from(number(&all) % 31).ok();
        day_and_month(&all[0..2], &all[2..4]) && place.and_then(|place| CHECKS.get(place)) == Some(check)
    })
}

pub(super) fn fodselsnummer(bytes: &[u8]) -> bool {
    exactly::<11>(bytes).is_some_and(|all| {
        let first = (11 - weighted(&all, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
        let second = (11 - weighted(&all, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        day_and_month(&all[0..2], &all[2..4]) && [first, second] == [u32::from(all[9]), u32::from(all[10])]
    })
}

pub(super) fn ean(bytes: &[u8]) -> bool {
    exactly::<13>(bytes).is_some_and(|all| {
        let sum = weighted(&all, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
        (10 - sum % 10) % 10 == u32::from(all[12])
    })
}

/// Of a person or of a company.
pub(super) fn cpf(bytes: &[u8]) -> bool {
    let all = digits(bytes);
    let check = |part: &[u8]| {
        // From the right the weights rise from 2, to 9 in a company's number.
        let most = if all.len() == 14 { 8 } else { 12 };
        let sum: u32 =
            part.iter().rev().zip((0..).map(|at: u32| at % most + 2)).map(|(digit, by)| u32::from(*digit) * by).sum();
        match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        }
    };
    let Some((rest, [first, second])) = all.split_last_chunk::<2>() else { return false };
    let with_first = all.get(..rest.len() + 1).unwrap_or_default();
    all.iter().any(|digit| Some(digit) != all.first())
        && check(rest) == u32::from(*first)
        && check(with_first) == u32::from(*second)
}

pub(super) fn verhoeff(bytes: &[u8]) -> bool {
    // The dihedral group of order ten, and the permutation of its places.
    let times = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    const PLACE: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |digit: u8, times: usize| {
        (0..times).fold(digit, |digit, _| PLACE.get(usize::from(digit)).copied().unwrap_or(0))
    };
    let all = digits(bytes);
    all.iter().rev().enumerate().fold(0, |sum, (at, digit)| times(sum, permuted(*digit, at % 8))) == 0
}

pub(super) fn cn_resident(bytes: &[u8]) -> bool {
    let Some((check, rest)) = bytes.split_last() else { return false };
    exactly::<17>(rest).is_some_and(|all| {
        let sum = weighted(&all, &[7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
        let place = usize::try_from(sum % 11).ok();
        place.and_then(|place| b"10X98765432".get(place)) == Some(&check.to_ascii_uppercase())
    })
}

pub(super) fn curp(bytes: &[u8]) -> bool {
    // Ñ stands behind N.
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        b'A'..=b'N' => u32::from(byte - b'A') + 10,
        letter => u32::from(letter.saturating_sub(b'A')) + 11,
    };
    let Some((check, rest)) = bytes.split_last() else { return false };
    let sum: u32 = rest.iter().zip((2..=18).rev()).map(|(byte, weight)| value(byte) * weight).sum();
    (10 - sum % 10) % 10 == value(check)
}

pub(super) fn nric(bytes: &[u8]) -> bool {
    let ([kind, .., check], Some(all)) = (bytes, exactly::<7>(bytes)) else { return false };
    let sum = weighted(&all, &[2, 7, 6, 5, 4, 3, 2]) + if matches!(kind, b'T' | b'G') { 4 } else { 0 };
    let checks: &[u8; 11] = if matches!(kind, b'S' | b'T') { b"JZIHGFEDCBA" } else { b"XWUTRQPNMLK" };
    usize::try_from(sum % 11).ok().and_then(|place| checks.get(place)) == Some(check)
}

pub(super) fn tfn(bytes: &[u8]) -> bool {
    exactly::<9>(bytes).is_some_and(|all| {
        let sum = weighted(&all, &[1, 4, 3, 7, 5, 8, 6, 9, 10]);
        sum > 0 && sum.is_multiple_of(11)
    })
}

pub(super) fn rrn(bytes: &[u8]) -> bool {
    exactly::<13>(bytes).is_some_and(|all| {
        let sum = weighted(&all, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
        (11 - sum % 11) % 10 == u32::from(all[12])
    })
}

pub(super) fn kimlik(bytes: &[u8]) -> bool {
    exactly::<11>(bytes).is_some_and(|all| {
        let odd = weighted(&all, &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
        let even = weighted(&all, &[0, 1, 0, 1, 0, 1, 0, 1]);
        let total = weighted(&all, &[1; 10]);
        (odd * 7 + 100 - even) % 10 == u32::from(all[9]) && total % 10 == u32::from(all[10])
    })
}
