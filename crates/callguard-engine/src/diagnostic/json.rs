//! Diagnostics as JSON: one flat object each, everything resolved to lines and columns.

use serde::Serialize;

use super::Diagnostic;
use crate::source::{Sources, Span};

/// A finding as it leaves the process. Lines and columns count from one, columns in characters.
#[derive(Clone, Debug, Serialize)]
pub struct DiagnosticJson {
    code: &'static str,
    severity: &'static str,
    message: String,
    /// The page of the code, as `callguard explain CODE` prints it, beneath the repository's root.
    page: String,
    #[serde(flatten)]
    place: PlaceJson,
    label: Option<String>,
    help: Vec<String>,
    related: Vec<RelatedJson>,
}

/// All `null` where there is no text to point at.
#[derive(Clone, Debug, Default, Serialize)]
struct PlaceJson {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

#[derive(Clone, Debug, Serialize)]
struct RelatedJson {
    message: String,
    #[serde(flatten)]
    place: PlaceJson,
}

/// The findings in their JSON form, in the order given.
pub fn to_json(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<DiagnosticJson> {
    diagnostics.iter().map(|found| DiagnosticJson::new(found, sources)).collect()
}

impl DiagnosticJson {
    fn new(found: &Diagnostic, sources: &Sources) -> DiagnosticJson {
        let related = found
            .related
            .iter()
            .map(|(span, message)| RelatedJson { message: message.clone(), place: PlaceJson::new(*span, sources) });
        DiagnosticJson {
            code: found.code.as_str(),
            severity: found.severity.as_str(),
            message: found.message.clone(),
            page: found.code.page_path(),
            place: found.span.map(|span| PlaceJson::new(span, sources)).unwrap_or_default(),
            label: found.label.clone(),
            help: found.help.clone(),
            related: related.collect(),
        }
    }
}

impl PlaceJson {
    fn new(span: Span, sources: &Sources) -> PlaceJson {
        let (line, column) = sources.line_column(span);
        let (end_line, end_column) = sources.end_line_column(span);
        PlaceJson {
            file: sources.file(span.file).map(|file| file.name.clone()),
            line: Some(line),
            column: Some(column),
            end_line: Some(end_line),
            end_column: Some(end_column),
        }
    }
}
