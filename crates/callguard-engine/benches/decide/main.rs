//! `cargo bench -p callguard-engine`: what deciding costs, by the number of contracts and the bytes of the call.
//!
//! One figure is one call through the whole step machine, as a shell drives it: begun, the attempt answered with an empty
//! session, the reservation granted, the outcome dropped.

mod arguments;
mod engines;
mod facets;
mod literals;
mod load;
mod memory;
mod shipped;
mod spread;

use anyhow::Result;
use callguard_bench::rounds::{Bench, Options};
use clap::Parser;

fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(contracts) = options.memory_of {
        return memory::print(contracts);
    }
    let mut bench = Bench::new(options);
    literals::add(&mut bench)?;
    shipped::add(&mut bench)?;
    arguments::add(&mut bench)?;
    spread::add(&mut bench)?;
    facets::add(&mut bench)?;
    load::add(&mut bench)?;
    memory::add(&mut bench)?;
    bench.run(true)
}
