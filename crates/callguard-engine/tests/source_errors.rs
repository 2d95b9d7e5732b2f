//! What the reader of YAML says about text that cannot be read, or only just.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use callguard_engine::diagnostic::{Render, render};
use callguard_engine::source::{Sources, read_documents};

/// A snapshot without the expression that made it, which is long.
macro_rules! snapshot {
    ($value:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($value) })
    };
}

/// Every text with everything that is said about it.
fn told(texts: &[&str]) -> String {
    let mut out = String::new();
    for text in texts {
        let mut sources = Sources::default();
        let file = sources.add("policy.yaml", *text);
        let (documents, found) = read_documents(&sources, file);
        writeln!(out, "==== {text:?} ({} documents)", documents.len()).unwrap();
        for diagnostic in &found {
            writeln!(out, "{}\n", render(diagnostic, &sources, Render::default())).unwrap();
        }
    }
    out
}

#[test]
fn text_without_quotes() {
    snapshot!(told(&[
        "tools: *\n",
        "path_like: **/.env\n",
        "tools: [bash, !bash_*, *foo, \"x\"]\n",
        "tools:\n  - !glob\n  - @x\n",
        "like: %foo\n",
        "like: `foo`\n",
        "like: &\n",
        "message: Note: do this\n",
        "message: {principal.role} is not allowed\n",
        "message: {{ reason }}\n",
        "matches: [a-z]+ foo\n",
        "matches: [^a]\n",
        "matches: \"\\d+\"\n",
        "message: \"No\" is the answer\n",
        "message: 'it's'\n",
        "message: ? why\n",
        "message: |no\n",
        "message: !foo!bar x\n",
        "message: ] x\n",
        "message: \"x\"#c\n",
    ]));
}

#[test]
fn what_is_never_closed() {
    snapshot!(told(&[
        "a: \"open\nb: 1\n",
        "a: 'open",
        "---\na: \"open\n---\nb: 1\n",
        "when: { a: b\naction: deny\nmessage: x\n",
        "when: [ a, b # it's open\naction: deny\n",
        "when: [ \"]\", 'it''s', { a: b ]\n",
        "a: {b: [c}\n",
        "a: }\n",
    ]));
}

#[test]
fn structure() {
    snapshot!(told(&[
        "a: b\n  c: d\n",
        "a: b\nc\nd: e\n",
        "a:\n  b: 1\n c: 2\n",
        "a:\n\tb: 1\n",
        "a: - b\n",
        "- a\nb: c\n",
        "a: b\n- c\n",
        "a: x # of\n  y\n",
        "a: |\n   b\n  c\n",
        "a: {b:[c]}\n",
        "...x\n--- a\nb\n... c\n",
        "a: b\n%TAG ! x\n",
    ]));
}

#[test]
fn keys_aliases_tags_and_directives() {
    snapshot!(told(&[
        "a: 1\nb: 2\na: 3\n\"b\": 4\n",
        "a: { x: 1, x: 2 }\n",
        "<<: { a: b }\n\"<<\": fine\n",
        "? [a, b]\n: c\n: d\n",
        "{a: b}: c\n",
        "a: &a [ *a ]\nb: *a\n",
        "--- &a x\n--- [*a]\n",
        "a: !!int foo\nb: !!binary aGk=\nc: !!seq {}\nd: &x !custom y\n",
        "%YAML 1.1\n---\na: b\n",
        "%YAML 1.2\n%TAG ! tag:example.com,2000:\n---\na: !b c\n",
    ]));
}

#[test]
fn characters() {
    snapshot!(told(&[
        "a: \"x\0y\"\nb: \u{7f}\n",
        "# harmless\rdefault: allow\n",
        "a: x\u{feff}y\n",
        "a: 見出し: x\n",
        "a: \u{202e}x: y\n",
    ]));
}

#[test]
fn all_errors_of_a_file_come_in_one_go() {
    snapshot!(told(&["\
a: 1
a: 2
b: *nowhere
c: !tag x
d: see #5
--- # the second document is read as well
<<: {}
e: { f: 1, f: 2 }
g: one: two
h: never read
h: never read
"]));
}
