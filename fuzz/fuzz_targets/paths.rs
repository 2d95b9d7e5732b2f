//! Any text as a path, with and without a disk: it means the same twice, what excuses restricts as well, and a plain one
//! is where a plain reading puts it.

#![no_main]

use callguard_engine::call::facets::path::{FileKind, FileTree, PathAccess, PathCx, PathTest, PathValue};
use callguard_engine::decide::{Direction, Truth};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static LEXICAL: LazyLock<PathCx> = LazyLock::new(|| PathCx::lexical("/workspace", "/home/agent"));

static DISK: LazyLock<PathCx> = LazyLock::new(|| {
    let link = |to: &str| FileKind::Symlink(to.to_owned());
    let entries = [
        ("/workspace/src/main.rs", FileKind::File),
        ("/workspace/.env", FileKind::File),
        ("/workspace/out", link("/etc")),
        ("/workspace/in", link("src")),
        ("/workspace/loop", link("loop")),
        ("/workspace/hard", FileKind::HardLink("/etc/shadow".to_owned())),
        ("/etc/shadow", FileKind::File),
        ("/home/agent/.ssh/id", FileKind::File),
    ];
    let tree = FileTree::new(entries.map(|(path, kind)| (path.to_owned(), kind))).expect("one disk");
    PathCx { resolver: Arc::new(tree), ..LEXICAL.clone() }
});

static TESTS: LazyLock<[PathTest; 3]> = LazyLock::new(|| {
    let list = |of: &[&str]| of.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    [
        PathTest::under(&list(&["."])).expect("a place"),
        PathTest::like(&list(&["*.rs", ".env", "~/.ssh/**", "!x.rs"])).expect("patterns"),
        PathTest::equals(&list(&["/etc/shadow"])).expect("a place"),
    ]
});

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for cx in [&*LEXICAL, &*DISK] {
        for value in [
            PathValue::parse(text, PathAccess::Read, cx),
            PathValue::parse_expanded(text, PathAccess::Write, cx),
            PathValue::parse_glob(text, PathAccess::Unknown, cx),
            PathValue::parse_below(text, "*.rs", PathAccess::Read, cx),
        ] {
            for test in TESTS.iter() {
                let (restricting, excusing) =
                    (test.holds(&value, Direction::Restricting, cx), test.holds(&value, Direction::Excusing, cx));
                assert!(excusing != Truth::True || restricting == Truth::True, "it excuses and does not restrict");
            }
        }
        let again = || PathValue::parse(text, PathAccess::Read, cx);
        assert_eq!(again().readings(), again().readings(), "the same text, read otherwise");
    }
    plain(text);
});

/// Names, `/`, `.` and `..`: where it leads needs no more than a stack.
fn plain(text: &str) {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'/' | b'.' | b'_')) {
        return;
    }
    let mut names: Vec<&str> = if text.starts_with('/') { Vec::new() } else { vec!["workspace"] };
    for name in text.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    let value = PathValue::parse(text, PathAccess::Read, &LEXICAL);
    let proc = text.contains("proc") || text.contains("dev");
    if value.doubt().is_none() && !proc {
        assert_eq!(value.text(), format!("/{}", names.join("/")), "{text}");
    }
}
