//! Family 5: large arguments under 100 literals.

use super::engines::{both, of_rules};
use super::literals::by_hand;
use anyhow::Result;
use callguard_bench::rounds::Bench;
use callguard_bench::{families, sets};
use callguard_engine::decide::Effect;

pub(crate) fn add(bench: &mut Bench) -> Result<()> {
    let rules = sets::content(families::LITERALS);
    let engine = of_rules(&rules)?;
    for (case, call) in families::large_calls() {
        both(bench, &case, &engine, &call, Effect::Allow)?;
        by_hand(bench, &case, &rules, &call, false)?;
    }
    Ok(())
}
