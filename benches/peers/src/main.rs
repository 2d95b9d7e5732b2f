//! Other policy engines on the same rules and calls. Started by the benchmarks, see `callguard_bench::peers`.

mod cases;
mod cedar;
mod common_expression;
mod rego;

use anyhow::{Result, bail};
use callguard_bench::memory::{print, resident_kib};
use callguard_bench::peers::serve;
use callguard_bench::rounds::{Bench, Options};
use callguard_bench::rules::Rule;
use callguard_bench::sets;
use clap::Parser;

/// An engine, and how the benchmarks call it.
type Named = (&'static str, Load);
/// Makes an engine of rules; `None` where its language cannot say them.
type Load = fn(&[Rule]) -> Result<Option<Box<dyn Peer>>>;

const PEERS: [Named; 4] = [
    ("cedar", cedar::load),
    ("regorus", rego::load),
    ("regorus-rvm", rego::load_compiled),
    ("cel", common_expression::load),
];

/// An engine with its rules.
trait Peer {
    /// The call in the engine's own form.
    fn prepare(&mut self, call: &serde_json::Value) -> Result<()>;

    /// Whether a rule forbids the call that was prepared.
    fn forbids(&mut self) -> Result<bool>;
}

fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(contracts) = options.memory_of {
        return memory(contracts, &options.memory_engine);
    }
    let mut bench = Bench::new(options);
    cases::add(&mut bench)?;
    serve(bench)
}

fn memory(contracts: usize, engine: &str) -> Result<()> {
    let Some((_, load)) = PEERS.iter().find(|(name, _)| *name == engine) else { bail!("there is no `{engine}`") };
    let rules = sets::plain(contracts);
    let before = resident_kib()?;
    let loaded = load(&rules)?;
    print(resident_kib()?.saturating_sub(before));
    drop(loaded);
    Ok(())
}
