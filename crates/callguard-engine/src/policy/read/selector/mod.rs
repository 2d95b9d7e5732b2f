//! Selectors as text.

mod suggest;
mod written;

#[cfg(test)]
mod tests;

use super::Cx;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::policy::model::{FactType, FieldPath, Segment, Selector};
use crate::policy::register::Place;
use crate::policy::register::selectors::{self, Form, SELECTORS, SelectorRow, Shape};
use crate::source::{Node, Span};
use std::collections::BTreeMap;
use written::{Step, Written};

/// Names that a suggestion is looked for among.
const MAX_SUGGESTED: usize = 256;

/// What a selector may name where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Where it stands.
    pub place: Place,
    /// The facts that the policy declares.
    pub facts: &'a BTreeMap<String, FactType>,
}

/// Why a text is no selector, or not one that may stand here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError {
    /// The code of the finding.
    pub code: Code,
    /// Where in the text it starts, in bytes.
    pub offset: usize,
    /// How many bytes of the text it is about.
    pub len: usize,
    /// One plain sentence, lower case, no final period.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Reads a selector that stands in `scope`.
///
/// # Errors
/// What is not a selector, does not exist, may not stand there, or names a fact that is not declared.
pub fn parse_selector(text: &str, scope: &Scope<'_>) -> Result<Selector, SelectorError> {
    let (row, selector) = recognise(text)?;
    if !row.places.contains(&scope.place) {
        return Err(not_here(text, row, scope.place));
    }
    if selector.is_many() && !scope.place.takes_many() {
        let message = format!("`{text}` has many values, and one is needed {}", scope.place.describe());
        return Err(SelectorError::whole(Code::SelectorNotHere, text, message).help("name one value"));
    }
    if let Selector::Facts(path) = &selector {
        check_fact(text, path, scope.facts)?;
    }
    Ok(selector)
}

/// Reads the selector that stands under `what`.
pub(crate) fn selector(node: &Node, what: &str, place: Place, cx: &mut Cx<'_>) -> Option<Selector> {
    let written = super::text(node, what, cx)?;
    match parse_selector(&written.value, &Scope { place, facts: &cx.facts }) {
        Ok(selector) => Some(selector),
        Err(error) => {
            cx.report(error.into_diagnostic(written.span, &written.value, 0));
            None
        }
    }
}

/// What the values of a selector are, facts as they are declared.
pub(crate) fn shape_of(selector: &Selector, facts: &BTreeMap<String, FactType>) -> Shape {
    match selector {
        Selector::Facts(path) => {
            let declared = fact_name(path).and_then(|name| facts.get(name));
            declared.and_then(|fact| selectors::shape_of_fact(*fact, path)).unwrap_or(Shape::Any)
        }
        selector => selectors::row_of(selector).map_or(Shape::Any, |row| row.shape),
    }
}

impl SelectorError {
    /// As a finding about the scalar at `span`, whose text is the selector from `start` on.
    pub(crate) fn into_diagnostic(self, span: Span, text: &str, start: usize) -> Diagnostic {
        let place = narrow(span, text, start.saturating_add(self.offset), self.len);
        let found = Diagnostic::error(self.code, place, self.message);
        self.help.into_iter().fold(found, Diagnostic::help)
    }

    fn whole(code: Code, text: &str, message: impl Into<String>) -> SelectorError {
        SelectorError { code, offset: 0, len: text.len(), message: message.into(), help: None }
    }

    fn help(self, help: impl Into<String>) -> SelectorError {
        SelectorError { help: Some(help.into()), ..self }
    }
}

/// The part of a scalar's span that `len` bytes of its text from `start` on stand in. A scalar whose source is not its
/// text (escapes, folded lines) keeps its whole span.
pub(crate) fn narrow(span: Span, text: &str, start: usize, len: usize) -> Span {
    let size = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
    let quotes = span.end.saturating_sub(span.start).saturating_sub(size(text.len()));
    if !matches!(quotes, 0 | 2) || span.end.saturating_sub(span.start) < size(text.len()) {
        return span;
    }
    let from = span.start.saturating_add(quotes / 2).saturating_add(size(start)).min(span.end);
    let to = from.saturating_add(size(len)).min(span.end);
    Span { start: from, end: to.max(from), ..span }
}

fn recognise(text: &str) -> Result<(&'static SelectorRow, Selector), SelectorError> {
    for row in SELECTORS {
        if let (Form::Fixed(selector), true) = (&row.form, row.name == text) {
            return Ok((row, selector.clone()));
        }
    }
    let written = Written::parse(text)?;
    let open = SELECTORS.iter().filter(|row| !matches!(row.form, Form::Fixed(_)));
    let found = open.filter_map(|row| Some((row, written.after(row.stem())?))).max_by_key(|(row, _)| row.stem().len());
    match found {
        Some((row, steps)) => make(text, row, steps).map(|selector| (row, selector)),
        None => Err(suggest::unknown(text, &written)),
    }
}

fn make(text: &str, row: &SelectorRow, steps: &[(Step, usize)]) -> Result<Selector, SelectorError> {
    match &row.form {
        Form::Fixed(selector) => Ok(selector.clone()),
        Form::Open(make) => field_path(text, row, steps).map(make),
        Form::PerTool(make) => match steps {
            [(Step::Quoted(tool), _)] => Ok(make(tool.clone())),
            _ => Err(SelectorError::whole(Code::MalformedSelector, text, format!("`{}` takes one tool", row.stem()))
                .help(format!("write `{}[\"read_file\"]`", row.stem()))),
        },
    }
}

fn field_path(text: &str, row: &SelectorRow, steps: &[(Step, usize)]) -> Result<FieldPath, SelectorError> {
    let malformed = |offset: usize, message: String| SelectorError {
        offset,
        len: text.len().saturating_sub(offset),
        ..SelectorError::whole(Code::MalformedSelector, text, message)
    };
    let stem = row.stem();
    match steps.first() {
        None => {
            let help = format!("name what you mean: `{stem}.name`");
            return Err(SelectorError::whole(Code::MalformedSelector, text, format!("`{stem}` alone is no selector"))
                .help(help));
        }
        Some((Step::Index(_) | Step::Every, at)) if stem != "output" => {
            let message = format!("`{stem}` is an object, and its entries have names");
            return Err(malformed(*at, message).help(format!("name one: `{stem}.name`")));
        }
        Some(_) => {}
    }
    let mut segments = Vec::with_capacity(steps.len());
    for (step, at) in steps {
        segments.push(match step {
            Step::Key(key) | Step::Quoted(key) => Segment::Key(key.clone()),
            Step::Index(index) => Segment::Index(*index),
            Step::Every => Segment::Every,
            Step::Deep => {
                let help = "every string of all arguments is `args.**`; every element of a list is `[*]`";
                return Err(malformed(*at, "`**` stands only in `args.**`".to_owned()).help(help));
            }
        });
    }
    Ok(FieldPath { segments })
}

fn not_here(text: &str, row: &SelectorRow, place: Place) -> SelectorError {
    let message = format!("`{text}` cannot stand {}", place.describe());
    let help = match (row.places, place) {
        ([Place::Session], _) => "what the session has seen is for contracts beneath `session`",
        ([Place::Postcondition, ..], _) => "the result is known only to contracts beneath `postconditions`",
        (_, Place::Requires) => "the host can be required to fill `environment`, `principal`, `metadata` and `facts`",
        (_, Place::Per) => {
            "counters are kept by `session`, `tool`, `tool.server`, `environment`, `principal` or `metadata`"
        }
        _ => "a sum is taken of a number in `args`, or of one in `output` with `reserve`",
    };
    SelectorError::whole(Code::SelectorNotHere, text, message).help(help)
}

fn fact_name(path: &FieldPath) -> Option<&str> {
    match path.segments.first() {
        Some(Segment::Key(name)) => Some(name),
        _ => None,
    }
}

fn check_fact(text: &str, path: &FieldPath, facts: &BTreeMap<String, FactType>) -> Result<(), SelectorError> {
    let name = fact_name(path).unwrap_or_default();
    let Some(fact) = facts.get(name) else {
        let error = SelectorError::whole(Code::UndeclaredFact, text, format!("the fact `{name}` is not declared"));
        return Err(match did_you_mean(name, facts.keys().map(String::as_str).take(MAX_SUGGESTED)) {
            Some(near) => error.help(format!("did you mean `facts.{near}`?")),
            None => error.help(format!("declare it in the spec: `facts: {{ {name}: boolean }}`")),
        });
    };
    if selectors::shape_of_fact(*fact, path).is_none() {
        let message = format!("the fact `{name}` is declared as `{}`, which has no such part", fact.as_str());
        return Err(SelectorError::whole(Code::MalformedSelector, text, message)
            .help(format!("write `facts.{name}`, or declare it as `object` or `list`")));
    }
    Ok(())
}
