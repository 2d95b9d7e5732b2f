//! The Python package: its wheel in an environment of its own, its tests, its types.

use super::coverage;
use crate::{process, root, target_dir, tools};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) fn run() -> Result<()> {
    let package = root().join("bindings/python");
    let environment = environment()?;
    let python = |arguments: &[&str]| {
        let mut command = process::command(environment.join("bin/python"));
        command.args(arguments).current_dir(&package);
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("LLVM_PROFILE_FILE", coverage::discarded());
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
    process::run(python(&["-m", "pyright", "--pythonpath"]).arg(environment.join("bin/python")))
}

/// An environment with the wheel and what its tests need.
pub(super) fn environment() -> Result<PathBuf> {
    let package = root().join("bindings/python");
    let tools = tools::python_environment("python-package", &package.join("requirements.lock"))?;
    installed(&wheel(&package, &tools)?, &tools)
}

/// The wheel, from the build of the other stages.
pub(super) fn wheel(package: &Path, tools: &Path) -> Result<PathBuf> {
    let wheels = target_dir().join("wheels-tested");
    if wheels.exists() {
        std::fs::remove_dir_all(&wheels)?;
    }
    let mut build: Command = process::command(tools.join("bin/maturin"));
    build.args(["build", "--quiet", "--locked", "--profile", "dev", "--interpreter", "python3", "--out"]).arg(&wheels);
    process::run(coverage::instrument(&mut build).current_dir(package))?;
    let wheel = std::fs::read_dir(&wheels)?.next().context("maturin built no wheel")??;
    Ok(wheel.path())
}

/// An environment with what the tests need and the wheel, made anew: a wheel of yesterday is no test of today's.
fn installed(wheel: &Path, tools: &Path) -> Result<PathBuf> {
    let environment = target_dir().join("python-tested");
    let uv = tools::python()?.join("uv");
    let mut create = process::command(&uv);
    process::run(
        create.args(["venv", "--quiet", "--clear", "--python"]).arg(tools.join("bin/python")).arg(&environment),
    )?;
    let lock = root().join("bindings/python/requirements.lock");
    let mut install = process::command(&uv);
    install.args(["pip", "install", "--quiet", "--python"]).arg(environment.join("bin/python"));
    process::run(install.arg("--requirement").arg(lock))?;
    let mut install = process::command(&uv);
    install.args(["pip", "install", "--quiet", "--no-deps", "--python"]).arg(environment.join("bin/python"));
    process::run(install.arg(wheel))?;
    Ok(environment)
}
