//! Bundles and rulesets: their settings, and their contracts one by one.

use super::emit;
use super::facts::Facts;
use super::session::{self, Limits};
use super::tree::{Malformed, Notes, items, kebab, malformed, needed, needed_text, only, put, text};
use super::{Converted, contract, sandbox};
use callguard_engine::diagnostic::Code;
use callguard_engine::source::Node;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

/// Whose document it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `callguard/v1`: a tool by its name, everything else as the successor had it at first.
    Ancestor,
    /// `edictum/v1`: a tool by a glob, sandboxes, results that are redacted and withheld.
    Successor,
}

/// A policy under way.
pub(super) struct Policy {
    pub(super) dialect: Dialect,
    /// Whether the whole document only observes.
    pub(super) observes: bool,
    pub(super) notes: Notes,
    pub(super) facts: Facts,
    pub(super) preconditions: Vec<Json>,
    pub(super) postconditions: Vec<Json>,
    pub(super) session: Vec<Json>,
    pub(super) limits: Limits,
    ids: BTreeSet<String>,
}

const KEYS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "defaults",
    "contracts",
    "rules",
    "tools",
    "observability",
    "observe_alongside",
];

/// Converts a document; nothing where it is of no kind that is known.
pub(super) fn convert(document: &Node) -> Option<Result<Converted, Malformed>> {
    let (version, kind) = (text(document, "apiVersion")?, text(document, "kind")?);
    let dialect = match (version, kind) {
        ("callguard/v1", "ContractBundle") => Dialect::Ancestor,
        ("edictum/v1", "Ruleset" | "ContractBundle") => Dialect::Successor,
        _ => return None,
    };
    Some(Policy::new(dialect).converted(document, &format!("{version} {kind}")))
}

impl Policy {
    fn new(dialect: Dialect) -> Policy {
        Policy {
            dialect,
            observes: false,
            notes: Notes::default(),
            facts: Facts::default(),
            preconditions: Vec::new(),
            postconditions: Vec::new(),
            session: Vec::new(),
            limits: Limits::default(),
            ids: BTreeSet::new(),
        }
    }

    fn converted(mut self, document: &Node, from: &str) -> Result<Converted, Malformed> {
        only(document, KEYS)?;
        let metadata = needed(document, "metadata")?;
        let name = kebab(needed_text(metadata, "name")?);
        let mut spec = self.settings(document)?;
        for contract in items(document, "contracts").iter().chain(items(document, "rules")) {
            self.contract(contract)?;
        }
        self.notes.about(None);
        self.first_decides(document);
        session::finish(&mut self, document.span);
        put_unless_empty(&mut spec, "facts", self.facts.declared());
        let contracts = [&self.preconditions, &self.postconditions, &self.session].map(Vec::len).iter().sum();
        for (key, list) in
            [("preconditions", self.preconditions), ("postconditions", self.postconditions), ("session", self.session)]
        {
            put_unless_empty(&mut spec, key, list.into());
        }
        let mut named = Map::new();
        put(&mut named, "name", name.as_str());
        if let Some(description) = text(metadata, "description") {
            put(&mut named, "description", description.trim());
        }
        let mut policy = Map::new();
        put(&mut policy, "apiVersion", "callguard/v1");
        put(&mut policy, "kind", "Policy");
        put(&mut policy, "metadata", named);
        put(&mut policy, "spec", spec);
        let text = emit::document(&Json::Object(policy), from, &self.notes.all);
        Ok(Converted { name, from: from.to_owned(), text, contracts, notes: self.notes.all })
    }

    /// There the first contract that applies decides.
    fn first_decides(&mut self, document: &Node) {
        let any =
            |action: &str| self.preconditions.iter().any(|contract| contract.get("action") == Some(&action.into()));
        if any("deny") && any("ask") {
            let text = "there the first contract that applies decides; here a denial wins over a question";
            self.notes.add(document.span, text);
        }
    }

    fn settings(&mut self, document: &Node) -> Result<Map<String, Json>, Malformed> {
        let mut spec = Map::new();
        let mode = document.entry("defaults").map_or(Ok("enforce"), |defaults| needed_text(&defaults.value, "mode"))?;
        self.observes = mode == "observe";
        if let Some(entry) = document.entry("observe_alongside").filter(|entry| entry.value.as_bool() == Some(true)) {
            self.observes = true;
            let text =
                "`observe_alongside`: the policy observes; load it beside the one that it is to be compared with";
            self.notes.add(entry.key_span, text);
        }
        if self.observes {
            put(&mut spec, "mode", "observe");
        }
        if let Some(entry) = document.entry("observability") {
            let text = "`observability` has no equal in a policy: the host names sinks and sets `OTEL_*`";
            self.notes.add(entry.key_span, text);
        }
        let tools = document.entry("tools").and_then(|entry| entry.value.as_map()).unwrap_or_default();
        let declared = tools.iter().map(|entry| {
            let mut tool = Map::new();
            put(&mut tool, "name", glob(&entry.key));
            put(&mut tool, "side_effect", needed_text(&entry.value, "side_effect")?);
            if entry.value.entry("idempotent").and_then(|entry| entry.value.as_bool()) == Some(true) {
                put(&mut tool, "idempotent", true);
            }
            Ok(Json::Object(tool))
        });
        put_unless_empty(&mut spec, "tools", declared.collect::<Result<Vec<_>, Malformed>>()?.into());
        Ok(spec)
    }

    fn contract(&mut self, node: &Node) -> Result<(), Malformed> {
        let id = self.id(needed_text(node, "id")?);
        self.notes.about(Some(&id));
        match (needed_text(node, "type")?, self.dialect) {
            ("pre", _) => contract::before(self, node, &id),
            ("post", _) => contract::after(self, node, &id),
            ("session", _) => contract::counts(self, node, &id),
            ("sandbox", Dialect::Successor) => sandbox::convert(self, node, &id),
            (other, _) => {
                let help = "known are `pre`, `post`, `session` and, in `edictum/v1`, `sandbox`";
                Err(malformed(Code::UnknownWord, node.span, format!("there is no contract of type `{other}`"), help))
            }
        }
    }

    /// An id of ours that no other contract has.
    pub(super) fn id(&mut self, written: &str) -> String {
        let wanted = kebab(written);
        let numbered = (2_u32..).map(|number| kebab(&format!("{wanted} {number}")));
        let mut ids = std::iter::once(wanted.clone()).chain(numbered);
        let id = ids.find(|id| !self.ids.contains(id)).unwrap_or(wanted);
        self.ids.insert(id.clone());
        id
    }

    /// The tool of a contract; none where it is about every one.
    pub(super) fn tool(&mut self, node: &Node, tool: &str) -> Option<String> {
        let special = |letter: char| matches!(letter, '*' | '?' | '[' | '!');
        match self.dialect {
            _ if tool == "*" => return None,
            Dialect::Ancestor if tool.contains(special) => {
                self.notes.add(node.span, format!("`{tool}` is one tool of that name there, and a glob here"));
            }
            Dialect::Successor if tool.contains(['?', '[']) => {
                let text =
                    format!("the glob `{tool}` has no equal: `?` and `[…]` are `*`, so that it is about more tools");
                self.notes.add(node.span, text);
                let open = tool.split(['?', '[', '*']).next().unwrap_or_default();
                return Some(glob(&format!("{open}*")));
            }
            _ => {}
        }
        Some(glob(tool))
    }
}

/// A glob of theirs, which crosses everything.
pub(super) fn glob(tool: &str) -> String {
    if tool == "*" {
        return tool.to_owned();
    }
    let mut out = String::new();
    for letter in tool.chars() {
        match letter {
            '*' if out.ends_with("**") => {}
            '*' => out.push_str("**"),
            other => out.push(other),
        }
    }
    out
}

fn put_unless_empty(map: &mut Map<String, Json>, key: &str, value: Json) {
    let is_empty = value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty);
    if !is_empty {
        put(map, key, value);
    }
}
