//! Tests beyond a regex: checksums, decoded headers, neighbours, randomness.

mod personal;
mod secret;

use personal::{alone, cards, email, iban, phone, ssn};
use secret::{basic, entropy, github_checksum, jwt, letters_and_digits, pem, placeholder, putty, random_token};
use serde::Deserialize;
use std::ops::Range;

pub(in crate::audit) use secret::reference;

/// A test that a candidate must pass; it may narrow it or find several things in it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Check {
    /// The regex suffices.
    #[default]
    None,
    /// A digit and no placeholder.
    Digit,
    /// Not `xxxxxxxx`.
    NotPlaceholder,
    /// A letter, a digit, no placeholder.
    LettersAndDigits,
    /// Random letters and digits.
    Random,
    /// Random letters.
    RandomLetters,
    /// Random, and neither a name, nor a path, nor an expression of a program.
    RandomToken,
    /// Its checksum holds, or it is random.
    Github,
    /// A PEM block with a body.
    Pem,
    /// A PuTTY key file.
    Putty,
    /// Three parts, the first a JSON header with `alg`.
    Jwt,
    /// A password, not a reference to one.
    Reference,
    /// The same, in a URL.
    Userinfo,
    /// Base64 of `user:password`.
    Basic,
    /// A social security number that could be issued.
    Ssn,
    /// A payment card number.
    Card,
    /// An IBAN.
    Iban,
    /// An address, not an image at two pixels, a package at a version, or a remote of git.
    Email,
    /// 8 to 15 digits on their own.
    Phone,
}

impl Check {
    /// Adds what of `candidate` passes.
    pub(super) fn run(self, text: &[u8], candidate: Range<usize>, found: &mut Vec<Range<usize>>) {
        let bytes = text.get(candidate.clone()).unwrap_or_default();
        let passes = match self {
            Check::None => true,
            Check::Digit => has(bytes, u8::is_ascii_digit) && !placeholder(bytes),
            Check::NotPlaceholder => !placeholder(bytes),
            Check::LettersAndDigits => letters_and_digits(bytes) && !placeholder(bytes),
            Check::Random => letters_and_digits(bytes) && entropy(bytes) >= 2.8,
            Check::RandomLetters => entropy(bytes) >= 2.8,
            Check::RandomToken => random_token(bytes),
            Check::Github => github_checksum(bytes) || letters_and_digits(bytes) && entropy(bytes) >= 2.5,
            Check::Reference => !reference(bytes),
            Check::Userinfo => !reference(bytes),
            Check::Basic => basic(bytes),
            Check::Ssn => alone(text, &candidate) && ssn(bytes),
            Check::Phone => alone(text, &candidate) && phone(bytes),
            Check::Email => email(text, &candidate),
            Check::Pem => return found.extend(pem(text, candidate)),
            Check::Putty => return found.extend(putty(text, candidate)),
            Check::Jwt => return jwt(text, candidate, found),
            Check::Card => return cards(text, candidate, found),
            Check::Iban => return found.extend(iban(text, candidate)),
        };
        if passes {
            found.push(candidate);
        }
    }
}

fn has(bytes: &[u8], class: impl Fn(&u8) -> bool) -> bool {
    bytes.iter().any(class)
}
