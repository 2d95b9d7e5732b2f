//! Named packages of Rust, npm, Python and Debian: sources, documentation, lock files and logs that hold no secret.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Of `Cargo.lock`, which says their versions.
const CRATES: &[&str] = &[
    "aho-corasick",
    "anyhow",
    "clap_builder",
    "data-encoding",
    "idna",
    "itoa",
    "jiff",
    "jsonschema",
    "memchr",
    "proptest",
    "regex",
    "regex-automata",
    "regex-syntax",
    "rustix",
    "saphyr-parser",
    "serde",
    "serde_json",
    "smallvec",
    "sqlparser",
    "syn",
    "tokio",
    "toml",
    "url",
    "webpki-roots",
];
const NPM: &[&str] = &[
    "express@4.21.2",
    "lodash@4.17.21",
    "react-dom@18.3.1",
    "typescript@5.6.3",
    "webpack@5.97.1",
    "eslint@9.17.0",
    "axios@1.7.9",
    "jsonwebtoken@9.0.2",
    "npm@10.9.2",
    "aws-sdk@2.1692.0",
];
const PYPI: &[&str] = &[
    "requests==2.32.3",
    "Django==5.1.4",
    "SQLAlchemy==2.0.36",
    "numpy==2.2.0",
    "cryptography==44.0.0",
    "boto3==1.35.81",
    "PyJWT==2.10.1",
    "ansible-core==2.18.1",
    "pip==24.3.1",
    "pytest==8.3.4",
];
/// Debian's, as they are installed here.
const DEBIAN: &[&str] = &[
    "bash",
    "coreutils",
    "curl",
    "dpkg",
    "git",
    "libc6",
    "openssh-client",
    "openssl",
    "perl",
    "python3",
    "tar",
    "apt",
];
/// What a Debian system writes down about itself.
const LOGS: &[&str] =
    &["/var/log/dpkg.log", "/var/log/alternatives.log", "/var/log/apt/history.log", "/var/log/apt/term.log"];
/// Our own lock files.
const LOCKS: &[&str] = &["Cargo.lock", "fuzz/Cargo.lock"];

/// Longer files are data.
const MOST_BYTES: u64 = 4 << 20;

/// A package and its texts.
pub(crate) struct Package {
    pub(crate) origin: &'static str,
    pub(crate) name: String,
    /// Path within the package, and text.
    pub(crate) files: Vec<(String, String)>,
}

pub(crate) fn packages(cache: &Path) -> Result<Vec<Package>> {
    let mut packages = crates()?;
    for name in NPM {
        packages.push(Package::read("npm", (*name).to_owned(), &npm(name, cache)?)?);
    }
    for name in PYPI {
        packages.push(Package::read("PyPI", (*name).to_owned(), &pypi(name, cache)?)?);
    }
    for name in DEBIAN {
        packages.extend(debian(name)?);
    }
    packages.push(Package::of_files("logs", "Debian's dpkg and apt", LOGS)?);
    packages.push(Package::of_files("lock files", "this repository", LOCKS)?);
    Ok(packages)
}

impl Package {
    fn read(origin: &'static str, name: String, directory: &Path) -> Result<Package> {
        let mut files = Vec::new();
        collect(directory, directory, &mut files)?;
        ensure!(!files.is_empty(), "{origin} package {name} has no text");
        files.sort();
        Ok(Package { origin, name, files })
    }

    fn of_files(origin: &'static str, name: &str, paths: &[&str]) -> Result<Package> {
        let read = |path: &&str| Some(((*path).to_owned(), String::from_utf8(fs::read(path).ok()?).ok()?));
        let files: Vec<_> = paths.iter().filter_map(read).collect();
        ensure!(!files.is_empty(), "there are no {origin}");
        Ok(Package { origin, name: name.to_owned(), files })
    }
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<(String, String)>) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            collect(root, &path, files)?;
        } else if kind.is_file() && entry.metadata()?.len() <= MOST_BYTES {
            let text = if path.extension().is_some_and(|ending| ending == "gz") {
                output(Command::new("gzip").arg("-dc").arg(&path))?
            } else {
                fs::read(&path)?
            };
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            files.extend(String::from_utf8(text).ok().filter(|text| !text.contains('\0')).map(|text| (name, text)));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Crate>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

fn crates() -> Result<Vec<Package>> {
    let metadata = output(Command::new("cargo").args(["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Metadata = serde_json::from_slice(&metadata)?;
    let wanted = metadata.packages.iter().filter(|package| CRATES.contains(&package.name.as_str()));
    wanted
        .map(|package| {
            let directory = package.manifest_path.parent().context("a manifest has no directory")?;
            Package::read("crates.io", format!("{} {}", package.name, package.version), directory)
        })
        .collect()
}

fn npm(name: &str, cache: &Path) -> Result<PathBuf> {
    fetched(cache, name, |directory| {
        let packed = output(Command::new("npm").args(["pack", "--silent", name]).current_dir(directory))?;
        let archive = String::from_utf8_lossy(&packed).trim().to_owned();
        output(Command::new("tar").args(["-xzf", &archive]).current_dir(directory))?;
        Ok(fs::remove_file(directory.join(archive))?)
    })
}

fn pypi(name: &str, cache: &Path) -> Result<PathBuf> {
    fetched(cache, name, |directory| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", name]).current_dir(directory);
        output(&mut pip)?;
        for entry in fs::read_dir(directory)? {
            let wheel = entry?.path();
            output(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(directory))?;
            fs::remove_file(wheel)?;
        }
        Ok(())
    })
}

/// A directory that `fetch` fills once.
fn fetched(cache: &Path, name: &str, fetch: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let directory = cache.join(name);
    if !directory.exists() {
        let partial = cache.join(format!("{name}.partial"));
        if partial.exists() {
            fs::remove_dir_all(&partial)?;
        }
        fs::create_dir_all(&partial)?;
        fetch(&partial).with_context(|| format!("cannot fetch {name}"))?;
        fs::rename(&partial, &directory)?;
    }
    Ok(directory)
}

/// The documentation of an installed package; none where it is not installed.
fn debian(name: &str) -> Result<Option<Package>> {
    let query = Command::new("dpkg-query").args(["--show", "--showformat=${Version}", name]).output();
    let Some(version) = query.ok().filter(|said| said.status.success()) else { return Ok(None) };
    let name = format!("{name} {}", String::from_utf8_lossy(&version.stdout));
    let directory = Path::new("/usr/share/doc").join(name.split(' ').next().unwrap_or_default());
    if !directory.is_dir() {
        return Ok(None);
    }
    Package::read("Debian", name, &directory).map(Some)
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output().with_context(|| format!("{:?} does not start", command.get_program()))?;
    if !output.status.success() {
        bail!("{:?} failed: {}", command.get_program(), String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(output.stdout)
}
