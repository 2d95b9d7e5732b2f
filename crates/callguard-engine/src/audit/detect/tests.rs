#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    clippy::indexing_slicing,
    reason = "a test may"
)]

use super::*;
use proptest::prelude::*;

fn found(text: &str, kinds: &[DetectKind]) -> Vec<(&'static str, String)> {
    Detectors::find(text, kinds).iter().map(|f| (f.kind.as_str(), text[f.start..f.end].to_owned())).collect()
}

fn kind(name: &str) -> DetectKind {
    DetectKind::parse(name).unwrap()
}

/// The text without marks, and what stands between `«` and `»`.
fn example(marked: &str) -> (String, Vec<String>) {
    let marked = marked.replace("~~", "\u{1}").replace('~', "").replace('\u{1}', "~");
    let parts = marked.split('«').skip(1).map(|part| part.split('»').next().unwrap().to_owned()).collect();
    (marked.replace(['«', '»'], ""), parts)
}

#[test]
fn every_rule_finds_its_examples_and_leaves_the_look_alikes() {
    let mut wrong = Vec::new();
    for rule in &RULES.rules {
        let text = rule.text();
        assert!(!text.source.is_empty() && !text.misses.is_empty(), "{}", rule.kind);
        assert!(!text.matches.is_empty() || !text.formats.is_empty(), "{}", rule.kind);
        let _ = rule.regex();
        for (text, wanted) in text.matches.iter().map(|text| example(text)) {
            let got: Vec<String> = found(&text, &[rule.kind]).into_iter().map(|(_, part)| part).collect();
            if got != wanted || wanted.is_empty() {
                wrong.push(format!("{}: {text}\n  wanted {wanted:?}\n  got    {got:?}", rule.kind));
            }
        }
        for (text, _) in text.misses.iter().map(|text| example(text)) {
            let got = found(&text, &[rule.kind]);
            if !got.is_empty() {
                wrong.push(format!("{}: {text}\n  wanted nothing\n  got    {got:?}", rule.kind));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_says_in_one_way_where_it_is_worth_trying() {
    for rule in &RULES.rules {
        let text = rule.text();
        let ways =
            [!text.prefixes.is_empty(), !text.keywords.is_empty(), !text.marks.is_empty(), text.digits.is_some()];
        assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{}", rule.kind);
        assert!(text.prefixes.iter().all(|prefix| prefix.len() >= triggers::SHORTEST_PREFIX), "{}", rule.kind);
        assert!(text.keywords.iter().all(|word| word.len() >= triggers::SHORTEST_KEYWORD), "{}", rule.kind);
    }
}

#[test]
fn the_umbrella_covers_secrets_and_nothing_personal() {
    let text = "AKIAIOSFODNN7EXAMPLE 078-05-1120 jane@example.com";
    assert_eq!(found(text, &[DetectKind::SECRET]), [("aws_access_key", "AKIAIOSFODNN7EXAMPLE".to_owned())]);
    let all: Vec<DetectKind> = DetectKind::all().collect();
    let kinds: Vec<&str> = found(text, &all).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["aws_access_key", "us_ssn", "email"]);
    assert!(Detectors::find(text, &[]).is_empty());
}

#[test]
fn honest_look_alikes_hold_nothing() {
    let all: Vec<DetectKind> = DetectKind::all().collect();
    for text in [
        "mkdir -p /srv",
        "monkey",
        "token_count: 5",
        "keyboard = qwerty",
        "550e8400-e29b-41d4-a716-446655440000",
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "v1.2.3-rc.4+build.567",
        "1234567890123456",
        "2026-11-23T03:46:05.123456789Z",
        "10.0.0.1:8080",
        "192.168.100.200",
        "git clone git@github.com:callguard/callguard.git",
        "max_tokens: 4096, temperature: 0.7",
        "npm install --save-dev @types/node@20.11.5",
        "grep -rn \"password\" src docs || true",
        "the secret of getting ahead is getting started",
        "const token = await getToken(userId2);",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvVTxbJ0mJ6vJ0mJ6vJ0mJ6vJ0mJ6vJ0mJ6vJ0m user",
    ] {
        assert_eq!(found(text, &all), [], "{text}");
    }
}

#[test]
fn an_unknown_kind_gets_a_suggestion() {
    let error = DetectKind::parse("aws_acess_key").unwrap_err();
    assert_eq!(error.message, "there is no detector for `aws_acess_key`");
    assert_eq!(error.help.unwrap(), "did you mean `aws_access_key`?");
    assert!(DetectKind::parse("weather").unwrap_err().help.unwrap().contains("detectors.md"));
    assert_eq!(names()[0], "secret");
    let mut sorted = names().to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), names().len());
    assert!(DetectKind::all().all(|kind| DetectKind::parse(kind.as_str()) == Ok(kind) && !kind.summary().is_empty()));
}

#[test]
fn escapes_do_not_hide_from_conditions() {
    let secret = [DetectKind::SECRET];
    assert!(Detectors::detects(r#"{"k":"\u0041KIAIOSFODNN7EXAMPLE"}"#, &secret));
    assert!(Detectors::detects(r#"{"k":"\u0041KIAIOSFODNN7EXAMPLE"}"#, &secret));
    assert!(!Detectors::detects(r#"{"k":"\u0042KIAIOSFODNN7EXAMPLE"}"#, &secret));
}

#[test]
fn encodings_do_not_hide() {
    let secret = [DetectKind::SECRET];
    for text in [
        "QUtJQUlPU0ZPRE5ON0VYQU1QTEU6eA==",
        "data = 414b4941494f53464f444e4e374558414d504c45;",
        "?next=https%3A%2F%2Fuser%3As3cret%40host.example%2F",
        "%41KIAIOSFODNN7EXAMPLE",
        r#"{"k":"QUtJQUlPU0ZPRE5ON0VYQU1QTEU6eA=="}"#,
    ] {
        assert!(Detectors::detects(text, &secret), "{text}");
        assert_eq!(found(text, &secret).len(), 1, "{text}");
    }
    for text in ["aGVsbG8gd29ybGQsIHRoaXMgaXMgaGFybWxlc3M=", "100%41", "%7Bname%7D"] {
        assert!(!Detectors::detects(text, &secret), "{text}");
    }
}

#[test]
fn what_overlaps_is_one_finding() {
    let text = "postgres://app:ghp_16C7e42F292c6912E7710c838347Ae178B4a@db/prod";
    assert_eq!(found(text, &[DetectKind::SECRET]), [("github_token", text[15..55].to_owned())]);
}

#[test]
fn hostile_texts_take_linear_time() {
    let all: Vec<DetectKind> = DetectKind::all().collect();
    let size = 1 << 16;
    for unit in [
        "AKIA",
        "eyJaaaaaaa.",
        "-----BEGIN PRIVATE KEY-----",
        "4111 ",
        "://a:",
        "1",
        "a@",
        "bearer ",
        "password=",
        "eyJ",
        "+1 ",
        "PuTTY-User-Key-File-2:\n",
        "PuTTY-User-Key-File-2:",
    ] {
        let text = unit.repeat(size / unit.len());
        let _ = Detectors::find(&text, &all);
    }
}

proptest! {
    #[test]
    fn findings_are_ordered_distinct_and_on_boundaries(text in "\\PC{0,200}") {
        let all: Vec<DetectKind> = DetectKind::all().collect();
        let mut last = 0;
        for finding in Detectors::find(&text, &all) {
            prop_assert!(finding.start >= last && finding.end > finding.start);
            prop_assert!(text.is_char_boundary(finding.start) && text.is_char_boundary(finding.end));
            last = finding.end;
        }
    }

    #[test]
    fn a_token_is_found_wherever_it_stands(before in "[ -~äöü😀\\n]{0,80}", after in "[ -~äöü😀\\n]{0,80}") {
        let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
        let text = format!("{before} {token} {after}");
        let all: Vec<DetectKind> = DetectKind::all().collect();
        let start = before.len() + 1;
        let covered = Detectors::find(&text, &all).iter().any(|f| f.start <= start && f.end >= start + token.len());
        prop_assert!(covered);
        prop_assert!(Detectors::detects(&text, &[kind("github_token")]));
    }
}
