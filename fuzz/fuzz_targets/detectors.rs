//! Any text through the detectors and the redactor: findings are in order and on character boundaries, and a planted secret
//! never comes out.

#![no_main]

use callguard_engine::audit::detect::{DetectKind, Detectors};
use callguard_engine::audit::redact::RedactionRules;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static KINDS: LazyLock<Vec<DetectKind>> = LazyLock::new(|| DetectKind::all().collect());
static RULES: LazyLock<RedactionRules> = LazyLock::new(RedactionRules::default);

/// In two parts, so that nobody's scanner takes this file for a leak.
const PLANTED: &str = concat!("ghp_", "16C7e42F292c6912E7710c838347Ae178B4a");

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut last = 0;
    for finding in Detectors::find(text, &KINDS) {
        assert!(finding.start >= last && finding.end > finding.start, "out of order");
        assert!(text.is_char_boundary(finding.start) && text.is_char_boundary(finding.end), "within a character");
        last = finding.end;
    }
    for kind in KINDS.iter().take(3) {
        let kinds = [*kind];
        assert_eq!(
            Detectors::detects(text, &kinds),
            !Detectors::find(text, &kinds).is_empty(),
            "found and not detected"
        );
    }
    let _quoted = RULES.quote_for_message(text);
    planted(text);
});

/// A secret between two halves of the text, as a word.
fn planted(text: &str) {
    let (before, behind) = text.split_at(text.floor_char_boundary(text.len() / 2));
    // A backslash or a percent sign right before would make another text of it.
    let whole = format!("{before} {PLANTED} {behind}");
    let redacted = RULES.redact_text(&whole);
    assert!(!redacted.contains(PLANTED), "a secret came out");
}
