//! Spellings of a URL and of its host.

use super::Way;
use std::net::Ipv4Addr;

pub(super) const WAYS: &[Way] = &[
    ("case of a URL", |url, _| host(url, |scheme, host| (scheme.to_uppercase(), host.to_uppercase()))),
    ("trailing dot", |url, _| named(url, |host| format!("{host}."))),
    ("encoded host", |url, draw| {
        named(url, |host| {
            let at = draw.below(host.len());
            let byte = host.as_bytes()[at];
            format!("{}%{byte:02x}{}", &host[..at], &host[at + 1..])
        })
    }),
    ("user before the host", |url, draw| {
        let user = draw.one(&["x@", "x:y@", "example.com@", "api.example.com:443@", "@"]);
        host(url, |scheme, host| (scheme.to_owned(), format!("{user}{host}")))
    }),
    ("full width host", |url, draw| {
        named(url, |host| {
            let dot = draw.one(&["\u{3002}", "\u{ff0e}", "\u{ff61}"]);
            host.replace('.', dot)
        })
    }),
    ("invisible in a host", |url, draw| {
        named(url, |host| {
            let (before, after) = host.split_at(1);
            format!("{before}{}{after}", draw.one(&['\u{ad}', '\u{200b}', '\t']))
        })
    }),
    ("spelling of an address", |url, draw| {
        let form = draw.below(9);
        host(url, |scheme, host| {
            let address = host.parse::<Ipv4Addr>().map(|address| spelled(address, form));
            (scheme.to_owned(), address.unwrap_or_else(|_| host.to_owned()))
        })
    }),
    ("blanks around a URL", |url, draw| {
        let blank = draw.one(&[" ", "\t", "\n"]);
        Some(if draw.chance(50) { format!("{blank}{url}") } else { format!("{url}{blank}") })
    }),
    ("slashes of a URL", |url, draw| {
        let slashes = draw.one(&[":/", ":\\\\", ":///", ":"]);
        url.split_once("://").map(|(scheme, rest)| format!("{scheme}{slashes}{rest}"))
    }),
];

/// The URL with another scheme and host; nothing where it has none that is plain.
fn host(url: &str, make: impl FnOnce(&str, &str) -> (String, String)) -> Option<String> {
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https"))?;
    let end = rest.find(['/', '?', '#', ':', '@', '\\', '[']).unwrap_or(rest.len());
    let (host, after) = rest.split_at(end);
    // What stands before `@` is no host.
    if host.is_empty() || after.starts_with('[') || after.contains('@') || !host.is_ascii() {
        return None;
    }
    let (scheme, host) = make(scheme, host);
    Some(format!("{scheme}://{host}{after}"))
}

/// The same for a host that is a name.
fn named(url: &str, make: impl FnOnce(&str) -> String) -> Option<String> {
    let is_name = |host: &str| host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let mut fits = false;
    let made = host(url, |scheme, host| {
        fits = is_name(host) && host.parse::<Ipv4Addr>().is_err() && !host.ends_with('.');
        (scheme.to_owned(), if fits { make(host) } else { host.to_owned() })
    });
    made.filter(|_| fits)
}

fn spelled(address: Ipv4Addr, form: usize) -> String {
    let [a, b, c, d] = address.octets();
    let number = u32::from(address);
    let rest = u32::from(b) << 16 | u32::from(c) << 8 | u32::from(d);
    match form {
        0 => format!("{number}"),
        1 => format!("{number:#x}"),
        2 => format!("0{number:o}"),
        3 => format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        4 => format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        5 => format!("{a}.{rest}"),
        6 => format!("[::ffff:{address}]"),
        7 => format!("[64:ff9b::{address}]"),
        _ => format!("[::ffff:{:x}:{:x}]", number >> 16, number & 0xffff),
    }
}
