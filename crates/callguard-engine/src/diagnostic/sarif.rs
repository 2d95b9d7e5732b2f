//! Diagnostics as SARIF 2.1.0, the format that code hosts read.

use serde_json::{Value, json};

use super::{Code, Diagnostic};
use crate::source::{Sources, Span};

/// A whole SARIF log with one run: every code as a rule, every finding as a result.
pub fn to_sarif(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    let rules: Vec<Value> = Code::ALL.iter().map(|code| rule(*code)).collect();
    let results: Vec<Value> = diagnostics.iter().map(|found| result(found, sources)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "callguard", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.summary() },
        "help": { "text": code.summary(), "markdown": code.page().markdown },
        "defaultConfiguration": { "level": if code.is_lint() { "warning" } else { "error" } },
    })
}

fn result(found: &Diagnostic, sources: &Sources) -> Value {
    let related: Vec<Value> = found.related.iter().map(|(span, text)| location(*span, Some(text), sources)).collect();
    let locations: Vec<Value> = found.span.iter().map(|span| location(*span, found.label.as_ref(), sources)).collect();
    json!({
        "ruleId": found.code.as_str(),
        "ruleIndex": Code::ALL.iter().position(|code| *code == found.code),
        "level": found.severity.as_str(),
        "message": { "text": message(found) },
        "locations": locations,
        "relatedLocations": related,
    })
}

/// Code hosts show nothing but the message, so the help goes with it.
fn message(found: &Diagnostic) -> String {
    let lines = std::iter::once(found.message.clone()).chain(found.help.iter().map(|help| format!("help: {help}")));
    lines.collect::<Vec<_>>().join("\n")
}

fn location(span: Span, text: Option<&String>, sources: &Sources) -> Value {
    let (line, column) = sources.line_column(span);
    let (end_line, end_column) = sources.end_line_column(span);
    let name = sources.file(span.file).map(|file| file.name.as_str()).unwrap_or_default();
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(name) },
            "region": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
        },
    });
    if let (Some(text), Some(object)) = (text, location.as_object_mut()) {
        object.insert("message".to_owned(), json!({ "text": text }));
    }
    location
}

/// A file name as a URI reference: a relative path stays relative, an absolute one becomes `file://`.
fn uri(name: &str) -> String {
    let path = name.replace('\\', "/");
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let escaped = path.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    std::iter::once(scheme.to_owned()).chain(escaped).collect()
}
