//! Names whose values are hidden: `password`, `dbPassword`, `X-Api-Key`, …, told from `monkey` and `token_count`.
//!
//! A name is cut into words, and hidden if its last words are a hidden name, in any spelling.

use crate::call::facets::OperandError;
use std::collections::{HashMap, HashSet};

/// Hidden wherever they end a name.
const HIDDEN: &[&str] = &[
    "access_key",
    "access_key_id",
    "account_key",
    "api_key",
    "app_key",
    "auth",
    "auth_key",
    "authorization",
    "bearer",
    "card_number",
    "client_key",
    "conn_str",
    "connection_string",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "csrf",
    "cvc",
    "cvv",
    "deploy_key",
    "encryption_key",
    "host_key",
    "jwt",
    "license_key",
    "master_key",
    "otp",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pin_code",
    "private_key",
    "pwd",
    "root_key",
    "secret",
    "secret_key",
    "secrets",
    "security_code",
    "session_key",
    "shared_access_key",
    "signing_key",
    "ssh_key",
    "ssn",
    "token",
    "totp",
    "x_amz_credential",
    "x_amz_signature",
];

/// Hidden as the end of a word too: `PGPASSWORD`, `openaiapikey`.
const HIDDEN_ENDINGS: &[&str] = &["password", "passwd", "passphrase", "apikey", "sshpass"];

/// Hidden behind these words only: `SMTP_PASS` is a password, `pass: 12` counts tests.
const PASS_OWNERS: &[&str] = &[
    "admin", "db", "database", "email", "ftp", "http", "login", "mail", "mysql", "pg", "postgres", "redis", "root",
    "smtp", "user",
];

/// Honest names that end like hidden ones: pages of lists, and the vocabulary of language models.
const KEPT: &[&str] = &[
    "bos_token",
    "cls_token",
    "continuation_token",
    "eos_token",
    "mask_token",
    "next_page_token",
    "next_token",
    "oauth",
    "pad_token",
    "page_token",
    "previous_page_token",
    "progress_token",
    "sep_token",
    "stop_token",
    "unk_token",
];

/// The most words of a name that are put together.
const MAX_WORDS: usize = 5;
/// A longer name hides nothing by itself.
const MAX_NAME: usize = 256;

/// Which names hide their value.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// The words put together, and the name as it is shown.
    hidden: HashMap<String, String>,
    kept: HashSet<String>,
    endings: bool,
}

impl Names {
    pub(super) fn builtin() -> Names {
        Names {
            hidden: HIDDEN.iter().map(|name| (joined(&words(name)), (*name).to_owned())).collect(),
            kept: KEPT.iter().map(|name| joined(&words(name))).collect(),
            endings: true,
        }
    }

    pub(super) fn hide(&mut self, name: &str) -> Result<(), OperandError> {
        let words = checked(name)?;
        self.kept.remove(&joined(&words));
        self.hidden.insert(joined(&words), words.join("_"));
        Ok(())
    }

    pub(super) fn keep(&mut self, name: &str) -> Result<(), OperandError> {
        self.kept.insert(joined(&checked(name)?));
        Ok(())
    }

    /// The hidden name that `name` ends with, as it is shown.
    pub(super) fn hidden<'n>(&'n self, name: &str) -> Option<&'n str> {
        if name.len() > MAX_NAME {
            return None;
        }
        if name.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return self.one_word(name);
        }
        let mut words = words(name);
        // `password2`, `api_key_1`
        while words.last().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit())) {
            words.pop();
        }
        if self.kept.contains(&joined(&words)) {
            return None;
        }
        let tails = (1..=words.len().min(MAX_WORDS)).rev();
        let tail = |count: usize| words.get(words.len() - count..).map(joined);
        if let Some(found) = tails.filter_map(tail).find_map(|tail| self.hidden.get(&tail)) {
            return Some(found);
        }
        self.by_ending(&words)
    }

    /// The same for a name that is one word as it stands.
    fn one_word<'n>(&'n self, name: &str) -> Option<&'n str> {
        if self.kept.contains(name) {
            return None;
        }
        self.hidden.get(name).map(String::as_str).or_else(|| self.ending(name))
    }

    fn by_ending(&self, words: &[String]) -> Option<&'static str> {
        let last = words.last().filter(|_| self.endings)?;
        let owner = words.len().checked_sub(2).and_then(|place| words.get(place));
        if last == "pass" && owner.is_some_and(|owner| PASS_OWNERS.contains(&owner.as_str())) {
            return Some("password");
        }
        self.ending(last)
    }

    fn ending(&self, word: &str) -> Option<&'static str> {
        HIDDEN_ENDINGS.iter().find(|ending| self.endings && word.ends_with(**ending)).copied()
    }
}

fn checked(name: &str) -> Result<Vec<String>, OperandError> {
    let words = words(name);
    if words.is_empty() || words.len() > MAX_WORDS || name.len() > MAX_NAME {
        return Err(OperandError {
            message: format!("`{name}` is not a name of one to {MAX_WORDS} words"),
            help: Some(
                "write a key such as `badge_number`; it is found in every spelling and at the end of longer names"
                    .to_owned(),
            ),
        });
    }
    Ok(words)
}

fn joined(words: &[String]) -> String {
    words.concat()
}

/// `X-Api-Key`, `apiKey`, `APIKey` are `api`, `key`, with an `x` before.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut letters = name.chars().peekable();
    let mut last = ' ';
    while let Some(letter) = letters.next() {
        let next_lower = letters.peek().is_some_and(|next| next.is_lowercase());
        let starts = !last.is_alphanumeric()
            || letter.is_uppercase() && (last.is_lowercase() || last.is_uppercase() && next_lower)
            || letter.is_ascii_digit() != last.is_ascii_digit();
        if letter.is_alphanumeric() {
            match words.last_mut() {
                Some(word) if !starts => word.extend(letter.to_lowercase()),
                _ => words.push(letter.to_lowercase().collect()),
            }
        }
        last = letter;
    }
    words
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn spellings_of_secret_names_are_hidden() {
        let names = Names::builtin();
        for (name, shown) in [
            ("password", "password"),
            ("Password", "password"),
            ("dbPassword", "password"),
            ("DB_PASSWORD", "password"),
            ("DBPassword", "password"),
            ("PGPASSWORD", "password"),
            ("password2", "password"),
            ("user_password_1", "password"),
            ("passwd", "passwd"),
            ("pwd", "pwd"),
            ("MYSQL_PWD", "pwd"),
            ("SMTP_PASS", "password"),
            ("token", "token"),
            ("accessToken", "token"),
            ("GITHUB_TOKEN", "token"),
            ("csrf-token", "token"),
            ("_authToken", "token"),
            ("api_key", "api_key"),
            ("apikey", "api_key"),
            ("apiKey", "api_key"),
            ("APIKey", "api_key"),
            ("X-Api-Key", "api_key"),
            ("OPENAI_API_KEY", "api_key"),
            ("openaiapikey", "apikey"),
            ("secret", "secret"),
            ("client_secret", "secret"),
            ("aws_secret_access_key", "access_key"),
            ("AWS_ACCESS_KEY_ID", "access_key_id"),
            ("Authorization", "authorization"),
            ("Proxy-Authorization", "authorization"),
            ("Set-Cookie", "cookie"),
            ("privateKey", "private_key"),
            ("connectionString", "connection_string"),
            ("ssh.private_key", "private_key"),
            ("credentials", "credentials"),
        ] {
            assert_eq!(names.hidden(name), Some(shown), "{name}");
        }
    }

    #[test]
    fn honest_look_alikes_are_left_alone() {
        let names = Names::builtin();
        for name in [
            "monkey",
            "keyboard",
            "key",
            "keys",
            "token_count",
            "max_tokens",
            "tokens",
            "tokenizer",
            "password_policy_url",
            "secretary",
            "author",
            "authority",
            "oauth",
            "cookie_consent",
            "passage",
            "pass",
            "compass",
            "bypass",
            "page_token",
            "nextPageToken",
            "progressToken",
            "primary_key",
            "public_key",
            "path",
            "secret_name",
            "credential_type",
            "",
            "123",
            "pad_token",
            "password_file",
            "token_type",
            "turkey",
        ] {
            assert_eq!(names.hidden(name), None, "{name}");
        }
    }

    #[test]
    fn a_policy_adds_and_keeps_names() {
        let mut names = Names::builtin();
        names.hide("badgeNumber").unwrap();
        names.keep("session_token").unwrap();
        assert_eq!(names.hidden("employee_badge_number"), Some("badge_number"));
        assert_eq!(names.hidden("sessionToken"), None);
        assert_eq!(names.hidden("my_session_token"), Some("token"));
        names.hide("page_token").unwrap();
        assert_eq!(names.hidden("pageToken"), Some("page_token"));
        assert!(names.hide("").is_err() && names.hide("--").is_err() && names.hide("a b c d e f").is_err());
        assert_eq!(Names::default().hidden("password"), None);
    }
}
