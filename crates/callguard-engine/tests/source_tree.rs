//! What the reader makes of text that can be read.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use callguard_engine::diagnostic::{Code, Severity};
use callguard_engine::source::{
    Node, NodeKind, ScalarStyle, Sources, lint_control_characters, lint_operand, lint_plain_scalars, quote_hint,
    read_documents,
};
use callguard_engine::value::{Value, parse_json};
use proptest::prelude::*;

/// A snapshot without the expression that made it, which is long.
macro_rules! snapshot {
    ($value:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($value) })
    };
}

fn documents(text: &str) -> (Sources, Vec<Node>) {
    let mut sources = Sources::default();
    let file = sources.add("policy.yaml", text);
    let (documents, found) = read_documents(&sources, file);
    assert!(found.iter().all(|found| found.severity == Severity::Warning), "{found:?}");
    (sources, documents)
}

#[track_caller]
fn is(text: &str, json: &str) {
    let (_, documents) = documents(text);
    let values: Vec<Value> = documents.iter().map(Node::to_value).collect();
    assert_eq!(Value::List(values), parse_json(json.as_bytes()).unwrap(), "{text}");
}

#[test]
fn scalars_are_what_the_core_schema_says() {
    is("[1, 0o10, 0x1F, -.5, +2, 1e3]", "[[1, 8, 31, -0.5, 2, 1000]]");
    is("[true, False, null, ~, ]", "[[true, false, null, null]]");
    is("[no, yes, 12:30, 1_000, .inf, 2026-01-01]", r#"[["no", "yes", "12:30", "1_000", ".inf", "2026-01-01"]]"#);
    is("[\"1\", 'true', \"\", 'null']", r#"[["1", "true", "", "null"]]"#);
    is("a: |\n  1\nb: >-\n  true\n", r#"[{"a": "1\n", "b": "true"}]"#);
    is("a:\nb: ''\n", r#"[{"a": null, "b": ""}]"#);
    is("1: a\ntrue: b\n~: c\n", r#"[{"1": "a", "true": "b", "~": "c"}]"#);
}

#[test]
fn tags_of_the_core_schema_decide_over_the_quotes() {
    is("[!!str 5, ! true, !!int \"5\", !!bool 'true', !!null '', !!float 1]", r#"[["5", "true", 5, true, null, 1]]"#);
    is("!!map { a: !!seq [b] }", r#"[{"a": ["b"]}]"#);
    is("!<tag:yaml.org,2002:str> 5", r#"["5"]"#);
}

#[test]
fn aliases_are_expanded() {
    is("a: &a [1, &b { c: d }]\ne: *a\nf: *b\n", r#"[{"a": [1, {"c": "d"}], "e": [1, {"c": "d"}], "f": {"c": "d"}}]"#);
    is("a: &a 1\nb: &a 2\nc: *a\n", r#"[{"a": 1, "b": 2, "c": 2}]"#);
    is("&k key: v\nother: *k\n", r#"[{"key": "v", "other": "key"}]"#);
    is("- &k key\n- *k : v\n", r#"[["key", {"key": "v"}]]"#);
    is("a: &a\nb: *a\n", r#"[{"a": null, "b": null}]"#);
}

#[test]
fn a_file_holds_documents_and_empty_ones_do_not_count() {
    is("", "[]");
    is("# nothing\n\n", "[]");
    is("---\n---\na: 1\n...\n# between\n---\n--- b\n", r#"[{"a": 1}, "b"]"#);
    is("%YAML 1.2\n---\na: 1\n", r#"[{"a": 1}]"#);
    is("null\n--- ~\n--- ''\n", r#"[null, null, ""]"#);
    is("\u{feff}a: 1\r\nb:\r\n  - c\r\n", r#"[{"a": 1, "b": ["c"]}]"#);
}

#[test]
fn every_node_knows_its_place() {
    let text = r#"é: &x  !!str plain # c
quoted: 'it''s'  # c
list: [ a , {b: "c\""} ]  # c
block:
  - |
    x
  -  y
empty:
alias: *x
"#;
    let (sources, documents) = documents(text);
    let at = |key: &str| documents[0].entry(key).unwrap();
    let written = |node: &Node| sources.text(node.span).to_owned();
    assert_eq!(written(&at("é").value), "plain");
    assert_eq!(sources.line_column(at("é").value.span), (1, 14));
    assert_eq!(written(&at("quoted").value), "'it''s'");
    assert_eq!(written(&at("list").value), "[ a , {b: \"c\\\"\"} ]");
    assert_eq!(written(&at("list").value.as_list().unwrap()[1]), "{b: \"c\\\"\"}");
    assert_eq!(written(&at("block").value), "- |\n    x\n  -  y");
    assert_eq!(written(&at("block").value.as_list().unwrap()[0]), "x");
    assert_eq!(written(&at("empty").value), "");
    assert_eq!(sources.line_column(at("empty").value.span), (8, 6));
    assert_eq!(written(&at("alias").value), "*x");
    assert_eq!(sources.text(at("alias").key_span), "alias");
    assert_eq!(sources.end_line_column(documents[0].span), (9, 10));
}

#[test]
fn what_an_alias_holds_stands_where_it_was_written() {
    let (sources, documents) = documents("a: &a [b]\nc: *a\n");
    let alias = &documents[0].entry("c").unwrap().value;
    assert_eq!(sources.line_column(alias.span), (2, 4));
    assert_eq!(sources.line_column(alias.as_list().unwrap()[0].span), (1, 8));
}

#[test]
fn nodes_describe_themselves() {
    let described = |text: &str| documents(text).1.first().map(Node::describe);
    for (text, expected) in [
        ("[a]", "a list"),
        ("[]", "an empty list"),
        ("{a: b}", "a mapping"),
        ("{}", "an empty mapping"),
        ("5", "the number `5`"),
        ("true", "the boolean `true`"),
        ("~", "null"),
        ("no", "the string `no`"),
        ("'5'", "the string `5`"),
        ("''", "an empty string"),
        ("\"a\\nb\"", "the string `a b`"),
    ] {
        assert_eq!(described(text).as_deref(), Some(expected));
    }
    assert_eq!(described(&"x".repeat(100)).unwrap().chars().count(), "the string ``".len() + 61);
    let (_, documents) = documents("a:\nb: true\nc: 1.50\nd: 'x'\n");
    let value = |key| &documents[0].entry(key).unwrap().value;
    assert!(value("a").is_null() && !value("d").is_null());
    assert_eq!((value("b").as_bool(), value("d").as_bool()), (Some(true), None));
    assert_eq!(value("c").as_number().unwrap().as_str(), "1.50");
    assert_eq!(value("d").as_scalar().unwrap().style, ScalarStyle::Single);
    assert!(value("a").as_list().is_none() && value("a").as_map().is_none() && documents[0].as_scalar().is_none());
    assert_eq!(value("a").describe(), "nothing");
}

fn lints(text: &str) -> Vec<String> {
    let (_, documents) = documents(text);
    let found = documents.iter().flat_map(lint_operand);
    found.map(|found| format!("{}: {} ({})", found.code, found.message, found.help.join("; "))).collect()
}

#[test]
fn plain_scalars_that_yaml_1_1_reads_otherwise_lint() {
    let all = "[no, Yes, on, OFF, y, N, 0777, -010, 08, 12:30, 190:20:30.5, 0o17, 0b11, 1_000, 1_0.5, 0xf_f, .inf, \
               -.INF, .nan]";
    assert_eq!(lints(all).len(), all.split(',').count());
    assert!(lints("[no, 0777, 12:30]").iter().all(|lint| lint.starts_with("CG0901")));
    let fine = "['no', \"0777\", true, null, 0, 10, 1.5, 0x1f, 2026-01-01, none, yesterday, a:b, 12:60, '12:30', \
                1:2:3x, _1, 10.0.0.1, ::1, {no: x}]";
    assert_eq!(lints(fine), [""; 0]);
    snapshot!(lints("[no, on, 0777, 12:30, 0o17, 1_000]").join("\n"));
}

#[test]
fn control_characters_in_double_quotes_lint() {
    assert_eq!(lints(r#"['\b', "\t\n", "é", "\\b", plain\b]"#), [""; 0]);
    snapshot!(lints(r#"["\brm\b", {a: "\0\a\e\r\v\f\x01\x9b"}]"#).join("\n"));
    let (_, documents) = documents("[\"\\b\", no]");
    assert_eq!((lint_control_characters(&documents[0]).len(), lint_plain_scalars(&documents[0]).len()), (1, 1));
}

#[test]
fn values_cut_by_a_comment_lint() {
    for (text, cut) in [
        ("a: see #5", true),
        ("a:\n  - see \t#5", true),
        ("[see #5\n]", true),
        ("a: see # 5", false),
        ("a: see #", false),
        ("a: see ## 5", false),
        ("a: see#5", false),
        ("a: 'see' #5", false),
        ("a: 'see #5'", false),
        ("a: # see\n  5", false),
        ("a: |\n  see #5", false),
    ] {
        let mut sources = Sources::default();
        let file = sources.add("policy.yaml", text);
        let (_, found) = read_documents(&sources, file);
        assert_eq!(
            found.iter().map(|found| found.code).collect::<Vec<_>>(),
            vec![Code::CutByComment; usize::from(cut)]
        );
    }
}

#[test]
fn a_mapping_that_was_meant_as_text_gets_a_hint() {
    let (sources, documents) = documents("message: {principal.role}\nn: [a-z]\nplain: text\n");
    let hint = |key| quote_hint(&sources, documents[0].entry(key).unwrap().value.span);
    assert_eq!(hint("message").as_deref(), Some("if it is text, quote this: `\"{principal.role}\"`"));
    assert_eq!(hint("n").as_deref(), Some("if it is text, quote this: `\"[a-z]\"`"));
    assert_eq!(hint("plain"), None);
}

fn places_fit(node: &Node, sources: &Sources) {
    let written = sources.text(node.span);
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            let changed = |c: char| c.is_whitespace() || c == char::REPLACEMENT_CHARACTER;
            let word = scalar.is_plain() && !scalar.text.contains(changed);
            assert!(
                !word || scalar.text.is_empty() || written == scalar.text || written.starts_with(['*', '"', '\'']),
                "{written:?} {scalar:?}"
            );
        }
        NodeKind::List(items) => items.iter().for_each(|item| places_fit(item, sources)),
        NodeKind::Map(entries) => entries.iter().for_each(|entry| places_fit(&entry.value, sources)),
    }
}

/// Pieces that YAML is made of, and some that it is not.
const PIECES: &[&str] = &[
    "a",
    "b: ",
    "- ",
    "? ",
    ": ",
    ":",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "\n",
    "\n ",
    "\n  ",
    "\n\t",
    " ",
    "\t",
    "&x ",
    "*x",
    "!t ",
    "!!str ",
    "! ",
    "|",
    "|-\n",
    ">+2\n",
    "|\n",
    "'",
    "\"",
    "\\",
    "\\x4",
    "#",
    " # c",
    "\n---\n",
    "\n...\n",
    "%YAML 1.2\n",
    "%é ",
    "\u{feff}",
    "é",
    "\r\n",
    "\r",
    "<<: ",
    "''",
    "\"\"",
    "@",
    "`",
    "-",
    "?",
    "~",
    "1",
    "&",
    "*",
    "\0",
    "日本",
    "👩\u{200d}",
    "\u{85}",
    "\u{2028}",
    "x y",
    "!<x> ",
];

proptest! {
    /// No text makes the reader panic, and what it reads stands where it says.
    #[test]
    fn reading_is_total(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let mut sources = Sources::default();
        let file = sources.add("soup.yaml", pieces.concat());
        let (documents, _) = read_documents(&sources, file);
        for document in &documents {
            places_fit(document, &sources);
            lint_operand(document);
            document.to_value();
        }
    }
}
