//! Findings as they leave the process.

use super::{Finding, Fix};
use callguard_engine::diagnostic::{Diagnostic, to_json, to_sarif};
use callguard_engine::source::Sources;
use serde_json::{Value as Json, json};

/// Findings as JSON objects: those of `callguard validate --json`, with a `fix` where there is one.
pub fn findings_json(findings: &[Finding], sources: &Sources) -> Vec<Json> {
    let diagnostics: Vec<Diagnostic> = findings.iter().map(|finding| finding.found.clone()).collect();
    let mut objects: Vec<Json> =
        to_json(&diagnostics, sources).iter().map(|found| serde_json::to_value(found).unwrap_or_default()).collect();
    for (object, finding) in objects.iter_mut().zip(findings) {
        if let Some(object) = object.as_object_mut() {
            let fix = finding.fix.as_ref().map(|fix| fix_json(fix, sources));
            object.insert("fix".to_owned(), fix.unwrap_or_default());
        }
    }
    objects
}

fn fix_json(fix: &Fix, sources: &Sources) -> Json {
    let edits = fix.edits.iter().map(|edit| {
        let (line, column) = sources.line_column(edit.span);
        let (end_line, end_column) = sources.end_line_column(edit.span);
        json!({ "line": line, "column": column, "end_line": end_line, "end_column": end_column, "text": edit.text })
    });
    json!({ "says": fix.says, "edits": edits.collect::<Vec<_>>() })
}

/// Findings as a SARIF 2.1.0 log, fixes included.
pub fn findings_sarif(findings: &[Finding], sources: &Sources) -> Json {
    let diagnostics: Vec<Diagnostic> = findings.iter().map(|finding| finding.found.clone()).collect();
    let mut log = to_sarif(&diagnostics, sources);
    let results = log.pointer_mut("/runs/0/results").and_then(Json::as_array_mut);
    for (result, finding) in results.into_iter().flatten().zip(findings) {
        let location = result.pointer("/locations/0/physicalLocation/artifactLocation").cloned();
        if let (Some(fix), Some(location), Some(result)) = (&finding.fix, location, result.as_object_mut()) {
            result.insert("fixes".to_owned(), json!([sarif_fix(fix, &location, sources)]));
        }
    }
    log
}

fn sarif_fix(fix: &Fix, location: &Json, sources: &Sources) -> Json {
    let replacements = fix.edits.iter().map(|edit| {
        let (line, column) = sources.line_column(edit.span);
        let (end_line, end_column) = sources.end_line_column(edit.span);
        json!({
            "deletedRegion": { "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column },
            "insertedContent": { "text": edit.text },
        })
    });
    json!({
        "description": { "text": fix.says },
        "artifactChanges": [{
            "artifactLocation": location,
            "replacements": replacements.collect::<Vec<_>>(),
        }],
    })
}
