//! Addresses that are not ordinary places on the Internet.
//!
//! From IANA's IPv4 and IPv6 Special-Purpose Address Registries and the clouds' own documentation.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is, beside `public`, which is none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Special {
    Private,
    Loopback,
    LinkLocal,
    MetadataService,
    Multicast,
    Reserved,
}

/// A range, what it is, and who says so.
struct Range {
    net: IpNet,
    special: Special,
    #[cfg_attr(not(test), expect(dead_code, reason = "the table says where each line comes from"))]
    source: &'static str,
}

const fn v4(octets: [u8; 4], prefix: u8, special: Special, source: &'static str) -> Range {
    let [a, b, c, d] = octets;
    Range { net: IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)), special, source }
}

const fn v6(segments: [u16; 8], prefix: u8, special: Special, source: &'static str) -> Range {
    Range { net: IpNet::V6(Ipv6Net::new_assert(v6_address(segments), prefix)), special, source }
}

const fn v6_address([a, b, c, d, e, f, g, h]: [u16; 8]) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, d, e, f, g, h)
}

#[rustfmt::skip]
static RANGES: &[Range] = &[
    v4([0, 0, 0, 0], 8, Special::Reserved, "RFC 791, this network"),
    v4([0, 0, 0, 0], 32, Special::Loopback, "RFC 1122, this host: connecting to it reaches the machine itself"),
    v4([10, 0, 0, 0], 8, Special::Private, "RFC 1918"),
    v4([100, 64, 0, 0], 10, Special::Private, "RFC 6598, shared by carriers"),
    v4([127, 0, 0, 0], 8, Special::Loopback, "RFC 1122"),
    v4([169, 254, 0, 0], 16, Special::LinkLocal, "RFC 3927"),
    v4([172, 16, 0, 0], 12, Special::Private, "RFC 1918"),
    v4([192, 0, 0, 0], 24, Special::Reserved, "RFC 6890, IETF protocols"),
    v4([192, 0, 2, 0], 24, Special::Reserved, "RFC 5737, documentation"),
    v4([192, 88, 99, 0], 24, Special::Reserved, "RFC 7526, 6to4 relays, deprecated"),
    v4([192, 168, 0, 0], 16, Special::Private, "RFC 1918"),
    v4([198, 18, 0, 0], 15, Special::Reserved, "RFC 2544, benchmarks"),
    v4([198, 51, 100, 0], 24, Special::Reserved, "RFC 5737, documentation"),
    v4([203, 0, 113, 0], 24, Special::Reserved, "RFC 5737, documentation"),
    v4([224, 0, 0, 0], 4, Special::Multicast, "RFC 5771"),
    v4([240, 0, 0, 0], 4, Special::Reserved, "RFC 1112, and RFC 919 for the broadcast address"),
    v4([169, 254, 169, 254], 32, Special::MetadataService, "AWS, Azure, Google Cloud, DigitalOcean, Oracle Cloud"),
    v4([169, 254, 170, 2], 32, Special::MetadataService, "AWS ECS task credentials"),
    v4([169, 254, 170, 23], 32, Special::MetadataService, "AWS EKS pod identity"),
    v4([100, 100, 100, 200], 32, Special::MetadataService, "Alibaba Cloud"),
    v4([192, 0, 0, 192], 32, Special::MetadataService, "Oracle Cloud Classic"),
    v4([168, 63, 129, 16], 32, Special::MetadataService, "Azure platform"),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, Special::Loopback, "RFC 4291, unspecified: connecting to it reaches the machine itself"),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, Special::Loopback, "RFC 4291"),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, Special::Private, "RFC 4193"),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, Special::LinkLocal, "RFC 4291"),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, Special::Private, "RFC 3879, site local, deprecated"),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, Special::Multicast, "RFC 4291"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, Special::Reserved, "RFC 2928, IETF protocols, Teredo among them"),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, Special::Reserved, "RFC 3849, documentation"),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, Special::Reserved, "RFC 3056, 6to4; its IPv4 address counts beside"),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, Special::Reserved, "RFC 9637, documentation"),
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128, Special::MetadataService, "AWS"),
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23], 128, Special::MetadataService, "AWS EKS pod identity"),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128, Special::MetadataService, "Google Cloud"),
];

/// Where the Internet's IPv6 addresses come from (RFC 4291); what lies outside is reserved.
const GLOBAL_V6: Ipv6Net = Ipv6Net::new_assert(v6_address([0x2000, 0, 0, 0, 0, 0, 0, 0]), 3);

/// Everything special about an address. Nothing: it is public.
pub(super) fn special(address: IpAddr) -> Vec<Special> {
    let mut found: Vec<Special> =
        RANGES.iter().filter(|range| range.net.contains(&address)).map(|range| range.special).collect();
    if let IpAddr::V6(v6) = address
        && found.is_empty()
        && !GLOBAL_V6.contains(&v6)
    {
        found.push(Special::Reserved);
    }
    found
}

/// Whether no address of `net` is public, as far as one line of the table shows.
pub(super) fn is_special_throughout(net: &IpNet) -> bool {
    RANGES.iter().any(|range| range.net.contains(net))
        || matches!(net, IpNet::V6(v6) if v6.prefix_len() >= 3 && !GLOBAL_V6.contains(&v6.network()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_has_a_source_and_no_host_bits() {
        for range in RANGES {
            assert!(!range.source.is_empty());
            assert_eq!(range.net.network(), range.net.addr(), "{}", range.net);
        }
    }
}
