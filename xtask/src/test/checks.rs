//! Stages that read the sources and run nothing of the product.

use crate::process::{cargo, command, run};
use crate::tools;
use anyhow::Result;

pub(super) fn fmt() -> Result<()> {
    run(&mut cargo(["fmt", "--all", "--check"]))?;
    for alone in ["fuzz/Cargo.toml", "benches/peers/Cargo.toml"] {
        run(&mut cargo(["fmt", "--manifest-path", alone, "--check"]))?;
    }
    Ok(())
}

pub(super) fn clippy() -> Result<()> {
    run(&mut cargo(["clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"]))?;
    // The SDK as it is without its features: the workspace uses them all.
    run(&mut cargo(["clippy", "--quiet", "--locked", "--package", "callguard", "--lib", "--", "--deny", "warnings"]))
}

pub(super) fn generate() -> Result<()> {
    crate::generate::run(true)
}

pub(super) fn typos() -> Result<()> {
    run(command(tools::python()?.join("typos")).args(["--force-exclude", "."]))
}

/// Advisories need the network: the workflow on GitHub checks those.
pub(super) fn deny() -> Result<()> {
    let deny = tools::CARGO_DENY.executable()?;
    run(command(deny).args(["--log-level", "error", "--locked", "--all-features", "check"]).args([
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))
}

pub(super) fn unused() -> Result<()> {
    run(&mut command(tools::CARGO_SHEAR.executable()?))
}
