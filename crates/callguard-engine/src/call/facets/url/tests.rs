#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::call::facets::OperandError;
use crate::decide::{Direction, Truth};
use Direction::{Excusing, Restricting};
use Truth::{False, True, Unknown};
use proptest::prelude::*;
use std::net::IpAddr;

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// Restricting, then excusing.
fn both(test: &UrlTest, text: &str) -> (Truth, Truth) {
    let url = UrlValue::parse(text);
    (test.holds(&url, Restricting), test.holds(&url, Excusing))
}

fn host(test: &UrlTest, text: &str) -> (Truth, Truth) {
    let host = HostValue::parse(text);
    (test.holds_host(&host, Restricting), test.holds_host(&host, Excusing))
}

fn domain(name: &str) -> UrlTest {
    UrlTest::domain(&strings(&[name])).unwrap()
}

fn address(word: &str) -> UrlTest {
    UrlTest::address(&strings(&[word])).unwrap()
}

const YES: (Truth, Truth) = (True, True);
const NO: (Truth, Truth) = (False, False);
/// It matches, in doubt.
const LIKELY: (Truth, Truth) = (True, Unknown);
/// It does not match, in doubt.
const UNLIKELY: (Truth, Truth) = (Unknown, Unknown);

#[test]
fn domain_is_a_host_or_below_it_on_label_boundaries() {
    for (text, expected) in [
        ("https://example.com/", YES),
        ("https://EXAMPLE.com", YES),
        ("https://api.EXAMPLE.com./v1", YES),
        ("https://a.b.c.example.com/x", YES),
        ("https://ex%61mple.com/", YES),
        ("https://example.com:8443/", YES),
        ("https://example.com/#@evil.test", YES),
        ("https://evil.test@example.com/", YES),
        ("https://example.com@evil.test/", NO),
        ("https://notexample.com/", NO),
        ("https://evil-example.com/", NO),
        ("https://example.com.evil.test/", NO),
        ("https://%65vil.test/", NO),
        ("https://evil.test/?next=https://example.com", NO),
        ("mailto:x@example.com", NO),
        ("https://127.0.0.1/", NO),
    ] {
        assert_eq!(both(&domain("example.com"), text), expected, "{text}");
    }
    assert_eq!(both(&domain("bücher.example"), "https://xn--bcher-kva.example/"), YES);
    assert_eq!(both(&domain("xn--bcher-kva.example"), "https://BÜCHER.example/"), YES);
    assert_eq!(host(&domain("origin.example."), "origin.example"), YES);
}

#[test]
fn a_name_that_looks_the_same_restricts() {
    for text in ["https://ex\u{430}mple.com/", "https://xn--exmple-4nf.com/"] {
        assert_eq!(both(&domain("example.com"), text), (True, False), "{text}");
    }
    assert_eq!(both(&domain("example.com"), "https://exampĺe.com/"), NO);
}

#[test]
fn what_readers_take_differently_is_unknown() {
    for (text, expected) in [
        ("https://evil.test\\@example.com/", UNLIKELY),
        ("https://example.com\\@evil.test/", LIKELY),
        ("https://exa\tmple.com/", YES),
        ("https://exa\u{1}mple.com/", (Unknown, Unknown)),
        ("https:example.com", LIKELY),
        ("https:/example.com", LIKELY),
        ("https:///example.com", LIKELY),
        ("example.com/x", LIKELY),
        ("example.com:8080/x", LIKELY),
        ("evil.test/x", UNLIKELY),
        ("//example.com/x", LIKELY),
        ("jar:https://example.com!/x", UNLIKELY),
        ("view-source:https://example.com/", UNLIKELY),
        ("not a url", UNLIKELY),
        ("", UNLIKELY),
        ("https://exam\u{ad}ple.com/", YES),
    ] {
        assert_eq!(both(&domain("example.com"), text), expected, "{text:?}");
    }
    assert_eq!(host(&domain("example.com"), "exam\u{200b}ple.com"), UNLIKELY);
    assert_eq!(host(&domain("example.com"), "example.com/x"), UNLIKELY);
    assert_eq!(host(&domain("example.com"), "example.com:x"), UNLIKELY);
}

#[test]
fn scheme_port_and_credentials() {
    let https = UrlTest::scheme(&strings(&["HTTPS"])).unwrap();
    assert_eq!(both(&https, "https://a.example/"), YES);
    assert_eq!(both(&https, "http://a.example/?u=https://b.example"), NO);
    assert_eq!(both(&https, "a.example/x"), (Unknown, Unknown));

    let port = UrlTest::port(&[443, 22]).unwrap();
    for (text, expected) in [
        ("https://a.example/", YES),
        ("https://a.example:/", YES),
        ("https://a.example:443/#:8443", YES),
        ("https://a.example:8443/", NO),
        ("http://a.example/", NO),
        ("ssh://git@a.example/x", YES),
        ("strange://a.example/x", (Unknown, Unknown)),
        ("mailto:x@a.example", NO),
    ] {
        assert_eq!(both(&port, text), expected, "{text}");
    }
    assert_eq!(host(&port, "a.example:443"), YES);
    assert_eq!(host(&port, "[::1]:22"), YES);
    assert_eq!(host(&port, "a.example"), (Unknown, Unknown));

    let with = UrlTest::has_credentials(true);
    assert_eq!(both(&with, "https://user:pw@a.example/"), YES);
    assert_eq!(both(&with, "https://user@a.example/"), YES);
    assert_eq!(both(&with, "https://a.example/@x"), NO);
    assert_eq!(both(&UrlTest::has_credentials(false), "https://a.example/"), YES);
    assert_eq!(both(&UrlTest::has_credentials(false), "https://user@a.example/"), NO);
    assert_eq!(both(&UrlTest::has_credentials(false), "https://a.example\\x"), LIKELY);
}

#[test]
fn every_spelling_of_an_address_is_one() {
    for text in [
        "http://169.254.169.254/",
        "http://169.254.43518/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://2852039166/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::a9fe:a9fe]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:a9fe:a9fe::1]/",
        "ssh://169.254.169.254/x",
        "ssh://0xa9fea9fe/x",
    ] {
        assert_eq!(both(&address("metadata_service"), text), YES, "{text}");
        assert_eq!(both(&address("link_local"), text), YES, "{text}");
        assert_eq!(both(&address("169.254.0.0/16"), text), YES, "{text}");
        assert_eq!(both(&address("public"), text), NO, "{text}");
        assert_eq!(UrlValue::parse(text).host().unwrap().text().split(':').next(), Some("169.254.169.254"), "{text}");
    }
    assert_eq!(host(&address("::ffff:10.0.0.0/104"), "10.1.2.3"), YES);
    assert_eq!(host(&address("2002::/16"), "2002:808:808::1"), YES);
}

#[test]
fn kinds_of_addresses() {
    for (word, inside) in [
        (
            "private",
            &["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fd00::1", "fec0::1"][..],
        ),
        (
            "loopback",
            &["127.0.0.1", "127.1", "0", "0.0.0.0", "::1", "::", "2130706433", "0x7f.1", "localhost", "a.localhost"],
        ),
        ("link_local", &["169.254.1.1", "fe80::1"]),
        (
            "metadata_service",
            &["169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "metadata.google.internal."],
        ),
        ("multicast", &["224.0.0.1", "ff02::1"]),
        ("reserved", &["240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "2001:db8::1", "100::1", "4000::1"]),
        (
            "public",
            &["8.8.8.8", "0x08080808", "1.1.1.1", "172.15.255.255", "100.63.255.255", "169.253.1.1", "11.0.0.1"],
        ),
        (
            "public",
            &["198.20.0.1", "2606:4700::1111", "crates.io", "localhost.example.org", "169-254-169-254.example.org"],
        ),
        ("public", &["metadata.google.internal.example.org", "internal.example.org", "1.example.com"]),
        ("10.0.0.0/8", &["10.9.9.9"]),
        ("10.9.9.9", &["10.9.9.9"]),
    ] {
        for text in inside {
            assert_eq!(host(&address(word), text), YES, "{word}: {text}");
            if word != "public" {
                assert_eq!(host(&address("public"), text), NO, "{text}");
            }
        }
    }
}

#[test]
fn names_without_a_resolver_are_judged_by_their_form() {
    for text in [
        "intranet",
        "db.internal",
        "nas.local",
        "x.home.arpa",
        "rebind.attacker.test",
        "127.0.0.1.nip.io",
        "a.10.0.0.1.b.example",
    ] {
        assert_eq!(host(&address("public"), text), NO, "{text}");
        assert_eq!(host(&address("private"), text), (Unknown, Unknown), "{text}");
    }
    assert_eq!(host(&address("private"), "example.com"), NO);
    assert_eq!(host(&address("10.0.0.0/8"), "example.com"), NO);
    assert_eq!(host(&address("8.8.8.0/24"), "example.com"), (Unknown, Unknown));
}

#[test]
fn a_resolver_decides_for_names() {
    let resolved = |list: &[&str]| {
        let addresses: Vec<IpAddr> = list.iter().map(|text| text.parse().unwrap()).collect();
        HostValue::parse("rebind.example").resolved_to(addresses)
    };
    let (public, private) = (address("public"), address("private"));
    assert_eq!(public.holds_host(&resolved(&["8.8.8.8"]), Excusing), True);
    assert_eq!(public.holds_host(&resolved(&["8.8.8.8", "::ffff:10.0.0.1"]), Excusing), False);
    assert_eq!(private.holds_host(&resolved(&["8.8.8.8", "10.0.0.1"]), Restricting), True);
    assert_eq!(public.holds_host(&resolved(&[]), Excusing), Unknown);
}

#[test]
fn symbolic_hosts_are_named_as_domains() {
    assert_eq!(host(&domain("git-remote:origin"), "git-remote:origin"), YES);
    assert_eq!(host(&domain("git-remote:origin"), "git-remote:other"), NO);
    assert_eq!(host(&domain("git-remote:origin"), "example.com"), NO);
    assert_eq!(host(&address("public"), "registry:npm"), (Unknown, Unknown));
}

#[test]
fn operands_that_can_never_do_what_they_say_are_errors() {
    fn message(result: Result<UrlTest, OperandError>) -> String {
        let error = result.unwrap_err();
        assert!(!error.message.ends_with('.') && !error.message.starts_with(char::is_uppercase), "{error:?}");
        error.help.unwrap_or_default()
    }
    assert_eq!(
        message(UrlTest::domain(&strings(&["https://example.com/x"]))),
        "write the host alone: `example.com`; use `scheme` for the scheme"
    );
    assert_eq!(
        message(UrlTest::domain(&strings(&["*.example.com"]))),
        "write `example.com`: what is below it is included"
    );
    for bad in ["", "a b", "example.com:443", "example.com/x", "10.0.0.1", "a..b", "user@example.com", "exam*le.com"] {
        message(UrlTest::domain(&strings(&[bad])));
    }
    assert_eq!(message(UrlTest::scheme(&strings(&["https://"]))), "write the name alone, for example `https`");
    assert_eq!(message(UrlTest::address(&strings(&["privat"]))), "did you mean `private`?");
    assert_eq!(message(UrlTest::address(&strings(&["10.0.0.1/8"]))), "write `10.0.0.0/8`");
    message(UrlTest::address(&strings(&["10.0.0.0/33"])));
    message(UrlTest::port(&[0]));
    message(UrlTest::port(&[65536]));
    for empty in [UrlTest::domain(&[]), UrlTest::scheme(&[]), UrlTest::address(&[]), UrlTest::port(&[])] {
        message(empty);
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC*|[a-z:/@.\\[\\]%0-9\\\\#?]{0,48}|.*") {
        both(&domain("example.com"), &text);
        both(&address("public"), &text);
        host(&domain("example.com"), &text);
        host(&address("private"), &text);
        let _ = UrlTest::domain(std::slice::from_ref(&text));
        let _ = UrlTest::scheme(std::slice::from_ref(&text));
        let _ = UrlTest::address(&[text]);
    }
}
