//! `cargo xtask wheel`: the Python package's wheel as it is published for this machine's processor, and what shows that
//! a wheel works.

use crate::{process, root, target_dir, tools};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Linux from 2014 on: its C library, and nothing else of its libraries. maturin's word, and the one that wheels bear.
const MANYLINUX: (&str, &str) = ("manylinux2014", "manylinux_2_17");
/// Every Python from this one on.
const PYTHONS: &str = "cp310-abi3";

/// Build the Python package's wheel for every Linux since 2014 and every Python since 3.10, and show that it works.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where to put it.
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out: PathBuf,
    /// How cargo builds it: `dev` is quick, and not to be published.
    #[arg(long, default_value = "release")]
    profile: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let package = root().join("bindings/python");
    let tools = tools::python_environment("python-wheel", &package.join("wheel.lock"))?;
    let host = process::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let wheels = emptied("wheels-manylinux")?;
    let mut build = process::command(tools.join("bin/maturin"));
    build.args(["build", "--zig", "--locked", "--compatibility", MANYLINUX.0, "--profile", &arguments.profile]);
    build.args(["--target", host.trim(), "--interpreter", "python3", "--out"]).arg(&wheels);
    // Zig is a package of the environment's Python.
    process::run(build.env("PATH", tools::search_path(&tools.join("bin"))?).current_dir(&package))?;
    let wheel = only_entry(&wheels)?;
    tagged(&wheel, &tools)?;
    works(&wheel, "python-of-wheel")?;
    std::fs::create_dir_all(&arguments.out)?;
    let name = wheel.file_name().context("a wheel has a name")?;
    let place = arguments.out.join(name);
    std::fs::copy(&wheel, &place).with_context(|| format!("cannot write `{}`", place.display()))?;
    println!("{}", place.display());
    Ok(())
}

/// That it is what its name says, by what its libraries ask of a system.
fn tagged(wheel: &Path, tools: &Path) -> Result<()> {
    let name = wheel.file_name().unwrap_or_default().to_string_lossy();
    ensure!(name.contains(PYTHONS) && name.contains(MANYLINUX.1), "`{name}` is not for {PYTHONS} and {}", MANYLINUX.1);
    let shown =
        process::output(process::command(tools.join("bin/python")).args(["-m", "auditwheel", "show"]).arg(wheel))?;
    let consistent = format!("is consistent with the following platform tag: \"{}", MANYLINUX.1);
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(shown.contains(&consistent), "auditwheel says otherwise than `{name}`: {shown}");
    println!("{name} {consistent}\"");
    Ok(())
}

/// Shows that a wheel works where nothing else is installed: the README's script runs, and the command is there.
pub(crate) fn works(wheel: &Path, environment: &str) -> Result<()> {
    let environment = empty_environment(environment)?;
    process::run(install(&environment)?.args(["--no-index", "--no-deps"]).arg(wheel))?;
    let folder = emptied("readme-tested")?;
    let readme = std::fs::read_to_string(root().join("bindings/python/README.md"))?;
    let script = readme.split("```python\n").nth(1).and_then(|rest| rest.split("```").next());
    let script = script.context("the README has no script")?;
    let python = |program: &str| {
        let mut command = process::command(environment.join("bin").join(program));
        command.current_dir(&folder).env("LLVM_PROFILE_FILE", target_dir().join("profiles-discarded/%4m.profraw"));
        command
    };
    let said = process::output(python("python").args(["-c", script]))?;
    match said.lines().collect::<Vec<_>>().as_slice() {
        ["the text of /workspace/notes.txt", denied] if !denied.is_empty() => {}
        _ => bail!("the README's script says otherwise: {said}"),
    }
    let said = process::output(python("callguard").arg("--version"))?;
    ensure!(said.starts_with("callguard "), "`callguard --version` says `{said}`");
    Ok(())
}

/// An environment with nothing in it, made anew: a wheel of yesterday is no test of today's.
pub(crate) fn empty_environment(name: &str) -> Result<PathBuf> {
    let environment = target_dir().join(name);
    let mut create = process::command(tools::python()?.join("uv"));
    process::run(create.args(["venv", "--quiet", "--clear", "--python", "python3"]).arg(&environment))?;
    Ok(environment)
}

/// `uv pip install` into an environment; what it installs comes next.
pub(crate) fn install(environment: &Path) -> Result<Command> {
    let mut install = process::command(tools::python()?.join("uv"));
    install.args(["pip", "install", "--quiet", "--python"]).arg(environment.join("bin/python"));
    Ok(install)
}

/// A folder beside the build, with nothing in it.
pub(crate) fn emptied(name: &str) -> Result<PathBuf> {
    let folder = target_dir().join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// What a folder holds, if that is one thing.
pub(crate) fn only_entry(folder: &Path) -> Result<PathBuf> {
    let mut entries = std::fs::read_dir(folder)?;
    let entry = entries.next().with_context(|| format!("`{}` is empty", folder.display()))??;
    match entries.next() {
        None => Ok(entry.path()),
        Some(_) => bail!("`{}` holds more than one entry", folder.display()),
    }
}
