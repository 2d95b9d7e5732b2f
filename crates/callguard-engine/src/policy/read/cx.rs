//! What every reader shares.

use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{FactType, ToolDeclaration};
use crate::source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The context of reading one document: what is known around it, and what has been found wrong.
pub(crate) struct Cx<'a> {
    /// The files of the load.
    pub(crate) sources: &'a Sources,
    /// Operators that the host registered (`x_name`).
    pub(crate) custom_operators: &'a BTreeSet<String>,
    /// The facts that the document and its bases declare.
    pub(crate) facts: BTreeMap<String, FactType>,
    /// The tools that the document and its bases declare, the document's own first.
    pub(crate) tools: Vec<ToolDeclaration>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Cx<'a> {
    /// A context without facts and tools, where nothing is wrong yet.
    pub(crate) fn new(sources: &'a Sources, custom_operators: &'a BTreeSet<String>) -> Cx<'a> {
        Cx { sources, custom_operators, facts: BTreeMap::new(), tools: Vec::new(), diagnostics: Vec::new() }
    }

    /// Adds a finding.
    pub(crate) fn report(&mut self, found: Diagnostic) {
        self.diagnostics.push(found);
    }

    /// Adds several findings.
    pub(crate) fn report_all(&mut self, found: impl IntoIterator<Item = Diagnostic>) {
        self.diagnostics.extend(found);
    }

    /// Adds an error with one line of help.
    pub(crate) fn error(&mut self, code: Code, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.report(Diagnostic::error(code, span, message).help(help));
    }

    /// What was found, in the order of finding.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
