//! The documentation: what it shows runs, the site builds without a warning, its links hold, a browser finds it readable.

use super::{coverage, python};
use crate::{browser, process, root, target_dir, tools};
use anyhow::Result;
use std::path::Path;

/// Where the site will be; `site_url` in `mkdocs.yml`.
const ADDRESS: &str = "https://callguard.github.io/callguard/";

pub(super) fn run() -> Result<()> {
    let tests = root().join("tests/docs");
    let tools = tools::python_environment("docs-python", &tests.join("requirements.lock"))?;
    snippets(&tools)?;
    let site = target_dir().join("docs-site");
    let mut build = process::command(tools.join("bin/mkdocs"));
    build.args(["build", "--quiet", "--strict", "--site-dir"]).arg(&site);
    // The theme's authors ask everybody to move on; `mkdocs.yml` is ready for it.
    process::run(build.env("NO_MKDOCS_2_WARNING", "1").env("PYTHONDONTWRITEBYTECODE", "1"))?;
    process::run(process::command(tools.join("bin/python")).arg("tests/docs/links.py").arg(&site).arg(ADDRESS))?;
    axe(&tests, &site)
}

/// With the wheel that the stage `python` tests: what readers install is what runs.
fn snippets(tools: &Path) -> Result<()> {
    let servers = tools::node_modules("mcp-node", &root().join("tests/mcp"))?.join("node_modules");
    let mut run = process::command(tools.join("bin/python"));
    run.arg("tests/docs/snippets.py").arg("--python").arg(python::environment()?);
    run.arg("--node-modules").arg(servers).env("PYTHONDONTWRITEBYTECODE", "1");
    process::run(run.env("LLVM_PROFILE_FILE", coverage::discarded()))
}

fn axe(tests: &Path, site: &Path) -> Result<()> {
    let modules = tools::node_modules("docs-node", tests)?.join("node_modules");
    tools::link_modules(tests, &modules)?;
    let chromium = browser::chromium()?;
    let mut look = process::command("node");
    look.arg("tests/docs/axe.mjs").arg(site).env("CHROMIUM", chromium.program);
    if !chromium.libraries.is_empty() {
        look.env("LD_LIBRARY_PATH", chromium.libraries);
    }
    process::run(&mut look)
}
