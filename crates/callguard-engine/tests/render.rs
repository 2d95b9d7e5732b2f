//! A diagnostic in each of its forms.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use callguard_engine::diagnostic::{Code, Diagnostic, Render, render, sort_and_dedupe, to_json, to_sarif};
use callguard_engine::source::{FileId, Sources, Span};
use proptest::prelude::*;

/// A snapshot without the expression that made it, which is long.
macro_rules! snapshot {
    ($value:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($value) })
    };
}

fn span(sources: &Sources, file: FileId, text: &str) -> Span {
    let start = sources.file(file).unwrap().text.find(text).unwrap();
    Span { file, start: u32::try_from(start).unwrap(), end: u32::try_from(start + text.len()).unwrap() }
}

/// Two files and findings of every shape in them.
fn findings() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let policy = "kind: Policy\nspec:\n  mod: enforce\n  message: |\n    one\n    two\n".to_owned();
    let base = format!("{policy}{}last: x\n", "# filler\n".repeat(9));
    let first = sources.add("policies/my policy.yaml", policy);
    let second = sources.add("/etc/callguard/base.yaml", base);
    let at = |file, text| span(&sources, file, text);
    let found = vec![
        Diagnostic::error(Code::UnknownKey, at(first, "mod"), "unknown key `mod`")
            .label("not a key of `spec`")
            .help("did you mean `mode`?")
            .help("keys of `spec`: `mode`, `default`, `tools`"),
        Diagnostic::error(Code::DuplicateKey, at(second, "last"), "the key `last` stands twice")
            .label("again here")
            .related(at(second, "kind"), "first here")
            .related(at(first, "spec"), "and in the other file"),
        Diagnostic::warning(Code::CutByComment, at(first, "one\n    two"), "a span of two lines"),
        Diagnostic::unplaced(Code::NotUtf8, "`x.yaml` is not UTF-8 at byte 7").help("save the file as UTF-8"),
    ];
    (sources, found)
}

fn all(how: Render) -> String {
    let (sources, found) = findings();
    found.iter().map(|found| render(found, &sources, how) + "\n\n").collect()
}

#[test]
fn plain_text() {
    snapshot!(all(Render::default()));
}

#[test]
fn coloured_text() {
    snapshot!(all(Render { colour: true, width: None }).replace('\u{1b}', "ESC"));
}

#[test]
fn json() {
    let (sources, found) = findings();
    snapshot!(serde_json::to_string_pretty(&to_json(&found, &sources)).unwrap());
}

#[test]
fn sarif() {
    let (sources, found) = findings();
    let mut log = to_sarif(&found, &sources);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap();
    assert_eq!(rules.len(), Code::ALL.len());
    rules.truncate(1);
    rules[0]["help"]["markdown"] = "…".into();
    log["runs"][0]["tool"]["driver"]["version"] = "…".into();
    for result in log["runs"][0]["results"].as_array_mut().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], Code::ALL[index].as_str());
        result["ruleIndex"] = "…".into();
    }
    snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

#[test]
fn long_lines_are_cut_around_what_is_meant() {
    let mut sources = Sources::default();
    let line = format!("{}“here”{}", "é".repeat(300_000), "x".repeat(300_000));
    let file = sources.add("one-line.yaml", line);
    let place = span(&sources, file, "here");
    let found = Diagnostic::error(Code::YamlSyntax, place, "something is wrong").label("with this");
    let narrow = Render { colour: false, width: Some(60) };
    let whole = Diagnostic::error(Code::YamlSyntax, Span { start: 0, ..place }, "all of it");
    let end = Diagnostic::error(Code::YamlSyntax, Span { start: 900_007, end: 900_007, file }, "the end");
    let told: Vec<String> = [&found, &whole, &end].map(|found| render(found, &sources, narrow)).into();
    snapshot!(told.join("\n\n"));
}

#[test]
fn what_a_terminal_would_obey_is_shown_instead() {
    let mut sources = Sources::default();
    let file = sources.add("a\u{1b}[2Jb.yaml", "a: \u{1b}[31mred\r\n\tb: \u{202e}\u{9b}\u{feff}x\n");
    let found = Diagnostic::error(Code::YamlSyntax, span(&sources, file, "b"), "message \u{1b}[31m\u{9b}31m")
        .label("label \u{1b}[31m")
        .help("help \u{1b}[31m")
        .related(span(&sources, file, "a"), "related \u{1b}[31m");
    let told = render(&found, &sources, Render::default());
    assert!(!told.contains(['\u{1b}', '\u{202e}', '\r', '\u{9b}', '\u{feff}']));
    snapshot!(told);
}

#[test]
fn findings_are_told_in_the_order_of_the_text_and_once() {
    let (sources, found) = findings();
    let mut twice: Vec<Diagnostic> = found.iter().rev().chain(&found).cloned().collect();
    sort_and_dedupe(&mut twice);
    let lines: Vec<_> =
        twice.iter().map(|found| found.span.map(|span| (span.file, sources.line_column(span)))).collect();
    assert_eq!(twice.len(), found.len());
    assert!(lines.is_sorted());
    let place = found[0].span.unwrap();
    let mut same = vec![
        Diagnostic::warning(Code::PlainScalar, place, "b"),
        Diagnostic::error(Code::UnknownKey, place, "a"),
        Diagnostic::error(Code::UnknownKey, place, "c"),
    ];
    sort_and_dedupe(&mut same);
    assert_eq!(same.iter().map(|found| found.message.as_str()).collect::<Vec<_>>(), ["a", "c", "b"]);
}

proptest! {
    /// No text, no span (fitting or not) and no width makes rendering panic.
    #[test]
    fn rendering_is_total(
        text in "([ -~\t\r\néß日👩\u{200d}\u{300}\u{9b}\u{feff}]{0,80}\n?){0,6}",
        marks in prop::collection::vec((0_u32..300, 0_u32..300), 1..4),
        width in 0_usize..120,
    ) {
        let mut sources = Sources::default();
        let file = sources.add("any.yaml", text);
        let place = |(start, end): (u32, u32)| Span { file, start, end };
        let mut found = Diagnostic::error(Code::YamlSyntax, place(marks[0]), "message").label("label");
        for mark in marks.iter().skip(1) {
            found = found.related(place(*mark), "related");
        }
        render(&found, &sources, Render { colour: false, width: Some(width) });
        to_json(std::slice::from_ref(&found), &sources);
        to_sarif(&[found], &sources);
    }
}
