//! What is made of the published formats is found: by its kind, whole, wherever it stands.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may")]

use super::rules::{RULES, Rule};
use super::{DetectKind, Detectors};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::string::string_regex;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeMap;

/// Examples of each format.
const EXAMPLES: usize = 100;
/// Of a kind's examples so many in a hundred are found.
const LEAST: f64 = 99.0;
/// What stands before and behind.
const PLACES: &[(&str, &str)] = &[
    ("", ""),
    ("key ", " and more"),
    ("{\"value\":\"", "\",\"n\":1}"),
    ("VALUE=", "\n"),
    ("2026-03-02T10:00:00Z INFO sent '", "', 3 of 3 ready"),
    ("- (", "), see there"),
];

#[test]
fn what_is_made_of_published_formats_is_found_as_its_kind() {
    let tally = tally(|rule, text, secret| {
        let found = Detectors::find(text, &[rule.kind]);
        found.iter().any(|finding| finding.start <= secret.0 && finding.end >= secret.1)
    });
    assert!(tally.len() > 90, "{} kinds have formats", tally.len());
    let poor: Vec<_> = tally.iter().filter(|(_, (found, all))| rate(*found, *all) < LEAST).collect();
    assert!(poor.is_empty(), "{poor:?}");
}

#[test]
fn what_is_made_of_the_formats_of_secrets_is_covered_by_the_umbrella() {
    let tally = tally(|rule, text, secret| {
        let found = Detectors::find(text, &[DetectKind::SECRET]);
        !rule.kind.is_secret() || found.iter().any(|finding| finding.start <= secret.0 && finding.end >= secret.1)
    });
    let (found, all) = tally.values().fold((0, 0), |(found, all), one| (found + one.0, all + one.1));
    assert!(rate(found, all) >= 99.9, "{found} of {all}");
}

/// For each kind, how many of how many examples pass.
fn tally(passes: impl Fn(&Rule, &str, (usize, usize)) -> bool) -> BTreeMap<DetectKind, (usize, usize)> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[42; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut tally = BTreeMap::new();
    for rule in &RULES.rules {
        for format in &rule.text().formats {
            for (before, behind) in PLACES.iter().cycle().take(EXAMPLES) {
                let (example, secret) = example(format, &mut runner);
                let text = format!("{before}{example}{behind}");
                let (found, all) = tally.entry(rule.kind).or_insert((0, 0));
                *all += 1;
                let part = (before.len() + secret.0, before.len() + secret.1);
                *found += usize::from(passes(rule, &text, part));
            }
        }
    }
    tally
}

/// A text of the format, and where in it the secret stands.
fn example(format: &str, runner: &mut TestRunner) -> (String, (usize, usize)) {
    let mut parts = format.split(['«', '»']).map(|part| made(part, runner));
    let first = parts.next().unwrap();
    let Some(secret) = parts.next() else {
        let length = first.len();
        return (first, (0, length));
    };
    let start = first.len();
    let end = start + secret.len();
    (first + &secret + &parts.next().unwrap(), (start, end))
}

fn made(regex: &str, runner: &mut TestRunner) -> String {
    string_regex(regex).expect("a format").new_tree(runner).unwrap().current()
}

#[expect(clippy::cast_precision_loss, reason = "few")]
fn rate(found: usize, all: usize) -> f64 {
    found as f64 * 100.0 / all as f64
}
