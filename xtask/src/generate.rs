//! `cargo xtask generate`: hands over to the crate that knows the product, so that the other commands start without it.

use crate::process;
use anyhow::Result;

/// Write what is generated from the code and committed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail and show the difference where a file is not what would be written.
    #[arg(long)]
    pub(crate) check: bool,
}

pub(crate) fn run(check: bool) -> Result<()> {
    let mut arguments = vec!["run", "--quiet", "--locked", "--package", "callguard-generate", "--"];
    if check {
        arguments.push("--check");
    }
    process::run(&mut process::cargo(arguments))
}
