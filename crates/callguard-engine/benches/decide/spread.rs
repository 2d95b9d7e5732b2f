//! Contracts that do not touch the tool cost nothing.

use super::engines::{both, of_rules};
use super::literals::by_hand;
use anyhow::Result;
use callguard_bench::calls::Call;
use callguard_bench::families;
use callguard_bench::rounds::Bench;
use callguard_engine::decide::Effect;

pub(crate) fn add(bench: &mut Bench) -> Result<()> {
    for (case, rules) in families::spread_sets() {
        if !bench.wants_any(&case) {
            continue;
        }
        let (rules, call) = (rules(), Call::usual());
        both(bench, &case, &of_rules(&rules)?, &call, Effect::Allow)?;
        by_hand(bench, &case, &rules, &call, false)?;
    }
    Ok(())
}
