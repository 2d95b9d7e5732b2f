//! Family 8: the memory that stays with an engine once its policies are loaded.

use super::engines::{PLAN, of_rules};
use anyhow::Result;
use callguard_bench::memory::{Memory, resident_kib};
use callguard_bench::report::Unit;
use callguard_bench::rounds::{Bench, Case};
use callguard_bench::{families, sets};

pub(crate) fn add(bench: &mut Bench) -> Result<()> {
    for size in [1_000, 10_000] {
        let case = Case::new(families::MEMORY, families::RESIDENT, size);
        if bench.wants(&case, PLAN) {
            bench.add(&case, PLAN, Unit::Kibibytes, None, Box::new(Memory::of_this_program(size, PLAN)?));
        }
    }
    Ok(())
}

/// What the child says: KiB for all the contracts.
pub(crate) fn print(contracts: usize) -> Result<()> {
    let rules = sets::plain(contracts);
    let before = resident_kib()?;
    let engine = of_rules(&rules)?;
    callguard_bench::memory::print(resident_kib()?.saturating_sub(before));
    drop(engine);
    Ok(())
}
