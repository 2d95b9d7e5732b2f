//! Contracts with the text that they were read from.

use callguard_engine::policy::Loaded;
use callguard_engine::policy::model::{Condition, Contract, Leaf, Policy, Terms};
use callguard_engine::source::{Entry, FileId, Node, NodeKind, Sources, Span, read_documents};
use std::collections::HashMap;

/// The contracts that are looked into, in order.
pub(crate) struct Subjects<'a> {
    found: Vec<Subject<'a>>,
}

/// A contract of a policy, as it was read and as it was written.
#[derive(Clone)]
pub(crate) struct Subject<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) contract: &'a Contract,
    /// What is in force on the last of days.
    pub(crate) terms: &'a Terms,
    pub(crate) node: Node,
}

/// Whether the place is in one of these files.
pub(crate) fn is_named(loaded: &Loaded, files: &[String], span: Span) -> bool {
    loaded.sources.file(span.file).is_some_and(|file| files.contains(&file.name))
}

impl<'a> Subjects<'a> {
    pub(crate) fn of(loaded: &'a Loaded, files: &[String]) -> Subjects<'a> {
        let mut written: HashMap<Span, Node> = HashMap::new();
        for (id, file) in loaded.sources.iter() {
            if files.contains(&file.name) {
                written.extend(contracts(&loaded.sources, id).into_iter().map(|node| (node.span, node)));
            }
        }
        let mut found = Vec::new();
        for policy in &loaded.set.policies {
            for contract in policy.contracts.iter().filter(|contract| *contract.id.policy == *policy.name) {
                // What is off, or was not written in these files, is not looked into.
                let terms = contract.terms.last().map(|dated| &dated.terms).filter(|terms| terms.enabled);
                if let (Some(terms), Some(node)) = (terms, written.remove(&contract.span)) {
                    found.push(Subject { policy, contract, terms, node });
                }
            }
        }
        Subjects { found }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Subject<'a>> {
        self.found.iter()
    }
}

fn contracts(sources: &Sources, file: FileId) -> Vec<Node> {
    let (documents, _) = read_documents(sources, file);
    let mut found = Vec::new();
    for spec in documents.iter().filter_map(|document| document.entry("spec")) {
        for key in ["preconditions", "postconditions", "session"] {
            let list = spec.value.entry(key).and_then(|entry| entry.value.as_list());
            found.extend(list.into_iter().flatten().cloned());
        }
    }
    found
}

impl Subject<'_> {
    /// Where the contract is named.
    pub(crate) fn id_span(&self) -> Span {
        self.node.entry("id").map_or(self.node.span, |entry| entry.value.span)
    }

    /// Where a key of the contract stands; the id where it has not got it.
    pub(crate) fn key_span(&self, key: &str) -> Span {
        self.node.entry(key).map_or_else(|| self.id_span(), |entry| entry.key_span)
    }

    /// The contract's name in messages.
    pub(crate) fn id(&self) -> &str {
        &self.contract.id.id
    }

    /// Whether it may stop something.
    pub(crate) fn restricts(&self) -> bool {
        !matches!(self.terms.action.as_str(), "allow" | "label" | "warn")
    }

    pub(crate) fn allows(&self) -> bool {
        self.terms.action.as_str() == "allow"
    }

    /// The leaves of `when` and `unless`.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        std::iter::once(&self.contract.when).chain(&self.terms.unless).flat_map(Condition::leaves)
    }

    /// Whether it is about every tool.
    pub(crate) fn is_about_every_tool(&self) -> bool {
        let tools = &self.contract.tools;
        let by_name = tools.include.is_empty() || tools.include.iter().any(|glob| matches!(glob.as_str(), "*" | "**"));
        by_name && tools.side_effect.is_empty() && tools.server.is_empty() && tools.labels.is_empty()
    }

    /// Where a leaf was written: its entry in the text. None where it comes of an override.
    pub(crate) fn entry(&self, leaf: &Leaf) -> Option<&Entry> {
        let mut open: Vec<&Node> = vec![&self.node];
        while let Some(node) = open.pop() {
            match &node.kind {
                NodeKind::Map(entries) => {
                    let starts = |entry: &&Entry| {
                        entry.key_span.file == leaf.span.file && entry.key_span.start == leaf.span.start
                    };
                    if let Some(found) = entries.iter().find(starts) {
                        return Some(found);
                    }
                    open.extend(entries.iter().map(|entry| &entry.value));
                }
                NodeKind::List(items) => open.extend(items),
                NodeKind::Scalar(_) => {}
            }
        }
        None
    }
}

/// The operators of a leaf's entry, each with its operand and where it stands.
pub(crate) fn operators(entry: &Entry) -> Vec<(&str, &Node, Span)> {
    let mut found = Vec::new();
    let mut open = vec![&entry.value];
    while let Some(node) = open.pop() {
        match &node.kind {
            NodeKind::Scalar(_) => found.push(("equals", node, node.span)),
            NodeKind::List(_) => found.push(("in", node, node.span)),
            NodeKind::Map(entries) => {
                for entry in entries {
                    match entry.key.as_str() {
                        "some" | "every" => open.push(&entry.value),
                        key => found.push((key, &entry.value, entry.key_span)),
                    }
                }
            }
        }
    }
    found
}
