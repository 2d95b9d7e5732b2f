//! What is fetched or built once and kept outside the clone: `${XDG_CACHE_HOME:-~/.cache}/callguard`.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How many directories of one kind are kept: this one, and those of branches that are likely to come back.
const KEPT: usize = 3;

/// The root of the cache.
pub(crate) fn root() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        Some(dir) => PathBuf::from(dir),
        None => {
            PathBuf::from(std::env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?).join(".cache")
        }
    };
    Ok(base.join("callguard"))
}

/// The directory `KIND-KEY`, filled by `fill` unless an earlier run has completed it. Others of its kind are dropped.
pub(crate) fn directory(kind: &str, key: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let root = root()?;
    fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
    let directory = root.join(format!("{kind}-{key}"));
    let ready = directory.join(".ready");
    let lock = File::create(root.join(format!("{kind}.lock")))?;
    lock.lock()?;
    if !ready.exists() {
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        println!("preparing {}", directory.display());
        fill(&directory)?;
    }
    fs::write(&ready, "")?;
    prune(&root, kind)?;
    Ok(directory)
}

/// A short key of the contents of files and of other texts.
pub(crate) fn key<'a>(files: impl IntoIterator<Item = &'a Path>, texts: &[&str]) -> Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        hash.update(fs::read(file).with_context(|| format!("cannot read {}", file.display()))?);
        hash.update([0]);
    }
    for text in texts {
        hash.update(text);
        hash.update([0]);
    }
    Ok(hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}

fn prune(root: &Path, kind: &str) -> Result<()> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.rsplit_once('-').is_some_and(|(prefix, _)| prefix == kind) && path.is_dir() {
            let used = fs::metadata(path.join(".ready")).and_then(|file| file.modified());
            found.push((used.unwrap_or(SystemTime::UNIX_EPOCH), path));
        }
    }
    found.sort();
    for (_, path) in found.iter().rev().skip(KEPT) {
        fs::remove_dir_all(path)?;
    }
    Ok(())
}
