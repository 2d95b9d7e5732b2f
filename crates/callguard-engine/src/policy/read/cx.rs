//! What every reader shares.

use super::declared::DeclaredTools;
use super::regexes::Regexes;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{ArgType, FactType, FieldPath, ToolGlob, ToolMatcher};
use crate::source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The context of reading one document: what is known around it, and what has been found wrong.
pub(crate) struct Cx<'a> {
    /// The files of the load.
    pub(crate) sources: &'a Sources,
    /// Operators that the host registered (`x_name`).
    pub(crate) custom_operators: &'a BTreeSet<String>,
    /// The facts that the document and its bases declare.
    pub(crate) facts: BTreeMap<String, FactType>,
    /// The tools that the document and its bases declare.
    pub(crate) tools: DeclaredTools,
    /// The tools that the contract in hand is about.
    pub(crate) about: ToolMatcher,
    /// The regexes of the load.
    pub(crate) regexes: Rc<Regexes>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Cx<'a> {
    /// A context without facts and tools, where nothing is wrong yet.
    pub(crate) fn new(sources: &'a Sources, custom_operators: &'a BTreeSet<String>) -> Cx<'a> {
        let (facts, tools, about) = (BTreeMap::new(), DeclaredTools::default(), ToolMatcher::default());
        Cx { sources, custom_operators, facts, tools, about, regexes: Rc::default(), diagnostics: Vec::new() }
    }

    /// The type of an argument, where the contract names its tools and they all declare it alike.
    pub(crate) fn declared(&self, argument: &FieldPath) -> Option<ArgType> {
        let tools = &self.about.include;
        let mut types = tools.iter().map(|tool| self.declared_by(tool, argument));
        let first = types.next()??;
        types.all(|other| other == Some(first)).then_some(first)
    }

    fn declared_by(&self, tool: &ToolGlob, argument: &FieldPath) -> Option<ArgType> {
        if !tool.is_literal() {
            return None;
        }
        let declarations = self.tools.of(tool.as_str());
        let mut types = declarations.flat_map(|tool| &tool.args).filter(|(path, _)| path == argument);
        let (_, first) = types.next()?;
        types.all(|(_, other)| other == first).then_some(*first)
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

    /// How much was found.
    pub(crate) fn found(&self) -> usize {
        self.diagnostics.len()
    }

    /// What was found, in the order of finding.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
