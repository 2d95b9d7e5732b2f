//! Stages that run Rust tests. Both use the instrumented build, so that everything is built once.

use super::coverage;
use crate::{process, tools};
use anyhow::Result;

pub(super) fn nextest() -> Result<()> {
    tools::CARGO_NEXTEST.executable()?;
    coverage::clear_profiles()?;
    process::run(
        coverage::instrumented(&["nextest", "run", "--locked", "--workspace", "--profile", "ci"])?
            .env("PATH", tools::CARGO_NEXTEST.search_path()?),
    )
}

pub(super) fn doctests() -> Result<()> {
    process::run(
        coverage::instrumented(&["test", "--quiet", "--locked", "--workspace", "--doc"])?
            .env("LLVM_PROFILE_FILE", coverage::discarded()),
    )
}
