//! A browser without a window, for tests that look at pages.

use crate::apt::Apt;
use crate::{cache, process, tools};
use anyhow::{Context, Result, bail};
use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's Chromium that draws into memory: it needs a tenth of the libraries of the one with windows.
const PACKAGE: &str = "chromium-headless-shell";
/// What it shares with that one: the tables of Unicode.
const SHARED: &str = "chromium-common";
/// What a machine may have already.
const PRESENT: &[&str] = &["chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable"];

/// A program to start, and where its libraries are.
pub(crate) struct Browser {
    pub(crate) program: PathBuf,
    pub(crate) libraries: OsString,
}

impl Browser {
    fn starts(&self) -> bool {
        let mut look = Command::new(&self.program);
        look.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "data:text/html,ready"]);
        process::output(look.env("LD_LIBRARY_PATH", &self.libraries)).is_ok_and(|page| page.contains("ready"))
    }
}

/// Chromium: the machine's, else Debian's package, unpacked into the cache.
pub(crate) fn chromium() -> Result<Browser> {
    if let Some(program) = PRESENT.iter().find_map(|name| tools::on_path(name)) {
        return Ok(Browser { program, libraries: OsString::new() });
    }
    let release = std::fs::read_to_string("/etc/os-release").context("cannot tell the Debian release")?;
    let directory = cache::directory("chromium", &cache::key([], &[&release, SHARED])?, unpack)?;
    let browser =
        Browser { program: directory.join("usr/lib/chromium").join(PACKAGE), libraries: libraries(&directory)? };
    if !browser.starts() {
        bail!("{} does not start; remove its directory and run again", browser.program.display());
    }
    Ok(browser)
}

/// The package and those of its libraries that the machine lacks.
fn unpack(directory: &Path) -> Result<()> {
    let apt = Apt::new(directory)?;
    let present = process::output(Command::new("dpkg-query").args(["--show", "--showformat", "${Package}\n"]))?;
    let present: HashSet<&str> = present.lines().collect();
    let listing = apt.depends(&[PACKAGE])?;
    let libraries = listing.lines().filter(|line| line.starts_with("lib") && !present.contains(line));
    let packages: Vec<String> = [PACKAGE, SHARED].into_iter().chain(libraries).map(str::to_owned).collect();
    apt.unpack(&packages)?;
    apt.finish()
}

/// The directories of unpacked libraries, those of packages that keep some to themselves among them.
fn libraries(directory: &Path) -> Result<OsString> {
    let mut found = Vec::new();
    for architecture in directories(&directory.join("usr/lib"))? {
        found.extend(directories(&architecture)?);
        found.push(architecture);
    }
    Ok(std::env::join_paths(found)?)
}

fn directories(place: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(place).with_context(|| format!("cannot list {}", place.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    Ok(found)
}
