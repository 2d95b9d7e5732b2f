//! From the claims of a token to a principal.

use super::Refused;
use crate::config::{ClaimPath, IssuerConfig};
use crate::http::{By, Caller};
use callguard::{Object, Principal, Value};

/// Refuses claims that are not what the configuration asks for.
pub(super) fn check(config: &IssuerConfig, claims: &Object) -> Result<(), Refused> {
    for required in &config.required {
        let is_accepted = |one: &Value| required.accepted.contains(one);
        let fits = match claims.get(&required.name) {
            None | Some(Value::Null) => false,
            Some(_) if required.accepted.is_empty() => true,
            Some(Value::List(several)) => several.iter().any(is_accepted),
            Some(one) => is_accepted(one),
        };
        if !fits {
            return Err(Refused::Invalid("a claim that it must have is missing or another"));
        }
    }
    let granted = granted(claims);
    match config.scopes.iter().all(|scope| granted.contains(&scope.as_str())) {
        true => Ok(()),
        false => Err(Refused::Scopes(config.scopes.clone())),
    }
}

/// Scopes, as `scope` (RFC 8693) or `scp` has them.
fn granted(claims: &Object) -> Vec<&str> {
    let of = |name: &str| match claims.get(name) {
        Some(Value::String(words)) => words.split(' ').collect(),
        Some(Value::List(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    of("scope").into_iter().chain(of("scp")).collect()
}

/// The caller that the claims are of.
pub(super) fn caller(config: &IssuerConfig, claims: &Object) -> Result<Caller, Refused> {
    let mut attributes = Object::default();
    for (attribute, path) in &config.principal {
        let value = match (*attribute, at(claims, path)) {
            (_, None) => continue,
            // One role is a list of one.
            ("roles", Some(Value::String(role))) => Value::List(vec![Value::from(role.as_str())]),
            (_, Some(value)) => value.clone(),
        };
        attributes.insert(*attribute, value);
    }
    let kept = config.claims.iter().filter_map(|name| Some((name.clone(), claims.get(name)?.clone())));
    attributes.insert("claims", Value::Object(kept.collect()));
    // An attribute of another shape must not turn into one that is not there: policies deny by it.
    let principal =
        Principal::from_object(&attributes).map_err(|_| Refused::Invalid("a claim of it has another shape"))?;
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    Ok(Caller { name: subject.to_owned(), principal, by: By::Token(config.issuer.clone()) })
}

fn at<'c>(claims: &'c Object, path: &ClaimPath) -> Option<&'c Value> {
    let (first, rest) = path.0.split_first()?;
    let inside = rest.iter().try_fold(claims.get(first)?, |value, name| match value {
        Value::Object(object) => object.get(name),
        _ => None,
    })?;
    Some(inside).filter(|value| !matches!(value, Value::Null))
}
