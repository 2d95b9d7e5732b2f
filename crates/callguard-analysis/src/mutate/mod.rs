//! Policies with one thing changed: what a test that passes all the same does not show.
//!
//! A [`Mutator`] reads the policies of a file and lists every change that its operators can make, each with the place it is
//! made at; the text with a change made is written on demand. Nothing is drawn: the same file gives the same mutants.

mod contract;
mod document;
mod edit;
mod operand;
mod operator;

pub use operator::Operator;

use callguard_engine::source::{FileId, Node, Sources, Span, read_documents};
use edit::{Edit, written};

/// A change to a policy.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Of which kind.
    pub operator: Operator,
    /// What is changed: `POLICY/ID`, else the policy.
    pub of: String,
    /// In words: `` `sre` is dropped from `in` ``.
    pub change: String,
    /// Where.
    pub span: Span,
    document: usize,
    /// Which child of which child is changed.
    path: Vec<usize>,
    edit: Edit,
}

/// The policies of a file, to be changed one thing at a time.
#[derive(Clone, Debug)]
pub struct Mutator {
    documents: Vec<Node>,
}

impl Mutator {
    /// Reads a file that loads.
    pub fn read(sources: &Sources, file: FileId) -> Mutator {
        let is_policy = |document: &Node| {
            let kind = document.entry("kind").and_then(|entry| entry.value.as_scalar());
            kind.is_some_and(|kind| kind.text == "Policy")
        };
        Mutator { documents: read_documents(sources, file).0.into_iter().filter(is_policy).collect() }
    }

    /// Every change, in the order of the file.
    pub fn mutants(&self) -> Vec<Mutant> {
        let mut mutants = Vec::new();
        for (number, node) in self.documents.iter().enumerate() {
            let mut found = Found { document: number, of: String::new(), mutants: Vec::new() };
            document::document(&mut found, node);
            mutants.extend(found.mutants);
        }
        mutants.sort_by_key(|mutant| (mutant.document, mutant.span.start));
        mutants
    }

    /// The file's policies with the change made. Says the same as the file otherwise, in another form.
    pub fn text(&self, mutant: &Mutant) -> String {
        let document = |(number, node): (usize, &Node)| {
            let here = (number == mutant.document).then_some((mutant.path.as_slice(), &mutant.edit));
            written(node, here)
        };
        self.documents.iter().enumerate().map(document).collect::<Vec<_>>().join("\n---\n")
    }
}

/// The changes that were found so far.
struct Found {
    document: usize,
    of: String,
    mutants: Vec<Mutant>,
}

/// A node and the way to it.
#[derive(Clone)]
struct At<'a> {
    node: &'a Node,
    path: Vec<usize>,
    span: Span,
}

impl<'a> At<'a> {
    fn root(node: &'a Node) -> At<'a> {
        At { node, path: Vec::new(), span: node.span }
    }

    /// The entries of a mapping, by their keys; where each is pointed at, its key is.
    fn entries(&self) -> Vec<(&'a str, At<'a>)> {
        let entries = self.node.as_map().unwrap_or_default().iter().enumerate();
        entries.map(|(at, entry)| (entry.key.as_str(), self.child(at, &entry.value, entry.key_span))).collect()
    }

    /// The items of a list.
    fn items(&self) -> Vec<At<'a>> {
        let items = self.node.as_list().unwrap_or_default().iter().enumerate();
        items.map(|(at, item)| self.child(at, item, item.span)).collect()
    }

    fn entry(&self, key: &str) -> Option<At<'a>> {
        self.entries().into_iter().find(|(name, _)| *name == key).map(|(_, at)| at)
    }

    fn child(&self, at: usize, node: &'a Node, span: Span) -> At<'a> {
        At { node, path: self.path.iter().copied().chain([at]).collect(), span }
    }

    /// A scalar's text.
    fn text(&self) -> Option<&'a str> {
        self.node.as_scalar().map(|scalar| scalar.text.as_str())
    }
}

impl Found {
    fn add(&mut self, operator: Operator, at: &At<'_>, edit: Edit, change: impl Into<String>) {
        self.mutants.push(Mutant {
            operator,
            of: self.of.clone(),
            change: change.into(),
            span: at.span,
            document: self.document,
            path: at.path.clone(),
            edit,
        });
    }

    /// A scalar is made another one.
    fn replace(&mut self, operator: Operator, (key, at): (&str, &At<'_>), with: &str) {
        let change = format!("`{key}: {}` is made `{with}`", at.text().unwrap_or_default());
        self.add(operator, at, Edit::Scalar(with.to_owned()), change);
    }

    /// The entry that `at` is the value of goes.
    fn drop_entry(&mut self, operator: Operator, key: &str, at: &At<'_>) {
        self.add(operator, at, Edit::Remove, format!("`{key}` is dropped"));
    }

    /// Each item of a list goes, unless it is the last one.
    fn drop_items(&mut self, operator: Operator, key: &str, list: &At<'_>) {
        let items = list.items();
        if items.len() < 2 {
            return;
        }
        for item in items {
            let shown = item.text().map_or_else(|| "an entry".to_owned(), |text| format!("`{text}`"));
            self.add(operator, &item, Edit::Remove, format!("{shown} is dropped from `{key}`"));
        }
    }

    /// A whole number is made one more, and one less.
    fn numbers(&mut self, key: &str, at: &At<'_>) {
        let Some(number) = at.text().and_then(|text| text.parse::<i64>().ok()) else { return };
        if at.node.as_number().is_none() {
            return;
        }
        let made = [(Operator::RaiseNumber, number.checked_add(1)), (Operator::LowerNumber, number.checked_sub(1))];
        for (operator, made) in made {
            if let Some(made) = made {
                self.replace(operator, (key, at), &made.to_string());
            }
        }
    }
}
