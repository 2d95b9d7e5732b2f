//! `identity.jwt`: whose tokens are taken, and what of a token is the principal's.

use super::read::below;
use callguard::Value;
use callguard::engine::diagnostic::Code;
use callguard::engine::source::Node;
use callguard::settings::{Cx, Section};
use hyper::Uri;
use jsonwebtoken::Algorithm;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What one issuer's tokens must be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IssuerConfig {
    pub(crate) issuer: String,
    /// Beside the gateway's own addresses.
    pub(crate) audiences: Vec<String>,
    pub(crate) keys: KeysConfig,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) clock_skew: Duration,
    pub(crate) required: Vec<RequiredClaim>,
    pub(crate) scopes: Vec<String>,
    /// An attribute of the principal, and the claim it is.
    pub(crate) principal: Vec<(&'static str, ClaimPath)>,
    /// Claims that the principal has as they are.
    pub(crate) claims: Vec<String>,
}

impl IssuerConfig {
    /// The file of its keys, if they are in one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        match &self.keys {
            KeysConfig::File(path) => Some(path.clone()),
            KeysConfig::Url { .. } => None,
        }
    }
}

/// Where an issuer's keys are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum KeysConfig {
    Url { url: Uri, ca_file: Option<PathBuf>, refresh: Duration, retry: Duration },
    File(PathBuf),
}

/// A claim, or one inside of another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClaimPath(pub(crate) Vec<String>);

/// A claim that must be there, and what it must be if it must be something.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RequiredClaim {
    pub(crate) name: String,
    pub(crate) accepted: Vec<Value>,
}

/// Signatures that a public key checks. With a secret shared by both sides, whoever checks could sign as well.
const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];
const DEFAULT_ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
const ATTRIBUTES: [&str; 7] = ["user_id", "service_id", "org_id", "role", "roles", "environment", "ticket_ref"];
const CLOCK_SKEW: Duration = Duration::from_secs(30);
const MOST_CLOCK_SKEW: Duration = Duration::from_secs(600);
/// How old keys may grow, and how often an issuer is asked at most.
const REFRESH: Duration = Duration::from_secs(3_600);
const RETRY: Duration = Duration::from_secs(30);

pub(super) fn all(node: &Node, all: &[Node], folder: &Path, has_public_url: bool, cx: &mut Cx) -> Vec<IssuerConfig> {
    if all.is_empty() && node.as_list().is_some() {
        cx.error(node, Code::WrongShape, "`jwt` is empty, so that nobody could call", "add an issuer");
    }
    let read: Vec<IssuerConfig> = all.iter().filter_map(|issuer| one(issuer, folder, has_public_url, cx)).collect();
    for (at, issuer) in read.iter().enumerate() {
        if read.iter().take(at).any(|other| other.issuer == issuer.issuer) {
            let says = format!("the issuer `{}` stands twice", issuer.issuer);
            cx.error(node, Code::WrongShape, &says, "keep one of the two");
        }
    }
    read
}

fn one(node: &Node, folder: &Path, has_public_url: bool, cx: &mut Cx) -> Option<IssuerConfig> {
    let mut section = Section::of(node, "jwt", cx)?;
    let issuer = section.required("issuer", cx);
    let audiences = section.texts("audience", cx);
    if audiences.is_empty() && !section.has("audience") && !has_public_url {
        let says = "nobody says whom the tokens of this issuer must be meant for";
        cx.error(node, Code::MissingKey, says, "add `public_url` to the gateway, or `audience` here");
    }
    let keys = keys(&mut section, node, folder, cx);
    let algorithms = algorithms(&mut section, cx);
    let clock_skew = clock_skew(&mut section, cx);
    let required = required(&mut section, cx);
    let scopes = scopes(&mut section, cx);
    let (principal, claims) = principal(&mut section, cx);
    section.finish(cx);
    Some(IssuerConfig {
        issuer: issuer?,
        audiences,
        keys: keys?,
        algorithms,
        clock_skew,
        required,
        scopes,
        principal,
        claims,
    })
}

fn keys(section: &mut Section<'_>, node: &Node, folder: &Path, cx: &mut Cx) -> Option<KeysConfig> {
    let file = section.text("jwks_file", cx).map(|path| below(folder, path));
    match (section.node("jwks", cx), file) {
        (None, Some(file)) => Some(KeysConfig::File(file)),
        (Some(place), None) => keys_at(place, folder, cx),
        _ => {
            let says = "an issuer's keys are in one place: `jwks` or `jwks_file`";
            cx.error(node, Code::WrongShape, says, "such as `jwks: { url: https://login.example.com/keys }`");
            None
        }
    }
}

fn keys_at(node: &Node, folder: &Path, cx: &mut Cx) -> Option<KeysConfig> {
    let mut section = Section::of(node, "jwks", cx)?;
    let text = section.required("url", cx);
    let ca_file = section.text("ca_file", cx).map(|path| below(folder, path));
    let refresh = section.duration("refresh", cx).unwrap_or(REFRESH);
    let retry = section.duration("retry", cx).unwrap_or(RETRY);
    section.finish(cx);
    let url = text?.parse::<Uri>().ok().filter(is_safe);
    if url.is_none() {
        let help = "whoever can change what comes from there can sign as anybody";
        cx.error(node, Code::WrongShape, "`url` takes `https://` and a host, or `http://` on loopback", help);
    }
    Some(KeysConfig::Url { url: url?, ca_file, refresh, retry })
}

fn is_safe(url: &Uri) -> bool {
    let has_user = url.authority().is_some_and(|authority| authority.as_str().contains('@'));
    let host = url.host().unwrap_or_default();
    let is_near = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    !has_user && !host.is_empty() && (url.scheme_str() == Some("https") || url.scheme_str() == Some("http") && is_near)
}

fn algorithms(section: &mut Section<'_>, cx: &mut Cx) -> Vec<Algorithm> {
    let Some(node) = section.node("algorithms", cx) else { return DEFAULT_ALGORITHMS.to_vec() };
    let named = section.texts("algorithms", cx);
    let known = |name: &String| ALGORITHMS.iter().find(|(known, _)| known == name).map(|(_, algorithm)| *algorithm);
    let read: Vec<Algorithm> = named.iter().filter_map(known).collect();
    if read.len() != named.len() || read.is_empty() && node.as_list().is_some() {
        let names: Vec<&str> = ALGORITHMS.iter().map(|(name, _)| *name).collect();
        let says = "`algorithms` takes names of signatures that a public key checks";
        cx.error(node, Code::WrongShape, says, &format!("there are {}", names.join(", ")));
    }
    read
}

fn clock_skew(section: &mut Section<'_>, cx: &mut Cx) -> Duration {
    let Some(skew) = section.duration("clock_skew", cx) else { return CLOCK_SKEW };
    if skew > MOST_CLOCK_SKEW
        && let Some(node) = section.node("clock_skew", cx)
    {
        cx.error(node, Code::WrongShape, "`clock_skew` is ten minutes at most", "set the clocks");
    }
    skew
}

fn required(section: &mut Section<'_>, cx: &mut Cx) -> Vec<RequiredClaim> {
    let entries = section.named("required_claims", cx).iter();
    let required = entries.map(|entry| RequiredClaim {
        name: entry.key.clone(),
        accepted: match entry.value.to_value() {
            Value::Null => Vec::new(),
            Value::List(accepted) => accepted,
            one => vec![one],
        },
    });
    required.collect()
}

/// Scopes stand in a header, apart by spaces.
fn scopes(section: &mut Section<'_>, cx: &mut Cx) -> Vec<String> {
    let scopes = section.texts("scopes", cx);
    let is_token = |scope: &String| {
        !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
    };
    if let Some(node) = section.node("scopes", cx)
        && !scopes.iter().all(is_token)
    {
        cx.error(node, Code::WrongShape, "a scope has no spaces, quotes or backslashes", "such as `mcp:tools`");
    }
    scopes
}

/// Without a word, the subject is the user.
fn principal(section: &mut Section<'_>, cx: &mut Cx) -> (Vec<(&'static str, ClaimPath)>, Vec<String>) {
    let Some(mut section) = section.section("principal", cx) else {
        return (vec![("user_id", ClaimPath(vec!["sub".to_owned()]))], Vec::new());
    };
    let mut mapped = Vec::new();
    for attribute in ATTRIBUTES {
        let path = match section.node(attribute, cx) {
            None => continue,
            Some(node) if node.as_list().is_some() => section.texts(attribute, cx),
            Some(_) => section.text(attribute, cx).into_iter().collect(),
        };
        if let Some(node) = section.node(attribute, cx)
            && node.as_list().is_some_and(<[Node]>::is_empty)
        {
            let says = format!("`{attribute}` takes the name of a claim, or names that lead to one inside of others");
            cx.error(node, Code::WrongShape, &says, "such as `[realm_access, role]`");
        }
        mapped.push((attribute, ClaimPath(path)));
    }
    let claims = section.texts("claims", cx);
    section.finish(cx);
    (mapped, claims)
}
