//! Whether the tests of the templates notice what is changed in them.

use super::coverage;
use crate::process;
use crate::templates::{Template, program, tests};
use anyhow::{Result, bail};

/// The rewrites are the soak's: they take longer than all the mutants.
pub(super) fn run() -> Result<()> {
    let program = program(&mut coverage::instrumented(&["build"])?)?;
    let mut findings = Vec::new();
    for file in tests()? {
        let mut command = process::command(&program);
        let template = Template::judge(command.env("LLVM_PROFILE_FILE", coverage::discarded()), &file, None)?;
        template.print();
        findings.extend(template.findings());
    }
    if !findings.is_empty() {
        bail!("{}", findings.join("\n"));
    }
    Ok(())
}
