//! A disk in memory: what examples and tests say under `files`.

use super::cx::{FileId, Listed, ListedKind, PathResolver, Resolution};
use super::follow::{Entry, follow};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What stands at a path of a [`FileTree`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, and where it points: absolute, or from its own directory.
    Symlink(String),
    /// Another name of the file at this absolute path.
    HardLink(String),
}

/// Files, directories and links at absolute paths; nothing else is there. Names are taken as they are written.
#[derive(Clone, Debug, Default)]
pub struct FileTree {
    entries: BTreeMap<String, Node>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    File(u64),
    Directory(u64),
    Symlink(String),
}

/// Why entries cannot stand on one disk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TreeError {
    path: String,
    message: String,
    help: &'static str,
}

impl TreeError {
    fn new(path: &str, message: String, help: &'static str) -> TreeError {
        TreeError { path: path.to_owned(), message, help }
    }

    /// The entry that it is about.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What to write instead.
    pub fn help(&self) -> &'static str {
        self.help
    }
}

impl FileTree {
    /// A disk with these entries at absolute paths. The directories that they stand in come by themselves.
    ///
    /// # Errors
    /// Everything that keeps them from standing on one disk.
    pub fn new(entries: impl IntoIterator<Item = (String, FileKind)>) -> Result<FileTree, Vec<TreeError>> {
        let given: BTreeMap<String, FileKind> = entries.into_iter().collect();
        let errors: Vec<TreeError> = given.iter().filter_map(|(path, kind)| misplaced(path, kind, &given)).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut tree = FileTree::default();
        for directory in given.keys().flat_map(|path| above(path)).chain(["/"]) {
            tree.add(directory, Node::Directory);
        }
        for (path, kind) in &given {
            match kind {
                FileKind::File => tree.add(path, Node::File),
                FileKind::Directory => tree.add(path, Node::Directory),
                FileKind::Symlink(target) => drop(tree.entries.insert(path.clone(), Node::Symlink(target.clone()))),
                FileKind::HardLink(of) => {
                    tree.add(of, Node::File);
                    let same = tree.entries.get(of).cloned();
                    tree.entries.extend(same.map(|node| (path.clone(), node)));
                }
            }
        }
        Ok(tree)
    }

    /// Adds an entry of its own unless one stands there.
    fn add(&mut self, path: &str, node: fn(u64) -> Node) {
        let inode = u64::try_from(self.entries.len()).unwrap_or(u64::MAX);
        self.entries.entry(path.to_owned()).or_insert_with(|| node(inode));
    }

    fn look(&self, path: &str) -> Entry {
        match self.entries.get(path) {
            None => Entry::Missing,
            Some(Node::File(inode) | Node::Directory(inode)) => Entry::There(Some(FileId { device: 0, inode: *inode })),
            Some(Node::Symlink(target)) => Entry::Link(target.clone()),
        }
    }
}

impl Node {
    fn kind(&self) -> ListedKind {
        match self {
            Node::File(_) => ListedKind::File,
            Node::Directory(_) => ListedKind::Directory,
            Node::Symlink(_) => ListedKind::Link,
        }
    }
}

impl PathResolver for FileTree {
    fn resolve(&self, absolute: &str) -> Resolution {
        follow(absolute, |path| self.look(path))
    }

    fn names_in(&self, directory: &str) -> Option<Arc<[Listed]>> {
        let start = format!("{}/", directory.trim_end_matches('/'));
        let below =
            self.entries.range(start.clone()..).map_while(|(path, node)| Some((path.strip_prefix(&start)?, node)));
        let here = below.filter(|(name, _)| !name.is_empty() && !name.contains('/'));
        Some(here.map(|(name, node)| Listed { name: name.to_owned(), kind: node.kind() }).collect())
    }
}

/// What is wrong with one entry, seen by itself and beside the others.
fn misplaced(path: &str, kind: &FileKind, given: &BTreeMap<String, FileKind>) -> Option<TreeError> {
    if !is_plain(path) {
        let message = format!("`{path}` is not the one spelling of an absolute path");
        return Some(TreeError::new(
            path,
            message,
            "write `/` and the names, without `.`, `..`, `//` and a trailing `/`",
        ));
    }
    match kind {
        FileKind::Symlink(target) if target.is_empty() => {
            return Some(TreeError::new(path, format!("the link `{path}` points nowhere"), "write where it leads"));
        }
        FileKind::HardLink(of) if given.get(of) != Some(&FileKind::File) => {
            let message = format!("`{path}` is another name of `{of}`, which is no file here");
            return Some(TreeError::new(path, message, "name a path that stands here as a `file`"));
        }
        _ => {}
    }
    let parent = above(path).find(|parent| given.get(*parent).is_some_and(|kind| *kind != FileKind::Directory))?;
    let what = if matches!(given.get(parent), Some(FileKind::Symlink(_))) { "a link" } else { "a file" };
    let message = format!("`{path}` stands below `{parent}`, which is {what}");
    Some(TreeError::new(path, message, "put it where the link leads, or leave one of the two out"))
}

/// Whether the path is absolute and spelled as a walk spells it.
fn is_plain(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|name| !matches!(name, "" | "." | "..")))
}

/// The directories that a path stands in, the root left out.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at)).filter(|parent| !parent.is_empty())
}
