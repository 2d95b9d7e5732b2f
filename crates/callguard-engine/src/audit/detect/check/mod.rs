//! Tests beyond a regex: checksums, decoded headers, neighbours, randomness.

mod identity;
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
    /// A digit, or letters of both cases; no placeholder.
    Mixed,
    /// Random, with letters of both cases.
    MixedCase,
    /// Not `xxxxxxxx`.
    NotPlaceholder,
    /// A letter, a digit, no placeholder.
    LettersAndDigits,
    /// Random letters and digits.
    Random,
    /// Random letters of both cases.
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
    /// Not a part of a longer number, word, date, version or identifier.
    Alone,
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
    /// Luhn's check.
    Luhn,
    /// An EAN-13.
    Ean,
    /// Verhoeff's check.
    Verhoeff,
    /// By the rules of the number that it is named after.
    #[serde(untagged)]
    Identity(Identity),
}

/// Numbers with a check of their own.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Identity {
    Nino,
    Nhs,
    DeTax,
    Dni,
    CodiceFiscale,
    Nir,
    Bsn,
    BeNational,
    Pesel,
    Personnummer,
    Hetu,
    Fodselsnummer,
    Cpf,
    CnResident,
    Curp,
    Nric,
    Tfn,
    Rrn,
    Kimlik,
}

impl Check {
    /// Adds what of `candidate` passes.
    pub(super) fn run(self, text: &[u8], candidate: Range<usize>, found: &mut Vec<Range<usize>>) {
        let bytes = text.get(candidate.clone()).unwrap_or_default();
        let passes = match self {
            Check::None => true,
            Check::Digit => has(bytes, u8::is_ascii_digit) && !placeholder(bytes),
            Check::Mixed => (has(bytes, u8::is_ascii_digit) || both_cases(bytes)) && !placeholder(bytes),
            Check::MixedCase => both_cases(bytes) && letters_and_digits(bytes) && entropy(bytes) >= 2.8,
            Check::NotPlaceholder => !placeholder(bytes),
            Check::LettersAndDigits => letters_and_digits(bytes) && !placeholder(bytes),
            Check::Random => letters_and_digits(bytes) && entropy(bytes) >= 2.8,
            Check::RandomLetters => both_cases(bytes) && entropy(bytes) >= 2.8,
            Check::RandomToken => random_token(bytes),
            Check::Github => github_checksum(bytes) || letters_and_digits(bytes) && entropy(bytes) >= 2.5,
            Check::Reference | Check::Userinfo => !reference(bytes),
            Check::Basic => basic(bytes),
            Check::Ssn => alone(text, &candidate) && ssn(bytes),
            Check::Phone => alone(text, &candidate) && phone(bytes),
            Check::Email => email(text, &candidate),
            Check::Pem => return found.extend(pem(text, candidate)),
            Check::Putty => return found.extend(putty(text, candidate)),
            Check::Jwt => return jwt(text, candidate, found),
            Check::Card => return cards(text, candidate, found),
            Check::Iban => return found.extend(iban(text, candidate)),
            Check::Alone => alone(text, &candidate),
            Check::Luhn => alone(text, &candidate) && identity::luhn_digits(bytes),
            Check::Ean => alone(text, &candidate) && identity::ean(bytes),
            Check::Verhoeff => alone(text, &candidate) && identity::verhoeff(bytes),
            Check::Identity(of) => alone(text, &candidate) && of.holds(bytes),
        };
        if passes {
            found.push(candidate);
        }
    }
}

impl Identity {
    fn holds(self, bytes: &[u8]) -> bool {
        match self {
            Identity::Nino => identity::nino(bytes),
            Identity::Nhs => identity::nhs(bytes),
            Identity::DeTax => identity::de_tax(bytes),
            Identity::Dni => identity::dni(bytes),
            Identity::CodiceFiscale => identity::codice_fiscale(bytes),
            Identity::Nir => identity::nir(bytes),
            Identity::Bsn => identity::bsn(bytes),
            Identity::BeNational => identity::be_national(bytes),
            Identity::Pesel => identity::pesel(bytes),
            Identity::Personnummer => identity::personnummer(bytes),
            Identity::Hetu => identity::hetu(bytes),
            Identity::Fodselsnummer => identity::fodselsnummer(bytes),
            Identity::Cpf => identity::cpf(bytes),
            Identity::CnResident => identity::cn_resident(bytes),
            Identity::Curp => identity::curp(bytes),
            Identity::Nric => identity::nric(bytes),
            Identity::Tfn => identity::tfn(bytes),
            Identity::Rrn => identity::rrn(bytes),
            Identity::Kimlik => identity::kimlik(bytes),
        }
    }
}

fn has(bytes: &[u8], class: impl Fn(&u8) -> bool) -> bool {
    bytes.iter().any(class)
}

fn both_cases(bytes: &[u8]) -> bool {
    has(bytes, u8::is_ascii_uppercase) && has(bytes, u8::is_ascii_lowercase)
}
