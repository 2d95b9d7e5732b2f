//! Definitions: `$name` becomes what `define` says, before anything is read.
//!
//! A policy sees what it defines itself and what its bases define; what a document that extends it defines comes before
//! both, so that a base can be tuned by its definitions. The nearest to the loaded policy wins among those, the nearest
//! base among these.

use super::library::{DocId, Library};
use super::reach::Reach;
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::policy::read::is_word;
use crate::source::{Entry, Node, NodeKind, Scalar, Span, excerpt};
use std::collections::BTreeMap;

/// Definitions that may stand for each other in a row.
const MAX_CHAIN: usize = 32;

/// Findings after which no more suggestions are looked for: a reader is long lost.
pub(super) const MAX_HELPED: usize = 500;

/// Names that a suggestion is looked for among.
pub(super) const MAX_SUGGESTED: usize = 256;

/// The definitions of everything that a policy reaches.
pub(super) struct Definitions<'l> {
    reach: &'l Reach,
    own: BTreeMap<DocId, BTreeMap<&'l str, &'l Entry>>,
}

/// A definition, and the document that it stands in.
#[derive(Clone, Copy)]
struct Found<'l> {
    document: DocId,
    entry: &'l Entry,
}

/// Puts definitions in place, within a budget of nodes that a whole load shares.
pub(super) struct Substitution<'s, 'l> {
    definitions: &'s Definitions<'l>,
    document: DocId,
    /// Whether what is read is locked, so that no other document may define what it uses.
    locked: bool,
    budget: &'s mut usize,
    diagnostics: &'s mut Vec<Diagnostic>,
}

impl<'l> Definitions<'l> {
    /// Collects what each document defines, and checks its shape.
    pub(super) fn of(library: &'l Library, reach: &'l Reach, diagnostics: &mut Vec<Diagnostic>) -> Definitions<'l> {
        let mut own = BTreeMap::new();
        for id in &reach.order {
            let Some(document) = library.document(*id) else { continue };
            own.insert(*id, definitions(&document.spec, diagnostics));
        }
        Definitions { reach, own }
    }

    /// A substitution in a part of `document`.
    pub(super) fn substitution<'s>(
        &'s self,
        document: DocId,
        budget: &'s mut usize,
        diagnostics: &'s mut Vec<Diagnostic>,
    ) -> Substitution<'s, 'l> {
        Substitution { definitions: self, document, locked: false, budget, diagnostics }
    }

    /// What `name` means in `document`; an error holds the two that disagree.
    fn find(&self, document: DocId, name: &str) -> Result<Option<Found<'l>>, [&'l Entry; 2]> {
        let root = self.reach.order.first().copied();
        let above = self.own.iter().filter(|(id, _)| self.reach.distance(**id, document).is_some());
        let above = above.filter_map(|(id, own)| {
            let found = Found { document: *id, entry: own.get(name)? };
            Some((root.and_then(|root| self.reach.distance(root, *id))?, found))
        });
        if let Some(found) = nearest(above)? {
            return Ok(Some(found));
        }
        let beneath = self.reach.beneath(document).iter().filter_map(|(id, distance)| {
            let found = Found { document: *id, entry: self.own.get(id)?.get(name)? };
            Some((*distance, found))
        });
        nearest(beneath)
    }

    /// The definition of `name` that `document` would see if nothing extended it.
    fn find_within(&self, document: DocId, name: &str) -> Option<DocId> {
        let holds = |id: &DocId| self.own.get(id).is_some_and(|own| own.contains_key(name));
        let beneath = self.reach.beneath(document).iter().map(|(id, _)| *id);
        std::iter::once(document).chain(beneath).find(|id| holds(id))
    }

    fn names(&self, document: DocId) -> Vec<&'l str> {
        let beneath = self.reach.beneath(document).iter().map(|(id, _)| *id);
        let seen = std::iter::once(document).chain(beneath);
        seen.filter_map(|id| self.own.get(&id)).flat_map(|own| own.keys().copied()).collect()
    }
}

/// The nearest of several; two equally near disagree.
fn nearest<'l>(found: impl Iterator<Item = (usize, Found<'l>)>) -> Result<Option<Found<'l>>, [&'l Entry; 2]> {
    let mut best: Option<(usize, Found<'l>)> = None;
    let mut equal = None;
    for (distance, found) in found {
        match best {
            Some((nearest, _)) if distance > nearest => {}
            Some((nearest, first)) if distance == nearest => equal = Some([first.entry, found.entry]),
            _ => {
                best = Some((distance, found));
                equal = None;
            }
        }
    }
    equal.map_or(Ok(best.map(|(_, found)| found)), Err)
}

fn definitions<'l>(spec: &'l Node, diagnostics: &mut Vec<Diagnostic>) -> BTreeMap<&'l str, &'l Entry> {
    let Some(define) = spec.entry("define") else { return BTreeMap::new() };
    let Some(entries) = define.value.as_map() else {
        let message = format!("`define` takes a mapping of names, not {}", define.value.describe());
        let found = Diagnostic::error(Code::WrongShape, define.value.span, message);
        diagnostics.push(found.help("write `define: { name: value }`"));
        return BTreeMap::new();
    };
    for entry in entries {
        diagnostics.extend(wrong_definition(entry));
        diagnostics.extend(crate::source::lint_operand(&entry.value));
    }
    entries.iter().map(|entry| (entry.key.as_str(), entry)).collect()
}

fn wrong_definition(entry: &Entry) -> Option<Diagnostic> {
    if !is_word(&entry.key) {
        let message = format!("`{}` cannot be written as `$name`", excerpt(&entry.key));
        let help = "use letters, digits, `_` and `-`, starting with a letter";
        return Some(Diagnostic::error(Code::BadName, entry.key_span, message).help(help));
    }
    let scalar = |node: &Node| node.as_scalar().is_some() && !node.is_null();
    let wrong = match &entry.value.kind {
        NodeKind::Scalar(_) => !scalar(&entry.value),
        NodeKind::List(items) if items.is_empty() => {
            let message = format!("`{}` is an empty list", entry.key);
            return Some(Diagnostic::error(Code::EmptyValue, entry.value.span, message).help("name at least one"));
        }
        NodeKind::List(items) => !items.iter().all(scalar),
        NodeKind::Map(_) => true,
    };
    let message = format!("`{}` is {}", entry.key, entry.value.describe());
    let found = Diagnostic::error(Code::BadDefinition, entry.value.span, message);
    wrong.then(|| found.help("a definition is a scalar or a list of scalars"))
}

/// Values that are taken as written: in regexes, schemas, messages and calls `$` is itself.
fn is_verbatim(key: &str) -> bool {
    const KEYS: &[&str] = &["id", "description", "message", "examples", "schema", "patterns", "matches", "not_matches"];
    KEYS.contains(&key)
}

/// What each pattern under a key counts for: a regex is parsed, and one that redacts is compiled at once.
fn regex_nodes(key: &str) -> usize {
    match key {
        "patterns" => 250,
        "matches" | "not_matches" => 10,
        "like" | "not_like" => 2,
        _ => 0,
    }
}

fn scalars(node: &Node) -> usize {
    node.as_list().map_or(1, <[Node]>::len)
}

impl<'l> Substitution<'_, 'l> {
    /// The same, for a contract that is locked.
    pub(super) fn locked(&mut self, locked: bool) -> &mut Self {
        self.locked = locked;
        self
    }

    /// `node` with every `$name` replaced. `unescape`: `$$name` becomes `$name` here and now; a condition does that
    /// itself, to tell `$${x}` from `${x}`.
    pub(super) fn apply(&mut self, node: &Node) -> Node {
        self.node(node, true)
    }

    fn node(&mut self, node: &Node, unescape: bool) -> Node {
        if !self.spend(node.span) {
            return node.clone();
        }
        let kind = match &node.kind {
            NodeKind::Scalar(scalar) => return self.scalar(node, scalar, unescape),
            NodeKind::List(items) => NodeKind::List(items.iter().flat_map(|item| self.item(item, unescape)).collect()),
            NodeKind::Map(entries) => NodeKind::Map(entries.iter().map(|entry| self.entry(entry, unescape)).collect()),
        };
        Node { span: node.span, kind }
    }

    fn entry(&mut self, entry: &Entry, unescape: bool) -> Entry {
        let regexes = scalars(&entry.value).saturating_mul(regex_nodes(&entry.key));
        if regexes > 0 && !self.charge(entry.key_span, regexes) {
            let nothing = Node { span: entry.value.span, kind: NodeKind::List(Vec::new()) };
            return Entry { value: nothing, ..entry.clone() };
        }
        if is_verbatim(&entry.key) {
            return entry.clone();
        }
        let condition = matches!(entry.key.as_str(), "when" | "unless");
        Entry { value: self.node(&entry.value, unescape && !condition), ..entry.clone() }
    }

    /// An item of a list: a list that stands for a name is spliced in.
    fn item(&mut self, item: &Node, unescape: bool) -> Vec<Node> {
        let node = self.node(item, unescape);
        match (item.as_scalar(), node.kind) {
            (Some(_), NodeKind::List(items)) => items,
            (_, kind) => vec![Node { span: node.span, kind }],
        }
    }

    fn scalar(&mut self, node: &Node, scalar: &Scalar, unescape: bool) -> Node {
        match reference(&scalar.text) {
            Some(name) => self.resolve(self.document, name, node.span, &mut Vec::new()).unwrap_or_else(|| node.clone()),
            None if unescape => Node { span: node.span, kind: NodeKind::Scalar(unescaped(scalar)) },
            None => node.clone(),
        }
    }

    /// What `name` stands for in `document`, all the way down.
    fn resolve(&mut self, document: DocId, name: &str, at: Span, chain: &mut Vec<(DocId, String)>) -> Option<Node> {
        let found = self.find(document, name, at)?;
        let link = (found.document, name.to_owned());
        if chain.contains(&link) || chain.len() >= MAX_CHAIN {
            let message = format!("`${name}` leads back to itself, or through more than {MAX_CHAIN} definitions");
            let cycle = Diagnostic::error(Code::DefinitionCycle, found.entry.value.span, message);
            self.diagnostics.push(cycle.help("write the values out"));
            return None;
        }
        chain.push(link);
        let node = self.expand(found.document, &found.entry.value, chain);
        chain.pop();
        Some(Node { span: at, ..node? })
    }

    fn expand(&mut self, document: DocId, value: &Node, chain: &mut Vec<(DocId, String)>) -> Option<Node> {
        if !self.spend(value.span) {
            return None;
        }
        match &value.kind {
            NodeKind::Scalar(scalar) => match reference(&scalar.text) {
                Some(name) => self.resolve(document, name, value.span, chain),
                None => Some(value.clone()),
            },
            NodeKind::List(items) => {
                let mut all = Vec::new();
                for item in items {
                    match self.expand(document, item, chain)? {
                        Node { kind: NodeKind::List(items), .. } => all.extend(items),
                        node => all.push(node),
                    }
                }
                Some(Node { span: value.span, kind: NodeKind::List(all) })
            }
            NodeKind::Map(_) => None,
        }
    }

    fn find(&mut self, document: DocId, name: &str, at: Span) -> Option<Found<'l>> {
        let found = match self.definitions.find(document, name) {
            Ok(Some(found)) => found,
            Ok(None) => {
                // A base that could not be read may define it.
                if !self.definitions.reach.is_incomplete(document) {
                    let many = self.diagnostics.len() > MAX_HELPED;
                    let known = if many { Vec::new() } else { self.definitions.names(document) };
                    self.diagnostics.push(undefined(name, at, &known));
                }
                return None;
            }
            Err([left, right]) => {
                let message = format!("two policies that are equally near define `{name}`");
                let found = Diagnostic::error(Code::BasesDisagree, at, message);
                let found = found.related(left.key_span, "one of them").related(right.key_span, "the other one");
                self.diagnostics.push(found.help(format!("define `{name}` in the policy that extends both")));
                return None;
            }
        };
        if self.locked && self.definitions.find_within(document, name).is_some_and(|own| own != found.document) {
            let message = format!("a locked contract uses the base's `{name}`");
            let locked = Diagnostic::error(Code::Locked, found.entry.key_span, message).related(at, "used here");
            self.diagnostics.push(locked.help("give your definition another name"));
        }
        Some(found)
    }

    fn spend(&mut self, at: Span) -> bool {
        self.charge(at, 1)
    }

    /// Takes nodes from the budget; reports once that nothing is left.
    pub(super) fn charge(&mut self, at: Span, nodes: usize) -> bool {
        match self.budget.checked_sub(nodes) {
            Some(left) if left > 0 => {
                *self.budget = left;
                return true;
            }
            _ if *self.budget == 0 => return false,
            _ => {}
        }
        let message = "too much is loaded together: definitions and bases multiply it";
        let found = Diagnostic::error(Code::TooMuchComposed, at, message);
        self.diagnostics.push(found.help("define shorter lists, or load fewer policies at once"));
        *self.budget = 0;
        false
    }
}

fn undefined(name: &str, at: Span, known: &[&str]) -> Diagnostic {
    let found = Diagnostic::error(Code::UndefinedName, at, format!("nothing defines `{}`", excerpt(name)));
    let found = match did_you_mean(name, known.iter().copied().take(MAX_SUGGESTED)) {
        Some(near) => found.help(format!("did you mean `${near}`?")),
        None => found.help(format!("add `{}` to `define`", excerpt(name))),
    };
    found.help(format!("write `$${}` for the text `${}`", excerpt(name), excerpt(name)))
}

/// The name in `$name`.
fn reference(text: &str) -> Option<&str> {
    text.strip_prefix('$').filter(|name| is_word(name))
}

/// `$$name` is the text `$name`.
fn unescaped(scalar: &Scalar) -> Scalar {
    let text = match scalar.text.strip_prefix('$') {
        Some(rest) if reference(rest).is_some() => rest.to_owned(),
        _ => scalar.text.clone(),
    };
    Scalar { text, style: scalar.style }
}
