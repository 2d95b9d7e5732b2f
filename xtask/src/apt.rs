//! Debian's packages, unpacked where we say: with lists of our own, so that it needs no root and leaves the system as it
//! was.

use crate::process;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A place that packages are unpacked into.
pub(crate) struct Apt {
    directory: PathBuf,
    state: PathBuf,
}

impl Apt {
    /// With fresh lists.
    pub(crate) fn new(directory: &Path) -> Result<Apt> {
        let state = directory.join("apt");
        std::fs::create_dir_all(state.join("lists/partial"))?;
        std::fs::create_dir_all(state.join("cache/archives/partial"))?;
        let apt = Apt { directory: directory.to_owned(), state };
        process::output(apt.command("apt-get").arg("update"))?;
        Ok(apt)
    }

    /// What the packages whose names match are called, a line each.
    pub(crate) fn search(&self, pattern: &str) -> Result<String> {
        process::output(self.command("apt-cache").args(["search", "--names-only", pattern]))
    }

    /// All that the packages need, as `apt-cache depends` lists it.
    pub(crate) fn depends(&self, packages: &[&str]) -> Result<String> {
        process::output(self.command("apt-cache").args(["depends", "--recurse", "--important"]).args(packages))
    }

    /// Fetches packages and unpacks them.
    pub(crate) fn unpack(&self, packages: &[String]) -> Result<()> {
        process::output(self.command("apt-get").arg("download").args(packages))?;
        for entry in std::fs::read_dir(&self.state)? {
            let file = entry?.path();
            if file.extension().is_some_and(|extension| extension == "deb") {
                process::output(Command::new("dpkg-deb").arg("--extract").arg(&file).arg(&self.directory))?;
                std::fs::remove_file(file)?;
            }
        }
        Ok(())
    }

    /// Removes what is not needed once everything is unpacked.
    pub(crate) fn finish(self) -> Result<()> {
        std::fs::remove_dir_all(self.state).context("cannot remove apt's files")
    }

    fn command(&self, program: &str) -> Command {
        let setting = |name: &str, place: PathBuf| format!("{name}={}", place.display());
        let mut command = Command::new(program);
        command.arg("-q").arg("-o").arg(setting("Dir::State::lists", self.state.join("lists")));
        command.arg("-o").arg(setting("Dir::Cache", self.state.join("cache")));
        command.args(["-o", "APT::Sandbox::User="]).current_dir(&self.state);
        command
    }
}
