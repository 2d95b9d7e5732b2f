//! `identity.certificates`: whose a client's certificate is, by a name in it.

use super::identity::principal;
use callguard::Principal;
use callguard::engine::diagnostic::Code;
use callguard::engine::source::Node;
use callguard::settings::{Cx, Section};

/// A name that certificates have, and who has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CertificateRule {
    pub(crate) kind: NameKind,
    /// The name, or what it is around one `*`.
    pub(crate) name: String,
    pub(crate) principal: Principal,
}

/// Which of a certificate's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    Uri,
    Dns,
    Email,
    CommonName,
}

const KINDS: [(&str, NameKind); 4] =
    [("uri", NameKind::Uri), ("dns", NameKind::Dns), ("email", NameKind::Email), ("common_name", NameKind::CommonName)];

pub(super) fn all(node: &Node, all: &[Node], cx: &mut Cx) -> Vec<CertificateRule> {
    if all.is_empty() && node.as_list().is_some() {
        cx.error(node, Code::WrongShape, "`certificates` is empty, so that nobody could call", "add a name");
    }
    all.iter().filter_map(|rule| one(rule, cx)).collect()
}

fn one(node: &Node, cx: &mut Cx) -> Option<CertificateRule> {
    let mut section = Section::of(node, "certificate", cx)?;
    let named: Vec<(NameKind, Option<String>)> = KINDS
        .iter()
        .filter(|(key, _)| section.has(key))
        .map(|(_, kind)| *kind)
        .collect::<Vec<_>>()
        .into_iter()
        .map(|kind| (kind, section.text(key(kind), cx)))
        .collect();
    for (key, _) in KINDS {
        section.node(key, cx);
    }
    let who = section.node("principal", cx).map_or_else(|| Some(Principal::default()), |node| principal(node, cx));
    section.finish(cx);
    let [(kind, name)] = <[_; 1]>::try_from(named).ok().or_else(|| {
        let says = "a certificate is known by one name: `uri`, `dns`, `email` or `common_name`";
        cx.error(node, Code::WrongShape, says, "such as `uri: spiffe://example.com/ci`");
        None
    })?;
    let name = name?;
    if name.matches('*').count() > 1 {
        let says = "a name has one `*` at most, which stands for anything";
        cx.error(node, Code::WrongShape, says, "such as `spiffe://example.com/agents/*`");
    }
    Some(CertificateRule { kind, name, principal: who? })
}

fn key(kind: NameKind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or("uri", |(key, _)| key)
}
