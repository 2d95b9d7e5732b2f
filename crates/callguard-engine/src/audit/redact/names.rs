//! Names whose values are hidden: `password`, `dbPassword`, `X-Api-Key`, …, told from `monkey` and `token_count`.
//!
//! A name is cut into words, and hidden if its last words are a hidden name, in any spelling.

use super::words::{Pairs, Words};
use crate::call::facets::OperandError;
use foldhash::fast::FixedState;
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
    hidden: HashMap<String, String, FixedState>,
    kept: HashSet<String, FixedState>,
    endings: bool,
    /// The last two characters of everything that hides.
    last: Pairs,
}

impl Names {
    pub(super) fn builtin() -> Names {
        let hidden: HashMap<String, String, FixedState> =
            HIDDEN.iter().map(|name| (joined(name), (*name).to_owned())).collect();
        let mut last = Pairs::default();
        hidden
            .keys()
            .map(String::as_str)
            .chain(HIDDEN_ENDINGS.iter().copied())
            .chain(["pass"])
            .for_each(|name| last.add(name));
        Names { hidden, kept: KEPT.iter().map(|name| joined(name)).collect(), endings: true, last }
    }

    pub(super) fn hide(&mut self, name: &str) -> Result<(), OperandError> {
        let words = checked(name)?;
        let joined = words.last(words.count());
        self.kept.remove(joined);
        self.last.add(joined);
        self.hidden.insert(joined.to_owned(), words.shown());
        Ok(())
    }

    pub(super) fn keep(&mut self, name: &str) -> Result<(), OperandError> {
        let words = checked(name)?;
        self.kept.insert(words.last(words.count()).to_owned());
        Ok(())
    }

    /// Whether it is worth asking whether `name` is hidden: a quick look at its end.
    pub(super) fn may_hide(&self, name: &str) -> bool {
        self.last.ends(name)
    }

    /// The hidden name that `name` ends with, as it is shown.
    pub(super) fn hidden<'n>(&'n self, name: &str) -> Option<&'n str> {
        if name.len() > MAX_NAME || !self.may_hide(name) {
            return None;
        }
        let words = Words::of(name);
        // `password2`, `api_key_1`: unless a name is hidden that ends so.
        let bare = words.without_number();
        if self.kept.contains(words.last(words.count())) || self.kept.contains(bare.last(bare.count())) {
            return None;
        }
        [&words, &bare].into_iter().find_map(|words| self.by_tail(words)).or_else(|| self.by_ending(&bare))
    }

    fn by_tail(&self, words: &Words) -> Option<&str> {
        let mut counts = (1..=words.count().min(MAX_WORDS)).rev();
        counts.find_map(|count| self.hidden.get(words.last(count))).map(String::as_str)
    }

    fn by_ending(&self, words: &Words) -> Option<&'static str> {
        let last = Some(words.last(1)).filter(|last| self.endings && !last.is_empty())?;
        let owner = words.last(2).strip_suffix(last).filter(|_| words.count() > 1);
        if last == "pass" && owner.is_some_and(|owner| PASS_OWNERS.contains(&owner)) {
            return Some("password");
        }
        HIDDEN_ENDINGS.iter().find(|ending| last.ends_with(**ending)).copied()
    }
}

/// The words of a name that is to be hidden or kept.
fn checked(name: &str) -> Result<Words, OperandError> {
    let words = Words::of(name);
    if words.count() == 0 || words.count() > MAX_WORDS || name.len() > MAX_NAME {
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

fn joined(name: &str) -> String {
    let words = Words::of(name);
    words.last(words.count()).to_owned()
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
        names.hide("locker_2").unwrap();
        assert_eq!(names.hidden("gymLocker2"), Some("locker_2"));
        assert_eq!(names.hidden("gymLocker3"), None);
        assert!(names.hide("").is_err() && names.hide("--").is_err() && names.hide("a b c d e f").is_err());
        assert_eq!(Names::default().hidden("password"), None);
    }
}
