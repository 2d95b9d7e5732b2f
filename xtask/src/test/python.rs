//! The Python package: its wheel in an environment of its own, its tests, its types; its source distribution.

use super::coverage;
use crate::servers::Servers;
use crate::wheel::{emptied, empty_environment, install, only_entry, works};
use crate::{process, root, target_dir, tools};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) fn run() -> Result<()> {
    let package = root().join("bindings/python");
    let environment = environment()?;
    let servers = Servers::find()?;
    let python = |arguments: &[&str]| {
        let mut command = process::command(environment.join("bin/python"));
        command.args(arguments).current_dir(&package);
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("LLVM_PROFILE_FILE", coverage::discarded());
        servers.tell(&mut command);
        command
    };
    process::run(&mut python(&[
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=short",
        "tests",
        // Each needs an environment with its framework: the stage `adapters`.
        "--ignore-glob=/*/callguard/adapters/[!_]*",
        "--pyargs",
        "callguard",
        "--doctest-modules",
    ]))?;
    process::run(&mut python(&["-m", "ruff", "check", "--quiet", "--no-cache", "."]))?;
    process::run(&mut python(&["-m", "ruff", "format", "--quiet", "--check", "--no-cache", "."]))?;
    let examples = |command: &str, more: &str| {
        python(&["-m", "ruff", command, "--quiet", "--no-cache", "--config", "pyproject.toml", more, "../../examples"])
    };
    process::run(&mut examples("check", "--no-fix"))?;
    process::run(&mut examples("format", "--check"))?;
    process::run(&mut python(&["-m", "mypy", "--strict", "--cache-dir=/dev/null", "python", "tests"]))?;
    process::run(&mut python(&["-m", "mypy.stubtest", "callguard._native", "--ignore-disjoint-bases"]))?;
    process::run(python(&["-m", "pyright", "--pythonpath"]).arg(environment.join("bin/python")))?;
    source_distribution(&package)
}

/// An environment with the wheel and what its tests need.
pub(super) fn environment() -> Result<PathBuf> {
    let package = root().join("bindings/python");
    let tools = tools::python_environment("python-package", &package.join("requirements.lock"))?;
    let wheel = wheel(&package, &tools)?;
    let environment = empty_environment("python-tested")?;
    process::run(install(&environment)?.arg("--requirement").arg(package.join("requirements.lock")))?;
    process::run(install(&environment)?.arg("--no-deps").arg(wheel))?;
    Ok(environment)
}

/// The wheel, from the build of the other stages.
pub(super) fn wheel(package: &Path, tools: &Path) -> Result<PathBuf> {
    let mut build = Command::new(tools.join("bin/maturin"));
    built(coverage::instrument(&mut build).args(["build", "--locked"]), package, "wheels-tested")
}

fn built(maturin: &mut Command, source: &Path, name: &str) -> Result<PathBuf> {
    let wheels = emptied(name)?;
    maturin.args(["--quiet", "--profile", "dev", "--interpreter", "python3", "--out"]).arg(&wheels);
    process::run(maturin.current_dir(source))?;
    only_entry(&wheels).context("maturin builds one wheel")
}

/// What is published for machines without a wheel builds from itself alone, and works where nothing else is installed.
fn source_distribution(package: &Path) -> Result<()> {
    let tools = tools::python_environment("python-package", &package.join("requirements.lock"))?;
    let folder = emptied("sdist-packed")?;
    let mut pack = process::command(tools.join("bin/maturin"));
    process::run(pack.args(["sdist", "--out"]).arg(&folder).current_dir(package))?;
    let packed = only_entry(&folder)?;
    process::run(process::command("tar").arg("-xzf").arg(&packed).arg("-C").arg(&folder))?;
    std::fs::remove_file(&packed)?;
    let source = target_dir().join("sdist-tested");
    mirror(&only_entry(&folder)?, &source)?;
    // Its lock file has more than it needs, of which cargo lets go. What it depends on is built already. Its own crates have the
    // names that the workspace's have, and must not pass for them.
    let mut build = process::command(tools.join("bin/maturin"));
    build.env("RUSTC_WORKSPACE_WRAPPER", root().join("xtask/apart")).env_remove("RUSTC_WRAPPER");
    let wheel = built(build.args(["build", "--offline"]), &source, "wheels-from-sdist")?;
    works(&wheel, "python-of-sdist")
}

/// Makes a folder like another, and touches nothing that is so already: what is packed has no times, by which cargo could
/// tell what to build again.
fn mirror(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        names.insert(entry.file_name());
        if entry.file_type()?.is_dir() {
            mirror(&entry.path(), &place)?;
            continue;
        }
        let text = std::fs::read(entry.path())?;
        if std::fs::read(&place).ok().as_ref() != Some(&text) {
            std::fs::write(&place, text).with_context(|| format!("cannot write `{}`", place.display()))?;
        }
    }
    for entry in std::fs::read_dir(to)? {
        let entry = entry?;
        if !names.contains(&entry.file_name()) {
            if entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(entry.path())?;
            } else {
                std::fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}
