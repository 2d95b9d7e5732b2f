//! Items to nodes: keys told apart, aliases expanded within a budget.

use std::collections::{BTreeMap, BTreeSet};

use super::events::{Item, ItemKind};
use super::findings::Findings;
use super::text::Text;
use super::{MAX_DEPTH, quote};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::tree::excerpt;
use crate::source::{Entry, Node, NodeKind, Scalar, Span};

/// Nodes that the aliases of one document may add.
const ALIAS_NODES: usize = 10_000;

/// Bytes of text that the aliases of one document may add.
const ALIAS_BYTES: usize = super::MAX_BYTES;

/// The document, unless it is empty or its items break off.
pub(super) fn build(items: &[Item], text: &Text<'_>, findings: &mut Findings) -> Option<Node> {
    let mut builder = Builder {
        items,
        text,
        findings,
        anchors: BTreeMap::new(),
        endless: BTreeSet::new(),
        open: Vec::new(),
        replays: Vec::new(),
        nodes_left: ALIAS_NODES,
        bytes_left: ALIAS_BYTES,
        spent: false,
        root: None,
    };
    for at in 0..items.len() {
        builder.item(at);
        while let Some(at) = builder.next_replayed() {
            builder.item(at);
        }
    }
    builder.root.filter(|root| !root.as_scalar().is_some_and(|scalar| scalar.is_plain() && scalar.text.is_empty()))
}

struct Builder<'a> {
    items: &'a [Item],
    text: &'a Text<'a>,
    findings: &'a mut Findings,
    /// The items under each anchor: from the first to one past the last, which is unknown while inside.
    anchors: BTreeMap<usize, (usize, Option<usize>)>,
    /// The aliases that stand within what they refer to.
    endless: BTreeSet<usize>,
    open: Vec<Open>,
    replays: Vec<Replay>,
    nodes_left: usize,
    bytes_left: usize,
    /// Whether it was told that the budget is used up.
    spent: bool,
    root: Option<Node>,
}

/// A list or a mapping whose end is still to come.
struct Open {
    span: Span,
    anchor: usize,
    parts: Parts,
}

enum Parts {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, seen: BTreeMap<String, Span>, next: Next },
}

/// What a mapping waits for.
enum Next {
    Key,
    Value(String, Span),
    /// The value of a key that was refused.
    Refused,
}

/// The items of an anchor, read again for an alias.
struct Replay {
    next: usize,
    end: usize,
    alias: Span,
    /// How many collections were open where the alias stands.
    depth: usize,
}

impl Builder<'_> {
    /// Errors in what is read again were told the first time.
    fn told(&self) -> bool {
        !self.replays.is_empty()
    }

    fn next_replayed(&mut self) -> Option<usize> {
        while let Some(replay) = self.replays.last_mut() {
            if replay.next < replay.end {
                let at = replay.next;
                replay.next = at.saturating_add(1);
                return Some(at);
            }
            self.replays.pop();
        }
        None
    }

    fn item(&mut self, at: usize) {
        let Some(item) = self.items.get(at) else { return };
        if self.told() && !self.pay(&item.kind) {
            let message = format!("aliases add more than {ALIAS_NODES} values or {ALIAS_BYTES} bytes to the document");
            return self.abandon(Code::AliasBudget, message);
        }
        if item.anchor != 0 && !self.told() {
            let single = matches!(item.kind, ItemKind::Scalar(_)).then_some(at.saturating_add(1));
            self.anchors.insert(item.anchor, (at, single));
        }
        match &item.kind {
            ItemKind::Scalar(scalar) => {
                let span = self.outermost().unwrap_or(item.span);
                self.put(Node { span, kind: NodeKind::Scalar(scalar.clone()) });
            }
            ItemKind::List => self.begin(item, Parts::List(Vec::new())),
            ItemKind::Map => {
                self.begin(item, Parts::Map { entries: Vec::new(), seen: BTreeMap::new(), next: Next::Key });
            }
            ItemKind::End => self.end(at, item.span),
            ItemKind::Alias(anchor) => self.alias(at, *anchor, item.span),
        }
    }

    /// Takes an expanded item off the budget; `false` if nothing is left.
    fn pay(&mut self, kind: &ItemKind) -> bool {
        let bytes = if let ItemKind::Scalar(scalar) = kind { scalar.text.len() } else { 0 };
        let nodes = usize::from(!matches!(kind, ItemKind::End));
        match (self.nodes_left.checked_sub(nodes), self.bytes_left.checked_sub(bytes)) {
            (Some(nodes), Some(bytes)) => {
                (self.nodes_left, self.bytes_left) = (nodes, bytes);
                true
            }
            (None, _) | (_, None) => false,
        }
    }

    /// The alias whose own node is the next to be opened or put, rather than something within.
    fn outermost(&self) -> Option<Span> {
        self.replays.first().filter(|replay| replay.depth == self.open.len()).map(|replay| replay.alias)
    }

    fn begin(&mut self, item: &Item, parts: Parts) {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("this alias nests lists and mappings deeper than {MAX_DEPTH}");
            return self.abandon(Code::TooLarge, message);
        }
        let span = self.outermost().unwrap_or(item.span);
        self.open.push(Open { span, anchor: item.anchor, parts });
    }

    fn end(&mut self, at: usize, bracket: Span) {
        let Some(Open { mut span, anchor, parts }) = self.open.pop() else { return };
        let (kind, last) = match parts {
            Parts::List(items) => {
                let last = items.last().map(|item| item.span);
                (NodeKind::List(items), last)
            }
            Parts::Map { entries, .. } => {
                let last = entries.last().map(|entry| entry.value.span);
                (NodeKind::Map(entries), last)
            }
        };
        if self.outermost().is_none() {
            let bracket = (bracket.start < bracket.end).then_some(bracket.end);
            span.end = bracket.or(last.map(|last| last.end)).unwrap_or(span.end).max(span.end);
        }
        if let Some((_, end)) = self.anchors.get_mut(&anchor).filter(|_| self.replays.is_empty()) {
            *end = Some(at.saturating_add(1));
        }
        self.put(Node { span, kind });
    }

    fn alias(&mut self, at: usize, anchor: usize, span: Span) {
        match self.anchors.get(&anchor).copied() {
            Some((start, Some(end))) if !self.endless.contains(&at) => {
                self.replays.push(Replay { next: start, end, alias: span, depth: self.open.len() });
            }
            Some(_) => {
                self.endless.insert(at);
                let message = "the alias stands within what it refers to, and would expand without end";
                self.refuse_alias(Diagnostic::error(Code::AliasBudget, span, message), span);
            }
            None => {
                let message = "the anchor of this alias is in another document";
                self.refuse_alias(Diagnostic::error(Code::YamlSyntax, span, message), span);
            }
        }
    }

    fn refuse_alias(&mut self, found: Diagnostic, span: Span) {
        if !self.told() {
            self.findings.push(found.help("write the value out, or name it under `define` and use `$name`"));
        }
        self.put(nothing(span));
    }

    /// Gives up the alias that is being expanded; nothing stands in its place.
    fn abandon(&mut self, code: Code, message: String) {
        let Some(Replay { alias, depth, .. }) = self.replays.drain(..).next() else { return };
        self.open.truncate(depth);
        let help = "write the values out, or name them under `define` and use `$name`";
        if !std::mem::replace(&mut self.spent, code == Code::AliasBudget) {
            self.findings.push(Diagnostic::error(code, alias, message).help(help));
        }
        self.put(nothing(alias));
    }

    fn put(&mut self, node: Node) {
        let told = self.told();
        match self.open.last_mut().map(|open| &mut open.parts) {
            None => self.root = Some(node),
            Some(Parts::List(items)) => items.push(node),
            Some(Parts::Map { entries, seen, next }) => match std::mem::replace(next, Next::Key) {
                Next::Key => match key(&node, seen) {
                    Ok(key) => *next = Next::Value(key, node.span),
                    Err(refusal) => {
                        *next = Next::Refused;
                        if !told {
                            self.findings.tell(refusal.code(), || refusal.told(&node, self.text));
                        }
                    }
                },
                Next::Refused => {}
                Next::Value(key, key_span) => entries.push(Entry { key, key_span, value: beside(node, key_span) }),
            },
        }
    }
}

/// Judges a key: its text, or why it is none.
fn key(node: &Node, seen: &mut BTreeMap<String, Span>) -> Result<String, Refusal> {
    let NodeKind::Scalar(scalar) = &node.kind else { return Err(Refusal::Collection) };
    match seen.get(&scalar.text) {
        _ if scalar.is_plain() && scalar.text.is_empty() => Err(Refusal::Missing),
        _ if scalar.is_plain() && scalar.text == "<<" => Err(Refusal::Merge),
        Some(first) => Err(Refusal::Duplicate(*first)),
        None => {
            seen.insert(scalar.text.clone(), node.span);
            Ok(scalar.text.clone())
        }
    }
}

/// Why something is no key.
enum Refusal {
    Collection,
    Missing,
    Merge,
    Duplicate(Span),
}

impl Refusal {
    fn code(&self) -> Code {
        match self {
            Refusal::Collection | Refusal::Missing => Code::UnsupportedYaml,
            Refusal::Merge => Code::MergeKey,
            Refusal::Duplicate(_) => Code::DuplicateKey,
        }
    }

    fn told(&self, node: &Node, text: &Text<'_>) -> Diagnostic {
        let error = |message: String| Diagnostic::error(self.code(), node.span, message);
        match self {
            Refusal::Collection => {
                let start = usize::try_from(node.span.start).unwrap_or(usize::MAX);
                let help = quote::help_for_line(text.raw(), start).unwrap_or_else(|| "a key is a word".to_owned());
                error(format!("{} cannot be a key", node.describe())).help(help)
            }
            Refusal::Missing => error("a key is missing here".to_owned()).help("write `key: value`"),
            Refusal::Merge => error("merge keys (`<<`) are refused".to_owned())
                .help("name the value under `define` and use it as `$name`")
                .help("contracts are shared with `extends`"),
            Refusal::Duplicate(first) => {
                let key = node.as_scalar().map(|scalar| excerpt(&scalar.text)).unwrap_or_default();
                let found = error(format!("the key `{key}` stands twice in this mapping")).label("again here");
                found.related(*first, "first here").help("remove one of the two, or join them")
            }
        }
    }
}

/// A value that was left out has no place of its own; it stands right behind its key.
fn beside(value: Node, key: Span) -> Node {
    let nothing = value.as_scalar().is_some_and(|scalar| scalar.is_plain() && scalar.text.is_empty());
    if nothing && value.span.start == value.span.end {
        Node { span: Span { start: key.end, ..key }, ..value }
    } else {
        value
    }
}

fn nothing(span: Span) -> Node {
    let scalar = Scalar { text: String::new(), style: crate::source::ScalarStyle::Plain };
    Node { span, kind: NodeKind::Scalar(scalar) }
}
