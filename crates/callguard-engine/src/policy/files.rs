//! `files` of examples and tests: the disk on which their paths are resolved. In `/workspace`, with home `/home/agent`.

use super::partial_call::{EXAMPLE_HOME, EXAMPLE_WORKSPACE};
use super::read::{Cx, Fields, text, word, wrong_shape};
use super::register::keys::EXAMPLE_LINK;
use crate::call::facets::path::{FileKind, FileTree};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Entry, Node, Span, Spanned, excerpt};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries as they are written, by absolute path.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: BTreeMap<String, File>,
}

#[derive(Clone, Debug)]
struct File {
    kind: FileKind,
    span: Span,
}

#[derive(Clone, Copy)]
enum Plain {
    File,
    Directory,
}

const PLAIN: &[(&str, Plain)] = &[("file", Plain::File), ("directory", Plain::Directory)];

impl Files {
    /// Reads a mapping of paths.
    pub(super) fn read(node: &Node, what: &str, cx: &mut Cx<'_>) -> Option<Files> {
        let Some(entries) = node.as_map() else {
            wrong_shape(node, what, "a mapping of paths", cx);
            return None;
        };
        if entries.is_empty() {
            cx.error(Code::EmptyValue, node.span, "`files` names no file", "name at least one, or leave out `files`");
        }
        let mut files = Files::default();
        for entry in entries {
            let (path, kind) = (place(&entry.key, entry.key_span, cx), kind(entry, cx));
            let (Some(path), Some(kind)) = (path, kind) else { continue };
            let file = File { kind, span: entry.key_span };
            if let Some(other) = files.entries.insert(path.clone(), file) {
                let found = Diagnostic::error(Code::BadFiles, entry.key_span, format!("`{path}` stands here twice"));
                cx.report(found.related(other.span, "here too").help("leave out one of them"));
            }
        }
        Some(files)
    }

    /// These, with `under` where they say nothing: path by path.
    #[must_use]
    pub fn over(self, under: &Files) -> Files {
        Files { entries: under.entries.clone().into_iter().chain(self.entries).collect() }
    }

    /// The disk that they make; without any there is none.
    pub(super) fn disk(&self, cx: &mut Cx<'_>) -> Option<Arc<FileTree>> {
        if self.entries.is_empty() {
            return None;
        }
        match FileTree::new(self.entries.iter().map(|(path, file)| (path.clone(), file.kind.clone()))) {
            Ok(tree) => Some(Arc::new(tree)),
            Err(errors) => {
                for error in errors {
                    if let Some(file) = self.entries.get(error.path()) {
                        cx.error(Code::BadFiles, file.span, error.to_string(), error.help());
                    }
                }
                None
            }
        }
    }
}

/// The absolute path that a text names: itself, from the home, or from the workspace.
fn place(written: &str, span: Span, cx: &mut Cx<'_>) -> Option<String> {
    let absolute = match written.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("{EXAMPLE_HOME}{rest}"),
        _ if written.starts_with('/') => written.to_owned(),
        _ => format!("{EXAMPLE_WORKSPACE}/{written}"),
    };
    if written.is_empty() || written.split('/').any(|name| name == "..") || written.chars().any(char::is_control) {
        let message = format!("`{}` is no place in `files`", excerpt(written));
        let help = "write where it stands, without `..`: from `/`, from `~`, or from the workspace";
        cx.error(Code::BadFiles, span, message, help);
        return None;
    }
    let names: Vec<&str> = absolute.split('/').filter(|name| !matches!(*name, "" | ".")).collect();
    Some(format!("/{}", names.join("/")))
}

fn kind(entry: &Entry, cx: &mut Cx<'_>) -> Option<FileKind> {
    let node = &entry.value;
    if node.as_map().is_none() {
        return Some(match word(node, &excerpt(&entry.key), PLAIN, cx)? {
            Plain::File => FileKind::File,
            Plain::Directory => FileKind::Directory,
        });
    }
    let fields = Fields::open(node, &EXAMPLE_LINK, cx)?;
    let symlink = fields.read("symlink", cx, text);
    let hard_link = fields.get("hard_link").and_then(|of| place(&text(of, "hard_link", cx)?.value, of.span, cx));
    match (fields.has("symlink"), fields.has("hard_link")) {
        (true, false) => symlink.and_then(|target| target_of(target, cx)).map(FileKind::Symlink),
        (false, true) => hard_link.map(FileKind::HardLink),
        _ => {
            let message = "a link is either a `symlink` or a `hard_link`";
            cx.error(Code::BadFiles, node.span, message, "write `{ symlink: PATH }` or `{ hard_link: PATH }`");
            None
        }
    }
}

/// The text of a link, which nobody expands.
fn target_of(written: Spanned<String>, cx: &mut Cx<'_>) -> Option<String> {
    let from_home = written.value.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let Some(rest) = from_home else { return Some(written.value) };
    let message = "the text of a link is taken as it is, and `~` is not expanded in it";
    cx.error(Code::BadFiles, written.span, message, format!("write `{}`", excerpt(&format!("{EXAMPLE_HOME}{rest}"))));
    None
}
