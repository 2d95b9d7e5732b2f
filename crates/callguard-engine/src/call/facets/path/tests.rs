#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::decide::{Direction, Truth};
use Direction::{Excusing, Restricting};
use Truth::{False, True, Unknown};
use proptest::prelude::*;
use std::sync::Arc;

fn cx() -> PathCx {
    PathCx::lexical("/workspace", "/home/agent")
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn value(text: &str) -> PathValue {
    PathValue::parse(text, PathAccess::Read, &cx())
}

/// Restricting, then excusing.
fn both(test: &PathTest, value: &PathValue) -> (Truth, Truth) {
    (test.holds(value, Restricting, &cx()), test.holds(value, Excusing, &cx()))
}

fn under(operand: &str, text: &str) -> (Truth, Truth) {
    both(&PathTest::under(&strings(&[operand])).unwrap(), &value(text))
}

fn like(patterns: &[&str], text: &str) -> (Truth, Truth) {
    both(&PathTest::like(&strings(patterns)).unwrap(), &value(text))
}

#[test]
fn under_is_a_place_or_below_it_on_component_boundaries() {
    for (operand, text, expected) in [
        (".", "a", (True, True)),
        (".", "/workspace", (True, True)),
        (".", "/workspace/", (True, True)),
        (".", "", (True, True)),
        (".", "/workspace-evil/x", (False, False)),
        (".", "../workspacex", (False, False)),
        (".", "/workspace/../../etc/shadow", (False, False)),
        (".", "src/../docs/guide.md", (True, True)),
        (".", "//workspace//a/..//..//etc///shadow", (False, False)),
        ("docs", "/workspace/docs/a", (True, True)),
        ("./docs/", "docs", (True, True)),
        ("../shared", "/shared/a", (True, True)),
        ("/etc", "/etc/ssh/x", (True, True)),
        ("/etc/", "/etcetera", (False, False)),
        ("/", "/anything", (True, True)),
        ("~", "/home/agent/.ssh", (True, True)),
        ("~/.ssh", "/home/agent/.sshrc.md", (False, False)),
        ("$HOME/.ssh", "/home/agent/.ssh/id_rsa", (True, True)),
    ] {
        assert_eq!(under(operand, text), expected, "under {operand}: {text}");
    }
}

#[test]
fn a_home_that_the_tool_may_or_may_not_expand_has_two_readings() {
    for text in ["~/.ssh/id", "$HOME/.ssh/id", "${HOME}/.ssh/id", r"%USERPROFILE%\.ssh\id", "%7e/.ssh/id"] {
        assert_eq!(under("~/.ssh", text), (True, False), "{text}");
    }
    assert_eq!(both(&PathTest::under(&strings(&["~", "."])).unwrap(), &value("~/a")), (True, True));
    assert_eq!(under(".", "docs/cost_$5.md"), (True, True));
    assert_eq!(under("~", "$HOMER/x"), (False, False));
    assert_eq!(under(".", "~root/.bashrc"), (True, Unknown));
}

#[test]
fn encodings_are_further_readings() {
    for (text, expected) in [
        ("%2e%2e/etc/passwd", (True, False)),
        ("..%2f..%2fetc%2fshadow", (True, False)),
        ("%252e%252e/etc", (True, False)),
        (r"..\etc\x", (True, False)),
        ("．．/etc/shadow", (True, Unknown)),
    ] {
        let test = PathTest::under(&strings(&["/etc"])).unwrap();
        assert_eq!(both(&test, &value(text)), expected, "{text}");
    }
    for text in
        ["docs/my%20notes.md", "docs/%", "docs/a%zz.md", "docs/….md", "docs/½.md", "naïve-café.md", "🚀.md", r"a\b.md"]
    {
        assert_eq!(under(".", text), (True, True), "{text}");
    }
}

#[test]
fn the_folded_reading_restricts_and_never_excuses() {
    for text in ["/workspace/SECRETS/k", "/workspace/secrets./k", "/workspace/secrets /k", "/workspace/ｓecrets/k"] {
        assert_eq!(under("secrets", text), (True, False), "{text}");
    }
    for text in [".env.", ".env ", ".env::$DATA", ".ENV", ".e\u{ad}nv", ".еnv"] {
        assert_eq!(like(&["**/.env"], text), (True, False), "{text}");
    }
    assert_eq!(like(&["**/.env"], ".env.example"), (False, False));
    assert_eq!(under("Secrets", "/workspace/Secrets/k"), (True, True));
}

#[test]
fn what_cannot_be_read_is_unknown() {
    for text in [
        "a\u{1b}[2Km",
        "tab\there",
        "nul\0",
        "\u{202e}gpj.exe",
        "%00",
        "a%c0%af",
        "a%20b%zz",
        "%u002e",
        r"C:\x",
        "C:x",
        r"\\server\share",
        r"\\?\C:\x",
        "file://evil.example/etc/passwd",
        "jar:file:///etc/shadow!/x",
        "https://evil.example/x",
        "/dev/fd/3",
        "/proc/self/fd/3",
        "/proc/12/cwd/x",
    ] {
        assert!(value(text).doubt().is_some(), "{text:?}");
        assert_eq!(under("/nowhere", text).0, Unknown, "{text:?}");
        assert_ne!(under(".", text).1, True, "{text:?}");
    }
    assert!(value("docs/file:notes.md").doubt().is_none());
}

#[test]
fn file_urls_and_proc_lead_to_what_they_name() {
    for text in ["file:///etc/shadow", "FILE:/etc/shadow", "file://localhost/etc/shadow", "/proc/self/root/etc/shadow"]
    {
        assert_eq!(under("/etc", text).0, True, "{text}");
    }
    assert_eq!(under(".", "/proc/self/cwd/.env").0, True);
    assert_eq!(under(".", "/proc/self/cwd/.env").1, False);
    assert_eq!(like(&["/proc/*/environ"], "/proc/self/environ"), (True, True));
}

#[test]
fn what_is_not_known_of_the_host_is_unknown() {
    let nowhere = PathCx::unknown();
    let relative = PathValue::parse("a/b", PathAccess::Read, &nowhere);
    let absolute = PathValue::parse("/etc/x", PathAccess::Read, &nowhere);
    let test = |operand: &str| PathTest::under(&strings(&[operand])).unwrap();
    assert_eq!(test("/etc").holds(&relative, Restricting, &nowhere), Unknown);
    assert_eq!(test("/etc").holds(&relative, Excusing, &nowhere), Unknown);
    assert_eq!(test("/etc").holds(&absolute, Excusing, &nowhere), True);
    assert_eq!(test(".").holds(&absolute, Restricting, &nowhere), Unknown);
    assert_eq!(test("~/x").holds(&absolute, Excusing, &nowhere), Unknown);
    assert!(PathValue::parse("~/a", PathAccess::Read, &nowhere).doubt().is_some());
}

#[test]
fn path_like_is_gitignores_language() {
    for (patterns, text, expected) in [
        (&["*.pem"][..], "/any/where/k.pem", (True, True)),
        (&["*.pem"], "k.pem.txt", (False, False)),
        (&["src/*.rs"], "src/main.rs", (True, True)),
        (&["src/*.rs"], "src/a/main.rs", (False, False)),
        (&["src/**/*.rs"], "src/main.rs", (True, True)),
        (&["src/**/*.rs"], "src/a/b/main.rs", (True, True)),
        (&["/workspace/docs/**"], "docs", (True, True)),
        (&["docs/**"], "docs/a/b", (True, True)),
        (&["docs/**"], "docsx/a", (False, False)),
        (&["docs/"], "docs/a/b", (True, True)),
        (&["docs"], "x/docs/a", (True, False)),
        (&["~/.ssh/**"], "/home/agent/.ssh/id", (True, True)),
        (&["**/.env"], "/elsewhere/.env", (True, True)),
        (&["**"], "/elsewhere", (True, True)),
        (&["a?c", "x"], "abc", (True, True)),
        (&["[a-c]x"], "bx", (True, True)),
        (&["[!a-c]x"], "bx", (False, False)),
        (&[r"\*x"], "*x", (True, True)),
        (&[r"\*x"], "yx", (False, False)),
        (&["./a/../b/*"], "b/c", (True, True)),
        (&["**/.env*", "!**/.env.example"], ".env.local", (True, True)),
        (&["**/.env*", "!**/.env.example"], "x/.env.example", (False, False)),
        (&["docs/**", "!docs/private/**", "docs/private/ok.md"], "docs/private/ok.md", (True, True)),
        (&["docs/**", "!docs/private/**"], "docs/PRIVATE/x", (True, False)),
    ] {
        assert_eq!(like(patterns, text), expected, "{patterns:?}: {text}");
    }
}

#[test]
fn a_tree_meets_what_lies_within_it() {
    let tree = |text: &str, access| PathValue::parse(text, access, &cx()).with_extent(Extent::Tree);
    let within = PathTest::under(&strings(&["/etc/ssh"])).unwrap();
    assert_eq!(both(&within, &tree("/etc", PathAccess::Write)), (True, False));
    assert_eq!(both(&within, &tree("/etc/ssh/x", PathAccess::Write)), (True, True));
    assert_eq!(both(&within, &tree("/usr", PathAccess::Write)), (False, False));
    let dotenv = PathTest::like(&strings(&["**/.env"])).unwrap();
    assert_eq!(both(&dotenv, &tree("src", PathAccess::Write)), (True, False));
    assert_eq!(both(&dotenv, &tree("src", PathAccess::Read)), (False, False));
    let all = PathTest::like(&strings(&["src/**"])).unwrap();
    assert_eq!(both(&all, &tree("src/a", PathAccess::Read)), (True, True));
    let files = PathTest::like(&strings(&["src/*"])).unwrap();
    assert_eq!(both(&files, &tree("src/a", PathAccess::Read)), (True, False));
}

/// `/workspace/link` leads to `/etc`, `/workspace/hard` is `/etc/shadow`, and nobody may look at `/workspace/shut`.
struct Links;

impl PathResolver for Links {
    fn resolve(&self, absolute: &str) -> Resolution {
        let file = Some(FileId { device: 1, inode: 2 });
        match absolute {
            "/workspace/hard" | "/etc/shadow" => Resolution::Resolved { path: absolute.to_owned(), file },
            "/workspace/shut" => Resolution::Failed("permission denied".to_owned()),
            _ => {
                let path = match absolute.strip_prefix("/workspace/link/") {
                    Some("../victim") => "/victim".to_owned(),
                    Some(rest) => format!("/etc/{rest}"),
                    None => absolute.to_owned(),
                };
                Resolution::Resolved { path, file: None }
            }
        }
    }
}

#[test]
fn links_are_followed_before_dotdot() {
    let cx = PathCx { resolver: Arc::new(Links), ..cx() };
    let holds = |operand: &str, text: &str| {
        let value = PathValue::parse(text, PathAccess::Write, &cx);
        let test = PathTest::under(&strings(&[operand])).unwrap();
        (test.holds(&value, Restricting, &cx), test.holds(&value, Excusing, &cx))
    };
    assert_eq!(holds(".", "link/../victim"), (True, False));
    assert_eq!(holds("/victim", "link/../victim"), (True, False));
    assert_eq!(holds("/etc", "link/x"), (True, False));
    assert_eq!(holds("/etc/shadow", "hard"), (True, False));
    assert_eq!(holds(".", "shut"), (True, Unknown));
    assert_eq!(holds("/etc", "shut"), (Unknown, Unknown));
    assert_eq!(holds(".", "plain"), (True, True));
}

#[test]
fn a_word_of_a_command_is_expanded_already() {
    let word = PathValue::parse_expanded("~/x", PathAccess::Read, &cx());
    assert_eq!(word.text(), "/workspace/~/x");
    assert_eq!(both(&PathTest::equals(&strings(&["./~/x"])).unwrap(), &word), (True, True));
}

#[test]
fn operands_that_can_never_do_what_they_say_are_errors() {
    for bad in [&[][..], &[""], &["  "], &["a\u{8}"], &["/etc/*"]] {
        assert!(PathTest::under(&strings(bad)).is_err(), "{bad:?}");
    }
    for bad in [&[][..], &[""], &["!"], &["!a"], &["#a"], &["[a"], &["*/../a"], &["a\n"]] {
        let error = PathTest::like(&strings(bad)).unwrap_err();
        assert!(!error.message.ends_with('.'), "{error:?}");
    }
}

#[test]
fn long_input_takes_bounded_time() {
    let deep = "a/".repeat(2 * 1000);
    assert_eq!(like(&["**/a/**/a/**/b"], &deep), (False, False));
    let name = "a".repeat(4 * 1000);
    assert_eq!(like(&["*a*a*a*a*b"], &name), (False, False));
    assert!(value(&"x".repeat(5 * 1024)).doubt().is_some());
    assert!(value(&"$HOME".repeat(512)).doubt().is_none());
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC*|[/.~%\\\\a$]{0,64}|.*", pattern in "[/.*!\\[\\]a?\\\\~-]{1,16}") {
        let value = value(&text);
        if let Ok(test) = PathTest::like(std::slice::from_ref(&pattern)) {
            both(&test, &value);
        }
        if let Ok(test) = PathTest::under(&[pattern]) {
            both(&test, &value);
        }
    }

    /// What excuses is true of what restricts too.
    #[test]
    fn excusing_is_the_narrower_reading(text in "[/.~%2eEa]{0,24}", pattern in "[/.*a?~e]{1,8}") {
        let value = value(&text);
        for test in [PathTest::like(std::slice::from_ref(&pattern)), PathTest::under(&[pattern])].into_iter().flatten() {
            let (restricting, excusing) = both(&test, &value);
            prop_assert!(excusing != True || restricting == True);
            prop_assert!(restricting != False || excusing != True);
        }
    }
}

/// Patterns of any depth are matched by a way of their own, which gives what walking gives.
#[test]
fn patterns_of_any_depth_match_as_any_other() {
    let cx = PathCx::lexical("/workspace", "/home/agent");
    for (pattern, inside, beside) in [
        ("**/x", ["/x", "/a/x", "/a/b/x", "/x/y", "/a/x/b/c"], ["/", "/xy", "/a/yx", "/a/x.y"]),
        (
            "**/*.pem",
            ["/k.pem", "/a/k.pem", "/a/k.pem/b", "/a/b/.pem", "/x.pem/y"],
            ["/", "/pem", "/a/k.pe", "/a/k.pems"],
        ),
        ("**/x/**", ["/x/a", "/a/x/b", "/a/x/b/c", "/x/x", "/b/x/x/c"], ["/", "/y", "/a/xx", "/xy/z"]),
    ] {
        let test = PathTest::like(&[pattern.to_owned()]).unwrap();
        let holds = |path: &str, direction| test.holds(&PathValue::parse(path, PathAccess::Read, &cx), direction, &cx);
        for path in inside {
            assert_eq!(holds(path, Direction::Restricting), Truth::True, "{pattern} {path}");
        }
        for path in beside {
            assert_eq!(holds(path, Direction::Restricting), Truth::False, "{pattern} {path}");
            assert_eq!(holds(path, Direction::Excusing), Truth::False, "{pattern} {path}");
        }
    }
}
