//! Overrides: which hold, in what order, and what a contract's terms become.

use super::define::{MAX_HELPED, MAX_SUGGESTED};
use super::facts::Facts;
use super::library::{DocId, Library};
use super::reach::Reach;
use super::settings::Settings;
use super::weaken::{Before, weakened};
use super::{Specs, Whole};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::policy::model::{Action, Contract, ContractId, Dated, Kind, Limit, Mode, OnUnknown, Terms};
use crate::policy::read::{self, ReadContract, ReadOverride, action};
use crate::source::{Span, Spanned, excerpt};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// An override, and the document that it stands in.
pub(super) struct Placed {
    document: DocId,
    read: ReadOverride,
}

/// Overrides by contract, the nearest document's last.
pub(super) type Layers = BTreeMap<ContractId, Vec<ReadOverride>>;

/// Reads the overrides of every document that a policy reaches.
pub(super) fn read(whole: &mut Whole<'_, '_>, specs: &Specs, facts: &Facts, budget: &mut usize) -> Vec<Placed> {
    let mut found: Vec<Placed> = Vec::new();
    for id in whole.reach.order.clone() {
        let Some(entry) = whole.library.document(id).and_then(|document| document.spec.entry("overrides")) else {
            continue;
        };
        let node = whole.definitions.substitution(id, budget, whole.diagnostics).apply(&entry.value);
        let mut cx = whole.cx(facts, id);
        let beneath = Beneath::of(whole.library, whole.reach, specs, id);
        let mut own: BTreeMap<&ContractId, Span> = BTreeMap::new();
        for item in read::list(&node, "overrides", &mut cx).unwrap_or_default() {
            let Some(written) = read::override_target(item, &mut cx) else { continue };
            let Some(target) = beneath.find(&written, &mut cx) else { continue };
            let name = Spanned { value: target.contract.id.clone(), span: written.span };
            cx.about = target.contract.tools.clone();
            let Some(read) = read::read_override(item, name, target.contract.kind, &mut cx) else { continue };
            cx.report_all(cannot_take(&target.contract, &read));
            match own.insert(&target.contract.id, written.span) {
                Some(first) => {
                    let message = format!("`{}` is overridden twice in this document", read.target.value);
                    let twice = Diagnostic::error(Code::OverrideTwice, written.span, message);
                    cx.report(twice.related(first, "the other one").help("join the two overrides"));
                }
                None => found.push(Placed { document: id, read }),
            }
        }
        whole.diagnostics.extend(cx.into_diagnostics());
    }
    found
}

/// The contracts that a document can override: those of its bases.
struct Beneath<'a> {
    contracts: BTreeMap<String, &'a ReadContract>,
    /// Every `POLICY/ID` as written: what is wrong with a contract that is here alone has been reported.
    written: BTreeSet<String>,
    /// Whether a base could not be read.
    incomplete: bool,
}

impl<'a> Beneath<'a> {
    fn of(library: &Library, reach: &Reach, specs: &'a Specs, document: DocId) -> Beneath<'a> {
        let bases = || reach.beneath(document).iter().map(|(id, _)| id);
        let contracts = bases().filter_map(|id| specs.get(id)).flat_map(|spec| &spec.contracts);
        let written = bases().filter_map(|id| library.document(*id)).flat_map(|document| {
            let policy = &document.header.name.value;
            let lists = read::CONTRACT_KEYS.iter().filter_map(|(key, _)| document.spec.entry(key)?.value.as_list());
            let ids = lists.flatten().filter_map(|contract| contract.entry("id")?.value.as_scalar());
            ids.map(move |id| format!("{policy}/{}", id.text))
        });
        Beneath {
            contracts: contracts.map(|read| (read.contract.id.to_string(), read)).collect(),
            written: written.collect(),
            incomplete: reach.is_incomplete(document),
        }
    }

    fn find(&self, written: &Spanned<String>, cx: &mut read::Cx<'_>) -> Option<&'a ReadContract> {
        let found = self.contracts.get(&written.value).copied();
        if found.is_none() && !self.incomplete && !self.written.contains(&written.value) {
            let message = format!("no base has a contract `{}`", excerpt(&written.value));
            let unknown = Diagnostic::error(Code::UnknownContract, written.span, message);
            let most = if cx.found() > MAX_HELPED { 0 } else { MAX_SUGGESTED };
            let names = self.contracts.keys().map(String::as_str).take(most);
            cx.report(match did_you_mean(&written.value, names) {
                Some(near) => unknown.help(format!("did you mean `{near}`?")),
                None if self.contracts.is_empty() => unknown.help("overrides change contracts of bases: add `extends`"),
                None => unknown.help("write `POLICY/ID`, as in audit events"),
            });
        }
        found
    }
}

/// What an override asks of a contract that has no such thing.
fn cannot_take(contract: &Contract, read: &ReadOverride) -> Option<Diagnostic> {
    let terms = contract.terms.first().map(|dated| &dated.terms)?;
    if let (Some(limit), None) = (&read.limit, &terms.limit) {
        let message = format!("`{}` has no limit to change", contract.id);
        return Some(Diagnostic::error(Code::BadOverride, limit.key, message).help("leave out `limit`"));
    }
    let action = read.action.as_ref()?;
    (action.value == action::ActionWord::Redact && contract.redact.is_none()).then(|| {
        let message = format!("`{}` does not say what is replaced", contract.id);
        Diagnostic::error(Code::BadAction, action.span, message).help("withhold the result instead")
    })
}

/// Reports every override that weakens a locked contract.
pub(super) fn refuse_weakening(
    reach: &Reach,
    specs: &Specs,
    settings: &BTreeMap<DocId, Settings>,
    overrides: &[Placed],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut by_target: BTreeMap<&ContractId, Vec<&Placed>> = BTreeMap::new();
    for placed in overrides {
        by_target.entry(&placed.read.target.value).or_default().push(placed);
    }
    for (id, spec) in specs {
        let mode = settings.get(id).map_or(Mode::Enforce, Settings::mode);
        for read in spec.contracts.iter().filter(|read| read.contract.locked) {
            let Some(terms) = read.contract.terms.first().map(|dated| &dated.terms) else { continue };
            let before = Before { terms, mode: read.mode.unwrap_or(mode) };
            for placed in by_target.get(&read.contract.id).into_iter().flatten() {
                for (key, span) in weakened(&before, &placed.read) {
                    diagnostics.push(locked(&read.contract, key, span));
                }
            }
            if before.mode == Mode::Enforce && read.mode.is_none() && terms.action.restricts() {
                refuse_observing(reach, specs, *id, &read.contract, diagnostics);
            }
        }
    }
}

fn locked(contract: &Contract, key: &str, span: Span) -> Diagnostic {
    let found =
        Diagnostic::error(Code::Locked, span, format!("this `{key}` would weaken `{}`, which is locked", contract.id));
    found.related(contract.span, "locked here").help("a locked contract can only be made stricter")
}

/// A document that observes would take a locked contract of a base with it.
fn refuse_observing(reach: &Reach, specs: &Specs, base: DocId, contract: &Contract, diagnostics: &mut Vec<Diagnostic>) {
    let sealed = specs.get(&base).is_some_and(|spec| spec.locked);
    for (_, spec) in specs.iter().filter(|(id, _)| **id != base && reach.distance(**id, base).is_some()) {
        match &spec.mode {
            // A locked spec has refused the setting already.
            Some(mode) if mode.value == Mode::Observe && !sealed => {
                diagnostics.push(locked(contract, "mode", mode.span));
            }
            _ => {}
        }
    }
}

/// Overrides by contract, nearest last; two documents that are equally near must not override one contract.
pub(super) fn in_order(
    library: &Library,
    reach: &Reach,
    mut overrides: Vec<Placed>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Layers {
    let Some(root) = reach.order.first().copied() else { return Layers::new() };
    let distance = |placed: &Placed| reach.distance(root, placed.document).unwrap_or(usize::MAX);
    overrides.sort_by_key(|placed| std::cmp::Reverse(distance(placed)));
    let mut nearest: BTreeMap<ContractId, (usize, DocId, Span)> = BTreeMap::new();
    let mut layers = Layers::new();
    for placed in overrides {
        let target = &placed.read.target;
        let far = distance(&placed);
        if let Some((equal, other, span)) = nearest.get(&target.value)
            && *equal == far
        {
            let at = way(library, reach, root, placed.document, *other).unwrap_or(target.span);
            let message = format!("two bases that are equally near override `{}`", target.value);
            let found = Diagnostic::error(Code::OverrideTwice, at, message).related(*span, "one of them");
            let found = if at == target.span { found } else { found.related(target.span, "the other one") };
            diagnostics.push(found.help("override it in the policy that extends both, and take one of these out"));
        }
        nearest.insert(target.value.clone(), (far, placed.document, target.span));
        layers.entry(target.value.clone()).or_default().push(placed.read);
    }
    layers
}

/// Where the root says that it extends what leads to `to` and not to `other`.
fn way(library: &Library, reach: &Reach, root: DocId, to: DocId, other: DocId) -> Option<Span> {
    let bases = &library.document(root)?.bases;
    let leads =
        |(base, _): &&(DocId, Span)| reach.distance(*base, to).is_some() && reach.distance(*base, other).is_none();
    bases.iter().find(leads).map(|(_, span)| *span)
}

/// The contract with its overrides: one set of terms for each day on which one of them ends, and one for ever after.
pub(super) fn apply(mut contract: Contract, layers: &Layers) -> Contract {
    let Some(layers) = layers.get(&contract.id) else { return contract };
    let Some(base) = contract.terms.first().map(|dated| dated.terms.clone()) else { return contract };
    let mut days: Vec<Date> = layers.iter().filter_map(|layer| layer.until).collect();
    days.sort_unstable();
    days.dedup();
    let ends = days.into_iter().map(Some).chain(std::iter::once(None));
    let terms = ends.map(|until| {
        let holds = |layer: &&ReadOverride| match (layer.until, until) {
            (None, _) => true,
            (Some(last), Some(day)) => last >= day,
            (Some(_), None) => false,
        };
        Dated {
            until,
            terms: layers.iter().filter(holds).fold(base.clone(), |terms, layer| changed(&contract, terms, layer)),
        }
    });
    contract.terms = terms.collect();
    contract
}

fn changed(contract: &Contract, mut terms: Terms, layer: &ReadOverride) -> Terms {
    let value = |change: &Option<read::Change<Mode>>| change.as_ref().map(|change| change.value);
    terms.mode = value(&layer.mode).unwrap_or(terms.mode);
    terms.enabled = layer.enabled.as_ref().map_or(terms.enabled, |change| change.value);
    terms.severity = layer.severity.as_ref().map_or(terms.severity, |change| change.value);
    if let Some(message) = &layer.message {
        terms.message = message.value.clone();
    }
    if let Some(tags) = &layer.tags {
        terms.tags = tags.value.as_slice().into();
    }
    if let Some(limit) = &layer.limit {
        let per = terms.limit.take().map(|limit| limit.per).unwrap_or_default();
        terms.limit = Some(Limit { per, ..limit.value.clone() });
    }
    terms.unless.extend(layer.unless.iter().map(|unless| unless.value.clone()));
    change_action(contract.kind, &mut terms, layer);
    terms
}

fn change_action(kind: Kind, terms: &mut Terms, layer: &ReadOverride) {
    let asked = match (&layer.ask, &terms.action) {
        (Some(ask), _) => ask.value.clone(),
        (None, Action::Ask(ask)) => ask.clone(),
        (None, _) => match &terms.on_unknown {
            Some(OnUnknown::Ask(ask)) => ask.clone(),
            _ => action::default_ask(),
        },
    };
    match &layer.action {
        Some(change) => terms.action = action::action(change.value, &asked),
        None if layer.ask.is_some() && matches!(terms.action, Action::Ask(_)) => {
            terms.action = Action::Ask(asked.clone())
        }
        None => {}
    }
    if let Some(change) = &layer.on_unknown {
        terms.on_unknown = Some(action::on_unknown(change.value, &asked));
    } else if layer.ask.is_some() && matches!(terms.on_unknown, Some(OnUnknown::Ask(_))) {
        terms.on_unknown = Some(OnUnknown::Ask(asked));
    }
    // What is no weaker than the new action would make doubt count for more than certainty.
    let keeps = match &terms.action {
        Action::Deny | Action::Withhold | Action::Redact => true,
        Action::Ask(_) => matches!(terms.on_unknown, Some(OnUnknown::Warn)),
        Action::Warn | Action::Allow | Action::Label => false,
    };
    terms.on_unknown.take_if(|_| !keeps || kind == Kind::Postcondition && layer.ask.is_some());
}
