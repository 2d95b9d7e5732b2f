//! Addresses in their one spelling, and the operand of `address`.

use super::super::OperandError;
use super::host::{HostValue, Place};
use super::ranges::{Special, is_special_throughout, special};
use crate::decide::{Direction, Truth};
use crate::diagnostic::did_you_mean;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The IPv4 address that an IPv6 address stands for (v4-mapped, v4-compatible, NAT64, 6to4), else the address.
pub(super) fn canonical(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => embedded(v6).map_or(address, IpAddr::V4),
    }
}

fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        // RFC 4291: `::` and `::1` are themselves.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // RFC 4291 compatible and mapped, RFC 2765 translated, RFC 6052 NAT64.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(last(high, low)),
        // RFC 3056.
        [0x2002, high, low, ..] => Some(last(high, low)),
        _ => None,
    }
}

/// Whether a host is in one of the sets. A name is judged by its resolved addresses (all of them, to excuse), else
/// by its form.
pub(super) fn is_in(sets: &[AddressSet], host: &HostValue, direction: Direction) -> Truth {
    let in_one = |address: &IpAddr| Truth::from(sets.iter().any(|set| set.has(*address)));
    match (&host.place, host.resolved()) {
        (Place::Address(address), _) => in_one(address),
        (Place::Name { .. }, Some([])) | (Place::Symbolic(_), _) => Truth::Unknown,
        (Place::Name { .. }, Some(addresses)) if direction == Direction::Restricting => {
            Truth::any(addresses.iter().map(in_one))
        }
        (Place::Name { .. }, Some(addresses)) => Truth::all(addresses.iter().map(in_one)),
        (Place::Name { name, .. }, None) => Truth::any(sets.iter().map(|set| set.has_name(name))),
    }
}

/// One word of `address`.
#[derive(Clone, Debug)]
pub(super) enum AddressSet {
    Public,
    Special(Special),
    Net(IpNet),
}

impl AddressSet {
    const WORDS: [(&'static str, AddressSet); 7] = [
        ("public", AddressSet::Public),
        ("private", AddressSet::Special(Special::Private)),
        ("loopback", AddressSet::Special(Special::Loopback)),
        ("link_local", AddressSet::Special(Special::LinkLocal)),
        ("metadata_service", AddressSet::Special(Special::MetadataService)),
        ("multicast", AddressSet::Special(Special::Multicast)),
        ("reserved", AddressSet::Special(Special::Reserved)),
    ];

    pub(super) fn parse(word: &str) -> Result<AddressSet, OperandError> {
        if let Some((_, set)) = AddressSet::WORDS.iter().find(|(name, _)| *name == word) {
            return Ok(set.clone());
        }
        if let Ok(address) = word.parse::<IpAddr>() {
            return Ok(AddressSet::Net(IpNet::from(canonical(address))));
        }
        match word.parse::<IpNet>() {
            Ok(net) if net.network() == net.addr() => Ok(AddressSet::Net(canonical_net(net))),
            Ok(net) => Err(OperandError {
                message: format!("`{word}` has bits set after its prefix"),
                help: Some(format!("write `{}`", net.trunc())),
            }),
            Err(_) => Err(unknown_word(word)),
        }
    }

    /// A range may also be meant for the spelling: `2002::/16` for 6to4.
    fn has(&self, spelled: IpAddr) -> bool {
        let address = canonical(spelled);
        match self {
            AddressSet::Public => special(address).is_empty(),
            AddressSet::Special(wanted) => special(address).contains(wanted),
            AddressSet::Net(net) => net.contains(&address) || net.contains(&spelled),
        }
    }

    fn has_name(&self, name: &str) -> Truth {
        match (name_kind(name), self) {
            (NameKind::Public, AddressSet::Public) => Truth::True,
            (NameKind::Public, AddressSet::Special(_)) | (_, AddressSet::Public) => Truth::False,
            (NameKind::Public, AddressSet::Net(net)) if is_special_throughout(net) => Truth::False,
            (NameKind::Loopback, AddressSet::Special(wanted)) => Truth::from(*wanted == Special::Loopback),
            (NameKind::Metadata, AddressSet::Special(Special::MetadataService)) => Truth::True,
            _ => Truth::Unknown,
        }
    }
}

/// What a name's form says of where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NameKind {
    Public,
    Loopback,
    Metadata,
    NotPublic,
}

/// Suffixes that the public DNS does not serve: RFC 6761, RFC 6762 with the ones that private networks use (appendix G),
/// RFC 7686, RFC 8375, RFC 9476, ICANN's `.internal`, and what clusters of Kubernetes complete.
#[rustfmt::skip]
const NOT_PUBLIC: [&str; 14] = [
    "internal", "local", "home.arpa", "test", "localdomain", "invalid", "onion", "alt", "intranet", "private", "corp",
    "home", "lan", "svc",
];
/// Services whose every name spells the address that it leads to, and names kept pointing at the machine itself.
const SPELLING: [&str; 7] = ["nip.io", "sslip.io", "xip.io", "localtest.me", "lvh.me", "vcap.me", "traefik.me"];
/// Names of the clouds' metadata services.
const METADATA: [&str; 4] =
    ["metadata.google.internal", "metadata.goog", "metadata.tencentyun.com", "instance-data.ec2.internal"];

fn name_kind(name: &str) -> NameKind {
    let below = |suffix: &&str| is_below(name, suffix);
    if is_below(name, "localhost") {
        NameKind::Loopback
    } else if METADATA.contains(&name) || matches!(name, "metadata" | "instance-data") {
        NameKind::Metadata
    } else if !name.contains('.') || NOT_PUBLIC.iter().any(&below) || SPELLING.iter().any(below) || spells_address(name)
    {
        NameKind::NotPublic
    } else {
        NameKind::Public
    }
}

/// Whether `name` is `suffix` or below it, on label boundaries.
pub(super) fn is_below(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// Four labels in a row that are the parts of an IPv4 address.
fn spells_address(name: &str) -> bool {
    let mut run: usize = 0;
    name.split('.').any(|label| {
        run = if label.parse::<u8>().is_ok() { run.saturating_add(1) } else { 0 };
        run == 4
    })
}

/// A network of mapped or translated addresses is the IPv4 network that it stands for.
fn canonical_net(net: IpNet) -> IpNet {
    let IpNet::V6(v6) = net else { return net };
    let Some(prefix) = v6.prefix_len().checked_sub(96) else { return net };
    match canonical(IpAddr::V6(v6.network())) {
        IpAddr::V4(v4) => ipnet::Ipv4Net::new(v4, prefix).map_or(net, IpNet::V4),
        IpAddr::V6(_) => net,
    }
}

fn unknown_word(word: &str) -> OperandError {
    let known = AddressSet::WORDS.iter().map(|(name, _)| *name);
    let help = match did_you_mean(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write a CIDR such as `10.0.0.0/8`, or one of {}", known.collect::<Vec<_>>().join(", ")),
    };
    OperandError { message: format!("`{word}` is not a kind of address or a CIDR"), help: Some(help) }
}
