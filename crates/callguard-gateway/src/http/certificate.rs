//! Callers by the certificates that they show. That somebody trusted signed one is known before it is looked at here.

use super::identity::{By, Caller};
use crate::config::{CertificateRule, NameKind};
use std::sync::Arc;
use x509_cert::Certificate;
use x509_cert::der::asn1::{PrintableStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::{Decode, Tagged};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// The names in the certificate of whoever is at the other end of a connection.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Peer(Vec<(NameKind, String)>);

impl Peer {
    /// The names of a certificate; none of one that cannot be read.
    pub(super) fn of(der: &[u8]) -> Peer {
        let Ok(certificate) = Certificate::from_der(der) else { return Peer::default() };
        let mut names: Vec<(NameKind, String)> = common_name(&certificate).into_iter().collect();
        if let Ok(Some((_, others))) = certificate.tbs_certificate.get::<SubjectAltName>() {
            names.extend(others.0.iter().filter_map(alternative));
        }
        Peer(names)
    }

    /// The first caller whose name it has.
    pub(super) fn caller(&self, rules: &[CertificateRule]) -> Option<Arc<Caller>> {
        let of = |rule: &CertificateRule| self.0.iter().find_map(|(kind, name)| caller(rule, *kind, name));
        rules.iter().find_map(of).map(Arc::new)
    }
}

/// Whether some rule still makes this caller of its name.
pub(super) fn knows(rules: &[CertificateRule], caller: &Caller, kind: NameKind) -> bool {
    let found = rules.iter().find_map(|rule| self::caller(rule, kind, &caller.name));
    found.is_some_and(|found| found == *caller)
}

fn caller(rule: &CertificateRule, kind: NameKind, name: &str) -> Option<Caller> {
    if rule.kind != kind || !fits(&rule.name, name) {
        return None;
    }
    let mut principal = rule.principal.clone();
    if principal.user_id.is_none() && principal.service_id.is_none() {
        // Each name is somebody: limits must not count two for one.
        match kind {
            NameKind::Email => principal.user_id = Some(name.to_owned()),
            _ => principal.service_id = Some(name.to_owned()),
        }
    }
    Some(Caller { name: name.to_owned(), principal, by: By::Certificate(kind) })
}

/// Whether it is the name, or has what stands around its `*`.
fn fits(wanted: &str, name: &str) -> bool {
    match wanted.split_once('*') {
        None => wanted == name,
        Some((before, after)) => {
            name.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)).is_some_and(|middle| !middle.is_empty())
        }
    }
}

fn alternative(name: &GeneralName) -> Option<(NameKind, String)> {
    match name {
        GeneralName::UniformResourceIdentifier(uri) => Some((NameKind::Uri, uri.to_string())),
        GeneralName::DnsName(name) => Some((NameKind::Dns, name.as_str().to_ascii_lowercase())),
        GeneralName::Rfc822Name(email) => Some((NameKind::Email, email.to_string())),
        _ => None,
    }
}

/// The common name, if there is exactly one.
fn common_name(certificate: &Certificate) -> Option<(NameKind, String)> {
    let parts = certificate.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
    let mut found = parts.filter(|part| part.oid == COMMON_NAME);
    let (one, None) = (found.next()?, found.next()) else { return None };
    let text = match one.value.tag() {
        x509_cert::der::Tag::Utf8String => one.value.decode_as::<Utf8StringRef<'_>>().ok()?.as_str().to_owned(),
        x509_cert::der::Tag::PrintableString => {
            one.value.decode_as::<PrintableStringRef<'_>>().ok()?.as_str().to_owned()
        }
        _ => return None,
    };
    Some((NameKind::CommonName, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_something() {
        assert!(fits("spiffe://a/*", "spiffe://a/b/c") && fits("*.example", "x.example") && fits("a", "a"));
        assert!(!fits("spiffe://a/*", "spiffe://a/") && !fits("a*a", "a") && !fits("a", "b") && !fits("a*", "ba"));
    }

    #[test]
    fn what_is_no_certificate_has_no_names() {
        assert_eq!(Peer::of(b"text"), Peer::default());
    }
}
