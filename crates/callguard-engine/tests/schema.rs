//! The JSON Schemas accept what loads and refuse what no reader knows.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read the files that they are about")]

use callguard_engine::diagnostic::Code;
use callguard_engine::policy::schema::{kinds, schema};
use callguard_engine::policy::templates::TEMPLATES;
use callguard_engine::source::{Node, Sources, read_documents};
use callguard_engine::value::write_json;
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn validators() -> BTreeMap<&'static str, Validator> {
    kinds().map(|kind| (kind, jsonschema::draft202012::new(&schema(kind).unwrap()).unwrap())).collect()
}

fn json(node: &Node) -> Value {
    serde_json::from_str(&write_json(&node.to_value())).unwrap()
}

fn documents(text: &str) -> Vec<Value> {
    let mut sources = Sources::default();
    let file = sources.add("file.yaml", text);
    read_documents(&sources, file).0.iter().map(json).collect()
}

/// What the schema of its kind says of each document.
fn refusals(text: &str, validators: &BTreeMap<&str, Validator>) -> Vec<String> {
    let mut found = Vec::new();
    for document in documents(text) {
        let kind = document.get("kind").and_then(Value::as_str).unwrap_or_default();
        match validators.get(kind) {
            Some(validator) => {
                found.extend(validator.iter_errors(&document).map(|error| {
                    format!("{}: {}", error.instance_path(), error.to_string().chars().take(300).collect::<String>())
                }));
            }
            None => found.push(format!("there is no kind `{kind}`")),
        }
    }
    found
}

fn yaml_files(beneath: &str) -> Vec<PathBuf> {
    let mut pending = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(beneath)];
    let mut files = Vec::new();
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn schemas_are_schemas() {
    for kind in kinds() {
        assert!(jsonschema::meta::is_valid(&schema(kind).unwrap()), "{kind}");
    }
    assert!(schema("Polcy").is_none());
}

#[test]
fn what_loads_is_accepted() {
    let validators = validators();
    let mut texts: Vec<(String, String)> = Vec::new();
    for path in yaml_files("spec/cases") {
        texts.push((path.display().to_string(), std::fs::read_to_string(path).unwrap()));
    }
    for template in TEMPLATES {
        texts.push((template.name.to_owned(), template.text.to_owned()));
        texts.push((format!("{} (tests)", template.name), template.tests.to_owned()));
    }
    for code in Code::ALL {
        let loads = code.page().examples().into_iter().filter(|example| !example.fails);
        texts.extend(loads.filter_map(|example| Some((code.to_string(), String::from_utf8(example.bytes).ok()?))));
    }
    assert!(texts.len() > 200, "{}", texts.len());
    let refused: Vec<String> = texts
        .iter()
        .filter_map(|(name, text)| {
            let found = refusals(text, &validators);
            (!found.is_empty()).then(|| format!("{name}\n  {}", found.join("\n  ")))
        })
        .collect();
    assert!(refused.is_empty(), "{} of {}\n{}", refused.len(), texts.len(), refused.join("\n"));
}

#[test]
fn what_no_reader_knows_is_refused() {
    const CODES: &[Code] = &[
        Code::UnknownKey,
        Code::UnknownWord,
        Code::UnknownOperator,
        Code::UnknownSelector,
        Code::OperatorNeverApplies,
        Code::MissingKey,
        Code::WrongShape,
    ];
    // What a text says within, and what a JSON Schema looks like, no schema sees.
    const UNSEEN: &[&str] = &[
        "CG0301-unknown-selector-in-an-operand.yaml",
        "CG0301-message-with-an-unknown-placeholder.yaml",
        "CG0202-tool-schema-as-text.yaml",
    ];
    let validators = validators();
    let mut accepted = Vec::new();
    let mut refused = 0;
    for path in yaml_files("spec/errors") {
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap_or_default();
        let expected = first.strip_prefix("# expect: ").and_then(|line| line.split(' ').next()).unwrap_or_default();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !CODES.iter().any(|code| code.as_str() == expected) || UNSEEN.contains(&name.as_str()) {
            continue;
        }
        match refusals(&text, &validators).is_empty() {
            true => accepted.push(name),
            false => refused += 1,
        }
    }
    assert!(refused > 20, "{refused} files are refused");
    assert!(accepted.is_empty(), "{}", accepted.join("\n"));
}

/// What the issue asks of an editor: every fixed selector is a property with words beside it.
#[test]
fn fixed_selectors_are_properties_with_a_description() {
    let policy = schema("Policy").unwrap();
    let condition = policy.pointer("/$defs/condition-of-session-contract/properties").unwrap().as_object().unwrap();
    for selector in ["environment", "principal.role", "time.weekday", "session.labels", "call.paths.write", "any"] {
        let property = condition.get(selector).unwrap();
        assert!(property.get("markdownDescription").is_some(), "{selector}");
    }
    assert!(condition.get("output.text").is_none());
}
