//! Any text as a URL and as a host: it means the same twice, what excuses restricts as well, and what is a host of ours
//! for one reader is no other host for the next.

#![no_main]

use callguard_engine::call::facets::url::{HostValue, UrlTest, UrlValue};
use callguard_engine::decide::{Direction, Truth};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// Ours, the public, what is not public, and the rest.
static TESTS: LazyLock<[UrlTest; 6]> = LazyLock::new(|| {
    let list = |of: &[&str]| of.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    [
        UrlTest::domain(&list(&["example.com"])).expect("a domain"),
        UrlTest::address(&list(&["public"])).expect("a word"),
        UrlTest::address(&list(&["private", "loopback", "link_local", "metadata_service"])).expect("words"),
        UrlTest::scheme(&list(&["https"])).expect("a scheme"),
        UrlTest::port(&[443]).expect("a port"),
        UrlTest::has_credentials(false),
    ]
});

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let url = UrlValue::parse(text);
    let again = UrlValue::parse(text);
    assert_eq!(url.host().map(HostValue::text), again.host().map(HostValue::text), "the same text, read otherwise");
    let host = HostValue::parse(text);
    for test in TESTS.iter() {
        let excuses = test.holds(&url, Direction::Excusing) == Truth::True;
        assert!(
            !excuses || test.holds(&url, Direction::Restricting) == Truth::True,
            "it excuses and does not restrict"
        );
        assert!(!excuses || url.doubt().is_none(), "what is in doubt excuses");
        if test.applies_to_hosts() {
            let excuses = test.holds_host(&host, Direction::Excusing) == Truth::True;
            let restricts = test.holds_host(&host, Direction::Restricting) == Truth::True;
            assert!(!excuses || restricts, "a host excuses and does not restrict");
        }
    }
    let excused = |test: &UrlTest| test.holds(&url, Direction::Excusing) == Truth::True;
    assert!(!(excused(&TESTS[1]) && excused(&TESTS[2])), "public, and not");
    if excused(&TESTS[0]) {
        // Tabs and newlines are left out, as WHATWG has it.
        assert!(!text.contains('\\'), "readers differ about it");
        let place = url.host().map(HostValue::text).unwrap_or_default();
        let host = place.rsplit_once(':').map_or(place, |(host, _)| host);
        assert!(host == "example.com" || host.ends_with(".example.com"), "{host}");
    }
});
