//! Tokens of an issuer (JWT): who signed them, for whom, for how long, and whose they are.

mod claims;
mod jwks;
mod key_set;
mod signature;

use super::Caller;
use crate::config::IssuerConfig;
use callguard::Value;
use callguard::engine::value::parse_json;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Header, Validation, dangerous, decode, decode_header};
pub(crate) use jwks::Jwks;
pub(crate) use key_set::KeySet;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// An issuer whose tokens are taken.
pub(crate) struct Issuer {
    pub(crate) config: IssuerConfig,
    pub(crate) keys: Jwks,
}

/// Why a token does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is not what it must be; what of it.
    Invalid(&'static str),
    /// It is good and does not reach this far: the scopes that it would need.
    Scopes(Vec<String>),
    /// The issuer's keys cannot be had.
    NoKeys,
}

#[derive(Deserialize)]
struct Issued {
    iss: String,
}

impl Issuer {
    pub(crate) fn new(config: IssuerConfig, keys: Jwks) -> Issuer {
        signature::install();
        Issuer { config, keys }
    }

    /// The caller whose token it is. `audiences` are this gateway's own names.
    async fn caller(&self, token: &str, header: &Header, audiences: &[String]) -> Result<Arc<Caller>, Refused> {
        if !self.config.algorithms.contains(&header.alg) {
            return Err(Refused::Invalid("its signature is of a kind that is not taken"));
        }
        if header.crit.is_some() {
            return Err(Refused::Invalid("it asks for what is not known here"));
        }
        let key = self.keys.key(header.kid.as_deref(), header.alg).await?;
        let read = decode::<Box<RawValue>>(token, &key, &self.validation(header, audiences));
        let claims = read.map_err(|error| Refused::Invalid(why(error.kind())))?.claims;
        let Ok(Value::Object(claims)) = parse_json(claims.get().as_bytes()) else {
            return Err(Refused::Invalid("its claims cannot be read in one way only"));
        };
        claims::check(&self.config, &claims)?;
        claims::caller(&self.config, &claims).map(Arc::new)
    }

    fn validation(&self, header: &Header, audiences: &[String]) -> Validation {
        let mut validation = Validation::new(header.alg);
        validation.leeway = self.config.clock_skew.as_secs();
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.set_issuer(&[&self.config.issuer]);
        validation.aud = Some(audiences.iter().chain(&self.config.audiences).cloned().collect());
        validation
    }
}

/// The caller whose token it is, whichever of the issuers it is from.
pub(super) async fn caller(issuers: &[Arc<Issuer>], token: &str, audiences: &[String]) -> Result<Arc<Caller>, Refused> {
    let unreadable = |_| Refused::Invalid("it is no signed token");
    let header = decode_header(token).map_err(unreadable)?;
    // Whose it says it is, to know which keys it must be signed with.
    let said = dangerous::insecure_decode_claims::<Issued>(token).map_err(unreadable)?.iss;
    let issuer = issuers.iter().find(|issuer| issuer.config.issuer == said);
    let issuer = issuer.ok_or(Refused::Invalid("its issuer is not known here"))?;
    issuer.caller(token, &header, audiences).await
}

/// The names of this gateway in the audience of a token: its own, and that of what is asked for.
pub(super) fn audiences(public_url: Option<&str>, path: &str) -> Vec<String> {
    let Some(origin) = public_url else { return Vec::new() };
    let mut names = vec![origin.to_owned(), format!("{origin}/")];
    let path = path.trim_end_matches('/');
    // What stands behind another name is another resource.
    for end in path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]) {
        names.extend(path.get(..end).filter(|part| !part.is_empty()).map(|part| format!("{origin}{part}")));
    }
    names
}

fn why(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidSignature => "its signature is wrong",
        ErrorKind::ExpiredSignature => "it has expired",
        ErrorKind::ImmatureSignature => "it is not valid yet",
        ErrorKind::InvalidAudience => "it is meant for somebody else",
        ErrorKind::InvalidIssuer => "its issuer is not known here",
        ErrorKind::MissingRequiredClaim(_) => "it lacks `exp`, `iss` or `aud`",
        _ => "it cannot be read",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_for_one_server_is_for_no_other() {
        let of = |path: &str| audiences(Some("https://g"), path);
        assert_eq!(of("/mcp/files"), ["https://g", "https://g/", "https://g/mcp", "https://g/mcp/files"]);
        assert_eq!(of("/mcp/"), ["https://g", "https://g/", "https://g/mcp"]);
        assert_eq!(of("/"), ["https://g", "https://g/"]);
        assert!(audiences(None, "/mcp").is_empty());
    }
}
