//! The end-to-end tests of `tests/mcp`: official MCP clients and servers in Python and Node, through the binary.

use super::coverage;
use crate::{process, root, target_dir, tools};
use anyhow::{Result, bail};

pub(super) fn run() -> Result<()> {
    let tests = root().join("tests/mcp");
    let python = tools::python_environment("mcp-python", &tests.join("requirements.lock"))?;
    let node = tools::node_modules("mcp-node", &tests)?.join("node_modules");
    tools::link_modules(&tests, &node)?;
    process::run(&mut coverage::instrumented(&["build", "--quiet", "--locked", "--package", "callguard-cli"])?)?;
    let program = target_dir().join("debug/callguard");
    if !program.exists() {
        bail!("{} was not built", program.display());
    }
    process::run(
        process::command(python.join("bin/python"))
            .args(["-m", "pytest", "-p", "no:cacheprovider", "--tb=short", "tests/mcp"])
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("CALLGUARD_BIN", program)
            .env("CALLGUARD_PYTHON_ENV", &python)
            .env("NODE_MODULES", &node)
            .env("LLVM_PROFILE_FILE", coverage::discarded()),
    )
}
