//! Input that was made to hurt: a clear error, in bounded time and memory, without a panic.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use callguard_engine::diagnostic::{Code, Diagnostic, Render, render, to_json, to_sarif};
use callguard_engine::source::{MAX_BYTES, Node, Sources, read_documents};

/// Reads a file and says everything about it in every form, as `validate` would.
fn read(text: impl Into<String>) -> (Vec<Node>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let file = sources.add("hostile.yaml", text.into());
    let (documents, found) = read_documents(&sources, file);
    for diagnostic in &found {
        assert!(render(diagnostic, &sources, Render::default()).len() < 4_000);
    }
    assert_eq!(to_json(&found, &sources).len(), found.len());
    assert_eq!(to_sarif(&found, &sources)["runs"][0]["results"].as_array().unwrap().len(), found.len());
    (documents, found)
}

#[track_caller]
fn refused(text: impl Into<String>, code: Code) {
    let (documents, found) = read(text);
    let codes: BTreeSet<Code> = found.iter().map(|found| found.code).collect();
    assert!(codes.contains(&code), "{codes:?}");
    assert!(found.len() <= 51 * codes.len(), "{} findings", found.len());
    drop(documents);
}

/// As many repetitions as fit the limit.
fn fill(unit: &str) -> String {
    unit.repeat(MAX_BYTES / unit.len())
}

#[test]
fn a_file_over_the_limit_is_not_read() {
    refused("a".repeat(MAX_BYTES + 1), Code::TooLarge);
    assert!(read(format!("a: {}", "x".repeat(MAX_BYTES - 3))).1.is_empty());
}

#[test]
fn nesting_is_bounded_in_every_notation() {
    for unit in ["[", "{", "- ", "[{", "{a: ", "[a: ", "? ", "{? ", "&a [", "!!seq [", "[ ", "'a': ["] {
        let (_, found) = read(unit.repeat(100_000 / unit.len()));
        let codes: Vec<Code> = found.iter().map(|found| found.code).collect();
        assert!(codes.contains(&Code::TooLarge) || codes.contains(&Code::YamlSyntax), "{unit:?}: {codes:?}");
    }
    for unit in ["[", "{", "- "] {
        refused(fill(unit), Code::TooLarge);
    }
    refused(format!("{}{}", "[".repeat(65), "]".repeat(65)), Code::TooLarge);
    refused(format!("{}x{}", "{a: ".repeat(65), "}".repeat(65)), Code::TooLarge);
    refused("- ".repeat(100_000), Code::TooLarge);
    refused("[".repeat(100_000), Code::TooLarge);
    assert!(read(format!("{}{}", "[".repeat(64), "]".repeat(64))).1.is_empty());
    refused(fill("a: "), Code::YamlSyntax);
}

#[test]
fn deep_indentation_is_nesting() {
    let text: String = (0..1_400).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    refused(text, Code::TooLarge);
}

#[test]
fn alias_bombs_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    refused(bomb, Code::AliasBudget);
    let quadratic = format!("a: &a \"{}\"\nb: [{}]", "x".repeat(MAX_BYTES / 2), "*a, ".repeat(100_000));
    refused(quadratic, Code::AliasBudget);
    refused(format!("a: &a x\nb: [{}]", "*a, ".repeat(250_000)), Code::AliasBudget);
    refused("a: &a [*a]", Code::AliasBudget);
    refused("a: &a {b: [x, {c: *a}]}\nd: *a", Code::AliasBudget);
    refused("&a a: &b [*b, &c [*b, *c, *a]]", Code::AliasBudget);
}

#[test]
fn an_alias_cannot_nest_deeper_than_the_limit() {
    let deep = format!("a: &a {}{}\n", "[".repeat(60), "]".repeat(60));
    refused(format!("{deep}b: {}*a{}", "[".repeat(10), "]".repeat(10)), Code::TooLarge);
    assert!(read(format!("{deep}b: *a")).1.is_empty());
}

#[test]
fn anchors_within_anchors_cost_no_copies() {
    let text = format!("{}{}{}", "&a [".repeat(60), "x, ".repeat(300_000), "]".repeat(60));
    assert!(read(text).1.is_empty());
}

#[test]
fn floods_of_aliases_anchors_and_tags_end() {
    refused(fill("*a\n"), Code::YamlSyntax);
    refused(fill("- *a\n"), Code::YamlSyntax);
    refused(fill("*a "), Code::YamlSyntax);
    refused(fill("*a: "), Code::YamlSyntax);
    refused(fill("&a "), Code::YamlSyntax);
    refused(fill("!a "), Code::YamlSyntax);
    refused(fill("- !a\n"), Code::UnsupportedYaml);
    assert!(read(fill("- &a\n")).1.is_empty());
    refused(format!("[{}]", "*a, ".repeat(200_000)), Code::YamlSyntax);
    let names: String = (0..100_000).map(|name| format!("- &a{name}\n")).collect();
    assert!(read(names).1.is_empty());
}

#[test]
fn a_tag_prefix_is_not_copied_for_every_tag() {
    let text = format!("%TAG !a! {}\n---\n{}", "x".repeat(MAX_BYTES / 2), "- !a!b c\n".repeat(50_000));
    refused(text, Code::UnsupportedYaml);
}

#[test]
fn control_characters_are_refused_where_they_stand() {
    for c in ['\0', '\u{1}', '\u{8}', '\u{1b}', '\u{7f}', '\u{80}', '\u{9f}', '\u{fffe}', '\u{ffff}'] {
        for text in [
            format!("a: x{c}y"),
            format!("a: \"x{c}y\""),
            format!("a: 'x{c}y'"),
            format!("a: |\n  x{c}y\n"),
            format!("a{c}: x"),
            format!("# {c}\na: x"),
            format!("{c}"),
        ] {
            refused(text, Code::YamlSyntax);
        }
    }
    refused(fill("\0"), Code::YamlSyntax);
    refused(fill("a: \"\0\"\n"), Code::DuplicateKey);
    refused("a: x # \rb: y", Code::UnsupportedYaml);
}

#[test]
fn a_nul_does_not_hide_what_comes_after_it() {
    let (documents, found) = read("a: \"x\0y\"\nb: 1\nb: 2\n");
    let codes: Vec<Code> = found.iter().map(|found| found.code).collect();
    assert_eq!(codes, [Code::YamlSyntax, Code::DuplicateKey]);
    assert_eq!(documents.len(), 1);
}

#[test]
fn bytes_that_are_not_utf_8_are_shown() {
    let mut sources = Sources::default();
    for (bytes, line, column) in [
        (b"a: caf\xe9\n".to_vec(), 1, 7),
        (b"a: 1\nb: \xff\n".to_vec(), 2, 4),
        (b"\xff\xfea\0:\0".to_vec(), 1, 1),
        (b"a: \xed\xa0\x80".to_vec(), 1, 4),
        (b"a: \xf0\x9f\x98".to_vec(), 1, 4),
    ] {
        let found = sources.add_bytes("latin.yaml", bytes).unwrap_err();
        assert_eq!(found.code, Code::NotUtf8);
        assert_eq!(sources.line_column(found.span.unwrap()), (line, column));
        assert!(render(&found, &sources, Render::default()).contains("latin.yaml"));
    }
    let mut far = vec![b' '; 2 * MAX_BYTES];
    far.push(0xff);
    assert_eq!(sources.add_bytes("far.yaml", far).unwrap_err().span, None);
    let many = sources.add_bytes("many.yaml", vec![0xff; 50 * MAX_BYTES]).unwrap_err();
    assert!(render(&many, &sources, Render::default()).len() < 4_000);
    assert!(sources.add_bytes("good.yaml", "a: é".as_bytes().to_vec()).is_ok());
}

#[test]
fn byte_order_marks_and_line_ends() {
    let (documents, found) = read("\u{feff}a: 1\r\nb: 2\r\n");
    assert!(found.is_empty());
    assert_eq!(documents[0].as_map().unwrap().len(), 2);
    refused("a: 1\n\u{feff}b: 2\n", Code::YamlSyntax);
    refused("a: x\u{feff}y", Code::YamlSyntax);
    refused(fill("\u{feff}x"), Code::YamlSyntax);
    assert!(read("\u{feff}").0.is_empty());
    assert!(read(fill("\n")).0.is_empty());
    assert!(read(fill("\r\n")).0.is_empty());
}

#[test]
fn huge_parts_are_read_or_refused() {
    let long = "x".repeat(MAX_BYTES - 100);
    for text in [
        format!("a: {long}"),
        format!("a: \"{long}\""),
        format!("a: '{long}'"),
        format!("a: |\n  {long}"),
        format!("a: >-\n  {long}"),
        format!("# {long}\na: 1"),
        format!("a: &{long} 1"),
        format!("? {long}\n: 1"),
    ] {
        let (documents, found) = read(text);
        assert!(found.is_empty() && documents.len() == 1);
    }
    refused(format!("{long}: 1"), Code::YamlSyntax);
    refused(format!("a: !{long} 1"), Code::UnsupportedYaml);
    refused(format!("a: *{long}"), Code::YamlSyntax);
    refused(format!("a: {{{long}: 1, {long}"), Code::TooLarge);
}

#[test]
fn floods_of_every_mark_end() {
    let marks = [
        ",",
        ":",
        ": ",
        "?",
        "-",
        "#",
        " #",
        "'",
        "\"",
        "\\",
        "|",
        ">",
        "|\n",
        ">\n ",
        "%",
        "@",
        "`",
        "]",
        "}",
        "{}",
        "[]",
        "[],",
        "{},",
        "a: |\n",
        "a\n",
        "a:\n",
        "- a\n",
        "---\n",
        "...\n",
        "--- a\n",
        "--- |\n a\n",
        "%YAML 1.2\n",
        "%FOO\n",
        "\t",
        "\n\t",
        " \n",
        "a\n\n",
        "\"\\u",
        "<<: 1\n",
        "<<: *a\n",
        "a: b\n ",
        ": a\n",
        "? a\n",
        "é: é\n",
        "'' ",
        "\"\": ",
        "!!str ",
        "! ",
        "!<",
        "!<a> ",
        "&",
        "*",
        "a: 'b\n",
        "[a, ",
        "{a, ",
        "[a: b, ",
        "- - ",
        "-\n",
    ];
    for mark in marks {
        for lead in ["", "a: ", "[", "{", "a: [", "- ", "\"", "|\n ", "&a ", "a: |\n  "] {
            let text = format!("{lead}{}", mark.repeat((MAX_BYTES / 64) / mark.len()));
            let (_, found) = read(text);
            assert!(found.len() < 200, "{lead:?} {mark:?}");
        }
    }
}

#[test]
fn a_thousand_errors_on_one_long_line_are_told_quickly() {
    let keys: String = (0..1_000).map(|_| "a: 1, b: !c d, ").collect();
    let (_, found) = read(format!("{{{}{keys}}}", "x, ".repeat(300_000)));
    assert_eq!(found.len(), 102);
    assert!(found.iter().any(|found| found.message.contains("more like this")));
}

#[test]
fn duplicate_keys_by_the_hundred_thousand() {
    let (documents, found) = read(fill("a: 1\n"));
    assert_eq!((documents[0].as_map().unwrap().len(), found.len()), (1, 51));
    let different: String = (0..80_000).map(|key| format!("k{key}: 1\n")).collect();
    assert!(read(different).1.is_empty());
}
