//! What every reader shares.

use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{ArgType, FactType, FieldPath, ToolDeclaration, ToolGlob, ToolMatcher};
use crate::source::{Sources, Span};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Regexes of one load that are so large that only compiling them tells their size.
const MAX_LARGE_REGEXES: usize = 1_000;

/// Counts those regexes over all documents of a load.
#[derive(Debug, Default)]
pub(crate) struct LargeRegexes {
    compiled: Cell<usize>,
}

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
    /// The tools that the contract in hand is about.
    pub(crate) about: ToolMatcher,
    /// What the load's large regexes may still be.
    pub(crate) large_regexes: Rc<LargeRegexes>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Cx<'a> {
    /// A context without facts and tools, where nothing is wrong yet.
    pub(crate) fn new(sources: &'a Sources, custom_operators: &'a BTreeSet<String>) -> Cx<'a> {
        let (facts, tools, about) = (BTreeMap::new(), Vec::new(), ToolMatcher::default());
        Cx { sources, custom_operators, facts, tools, about, large_regexes: Rc::default(), diagnostics: Vec::new() }
    }

    /// The type of an argument, where the contract names its tools and they all declare it alike.
    pub(crate) fn declared(&self, argument: &FieldPath) -> Option<ArgType> {
        let tools = &self.about.include;
        let mut types = tools.iter().map(|tool| self.declared_by(tool, argument));
        let first = types.next()??;
        types.all(|other| other == Some(first)).then_some(first)
    }

    fn declared_by(&self, tool: &ToolGlob, argument: &FieldPath) -> Option<ArgType> {
        let declarations = self.tools.iter().filter(|declaration| {
            tool.is_literal() && declaration.names.iter().any(|name| name.matches(tool.as_str()))
        });
        let mut types = declarations.flat_map(|declaration| &declaration.args).filter(|(path, _)| path == argument);
        let (_, first) = types.next()?;
        types.all(|(_, other)| other == first).then_some(*first)
    }

    /// Whether one more large regex may be compiled; reports once that none may.
    pub(crate) fn takes_large_regex(&mut self, at: Span) -> bool {
        let compiled = self.large_regexes.compiled.get();
        self.large_regexes.compiled.set(compiled.saturating_add(1));
        if compiled == MAX_LARGE_REGEXES {
            let message = format!("more than {MAX_LARGE_REGEXES} large regexes are loaded together");
            self.error(Code::TooMuchComposed, at, message, "repeat less, or use fewer Unicode classes");
        }
        compiled < MAX_LARGE_REGEXES
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
