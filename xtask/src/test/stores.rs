//! The tests of stores against real servers, which the tests start and end themselves.

use super::coverage;
use crate::servers::Servers;
use crate::{process, tools};
use anyhow::Result;

pub(super) fn run() -> Result<()> {
    let servers = Servers::find()?;
    let path = tools::CARGO_NEXTEST.search_path()?;
    // The same build as the stage `nextest`, which leaves these out.
    let mut command = coverage::instrumented(&["nextest", "run", "--locked", "--workspace", "--profile", "ci"])?;
    command.args(["--ignore-default-filter", "--filterset", "binary(servers)"]).env("PATH", path);
    process::run(servers.tell(&mut command))
}
