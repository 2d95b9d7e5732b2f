//! Specs: settings, tools, facts, and what they hold.

use super::condition::condition;
use super::contract::{ask, contract, limit, message};
use super::fields::{ARGUMENTS, FACTS, TOTAL};
use super::operand::distinct;
use super::write::Writer;
use crate::Draw;
use crate::constants as all;
use crate::node::Node;
use crate::pool::Kind;
use callguard_engine::policy::model::Kind as ContractKind;
use callguard_engine::policy::register::Place;

const KINDS: [(&str, ContractKind); 3] = [
    ("preconditions", ContractKind::Precondition),
    ("session", ContractKind::Session),
    ("postconditions", ContractKind::Postcondition),
];

/// What a spec builds upon.
#[derive(Clone, Copy)]
pub(crate) enum Base<'a> {
    /// Nothing.
    None,
    /// Another document's spec, by its file and name.
    Document { file: &'a str, name: &'a str, spec: &'a Node },
    /// A shipped template.
    Template(&'a str),
}

/// A spec.
pub(crate) fn spec(base: Base<'_>, most_contracts: usize, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let mut spec = Node::Map(Vec::new());
    if !base.is_locked() {
        settings(&mut spec, base.may_be_observed(), draw);
        if !matches!(base, Base::Template(_)) && draw.chance(60) {
            spec.put("tools", tools(writer, draw));
        }
    }
    if writer.facts {
        let facts = FACTS.iter().map(|(name, declared, _)| (*name, Node::text(declared.as_str())));
        spec.put("facts", Node::map(facts));
    }
    // A base's definitions come along; another of the same name may be refused.
    if writer.defines && !matches!(base, Base::Document { .. }) {
        let words = Node::texts(["production", "admin"]);
        spec.put("define", Node::map([("words", words), ("one", Node::text("staging"))]));
    }
    if draw.chance(6) {
        spec.put("requires", requires(writer, draw));
    }
    if !base.is_locked() && draw.chance(12) {
        spec.put("redaction", redaction(draw));
    }
    contracts(&mut spec, most_contracts, writer, draw);
    base.extend(&mut spec, writer, draw);
    spec
}

impl Base<'_> {
    fn is_locked(self) -> bool {
        match self {
            Base::Document { spec, .. } => is_true(spec, "locked"),
            Base::None | Base::Template(_) => false,
        }
    }

    /// Whether nothing in it refuses to be observed.
    fn may_be_observed(self) -> bool {
        let Base::Document { spec, .. } = self else { return matches!(self, Base::None) };
        let contracts = KINDS.iter().filter_map(|(key, _)| match spec.get(key) {
            Some(Node::List(contracts)) => Some(contracts),
            _ => None,
        });
        !contracts.flatten().any(|contract| is_true(contract, "locked"))
    }

    fn extend(self, spec: &mut Node, writer: &Writer<'_>, draw: &mut Draw<'_>) {
        match self {
            Base::None => {}
            Base::Template(name) => spec.put("extends", Node::texts([format!("template/{name}")])),
            Base::Document { file, name, spec: base } => {
                spec.put("extends", Node::texts([file]));
                let changes = overrides(name, base, writer, draw);
                if !changes.is_empty() {
                    spec.put("overrides", Node::List(changes));
                }
            }
        }
    }
}

fn is_true(node: &Node, key: &str) -> bool {
    node.get(key) == Some(&Node::plain(true))
}

fn settings(spec: &mut Node, may_be_observed: bool, draw: &mut Draw<'_>) {
    let allow_or_deny = |draw: &mut Draw<'_>| Node::text(draw.one(&["allow", "allow", "deny"]));
    if draw.chance(12) {
        let modes: &[&str] = if may_be_observed { &["observe", "enforce"] } else { &["enforce"] };
        spec.put("mode", Node::text(draw.one(modes)));
    }
    if draw.chance(30) {
        spec.put("default", allow_or_deny(draw));
    }
    if draw.chance(15) {
        spec.put("unknown_tools", allow_or_deny(draw));
    }
    if draw.chance(15) {
        spec.put("catalog", Node::text(draw.one(&["builtin", "none"])));
    }
    if draw.chance(15) {
        let mut files = Node::map([("workspace", Node::text(draw.one(&["/workspace", "/srv/app"])))]);
        if draw.chance(50) {
            files.put("home", Node::text("/home/agent"));
        }
        if draw.chance(50) {
            files.put("resolve_symlinks", Node::text(draw.one(&["auto", "always", "never"])));
        }
        spec.put("filesystem", files);
    }
    if draw.chance(20) {
        spec.put("timezone", Node::text(draw.one(&["Europe/Zurich", "America/New_York", "Asia/Kolkata", "UTC"])));
    }
    if draw.chance(8) {
        spec.put("locked", Node::plain(true));
    }
}

fn requires(writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let mut required = draw.several(2, |draw| super::subject::Subject::draw(Place::Requires, writer, draw).text);
    required.sort_unstable();
    required.dedup();
    Node::texts(required)
}

fn redaction(draw: &mut Draw<'_>) -> Node {
    Node::Map(distinct(draw.several(3, |draw| match draw.below(6) {
        0 => ("keys", Node::texts(["team", "owner"])),
        1 => ("patterns", Node::texts(["[a-z]{3}tion"])),
        2 => ("detect", Node::texts(["email"])),
        3 => ("keep_keys", Node::texts(["password"])),
        4 => ("max_value", Node::plain(5 + draw.below(40))),
        _ => ("builtin", Node::plain(draw.chance(50))),
    })))
}

fn contracts(spec: &mut Node, most: usize, writer: &Writer<'_>, draw: &mut Draw<'_>) {
    let mut number = 0;
    for (key, kind) in KINDS {
        let mut found = Vec::new();
        let count = match kind {
            ContractKind::Precondition => usize::from(draw.chance(80)) + draw.below(most),
            ContractKind::Session => draw.below(most),
            ContractKind::Postcondition => usize::from(draw.chance(60)) + draw.below(most - 1),
        };
        for _ in 0..count {
            number += 1;
            found.push(contract(kind, &format!("c{number}"), writer, draw));
        }
        if kind == ContractKind::Precondition && draw.chance(4) {
            found.push(with_examples(draw));
        }
        if !found.is_empty() {
            spec.put(key, Node::List(found));
        }
    }
}

/// One whose examples hold.
fn with_examples(draw: &mut Draw<'_>) -> Node {
    let environment = |name: &str| Node::map([("environment", Node::text(name))]);
    let example = |name: &str| Node::map([("tool", Node::text("deploy")), ("environment", Node::text(name))]);
    let examples = [("matches", example("production")), ("misses", example("staging"))];
    Node::map([
        ("id", Node::text("exemplary")),
        ("when", environment("production")),
        ("action", Node::text(draw.one(&["deny", "ask", "warn", "allow"]))),
        ("examples", Node::map(examples.map(|(key, call)| (key, Node::List(vec![call]))))),
    ])
}

/// What the tools are.
fn tools(writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let mut names: Vec<&str> = draw.several(3, |draw| match draw.chance(75) {
        true => draw.one(&writer.pool.tools),
        false => draw.one(all::GLOBS),
    });
    names.sort_unstable();
    names.dedup();
    let cut = if names.len() > 1 { 1 } else { 0 };
    let (several, singly) = names.split_at(cut * draw.below(names.len()));
    let lists = Some(several).filter(|names| !names.is_empty()).map(|names| Node::texts(names.iter().copied()));
    let declared = lists.into_iter().chain(singly.iter().map(|name| Node::text(*name)));
    Node::List(declared.map(|name| declaration(name, writer, draw)).collect())
}

fn declaration(name: Node, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let mut tool = Node::map([("name", name)]);
    if draw.chance(60) {
        tool.put("side_effect", Node::text(draw.one(&["pure", "read", "write", "irreversible"])));
    }
    if draw.chance(30) {
        tool.put("labels", Node::texts(draw.several(2, |draw| draw.one(all::LABELS))));
    }
    if draw.chance(60) {
        let typed = (0..ARGUMENTS.len()).filter(|_| draw.chance(30)).map(|place| {
            let (argument, _) = ARGUMENTS[place];
            let key = if argument == "odd.key" { "[\"odd.key\"]" } else { argument };
            (key, Node::text(writer.arg_types[place]))
        });
        let mut args = Node::map(typed.collect::<Vec<_>>());
        if draw.chance(20) {
            args.put("rows[*].file", Node::text("path.read"));
        }
        if args != Node::Map(Vec::new()) {
            tool.put("args", args);
        }
    }
    for (key, percent) in [("idempotent", 10), ("persistent", 12), ("closed_args", 5)] {
        if draw.chance(percent) {
            tool.put(key, Node::plain(draw.chance(70)));
        }
    }
    if draw.chance(15) {
        tool.put("default", Node::text(draw.one(&["allow", "deny"])));
    }
    if draw.chance(5) {
        let amount = Node::map([("type", Node::text("number")), ("maximum", Node::plain(999))]);
        let properties = Node::map([("amount", amount)]);
        tool.put("schema", Node::map([("type", Node::text("object")), ("properties", properties)]));
    }
    tool
}

/// The type that an argument of that kind is declared with.
pub(crate) fn arg_type(argument: &str, kind: Kind, draw: &mut Draw<'_>) -> &'static str {
    if argument == TOTAL {
        return "number";
    }
    if draw.chance(8) {
        return draw.one(&["text", "opaque", "secret", "email", "patch", "path", "url", "command"]);
    }
    match kind {
        Kind::Path => draw.one(&["path", "path.read", "path.write"]),
        Kind::Command => "command",
        Kind::Url => "url",
        Kind::Host => "host",
        Kind::Sql => draw.one(&["sql", "sql", "sql.mysql", "sql.sqlite", "sql.mssql"]),
        Kind::Secret => "secret",
        Kind::Word => draw.one(&["text", "text", "opaque", "email"]),
        _ => "opaque",
    }
}

/// Changes to some contracts of the base.
fn overrides(policy: &str, base: &Node, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Vec<Node> {
    let locked = is_true(base, "locked");
    let mut changes = Vec::new();
    for (key, kind) in KINDS {
        let Some(Node::List(contracts)) = base.get(key) else { continue };
        for contract in contracts {
            let Some(Node::Text(id)) = contract.get("id") else { continue };
            if !draw.chance(60) {
                continue;
            }
            let locked = contract.get("locked").map_or(locked, |_| is_true(contract, "locked"));
            let id = Node::text(format!("{policy}/{id}"));
            changes.push(change(id, kind, contract, locked, writer, draw));
        }
    }
    changes
}

fn change(
    id: Node,
    kind: ContractKind,
    contract: &Node,
    locked: bool,
    writer: &Writer<'_>,
    draw: &mut Draw<'_>,
) -> Node {
    let place = Place::from(kind);
    let actions: &[&str] = match kind {
        ContractKind::Precondition => &["deny", "ask", "warn", "allow"],
        ContractKind::Session => &["deny", "ask", "warn"],
        ContractKind::Postcondition if contract.get("redact").is_some() => &["withhold", "redact", "warn"],
        ContractKind::Postcondition => &["withhold", "warn"],
    };
    let mut entries = vec![("id", id)];
    if draw.chance(60) {
        entries.push(("until", Node::text(draw.one(&["2026-03-01", "2026-03-02", "2026-03-03"]))));
    }
    entries.push(("severity", Node::text(draw.one(&["low", "critical"]))));
    entries.extend(draw.maybe(20, |draw| ("message", Node::text(message(place, writer, draw)))));
    entries.extend(draw.maybe(10, |_| ("tags", Node::texts(["changed"]))));
    if !locked {
        entries.extend(draw.maybe(40, |draw| ("action", Node::text(draw.one(actions)))));
        entries.extend(draw.maybe(15, |draw| ("mode", Node::text(draw.one(&["observe", "enforce"])))));
        entries.extend(draw.maybe(15, |draw| ("enabled", Node::plain(draw.chance(50)))));
        entries.extend(draw.maybe(25, |draw| ("unless", condition(place, writer, draw))));
        if contract.get("limit").is_some() {
            entries.extend(draw.maybe(40, |draw| ("limit", limit(writer, draw))));
        }
        let words: &[&str] = if kind == ContractKind::Postcondition { &["warn"] } else { &["ask", "warn"] };
        entries.extend(draw.maybe(15, |draw| ("on_unknown", Node::text(draw.one(words)))));
        if kind != ContractKind::Postcondition {
            entries.extend(draw.maybe(15, |draw| ("ask", ask(draw))));
        }
    }
    Node::map(entries)
}
