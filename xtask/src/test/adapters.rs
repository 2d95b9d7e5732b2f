//! The adapters: one suite in the real loop of each framework, on the oldest and the newest version that they hold for.

use super::{coverage, python};
use crate::{process, root, target_dir, tools};
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Where the suite, its lock files and the drivers are.
const SUITE: &str = "bindings/python/tests/adapters";

/// Suites that run at once: they wait for most of their time.
const AT_ONCE: usize = 3;

pub(super) fn run() -> Result<()> {
    let package = root().join("bindings/python");
    let tools = tools::python_environment("python-package", &package.join("requirements.lock"))?;
    let library = unpacked(&python::wheel(&package, &tools)?)?;
    let waiting = Mutex::new(locks()?);
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(lock) = next(&waiting) {
                    let outcome = suite(&package, &tools, &library, &lock);
                    println!(
                        "--- {}: {}",
                        named(&lock),
                        outcome.as_ref().map_or_else(|e| format!("{e:#}"), Clone::clone)
                    );
                    if outcome.is_err() {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(named(&lock));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if failed.is_empty() { Ok(()) } else { bail!("these do not hold: {}", failed.join(", ")) }
}

fn next(waiting: &Mutex<Vec<PathBuf>>) -> Option<PathBuf> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

/// `ADAPTER-oldest` or `ADAPTER-newest`.
fn named(lock: &Path) -> String {
    lock.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// One framework in one version: the last line of its suite; all that was said, where something fails.
fn suite(package: &Path, tools: &Path, library: &Path, lock: &Path) -> Result<String> {
    let name = named(lock);
    let (adapter, version) = name.rsplit_once('-').context("a lock file is named ADAPTER-VERSION.lock")?;
    let environment = tools::python_environment(&format!("adapter-{name}"), lock)?;
    let log = target_dir().join(format!("adapter-{name}.log"));
    let file = File::create(&log)?;
    let mut tests = process::command(environment.join("bin/python"));
    tests.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "--tb=short", "tests/adapters"]);
    tests.args(["--adapter", adapter]).current_dir(package).stdout(file.try_clone()?).stderr(file);
    tests.env("PYTHONPATH", library).env("PYTHONDONTWRITEBYTECODE", "1");
    let mut outcome = process::run(tests.env("LLVM_PROFILE_FILE", coverage::discarded()));
    let last = std::fs::read_to_string(&log)?.lines().last().unwrap_or_default().to_owned();
    if version == "newest" {
        outcome = outcome.and_then(|()| types(package, tools, &environment, adapter, &log));
    }
    outcome.with_context(|| std::fs::read_to_string(&log).unwrap_or_else(|error| error.to_string()))?;
    Ok(last)
}

/// The types of the adapter, its driver and its demo, as the framework itself declares its own.
fn types(package: &Path, tools: &Path, environment: &Path, adapter: &str, log: &Path) -> Result<()> {
    let file = File::options().append(true).open(log)?;
    let mut mypy = process::command(tools.join("bin/python"));
    mypy.args(["-m", "mypy", "--strict", "--config-file", "../pyproject.toml", "--cache-dir=/dev/null"]);
    mypy.arg("--python-executable").arg(environment.join("bin/python"));
    for module in ["callguard.adapters.", "adapters.drivers.", "with_"] {
        mypy.arg("-m").arg(format!("{module}{adapter}"));
    }
    for module in ["test_bench", "test_conformance", "test_demo", "test_guides", "test_installing"] {
        mypy.arg("-m").arg(format!("adapters.{module}"));
    }
    mypy.current_dir(package.join("tests")).env("MYPYPATH", "../python:../../../examples/demo");
    process::run(mypy.stdout(file.try_clone()?).stderr(file))
}

fn locks() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(SUITE).join("locks"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "lock") {
            found.push(path);
        }
    }
    found.sort();
    if found.is_empty() {
        bail!("{SUITE}/locks holds no lock file");
    }
    Ok(found)
}

/// The wheel's files: environments stay as their lock files say, and the package is found before them.
fn unpacked(wheel: &Path) -> Result<PathBuf> {
    let library = wheel.with_extension("unpacked");
    if library.exists() {
        std::fs::remove_dir_all(&library)?;
    }
    let mut unzip = process::command("python3");
    process::run(unzip.args(["-m", "zipfile", "--extract"]).arg(wheel).arg(&library))?;
    Ok(library)
}
