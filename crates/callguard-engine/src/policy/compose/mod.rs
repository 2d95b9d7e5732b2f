//! Composition: what a policy becomes with everything that it extends.

mod define;
mod facts;
mod library;
mod overrides;
mod reach;
mod redaction;
mod settings;
mod tools;
mod weaken;

pub(super) use library::Library;

use super::examples::Examples;
use super::model::{Contract, Default as ByDefault, Filesystem, Mode, Policy, SymlinkMode};
use super::read::{self, Cx, ReadContract, ReadSpec, Regexes};
use crate::decide::Operators;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Entry, Node, NodeKind};
use define::{Definitions, Substitution};
use facts::Facts;
use jiff::tz::TimeZone;
use library::{DocId, Document};
use reach::Reach;
use settings::Settings;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// Nodes that one load may read, each base again for each policy that extends it.
const MAX_NODES: usize = 500_000;

/// What a document counts for, however short it is.
const DOCUMENT_NODES: usize = 100;

/// What a whole load may take.
struct Budget {
    nodes: usize,
    regexes: Rc<Regexes>,
}

/// The policies that decide, each with all that it extends, by name.
pub(super) fn compose(library: &Library, operators: &Arc<Operators>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Policy> {
    let mut budget = Budget { nodes: MAX_NODES, regexes: Rc::default() };
    let custom_operators: BTreeSet<String> = operators.names().map(str::to_owned).collect();
    let mut policies: Vec<Policy> = Vec::new();
    let mut bases = BTreeSet::new();
    for root in &library.roots {
        let reach = Reach::of(library, *root);
        bases
            .extend(reach.order.iter().copied().filter(|id| !library.roots.contains(id) && has_examples(library, *id)));
        let mut found = Vec::new();
        if let Some(composed) = compose_one(library, *root, &custom_operators, &mut budget, &mut found) {
            found.extend(composed.judged(operators, &found));
            policies.push(composed.policy);
        }
        diagnostics.append(&mut found);
    }
    // What a base's examples show, they show of the base as it is written, whatever extends it.
    for base in bases {
        let mut unheard = Vec::new();
        let composed = compose_one(library, base, &custom_operators, &mut budget, &mut unheard);
        diagnostics.extend(composed.map(|composed| composed.judged(operators, &unheard)).unwrap_or_default());
    }
    policies.sort_by(|left, right| left.name.cmp(&right.name));
    policies
}

fn has_examples(library: &Library, id: DocId) -> bool {
    let spec = library.document(id).and_then(|document| document.spec.as_map()).unwrap_or_default();
    let lists = spec.iter().filter_map(|entry| entry.value.as_list());
    lists.flatten().any(|contract| contract.entry("examples").is_some())
}

/// A policy, and the examples of its own document.
struct Composed {
    policy: Policy,
    examples: Vec<Examples>,
}

impl Composed {
    /// What is wrong with the examples; nothing is judged by a policy that is wrong itself.
    fn judged(&self, operators: &Arc<Operators>, found: &[Diagnostic]) -> Vec<Diagnostic> {
        match found.iter().any(|found| found.severity == Severity::Error) {
            true => Vec::new(),
            false => super::examples::judge(&self.policy, &self.examples, operators),
        }
    }
}

fn compose_one(
    library: &Library,
    root: DocId,
    custom_operators: &BTreeSet<String>,
    budget: &mut Budget,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Composed> {
    let reach = Reach::of(library, root);
    let definitions = Definitions::of(library, &reach, diagnostics);
    let regexes = Rc::clone(&budget.regexes);
    let (reach, definitions) = (&reach, &definitions);
    let mut whole = Whole { library, reach, definitions, custom_operators, regexes, diagnostics };
    whole.policy(root, &mut budget.nodes)
}

/// A root and all that it reaches.
struct Whole<'a, 'l> {
    library: &'l Library,
    reach: &'l Reach,
    definitions: &'a Definitions<'l>,
    custom_operators: &'a BTreeSet<String>,
    regexes: Rc<Regexes>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// What has been read of each document.
type Specs = BTreeMap<DocId, ReadSpec>;

impl<'l> Whole<'_, 'l> {
    fn policy(&mut self, root: DocId, budget: &mut usize) -> Option<Composed> {
        let facts = Facts::of(self.library, self.reach, self.custom_operators, self.diagnostics);
        let mut specs = self.specs(&facts, budget);
        let settings = settings::inherit(self.library, self.reach, &specs, self.diagnostics);
        let overrides = overrides::read(self, &specs, &facts, budget);
        overrides::refuse_weakening(self.reach, &specs, &settings, &overrides, self.diagnostics);
        let overrides = overrides::in_order(self.library, self.reach, overrides, self.diagnostics);
        let own = settings.get(&root)?;
        let examples = self.examples(&specs, root, &facts);
        let mode = own.mode();
        let mut contracts = Vec::new();
        for id in &self.reach.order {
            let read = specs.get_mut(id).map(|spec| std::mem::take(&mut spec.contracts)).unwrap_or_default();
            contracts.extend(read.into_iter().map(|read| overrides::apply(with_mode(read, mode), &overrides)));
        }
        let tools = tools::merge(self.reach, &specs, self.diagnostics);
        let redaction = redaction::merge(self.reach, &specs, self.diagnostics);
        let document = self.library.document(root)?;
        let requires = requires(self.reach, &specs);
        let rest = Rest { facts: facts.seen_by(root), tools, redaction, requires };
        Some(Composed { policy: assemble(document, own, contracts, rest), examples })
    }

    /// The examples of the root's own contracts.
    fn examples(&mut self, specs: &Specs, root: DocId, facts: &Facts) -> Vec<Examples> {
        let mut cx = self.cx(facts, root);
        let contracts = specs.get(&root).map(|spec| spec.contracts.as_slice()).unwrap_or_default();
        let read = |read: &ReadContract| Examples::read(&read.contract, read.examples.as_ref()?, &mut cx);
        let examples = contracts.iter().filter_map(read).collect();
        self.diagnostics.extend(cx.into_diagnostics());
        examples
    }

    /// Reads every document, those that are extended first, so that declarations are known where they are needed.
    fn specs(&mut self, facts: &Facts, budget: &mut usize) -> Specs {
        let mut specs = Specs::new();
        for id in &self.reach.bases_first {
            let Some(document) = self.library.document(*id) else { continue };
            let mut substitution = self.definitions.substitution(*id, budget, self.diagnostics);
            if !substitution.charge(document.spec.span, DOCUMENT_NODES) {
                continue;
            }
            let node = substituted(document, substitution);
            let mut cx = self.cx(facts, *id);
            for (base, _) in self.reach.beneath(*id) {
                let tools = specs.get(base).map(|spec: &ReadSpec| spec.tools.as_slice()).unwrap_or_default();
                cx.tools.extend(tools.iter().map(|tool| &tool.declaration));
            }
            let spec = read::spec(&node, &document.header.name.value, &mut cx);
            self.diagnostics.extend(cx.into_diagnostics());
            specs.insert(*id, spec);
        }
        specs
    }

    /// A context for reading in `document`.
    fn cx(&self, facts: &Facts, document: DocId) -> Cx<'l>
    where
        Self: 'l,
    {
        let mut cx = Cx::new(&self.library.sources, self.custom_operators);
        cx.facts = facts.seen_by(document);
        cx.regexes = Rc::clone(&self.regexes);
        cx
    }
}

/// A spec with every `$name` replaced. What is read elsewhere, or never holds names, stays as it is.
fn substituted(document: &Document, mut substitution: Substitution<'_, '_>) -> Node {
    let spec = &document.spec;
    let sealed = is_true(spec, "locked");
    let entries = spec.as_map().unwrap_or_default().iter().map(|entry| {
        let value = match entry.key.as_str() {
            "extends" | "overrides" | "define" | "facts" => entry.value.clone(),
            key if read::CONTRACT_KEYS.iter().any(|(known, _)| *known == key) => {
                contracts(&entry.value, sealed, &mut substitution)
            }
            _ => substitution.apply(&entry.value),
        };
        Entry { value, ..entry.clone() }
    });
    Node { span: spec.span, kind: NodeKind::Map(entries.collect()) }
}

fn contracts(node: &Node, sealed: bool, substitution: &mut Substitution<'_, '_>) -> Node {
    let Some(items) = node.as_list() else { return node.clone() };
    let items = items.iter().map(|contract| {
        let locked = contract.entry("locked").map_or(sealed, |_| is_true(contract, "locked"));
        substitution.locked(locked).apply(contract)
    });
    Node { span: node.span, kind: NodeKind::List(items.collect()) }
}

fn is_true(node: &Node, key: &str) -> bool {
    node.entry(key).is_some_and(|entry| entry.value.as_bool() == Some(true))
}

/// The contract in the mode of the loaded policy, unless it has one of its own.
fn with_mode(read: ReadContract, mode: Mode) -> Contract {
    let mut contract = read.contract;
    for dated in &mut contract.terms {
        dated.terms.mode = read.mode.unwrap_or(mode);
    }
    contract
}

/// Every selector that the policy or a base requires, once.
fn requires(reach: &Reach, specs: &Specs) -> Vec<super::model::Selector> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for selector in reach.order.iter().filter_map(|id| specs.get(id)).flat_map(|spec| &spec.requires) {
        if seen.insert(selector) {
            all.push(selector.clone());
        }
    }
    all
}

/// What a policy has beside settings and contracts.
struct Rest {
    facts: BTreeMap<String, super::model::FactType>,
    tools: Vec<super::model::ToolDeclaration>,
    redaction: crate::audit::redact::RedactionRules,
    requires: Vec<super::model::Selector>,
}

fn assemble(document: &Document, settings: &Settings, contracts: Vec<Contract>, rest: Rest) -> Policy {
    let header = document.header.clone();
    let value = |setting: &read::Setting<String>| setting.as_ref().map(|setting| setting.value.clone());
    let symlinks = settings.resolve_symlinks.as_ref().map_or(SymlinkMode::Auto, |setting| setting.value);
    let default = settings.default.as_ref().map_or(ByDefault::Allow, |setting| setting.value);
    Policy {
        name: header.name.value,
        description: header.description,
        version: header.version,
        labels: header.labels,
        annotations: header.annotations,
        mode: settings.mode(),
        default,
        unknown_tools: settings.unknown_tools.as_ref().map_or(default, |setting| setting.value),
        requires: rest.requires,
        facts: rest.facts,
        tools: rest.tools,
        catalog: settings.catalog.as_ref().is_none_or(|setting| setting.value),
        contracts,
        redaction: rest.redaction,
        filesystem: Filesystem {
            workspace: value(&settings.workspace),
            home: value(&settings.home),
            resolve_symlinks: symlinks,
        },
        timezone: settings.timezone.as_ref().map_or(TimeZone::UTC, |setting| setting.value.clone()),
    }
}
