//! Tools that the tests need and a machine may lack, each in a pinned version, fetched once into the cache.

use crate::apt::Apt;
use crate::{cache, process, root};
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A cargo subcommand from crates.io, built without optimisation: that is the quicker way in all.
pub(crate) struct CargoTool {
    name: &'static str,
    version: &'static str,
    /// Whether any version that the machine already has will do.
    any_version: bool,
}

/// Dependencies: licences, sources, bans.
pub(crate) const CARGO_DENY: CargoTool = CargoTool { name: "cargo-deny", version: "0.20.2", any_version: false };
/// Dependencies that nothing uses. 1.14 needs a newer compiler than ours.
pub(crate) const CARGO_SHEAR: CargoTool = CargoTool { name: "cargo-shear", version: "1.13.4", any_version: false };
/// The test runner.
pub(crate) const CARGO_NEXTEST: CargoTool = CargoTool { name: "cargo-nextest", version: "0.9.143", any_version: true };
/// The fuzzer's driver.
pub(crate) const CARGO_FUZZ: CargoTool = CargoTool { name: "cargo-fuzz", version: "0.13.2", any_version: false };

impl CargoTool {
    /// The tool's program, installed if need be.
    pub(crate) fn executable(&self) -> Result<PathBuf> {
        if self.any_version
            && let Some(present) = on_path(self.name)
        {
            return Ok(present);
        }
        let directory = cache::directory(self.name, self.version, |directory| self.install(directory))?;
        Ok(directory.join("bin").join(self.name))
    }

    /// `PATH` with the tool's directory in front, so that cargo finds the subcommand.
    pub(crate) fn search_path(&self) -> Result<OsString> {
        let executable = self.executable()?;
        search_path(executable.parent().context("a program without a directory")?)
    }

    fn install(&self, directory: &Path) -> Result<()> {
        let build = directory.join("build");
        let mut install = process::cargo(["install", "--quiet", "--locked", "--debug", "--no-track", self.name]);
        install.args(["--version", self.version]).arg("--root").arg(directory).arg("--target-dir").arg(&build);
        install.env("CARGO_PROFILE_DEV_DEBUG", "none").env_remove("CARGO_TARGET_DIR");
        process::run(&mut install)?;
        std::fs::remove_dir_all(build).context("cannot remove the tool's build directory")
    }
}

/// `PATH` with a directory in front.
pub(crate) fn search_path(directory: &Path) -> Result<OsString> {
    let present = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(directory.to_owned()).chain(std::env::split_paths(&present)))?)
}

/// The `bin` of the environment that holds the tools from PyPI (`xtask/tools.lock`).
pub(crate) fn python() -> Result<PathBuf> {
    let lock = root().join("xtask/tools.lock");
    let key = cache::key([lock.as_path()], &[&python_version()?])?;
    let environment = cache::directory("python-tools", &key, |directory| {
        process::run(process::command("python3").args(["-m", "venv"]).arg(directory))?;
        process::run(
            process::command(directory.join("bin/python"))
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--require-hashes",
                    "--only-binary",
                    ":all:",
                    "--requirement",
                ])
                .arg(&lock),
        )
    })?;
    Ok(environment.join("bin"))
}

/// A Python environment with exactly what the lock file names.
pub(crate) fn python_environment(kind: &str, lock: &Path) -> Result<PathBuf> {
    let uv = python()?.join("uv");
    let key = cache::key([lock], &[&python_version()?])?;
    cache::directory(kind, &key, |directory| {
        let mut create = process::command(&uv);
        process::run(create.args(["venv", "--quiet", "--allow-existing", "--python", "python3"]).arg(directory))?;
        let mut install = process::command(&uv);
        process::run(install.args(["pip", "sync", "--quiet", "--python"]).arg(directory.join("bin/python")).arg(lock))
    })
}

/// A directory whose `node_modules` holds exactly what the `package-lock.json` of `project` names.
pub(crate) fn node_modules(kind: &str, project: &Path) -> Result<PathBuf> {
    let files = ["package.json", "package-lock.json"].map(|name| project.join(name));
    let key =
        cache::key(files.iter().map(PathBuf::as_path), &[&process::output(Command::new("node").arg("--version"))?])?;
    cache::directory(kind, &key, |directory| {
        for file in &files {
            std::fs::copy(file, directory.join(file.file_name().unwrap_or_default()))?;
        }
        process::run(
            Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(directory),
        )
    })
}

/// Makes `modules` the `node_modules` of a directory: ES modules are looked for beside the importing file, whatever the
/// environment says.
pub(crate) fn link_modules(directory: &Path, modules: &Path) -> Result<()> {
    let place = directory.join("node_modules");
    if std::fs::read_link(&place).is_ok_and(|present| present == modules) {
        return Ok(());
    }
    if place.is_symlink() {
        std::fs::remove_file(&place)?;
    }
    std::os::unix::fs::symlink(modules, &place).with_context(|| format!("cannot link {}", place.display()))
}

fn python_version() -> Result<String> {
    process::output(Command::new("python3").arg("--version"))
}

/// LLVM's coverage tools, of a version that reads what rustc writes.
pub(crate) struct Llvm {
    programs: PathBuf,
    libraries: Vec<PathBuf>,
}

impl Llvm {
    /// A command of LLVM's, such as `llvm-cov`.
    pub(crate) fn command(&self, name: &str) -> Command {
        let mut command = process::command(self.programs.join(name));
        if !self.libraries.is_empty() {
            command.env("LD_LIBRARY_PATH", std::env::join_paths(&self.libraries).unwrap_or_default());
        }
        command
    }

    fn starts(&self) -> bool {
        ["llvm-profdata", "llvm-cov"].iter().all(|name| process::output(self.command(name).arg("--version")).is_ok())
    }
}

/// The oldest LLVM that reads the profiles (raw version 10) and the coverage maps (version 7) of our rustc.
const LLVM_AT_LEAST: u32 = 19;

/// Rustup's component `llvm-tools` if it is there, else a packaged LLVM, else Debian's package, unpacked into the cache.
pub(crate) fn llvm() -> Result<Llvm> {
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let host = process::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let component = Path::new(sysroot.trim()).join("lib/rustlib").join(host.trim()).join("bin");
    let installed = (LLVM_AT_LEAST..LLVM_AT_LEAST + 12).rev().map(|n| PathBuf::from(format!("/usr/lib/llvm-{n}/bin")));
    for programs in std::iter::once(component).chain(installed) {
        let llvm = Llvm { programs, libraries: Vec::new() };
        if llvm.programs.join("llvm-cov").exists() && llvm.starts() {
            return Ok(llvm);
        }
    }
    debian_llvm()
}

fn debian_llvm() -> Result<Llvm> {
    let release = std::fs::read_to_string("/etc/os-release").context("cannot tell the Debian release")?;
    let key = cache::key([], &[&release])?;
    let directory = cache::directory("llvm", &key, unpack_llvm)?;
    let llvm = unpacked(&directory)?;
    if !llvm.starts() {
        bail!("{} does not start; remove its directory and run again", llvm.programs.join("llvm-cov").display());
    }
    Ok(llvm)
}

fn unpack_llvm(directory: &Path) -> Result<()> {
    let apt = Apt::new(directory)?;
    let found = apt.search("^llvm-[0-9]+$")?;
    let version = newest(&found).with_context(|| format!("Debian has no LLVM {LLVM_AT_LEAST} or newer"))?;
    let (tools, library) = (format!("llvm-{version}"), format!("libllvm{version}"));
    apt.unpack(&[tools.clone(), library.clone()])?;
    if !unpacked(directory)?.starts() {
        apt.unpack(&dependencies(&apt.depends(&[&tools, &library])?))?;
    }
    apt.finish()
}

fn newest(search: &str) -> Option<u32> {
    let versions = search.lines().filter_map(|line| line.strip_prefix("llvm-")?.split(' ').next()?.parse().ok());
    versions.filter(|version| *version >= LLVM_AT_LEAST).max()
}

/// The packages that `apt-cache depends` names at the start of a line; the C library must be the system's own.
fn dependencies(listing: &str) -> Vec<String> {
    let names = listing.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_alphanumeric()));
    names.filter(|name| !["libc6", "gcc-12-base"].contains(name)).map(str::to_owned).collect()
}

fn unpacked(directory: &Path) -> Result<Llvm> {
    let mut versions: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(directory.join("usr/lib"))? {
        let path = entry?.path();
        if path.join("bin/llvm-cov").exists() {
            versions.push(path);
        }
    }
    let home = versions.pop().context("the package holds no llvm-cov")?;
    let mut libraries = vec![home.join("lib")];
    for entry in std::fs::read_dir(directory.join("usr/lib"))? {
        libraries.push(entry?.path());
    }
    Ok(Llvm { programs: home.join("bin"), libraries })
}

/// Valgrind: the machine's, else Debian's package, unpacked into the cache.
pub(crate) fn valgrind() -> Result<Command> {
    if let Some(present) = on_path("valgrind") {
        return Ok(process::command(present));
    }
    let directory = debian_package("valgrind")?;
    let mut command = process::command(directory.join("usr/bin/valgrind"));
    command.env("VALGRIND_LIB", directory.join("usr/libexec/valgrind"));
    Ok(command)
}

/// Prometheus's checker of rules, from Debian.
pub(crate) fn promtool() -> Result<PathBuf> {
    match on_path("promtool") {
        Some(present) => Ok(present),
        None => Ok(debian_package("prometheus")?.join("usr/bin/promtool")),
    }
}

/// Where a package of Debian's is unpacked, without what it depends on.
fn debian_package(name: &str) -> Result<PathBuf> {
    let release = std::fs::read_to_string("/etc/os-release").context("cannot tell the Debian release")?;
    cache::directory(name, &cache::key([], &[&release])?, |directory| {
        let apt = Apt::new(directory)?;
        apt.unpack(&[name.to_owned()])?;
        apt.finish()
    })
}

/// A program of the machine's.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file())
}
