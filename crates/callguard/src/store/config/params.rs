//! The settings behind the `?`.

use super::StoreConfigError;
use percent_encoding::percent_decode_str;
use std::num::NonZeroU16;

/// Settings that nobody has asked for yet.
pub(super) struct Params(Vec<(String, String)>);

/// Where certificates lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Those whom to trust, in PEM; otherwise whom the system trusts.
    pub ca: Option<std::path::PathBuf>,
    /// What to show of oneself, in PEM.
    pub cert: Option<std::path::PathBuf>,
    /// Its key, in PEM.
    pub key: Option<std::path::PathBuf>,
}

impl Params {
    pub(super) fn read(query: &str) -> Result<Params, StoreConfigError> {
        let mut params: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(StoreConfigError::new(
                    "a setting has no value",
                    "settings are written `?name=value&name=value`",
                ));
            };
            let value = percent_decode_str(value).decode_utf8().map_err(|_| wrong(name, "text"))?;
            if params.iter().any(|(known, _)| known == name) {
                return Err(StoreConfigError::new(format!("`{name}` stands twice"), "write each setting once"));
            }
            params.push((name.to_owned(), value.into_owned()));
        }
        Ok(Params(params))
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let place = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(place).1)
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        form: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreConfigError> {
        let Some(value) = self.take(name) else { return Ok(None) };
        parse(&value).map(Some).ok_or_else(|| wrong(name, form))
    }

    #[cfg(any(feature = "sqlite", feature = "redis", feature = "postgres"))]
    pub(super) fn duration(&mut self, name: &str) -> Result<Option<std::time::Duration>, StoreConfigError> {
        self.parsed(name, "a duration, such as `500ms`, `10s`, `5m`, `1h` or `7d`", |value| {
            callguard_engine::policy::read::parse_duration(value).map(std::time::Duration::from_millis)
        })
    }

    #[cfg(feature = "sqlite")]
    pub(super) fn bytes(&mut self, name: &str) -> Result<Option<u64>, StoreConfigError> {
        self.parsed(name, "a size, such as `500MB` or `10GB`", |value| {
            let (number, unit) = value.split_at_checked(value.len().checked_sub(2)?)?;
            let bytes = match unit {
                "kB" => 1_000,
                "MB" => 1_000_000,
                "GB" => 1_000_000_000,
                _ => return None,
            };
            number.parse::<u64>().ok()?.checked_mul(bytes)
        })
    }

    #[cfg(feature = "postgres")]
    pub(super) fn count(&mut self, name: &str) -> Result<Option<usize>, StoreConfigError> {
        self.parsed(name, "a number from 1 to 1000", |value| {
            value.parse().ok().filter(|count| (1..=1000).contains(count))
        })
    }

    #[cfg(feature = "redis")]
    pub(super) fn flag(&mut self, name: &str) -> Result<bool, StoreConfigError> {
        Ok(self.parsed(name, "`true` or `false`", |value| value.parse().ok())?.unwrap_or(false))
    }

    /// `1/4`: one part in four.
    pub(super) fn share(&mut self, name: &str) -> Result<Option<NonZeroU16>, StoreConfigError> {
        self.parsed(name, "one part of the limits, such as `1/4`", |value| value.strip_prefix("1/")?.parse().ok())
    }

    #[cfg(any(feature = "redis", feature = "postgres"))]
    pub(super) fn password(&mut self) -> Result<Option<super::Secret>, StoreConfigError> {
        self.take("password_file").map(|path| super::Secret::of_file(&path)).transpose()
    }

    #[cfg(any(feature = "redis", feature = "postgres"))]
    pub(super) fn tls(&mut self) -> TlsFiles {
        let mut file = |name| self.take(name).map(Into::into);
        TlsFiles { ca: file("ca"), cert: file("cert"), key: file("key") }
    }

    /// The address with the settings that are left; then there are none.
    #[cfg(feature = "postgres")]
    pub(super) fn rest_of(&mut self, head: &str) -> String {
        use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
        const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'/');
        let mut text = head.to_owned();
        for (place, (name, value)) in self.0.drain(..).enumerate() {
            text.push(if place == 0 { '?' } else { '&' });
            text.push_str(&name);
            text.push('=');
            text.extend(utf8_percent_encode(&value, ENCODED));
        }
        text
    }

    /// That every setting was known.
    pub(super) fn finish(&self) -> Result<(), StoreConfigError> {
        match self.0.first() {
            Some((name, _)) => Err(StoreConfigError::new(
                format!("the store has no setting `{name}`"),
                "docs/reference/stores.md lists the settings of each store",
            )),
            None => Ok(()),
        }
    }
}

fn wrong(name: &str, form: &str) -> StoreConfigError {
    StoreConfigError::new(format!("`{name}` is not what it should be"), format!("write {form}"))
}
