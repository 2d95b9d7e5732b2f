//! What detection and redaction cost, in processor time of the thread.

use crate::corpus::Package;
use anyhow::{Context, Result};
use callguard_bench::clock::Clock;
use callguard_engine::audit::detect::{DetectKind, Detectors};
use callguard_engine::audit::redact::RedactionRules;
use serde::Serialize;
use std::hint::black_box;

/// All figures.
#[derive(Serialize)]
pub(crate) struct Speed {
    pub(crate) throughput: Vec<Throughput>,
    pub(crate) events: Events,
    pub(crate) short: Vec<Short>,
    pub(crate) hostile: Vec<Hostile>,
}

/// Over the texts of one origin, in pieces of at most 64 KiB.
#[derive(Serialize)]
pub(crate) struct Throughput {
    pub(crate) origin: &'static str,
    pub(crate) bytes: usize,
    /// What an audit event does: names, commands and every kind of secret; MB a second.
    pub(crate) redaction: f64,
    /// `detects: secret`
    pub(crate) secrets: f64,
    /// Every kind, personal data too.
    pub(crate) everything: f64,
}

/// Redaction of pieces of 1 KiB; nanoseconds.
#[derive(Serialize)]
pub(crate) struct Events {
    pub(crate) pieces: usize,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) most: f64,
}

/// Redaction of a short text in which there is nothing.
#[derive(Serialize)]
pub(crate) struct Short {
    pub(crate) text: &'static str,
    pub(crate) nanoseconds: f64,
    pub(crate) allocations: u64,
}

/// A text made to cost much; nanoseconds a byte.
#[derive(Serialize)]
pub(crate) struct Hostile {
    pub(crate) unit: &'static str,
    pub(crate) one_mebibyte: f64,
    pub(crate) sixteen_mebibytes: f64,
}

const ROUNDS: usize = 5;
const PIECE: usize = 64 << 10;
const EVENT: usize = 1 << 10;
/// No more of one origin.
const MOST_BYTES: usize = 16 << 20;

/// What messages quote.
const SHORT: &[&str] = &[
    "/srv/releases/billing-api/config/settings.toml",
    "kubectl delete namespace billing-production --wait=false",
    "kubectl delete pod billing-api-7d4f --namespace billing-production",
    "billing-api.eu-west-1.internal.example",
    "https://docs.example.com/guides/install.html#linux",
    "SELECT id, state FROM invoices WHERE stage = 'live' ORDER BY id",
    "git commit -m 'Say of the limit on loads what it says of regexes'",
    "rm -rf /work/project/target/debug/build",
    "The quick brown fox jumps over the lazy dog. The five boxing wizards jump quickly, and sphinxes of black quartz judge vows.",
    "npm install --save-dev @types/node@20.11.5 eslint typescript webpack webpack-cli prettier vitest",
    "/home/agent/workspace/packages/frontend/src/components/navigation/__tests__/breadcrumbs.snapshot.test.tsx.snap",
];

const UNITS: &[&str] = &[
    "ghp_0123456789abcdef",
    "AKIA",
    "eyJhbGciOiJub25lIn0.",
    "-----BEGIN PRIVATE KEY-----",
    "4111 ",
    "4",
    "://a:",
    "a@",
    "+1 ",
    "bearer ",
    "password=",
    "password='$(",
    "token: aaaaaaaaaaaaaaaa\n",
    "sk-",
    "%41",
    "\\u0061",
    "\\\\\"",
    "QUtJQUlPU0ZP",
    "curl -u ",
    "Authorization: ",
    "PuTTY-User-Key-File-2:\n",
    "a-",
    "hvs.",
    "DE89370400440532013000 ",
    "secret_key ",
    "\\\n-",
    "{\"a\":\"b\"},",
];

pub(crate) fn measure(packages: &[Package]) -> Result<Speed> {
    let rules = RedactionRules::default();
    Ok(Speed {
        throughput: throughput(packages, &rules)?,
        events: events(packages, &rules)?,
        short: SHORT.iter().map(|text| short(text, &rules)).collect(),
        hostile: UNITS.iter().map(|unit| hostile(unit, &rules)).collect(),
    })
}

fn throughput(packages: &[Package], rules: &RedactionRules) -> Result<Vec<Throughput>> {
    let mut origins: Vec<&'static str> = packages.iter().map(|package| package.origin).collect();
    origins.dedup();
    let all: Vec<DetectKind> = DetectKind::all().collect();
    let one = |origin: &'static str| {
        let texts = packages.iter().filter(|package| package.origin == origin).flat_map(|package| &package.files);
        let mut left = MOST_BYTES;
        let mut chosen = Vec::new();
        for piece in texts.flat_map(|(_, text)| pieces(text, PIECE)) {
            left = left.saturating_sub(piece.len());
            chosen.push(piece);
            if left == 0 {
                break;
            }
        }
        let bytes: usize = chosen.iter().map(|piece| piece.len()).sum();
        let speed = |run: &dyn Fn(&str)| -> Result<f64> {
            let nanoseconds = median((0..ROUNDS).map(|_| timed(|| chosen.iter().for_each(|piece| run(piece)))))?;
            Ok(bytes as f64 * 1_000.0 / nanoseconds)
        };
        Ok(Throughput {
            origin,
            bytes,
            redaction: speed(&|piece| drop(black_box(rules.redact_text(black_box(piece)))))?,
            secrets: speed(&|piece| drop(black_box(Detectors::find(black_box(piece), &[DetectKind::SECRET]))))?,
            everything: speed(&|piece| drop(black_box(Detectors::find(black_box(piece), &all))))?,
        })
    };
    origins.into_iter().map(one).collect()
}

fn events(packages: &[Package], rules: &RedactionRules) -> Result<Events> {
    let mut figures = Vec::new();
    for package in packages {
        let texts = package.files.iter().flat_map(|(_, text)| pieces(text, EVENT)).filter(|piece| piece.len() == EVENT);
        for piece in texts.step_by(7).take(500) {
            let run = || timed(|| drop(black_box(rules.redact_text(black_box(piece)))));
            // The least of three: what disturbs the machine is no part of the figure.
            figures.extend((0..3).map(|_| run()).min_by(f64::total_cmp));
        }
    }
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures.get(((figures.len() as f64 - 1.0) * share) as usize).copied().context("no pieces");
    Ok(Events { pieces: figures.len(), p50: at(0.5)?, p99: at(0.99)?, most: at(1.0)? })
}

fn short(text: &'static str, rules: &RedactionRules) -> Short {
    const TIMES: usize = 20_000;
    let run = || drop(black_box(rules.redact_text(black_box(text))));
    let batch = || timed(|| (0..TIMES).for_each(|_| run())) / TIMES as f64;
    let nanoseconds = (0..ROUNDS).map(|_| batch()).min_by(f64::total_cmp).unwrap_or(f64::NAN);
    Short { text, nanoseconds, allocations: allocation_counter::measure(run).count_total }
}

fn hostile(unit: &'static str, rules: &RedactionRules) -> Hostile {
    let per_byte = |bytes: usize| {
        let text = unit.repeat(bytes / unit.len());
        let once = || timed(|| drop(black_box(rules.redact_text(black_box(&text))))) / bytes as f64;
        (0..3).map(|_| once()).fold(f64::INFINITY, f64::min)
    };
    Hostile { unit, one_mebibyte: per_byte(1 << 20), sixteen_mebibytes: per_byte(16 << 20) }
}

/// Nanoseconds.
fn timed(run: impl FnOnce()) -> f64 {
    let clock = Clock::start();
    run();
    clock.elapsed().as_nanos() as f64
}

fn median(figures: impl Iterator<Item = f64>) -> Result<f64> {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().context("nothing was measured")
}

/// The text in pieces of about so many bytes, on character boundaries.
fn pieces(text: &str, bytes: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (piece, behind) = rest.split_at(rest.floor_char_boundary(bytes.min(rest.len())));
        rest = behind;
        (!piece.is_empty()).then_some(piece)
    })
}
