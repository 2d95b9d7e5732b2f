//! Writes what is generated from the code and committed, or shows where the committed files differ.

mod artefacts;

use anyhow::{Context, Result, bail};
use clap::Parser;
use similar::TextDiff;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write what is generated from the code and committed.
#[derive(Parser)]
#[command(name = "cargo xtask generate")]
struct Arguments {
    /// Write nothing; fail and show the difference where a file is not what would be written.
    #[arg(long)]
    check: bool,
}

/// Files by path, relative to the root of the repository.
type Files = BTreeMap<PathBuf, String>;

fn main() -> ExitCode {
    match run(Arguments::parse().check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(check: bool) -> Result<()> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut changed = 0;
    for artefact in artefacts::ALL {
        let wanted = (artefact.produce)().with_context(|| format!("cannot generate {}", artefact.place))?;
        changed += update(root, &wanted, &superfluous(root, artefact.place, &wanted)?, check)?;
    }
    match (changed, check) {
        (0, _) => println!("what is generated is up to date"),
        (_, true) => bail!("{changed} generated files differ; run `cargo xtask generate` and commit the result"),
        (_, false) => println!("{changed} files written or removed"),
    }
    Ok(())
}

/// Brings the files to what is wanted, or shows the differences; how many there were.
fn update(root: &Path, wanted: &Files, superfluous: &[PathBuf], check: bool) -> Result<usize> {
    let mut changed = 0;
    for (path, text) in wanted {
        let place = root.join(path);
        let present = fs::read_to_string(&place).unwrap_or_default();
        if present == *text {
            continue;
        }
        changed += 1;
        if check {
            show_difference(path, &present, text);
        } else {
            fs::create_dir_all(place.parent().unwrap_or(root))?;
            fs::write(&place, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    for path in superfluous {
        changed += 1;
        if check {
            println!("{}: no longer generated", path.display());
        } else {
            fs::remove_file(root.join(path))?;
        }
    }
    Ok(changed)
}

/// Files in the directory that are not generated any more. A `place` that is a file has none.
fn superfluous(root: &Path, place: &str, wanted: &Files) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(root.join(place)) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for entry in entries {
        let path = Path::new(place).join(entry?.file_name());
        if !wanted.contains_key(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn show_difference(path: &Path, present: &str, wanted: &str) {
    let (committed, generated) = (format!("{} (committed)", path.display()), format!("{} (generated)", path.display()));
    print!("{}", TextDiff::from_lines(present, wanted).unified_diff().context_radius(2).header(&committed, &generated));
}
