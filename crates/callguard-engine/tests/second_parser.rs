//! A second parser sees no program that ours does not: whatever one of them misses, the line is not understood.
//!
//! The inputs are the examples of the catalog, the seeds of the fuzz target and generated scripts. `cargo xtask soak` names a
//! folder of the system's own scripts in `CALLGUARD_SCRIPTS`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test reads the files that it is about, and stops at what it did not expect"
)]

use callguard_engine::call::facets::command::CommandLine;
use callguard_engine::call::facets::path::PathCx;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use tree_sitter::{Node, Parser};

/// Programs that the second parser names in plain words, at any depth. `None`: it does not parse the text.
fn programs(text: &str) -> Option<Vec<String>> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).unwrap();
    let tree = parser.parse(text, None)?;
    if tree.root_node().has_error() {
        return None;
    }
    let mut found = Vec::new();
    let mut rest = vec![tree.root_node()];
    while let Some(node) = rest.pop() {
        if node.kind() == "command_name" {
            found.extend(plain(node, text));
        }
        rest.extend((0..node.child_count()).filter_map(|at| node.child(at)));
    }
    Some(found)
}

/// A name without quotes, expansions or escapes.
fn plain(node: Node<'_>, text: &str) -> Option<String> {
    let name = &text[node.byte_range()];
    let odd = |c: char| c.is_whitespace() || "'\"\\$`*?[]{}~<>=()|&;!#".contains(c);
    if name.is_empty() || name == "[" {
        return Some(name.to_owned()).filter(|name| !name.is_empty());
    }
    (!name.contains(odd)).then(|| name.to_owned())
}

/// What the second parser sees and ours neither sees nor refuses.
fn missed(text: &str) -> Vec<String> {
    let cx = PathCx::lexical("/workspace", "/home/agent");
    let line = CommandLine::parse(text, &cx);
    let explained = line.explain(&cx);
    // What is refused, or changes what names mean, is denied where it matters.
    if explained.not_understood.is_some() || explained.shadowed.is_some() {
        return Vec::new();
    }
    let ours: Vec<&str> = line.programs().collect();
    let theirs = programs(text).unwrap_or_default();
    // `$(pwd)` is the directory, which is known; nothing runs.
    theirs.into_iter().filter(|name| name != "pwd" && !ours.contains(&name.as_str())).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn examples() -> Vec<String> {
    let folder = root().join("crates/callguard-engine/src/call/facets/command/programs");
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
            collect(&toml::Value::Table(table), &mut lines);
        }
    }
    lines
}

fn collect(value: &toml::Value, lines: &mut Vec<String>) {
    let Some(table) = value.as_table() else { return };
    for (key, value) in table {
        match (key.as_str(), value.as_array()) {
            ("examples", Some(list)) => {
                lines.extend(
                    list.iter().filter_map(|example| Some(example.as_str()?.rsplit_once(" => ")?.0.to_owned())),
                );
            }
            _ => collect(value, lines),
        }
    }
}

#[test]
fn nothing_is_missed_of_the_examples_and_seeds() {
    let mut texts = examples();
    assert!(texts.len() > 400, "{} examples", texts.len());
    for entry in fs::read_dir(root().join("fuzz/seeds/commands")).unwrap() {
        texts.push(fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let parsed = texts.iter().filter(|text| programs(text).is_some()).count();
    assert!(parsed * 20 > texts.len() * 19, "the second parser reads {parsed} of {}", texts.len());
    for text in &texts {
        assert_eq!(missed(text), Vec::<String>::new(), "{text}");
    }
}

/// Lines that are put together at random from whole parts.
fn script() -> impl Strategy<Value = String> {
    let simple = prop::sample::select(vec![
        "ls -l a",
        "rm -rf 'x y'",
        "X=1 cat \"$f\"",
        "echo $(date)",
        "grep -e a <b >c",
        "printf '%s' \"`id`\"",
        "[ -f a ]",
        "cat <<'E'\ntext $(no)\nE\n",
        "tee >(wc) </dev/null",
        "git log --format=%H",
        "sort <(ls) 2>&1",
        "echo {a,b} ~/x *.c",
        "echo $((1+2)) ${x:-$(pwd)}",
        ":",
        "! true",
        "sleep 1 &",
        "a=(1 2)",
        "# only words",
    ]);
    let leaf = simple.prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec![" && ", " || ", " | ", "; ", "\n"]), inner.clone())
                .prop_map(|(left, sign, right)| format!("{left}{sign}{right}")),
            inner.clone().prop_map(|body| format!("({body}\n)")),
            inner.clone().prop_map(|body| format!("{{ {body}\n}}")),
            inner.clone().prop_map(|body| format!("if {body}\nthen {body}\nfi")),
            inner.clone().prop_map(|body| format!("for f in a b\ndo {body}\ndone")),
            inner.clone().prop_map(|body| format!("while read -r l\ndo {body}\ndone")),
            inner.prop_map(|body| format!("case x in a) {body}\n;; esac")),
        ]
    })
}

mod properties {
    use super::*;

    proptest! {
        #[test]
        fn nothing_is_missed_of_generated_scripts(text in script()) {
            prop_assert_eq!(missed(&text), Vec::<String>::new(), "{}", text);
        }
    }
}

/// The system's own scripts, where the soak names them.
#[test]
fn nothing_is_missed_of_named_scripts() {
    let Some(folder) = std::env::var_os("CALLGUARD_SCRIPTS") else {
        assert_eq!(missed("ls; cat a | wc"), Vec::<String>::new());
        return;
    };
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if text.starts_with("#!") && text.lines().next().unwrap().contains("sh") {
            count += 1;
            let missing = missed(&text);
            if !missing.is_empty() {
                wrong.push(format!("{}: {missing:?}", path.display()));
            }
        }
    }
    assert!(count > 0, "there are no scripts");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
