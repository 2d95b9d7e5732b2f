//! Files on disk: policies, and where links lead.

mod links;

use callguard_engine::policy::templates::{PREFIX, template};
use callguard_engine::policy::{Bases, PolicyFile};
use std::path::{Path, PathBuf};

/// A file larger than this is not read: a policy has at most 1 MiB, and the reader says so.
const MOST_BYTES: u64 = (1 << 20) + 1;

/// The local disk. Bases are relative to the file that extends them; links are followed as the kernel does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Bases for Disk {
    fn read(&self, from: &str, reference: &str) -> Result<PolicyFile, String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        let path = tidy(&folder.join(reference));
        read(&path).map_err(|error| format!("`{}`: {error}", path.display()))
    }
}

/// The policy files of these arguments: each a path, or `template/NAME`.
///
/// # Errors
/// The first that cannot be read, with its name and why.
pub fn policy_files<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Result<Vec<PolicyFile>, String> {
    names.into_iter().map(|name| policy_file(name.as_ref())).collect()
}

pub(crate) fn policy_file(name: &str) -> Result<PolicyFile, String> {
    match name.strip_prefix(PREFIX) {
        Some(short) => template(short).map(PolicyFile::from).ok_or_else(|| format!("there is no template `{short}`")),
        None => read(&tidy(Path::new(name))).map_err(|error| format!("cannot read `{name}`: {error}")),
    }
}

fn read(path: &Path) -> std::io::Result<PolicyFile> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(PolicyFile::new(path.to_string_lossy(), bytes))
}

/// Without `.` and `x/..`, so that a file has one name however it was reached.
fn tidy(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidied.components().next_back(), Some(Component::Normal(_))) => {
                tidied.pop();
            }
            other => tidied.push(other),
        }
    }
    tidied
}
