//! What the peers are measured on: everything that their languages can say.

use crate::{Load, PEERS, Peer};
use anyhow::{Context, Result, ensure};
use callguard_bench::calls::Call;
use callguard_bench::memory::Memory;
use callguard_bench::report::Unit;
use callguard_bench::rounds::{Bench, Case};
use callguard_bench::rules::Rule;
use callguard_bench::{SIZES, families, sets, templates};
use std::hint::black_box;

pub(crate) fn add(bench: &mut Bench) -> Result<()> {
    for peer in PEERS {
        for size in SIZES {
            literals(bench, peer, families::PLAIN, size, sets::plain)?;
        }
        for size in SIZES {
            literals(bench, peer, families::REGEX, size, sets::regexes)?;
        }
        shipped(bench, peer)?;
        large(bench, peer)?;
        spread(bench, peer)?;
        load(bench, peer)?;
    }
    Ok(())
}

fn literals(
    bench: &mut Bench,
    peer: (&str, Load),
    family: &str,
    size: usize,
    set: fn(usize) -> Vec<Rule>,
) -> Result<()> {
    let from_json = Case::new(families::JSON, families::FROM_JSON, size);
    let with_json = family == families::PLAIN && bench.wants(&from_json, peer.0);
    let cases = families::literal_cases(family, size);
    if !with_json && !cases.iter().any(|(case, ..)| bench.wants(case, peer.0)) {
        return Ok(());
    }
    let rules = set(size);
    for (case, call, forbidden) in &cases {
        one(bench, peer, case, &rules, call, *forbidden)?;
    }
    if with_json {
        json(bench, peer, &from_json, &rules)?;
    }
    Ok(())
}

fn shipped(bench: &mut Bench, peer: (&str, Load)) -> Result<()> {
    let rules = templates::path_rules("read_file");
    for (name, call, forbidden) in families::shipped_calls() {
        let case = Case::new(families::SHIPPED, name, templates::contracts());
        one(bench, peer, &case, &rules, &call, forbidden)?;
    }
    Ok(())
}

fn large(bench: &mut Bench, peer: (&str, Load)) -> Result<()> {
    let rules = sets::content(families::LITERALS);
    for (case, call) in families::large_calls() {
        one(bench, peer, &case, &rules, &call, false)?;
    }
    Ok(())
}

fn spread(bench: &mut Bench, peer: (&str, Load)) -> Result<()> {
    for (case, rules) in families::spread_sets() {
        if bench.wants(&case, peer.0) {
            one(bench, peer, &case, &rules(), &Call::usual(), false)?;
        }
    }
    Ok(())
}

fn load(bench: &mut Bench, (name, load): (&'static str, Load)) -> Result<()> {
    for size in [1_000, 10_000] {
        let case = Case::new(families::LOAD, families::LOAD_PLAIN, size);
        let rules = sets::plain(size);
        if bench.wants(&case, name) && load(&rules)?.is_some() {
            bench.time(&case, name, None, move || {
                // INVARIANT: the same rules loaded above.
                let _loaded = black_box(load(&rules));
            });
        }
        let case = Case::new(families::MEMORY, families::RESIDENT, size);
        if bench.wants(&case, name) {
            bench.add(&case, name, Unit::Kibibytes, None, Box::new(Memory::of_this_program(size, name)?));
        }
    }
    Ok(())
}

/// One case, once the engine is seen to decide as expected; left out where its language cannot say the rules.
fn one(
    bench: &mut Bench,
    (name, load): (&str, Load),
    case: &Case,
    rules: &[Rule],
    call: &Call,
    forbidden: bool,
) -> Result<()> {
    if !bench.wants(case, name) {
        return Ok(());
    }
    let Some(mut peer) = load(rules).with_context(|| format!("{name} does not load {}", case.name))? else {
        return Ok(());
    };
    peer.prepare(&call.json())?;
    ensure!(peer.forbids()? == forbidden, "{name} errs on {}", case.name);
    bench.time(case, name, Some(call.bytes()), move || {
        // INVARIANT: the same call was decided above.
        let _answer = black_box(peer.forbids());
    });
    Ok(())
}

fn json(bench: &mut Bench, (name, load): (&str, Load), case: &Case, rules: &[Rule]) -> Result<()> {
    let text = Call::usual().json().to_string();
    let Some(mut peer) = load(rules)? else { return Ok(()) };
    ensure!(!from_json(&mut *peer, &text)?, "{name} errs on {}", case.name);
    bench.time(case, name, Some(text.len()), move || {
        // INVARIANT: the same call was decided above.
        let _answer = black_box(from_json(&mut *peer, black_box(&text)));
    });
    Ok(())
}

fn from_json(peer: &mut dyn Peer, text: &str) -> Result<bool> {
    peer.prepare(&serde_json::from_str(text)?)?;
    peer.forbids()
}
