//! Secrets: from a variable or a file, and never shown.

use super::StoreConfigError;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::fmt;

/// A secret. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// That secret.
    pub fn new(secret: impl Into<String>) -> Secret {
        Secret(secret.into())
    }

    /// The secret itself.
    #[cfg(any(feature = "redis", feature = "postgres"))]
    pub(in crate::store) fn reveal(&self) -> &str {
        &self.0
    }

    /// The first line of a file.
    #[cfg(any(feature = "redis", feature = "postgres"))]
    pub(super) fn of_file(path: &str) -> Result<Secret, StoreConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let help = "`password_file` names a file that holds the password alone";
            StoreConfigError::new(format!("the password cannot be read from `{path}`: {error}"), help)
        })?;
        Ok(Secret(text.lines().next().unwrap_or_default().to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("[secret]")
    }
}

/// What separates parts of an address, and so must not come in from a variable.
const SEPARATORS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'/')
    .add(b':')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The text with every `${env:NAME}` filled in. A text that is one variable is that variable's; within an address a value
/// cannot pass for more than one part.
pub(super) fn filled_in(text: &str, variables: &dyn Fn(&str) -> Option<String>) -> Result<String, StoreConfigError> {
    let is_file = text.starts_with("sqlite:");
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            return Err(StoreConfigError::new("a `${` has no `}`", "write `${env:NAME}`"));
        };
        let value = value_of(name, variables)?;
        filled.push_str(before);
        if is_file || (filled.is_empty() && after.is_empty()) {
            filled.push_str(&value);
        } else {
            filled.extend(utf8_percent_encode(&value, SEPARATORS));
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value_of(name: &str, variables: &dyn Fn(&str) -> Option<String>) -> Result<String, StoreConfigError> {
    let Some(name) = name.strip_prefix("env:") else {
        return Err(StoreConfigError::new(format!("`${{{name}}}` names nothing"), "write `${env:NAME}`"));
    };
    variables(name).ok_or_else(|| {
        StoreConfigError::new(format!("the variable `{name}` is not set"), "set it in the environment of the process")
    })
}

/// Whether a password stands in the text itself.
pub(super) fn spells_password(text: &str) -> bool {
    let (head, query) = text.split_once('?').unwrap_or((text, ""));
    let user = head.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(user, _)| user);
    let in_user = user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| is_spelled(password));
    in_user || query.split('&').filter_map(|pair| pair.strip_prefix("password=")).any(is_spelled)
}

fn is_spelled(password: &str) -> bool {
    let is_named = password.starts_with("${") && password.ends_with('}');
    !password.is_empty() && !is_named
}
