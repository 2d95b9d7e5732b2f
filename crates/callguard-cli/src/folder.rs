//! Folders on the command line, for the files beneath them.

use crate::screen::Failure;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The names as they are given, and for a folder the YAML files beneath it that hold a document of one of these kinds, in
/// the order of their names. Links to folders are not followed.
///
/// # Errors
/// A folder cannot be read, or holds no such file.
pub(crate) fn expanded(names: &[String], kinds: &[&str]) -> Result<Vec<String>, Failure> {
    let mut expanded = Vec::new();
    for name in names {
        if !Path::new(name).is_dir() {
            expanded.push(name.clone());
            continue;
        }
        let found = beneath(Path::new(name), kinds)
            .map_err(|(path, error)| Failure::Outside(format!("cannot read `{}`: {error}", path.display())))?;
        if found.is_empty() {
            let wanted = kinds.join("` or `");
            return Err(Failure::Usage(format!("`{name}` holds no YAML file with a document of kind `{wanted}`")));
        }
        expanded.extend(found);
    }
    Ok(expanded)
}

fn beneath(folder: &Path, kinds: &[&str]) -> Result<Vec<String>, (PathBuf, io::Error)> {
    let (mut open, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| (folder.clone(), error))? {
            let entry = entry.map_err(|error| (folder.clone(), error))?;
            let (path, kind) = (entry.path(), entry.file_type());
            if kind.map_err(|error| (path.clone(), error))?.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml") {
                // What is not text is no policy.
                let text =
                    String::from_utf8(fs::read(&path).map_err(|error| (path.clone(), error))?).unwrap_or_default();
                found.extend(holds(&text, kinds).then(|| path.to_string_lossy().into_owned()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a document says that it is of one of these kinds of ours.
fn holds(text: &str, kinds: &[&str]) -> bool {
    let said = |rest: &str| {
        let word = rest.trim_start().trim_start_matches(['"', '\'']);
        let end = word.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(word.len());
        word.get(..end).is_some_and(|word| kinds.contains(&word))
    };
    text.contains("callguard/v") && text.split("kind:").skip(1).any(said)
}
