//! Family 7: from policy text to the first decision.

use super::engines::{PLAN, decide, envelope, of_files, policy_files};
use anyhow::Result;
use callguard_bench::calls::Call;
use callguard_bench::rounds::{Bench, Case};
use callguard_bench::{families, sets, yaml};
use callguard_engine::policy::PolicyFile;
use std::hint::black_box;
use std::sync::Arc;

pub(crate) fn add(bench: &mut Bench) -> Result<()> {
    for size in [1_000, 10_000] {
        let plain = Case::new(families::LOAD, families::LOAD_PLAIN, size);
        if bench.wants(&plain, PLAN) {
            time(bench, &plain, policy_files(yaml::files("ops", &sets::plain(size))))?;
        }
        let mixed = Case::new(families::LOAD, "every kind of leaf, with examples", size);
        if bench.wants(&mixed, PLAN) {
            time(bench, &mixed, policy_files(callguard_bench::mixed::files(size)))?;
        }
    }
    Ok(())
}

fn time(bench: &mut Bench, case: &Case, files: Vec<PolicyFile>) -> Result<()> {
    let bytes = files.iter().map(|file| file.bytes.len()).sum();
    let call = envelope(&Call::usual())?;
    drop(of_files(files.clone())?);
    bench.time(case, PLAN, Some(bytes), move || {
        // INVARIANT: the same files loaded above.
        if let Ok(engine) = of_files(files.clone()) {
            black_box(decide(&engine, Arc::clone(&call)));
        }
    });
    Ok(())
}
