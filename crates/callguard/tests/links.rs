//! Every resolver of links follows them as the kernel does: one suite, on a disk in memory and on a real one.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test stops at what it did not expect")]

use callguard::Disk;
use callguard::engine::call::facets::path::{FileKind, FileTree, Lexical, PathResolver, Resolution};
use proptest::prelude::*;
use std::path::Path;
use tempfile::TempDir;

/// Entries beneath a root; `/…` in a target is the root too.
type Layout<'a> = &'a [(&'a str, FileKind)];

fn link(target: &str) -> FileKind {
    FileKind::Symlink(target.to_owned())
}

fn layout() -> Vec<(&'static str, FileKind)> {
    vec![
        ("/work/project/README.md", FileKind::File),
        ("/work/project/src/main.rs", FileKind::File),
        ("/work/project/link_etc", link("/etc")),
        ("/work/project/link_src", link("src")),
        ("/work/project/link_out", link("../../etc/ssh")),
        ("/work/project/link_back", link("./src/../src//deep/..")),
        ("/work/project/chain_a", link("chain_b")),
        ("/work/project/chain_b", link("/etc")),
        ("/work/project/dangling", link("/nowhere/at/all")),
        ("/work/project/self", link("self")),
        ("/work/project/ping", link("pong")),
        ("/work/project/pong", link("ping/x")),
        ("/work/project/hard_shadow", FileKind::HardLink("/etc/shadow".to_owned())),
        ("/work/project/src/deep", FileKind::Directory),
        ("/work/project/src/up", link("..")),
        ("/work/project/src/file_link", link("main.rs")),
        ("/work/prey/a", FileKind::File),
        ("/etc/shadow", FileKind::File),
        ("/etc/ssh/host_key", FileKind::File),
        ("/etc/LINK", link("/work")),
    ]
}

/// A path beneath the root, and where it leads: `None` if nobody can say.
const CASES: &[(&str, Option<&str>)] = &[
    ("/", Some("/")),
    ("/work/project/README.md", Some("/work/project/README.md")),
    ("/work//./project/src/../README.md/", Some("/work/project/README.md")),
    ("/work/project/link_etc", Some("/etc")),
    ("/work/project/link_etc/shadow", Some("/etc/shadow")),
    ("/work/project/link_src/main.rs", Some("/work/project/src/main.rs")),
    ("/work/project/link_out/host_key", Some("/etc/ssh/host_key")),
    ("/work/project/link_back/main.rs", Some("/work/project/src/main.rs")),
    ("/work/project/chain_a/shadow", Some("/etc/shadow")),
    // A link stands before the `..` after it.
    ("/work/project/link_etc/../work/prey/a", Some("/work/prey/a")),
    ("/work/project/link_src/../README.md", Some("/work/project/README.md")),
    ("/work/project/link_src/up/link_etc/ssh/../shadow", Some("/etc/shadow")),
    ("/etc/LINK/project/src/up/../prey/a", Some("/work/prey/a")),
    // What is missing keeps its name, and a `..` takes it back.
    ("/work/project/new/deep/file", Some("/work/project/new/deep/file")),
    ("/work/project/link_etc/new/file", Some("/etc/new/file")),
    ("/work/project/new/../link_etc/shadow", Some("/etc/shadow")),
    ("/work/project/new/a/../../link_src/x", Some("/work/project/src/x")),
    ("/work/project/dangling", Some("/nowhere/at/all")),
    ("/work/project/dangling/../x", Some("/nowhere/at/x")),
    ("/work/project/README.md/x", Some("/work/project/README.md/x")),
    ("/work/project/src/file_link/../deep", Some("/work/project/src/deep")),
    // Names are as they are written.
    ("/work/project/LINK_ETC/shadow", Some("/work/project/LINK_ETC/shadow")),
    ("/etc/link/prey/a", Some("/etc/link/prey/a")),
    ("/work/project/link_etc /shadow", Some("/work/project/link_etc /shadow")),
    // A circle of links leads nowhere.
    ("/work/project/self", None),
    ("/work/project/self/../x", None),
    ("/work/project/ping/x", None),
];

/// Resolves below a root and names what came in the layout's own terms.
struct Subject<'a> {
    resolver: &'a dyn PathResolver,
    root: &'a str,
}

impl Subject<'_> {
    fn leads(&self, path: &str) -> Option<String> {
        match self.resolver.resolve(&format!("{}{path}", self.root)) {
            Resolution::Resolved { path, .. } => {
                let below = path.strip_prefix(self.root).unwrap_or_else(|| panic!("{path} has left {}", self.root));
                Some(if below.is_empty() { "/".to_owned() } else { below.to_owned() })
            }
            Resolution::Failed(why) => {
                assert!(!why.is_empty());
                None
            }
            other => panic!("{path}: {other:?}"),
        }
    }

    fn same_file(&self, one: &str, other: &str) -> bool {
        let file = |path: &str| match self.resolver.resolve(&format!("{}{path}", self.root)) {
            Resolution::Resolved { file, .. } => file,
            _ => None,
        };
        file(one).is_some() && file(one) == file(other)
    }
}

fn behaves(subject: &Subject<'_>) {
    for (path, expected) in CASES {
        assert_eq!(subject.leads(path).as_deref(), *expected, "{path}");
    }
    for (one, other, expected) in [
        ("/work/project/hard_shadow", "/etc/shadow", true),
        ("/work/project/hard_shadow", "/work/project/chain_a/shadow", true),
        ("/work/project/link_src", "/work/project/src", true),
        ("/work/project/README.md", "/etc/shadow", false),
        ("/work/project/missing", "/work/project/missing", false),
        ("/work/project/dangling", "/work/project/dangling", false),
        ("/work/project/self", "/work/project/self", false),
    ] {
        assert_eq!(subject.same_file(one, other), expected, "{one} and {other}");
    }
    let deep = "/a".repeat(3000);
    assert_eq!(subject.leads(&deep), None, "longer than any path that opens");
    let long = "x".repeat(300);
    assert_eq!(subject.leads(&format!("/etc/{long}")), Some(format!("/etc/{long}")), "no file has such a name");
}

/// The layout's entries as they stand beneath `root`.
fn rooted(layout: Layout<'_>, root: &str) -> Vec<(String, FileKind)> {
    let place = |path: &str| if path.starts_with('/') { format!("{root}{path}") } else { path.to_owned() };
    let kind = |kind: &FileKind| match kind {
        FileKind::Symlink(target) => FileKind::Symlink(place(target)),
        FileKind::HardLink(of) => FileKind::HardLink(place(of)),
        other => other.clone(),
    };
    layout.iter().map(|(path, what)| (place(path), kind(what))).collect()
}

/// The layout on a real disk, hard links last.
fn on_disk(layout: Layout<'_>) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap().to_str().unwrap().to_owned();
    let (links, rest): (Vec<_>, Vec<_>) =
        rooted(layout, &root).into_iter().partition(|(_, kind)| matches!(kind, FileKind::HardLink(_)));
    for (path, kind) in rest.into_iter().chain(links) {
        std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        match kind {
            FileKind::File => std::fs::write(path, "").unwrap(),
            FileKind::Directory => std::fs::create_dir_all(path).unwrap(),
            FileKind::Symlink(target) => std::os::unix::fs::symlink(target, path).unwrap(),
            FileKind::HardLink(of) => std::fs::hard_link(of, path).unwrap(),
        }
    }
    (folder, root)
}

#[test]
fn the_disk_in_memory_behaves() {
    let tree = FileTree::new(rooted(&layout(), "")).unwrap();
    behaves(&Subject { resolver: &tree, root: "" });
}

#[test]
fn the_local_disk_behaves() {
    let (_folder, root) = on_disk(&layout());
    behaves(&Subject { resolver: &Disk, root: &root });
}

#[test]
fn text_alone_leads_nowhere() {
    for (path, _) in CASES {
        assert_eq!(Lexical.resolve(path), Resolution::NotAsked);
    }
}

#[test]
fn entries_that_cannot_stand_on_one_disk_are_all_named() {
    let hard = |of: &str| FileKind::HardLink(of.to_owned());
    let entries = [
        ("relative", FileKind::File),
        ("/a/", FileKind::File),
        ("/b/../c", FileKind::File),
        ("/d//e", FileKind::File),
        ("/", FileKind::File),
        ("/file", FileKind::File),
        ("/file/below", FileKind::File),
        ("/link", link("file")),
        ("/link/far/below", FileKind::Directory),
        ("/nowhere", link("")),
        ("/other", hard("/missing")),
        ("/another", hard("/link")),
        ("/directory", FileKind::Directory),
        ("/directory/fine", hard("/file")),
    ];
    let errors = FileTree::new(entries.map(|(path, kind)| (path.to_owned(), kind))).unwrap_err();
    let mut named: Vec<&str> = errors.iter().map(callguard::engine::call::facets::path::TreeError::path).collect();
    named.sort_unstable();
    let wrong = [
        "/",
        "/a/",
        "/another",
        "/b/../c",
        "/d//e",
        "/file/below",
        "/link/far/below",
        "/nowhere",
        "/other",
        "relative",
    ];
    assert_eq!(named, wrong);
    assert!(errors.iter().all(|error| !error.help().is_empty() && !error.to_string().ends_with('.')));
}

mod properties {
    use super::*;

    fn name() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["a", "b", "c", "..", "."])
    }

    fn path() -> impl Strategy<Value = String> {
        prop::collection::vec(name(), 1..6).prop_map(|names| names.join("/"))
    }

    fn kind() -> impl Strategy<Value = FileKind> {
        prop_oneof![
            Just(FileKind::File),
            Just(FileKind::Directory),
            (any::<bool>(), path()).prop_map(|(rooted, to)| link(&if rooted { format!("/{to}") } else { to })),
        ]
    }

    /// Entries that can stand together: what does not fit is left out.
    fn entries() -> impl Strategy<Value = Vec<(String, FileKind)>> {
        let place = prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4);
        // Deep in the root, so that a `..` does not leave it.
        let place = place.prop_map(|names| format!("/r/r/r/r/r/r/{}", names.join("/")));
        prop::collection::vec((place, kind()), 0..12).prop_map(|all| {
            let mut fitting: Vec<(String, FileKind)> = Vec::new();
            for entry in all {
                let is_new =
                    fitting.iter().all(|(path, _)| *path != entry.0 && !path.starts_with(&format!("{}/", entry.0)));
                let with: Vec<_> = fitting.iter().cloned().chain([entry]).collect();
                if is_new && FileTree::new(with.clone()).is_ok() {
                    fitting = with;
                }
            }
            fitting
        })
    }

    proptest! {
        /// Both disks say the same, and the kernel agrees wherever it finds a file.
        #[test]
        fn memory_disk_and_kernel_agree(entries in entries(), paths in prop::collection::vec(path(), 8)) {
            let layout: Vec<(&str, FileKind)> = entries.iter().map(|(path, kind)| (path.as_str(), kind.clone())).collect();
            let (_folder, root) = on_disk(&layout);
            let tree = FileTree::new(rooted(&layout, &root)).unwrap();
            for path in paths {
                let asked = format!("{root}/r/r/r/r/r/r/{path}");
                let came = Disk.resolve(&asked);
                let led = |resolution: &Resolution| match resolution {
                    Resolution::Resolved { path, .. } => Some(path.clone()),
                    _ => None,
                };
                let within = led(&came).is_none_or(|path| path.starts_with(&root));
                if within {
                    prop_assert_eq!(led(&tree.resolve(&asked)), led(&came), "{}", &asked);
                }
                if let Ok(kernel) = std::fs::canonicalize(&asked) {
                    prop_assert_eq!(led(&came), kernel.to_str().map(str::to_owned), "{}", &asked);
                }
            }
        }
    }
}
