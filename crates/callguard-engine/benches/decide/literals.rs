//! Families 1, 2 and 4: contracts on the tool with text, equality, number and regex leaves.

use super::engines::{INTERPRETER, PLAN, both, decide, of_rules};
use anyhow::{Result, ensure};
use callguard_bench::calls::Call;
use callguard_bench::hand::{Index, Loop};
use callguard_bench::rounds::{Bench, Case};
use callguard_bench::rules::Rule;
use callguard_bench::{SIZES, families, sets};
use callguard_engine::call::CallJson;
use callguard_engine::decide::{Effect, Engine};
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) fn add(bench: &mut Bench) -> Result<()> {
    for size in SIZES {
        family(bench, families::PLAIN, size, sets::plain)?;
    }
    for size in SIZES {
        family(bench, families::REGEX, size, sets::regexes)?;
    }
    Ok(())
}

fn family(bench: &mut Bench, family: &str, size: usize, set: fn(usize) -> Vec<Rule>) -> Result<()> {
    let from_json = Case::new(families::JSON, families::FROM_JSON, size);
    let with_json = family == families::PLAIN && [PLAN, INTERPRETER].iter().any(|name| bench.wants(&from_json, name));
    let cases = families::literal_cases(family, size);
    if !with_json && !cases.iter().any(|(case, ..)| bench.wants_any(case)) {
        return Ok(());
    }
    let rules = set(size);
    let engine = of_rules(&rules)?;
    for (case, call, forbidden) in &cases {
        both(bench, case, &engine, call, if *forbidden { Effect::Deny } else { Effect::Allow })?;
        by_hand(bench, case, &rules, call, *forbidden)?;
    }
    if with_json {
        json(bench, &from_json, &engine)?;
    }
    Ok(())
}

/// The bounds: an index that was written for these rules, and a loop over them.
pub(crate) fn by_hand(bench: &mut Bench, case: &Case, rules: &[Rule], call: &Call, forbidden: bool) -> Result<()> {
    let bytes = Some(call.bytes());
    if bench.wants(case, families::HAND_INDEX) {
        let (index, call) = (Index::new(rules)?, call.clone());
        ensure!(index.forbids(&call) == forbidden, "{}: the index by hand errs", case.name);
        bench.time(case, families::HAND_INDEX, bytes, move || {
            black_box(index.forbids(black_box(&call)));
        });
    }
    if bench.wants(case, families::HAND_LOOP) {
        let (each, call) = (Loop::new(rules)?, call.clone());
        ensure!(each.forbids(&call) == forbidden, "{}: the loop by hand errs", case.name);
        bench.time(case, families::HAND_LOOP, bytes, move || {
            black_box(each.forbids(black_box(&call)));
        });
    }
    Ok(())
}

/// From the bytes of a call to its decision.
fn json(bench: &mut Bench, case: &Case, engine: &Engine) -> Result<()> {
    let text: Rc<str> = Call::usual().json().to_string().into();
    let now = "2026-03-02T10:00:00Z".parse()?;
    for (name, engine) in [(PLAN, engine.clone()), (INTERPRETER, engine.clone().interpreted())] {
        let text = Rc::clone(&text);
        bench.time(case, name, Some(text.len()), move || {
            if let Ok(read) = CallJson::parse(black_box(text.as_bytes()), now) {
                black_box(decide(&engine, Arc::new(read.call)));
            }
        });
    }
    Ok(())
}
