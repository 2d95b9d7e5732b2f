//! Contracts that never apply, and contracts that others always overrule: shown for every call there can be.

use super::subject::{Subject, Subjects};
use super::{Finding, Lint};
use crate::proof::alone::{Alone, Shell};
use callguard_engine::decide::Engine;
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::policy::model::{Action, Leaf, Mode, Selector, ToolMatcher};
use std::collections::{BTreeMap, BTreeSet};

/// Others that a contract is held against.
const MOST_OTHERS: usize = 8;
/// The name of a tool that no policy says anything of.
const SOME_TOOL: &str = "some_tool";

pub(crate) fn findings(lint: &Lint<'_>, subjects: &Subjects<'_>, engine: &Engine) -> Vec<Finding> {
    let set = engine.policies();
    let shells: BTreeMap<&str, Shell> =
        set.policies.iter().map(|policy| (policy.name.as_str(), Shell::new(set, policy, lint.base))).collect();
    let asked: Vec<Asked<'_>> = subjects.iter().map(Asked::of).collect();
    let mut overruled: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    // The later of two that say the same is the one too many.
    for one in asked.iter().rev() {
        let subject = one.subject;
        let Some((shell, tool)) = shells.get(subject.policy.name.as_str()).zip(tool(subject)) else { continue };
        let mut others: Vec<&Subject<'_>> =
            asked.iter().filter(|other| other.may_overrule(one, &overruled)).map(|other| other.subject).collect();
        let (dead, alive) = shell.look(&[subject.contract], &tool, |alone| {
            let (dead, alive) = look(subject, alone);
            if others.len() > MOST_OTHERS {
                let beside = beside(subject, alone, engine, &tool);
                others.retain(|other| beside.contains(&other.contract.id.to_string()));
            }
            (dead, alive)
        });
        found.extend(dead);
        let mut others = others.into_iter().take(MOST_OTHERS).filter(|_| alive);
        if let Some(other) = others.find(|other| overrules(other, subject, shell, &tool)) {
            overruled.insert(subject.contract.id.to_string());
            found.push(is_overruled(subject, other));
        }
    }
    found
}

/// A contract with what its conditions look at.
struct Asked<'a> {
    subject: &'a Subject<'a>,
    looks_at: BTreeSet<String>,
}

impl<'a> Asked<'a> {
    fn of(subject: &'a Subject<'a>) -> Asked<'a> {
        Asked { subject, looks_at: subject.leaves().map(|leaf| leaf.selector.to_string()).collect() }
    }

    /// Whether it may leave the other one without a say. What looks at more does not apply wherever the other does.
    fn may_overrule(&self, one: &Asked<'_>, overruled: &BTreeSet<String>) -> bool {
        let another = !std::ptr::eq(self.subject, one.subject);
        another
            && self.looks_at.is_subset(&one.looks_at)
            && may_overrule(self.subject, one.subject)
            && !overruled.contains(&self.subject.contract.id.to_string())
    }
}

/// What of the contract no call makes true, and whether a call makes it apply.
fn look(subject: &Subject<'_>, alone: &mut Alone<'_>) -> (Vec<Finding>, bool) {
    let parts = alone.dead_parts(0);
    if alone.is_never_true(0) {
        return (vec![never_applies(subject, &parts)], false);
    }
    (parts.iter().map(|(leaf, excuses)| never_true(leaf, *excuses)).collect(), true)
}

/// Contracts that apply to one of its calls beside it.
fn beside(subject: &Subject<'_>, alone: &mut Alone<'_>, engine: &Engine, tool: &str) -> BTreeSet<String> {
    let Some(mut situation) = alone.situation(0) else { return BTreeSet::new() };
    situation.call.tool = named(subject, tool);
    let own = subject.contract.id.to_string();
    let applied: BTreeSet<String> =
        situation.decide(engine).applied.iter().map(|applied| applied.id.to_string()).collect();
    if applied.contains(&own) { applied } else { BTreeSet::new() }
}

/// The tool that the contract is asked about; none where its answer may depend on which of several it is.
fn tool(subject: &Subject<'_>) -> Option<String> {
    let by_tool = |leaf: &Leaf| {
        let of_tool = matches!(leaf.selector, Selector::Tool | Selector::ToolSideEffect | Selector::ToolLabels);
        of_tool || leaf.selector == Selector::CallSideEffect
    };
    let names = &subject.contract.tools.include;
    match names.as_slice() {
        [name] if name.is_literal() => Some(name.as_str().to_owned()),
        _ => (!subject.leaves().any(by_tool)).then(|| SOME_TOOL.to_owned()),
    }
}

/// A name that the contract's tools match.
fn named(subject: &Subject<'_>, tool: &str) -> String {
    let instance =
        subject.contract.tools.include.first().map(|glob| glob.as_str().replace("**", "x").replace('*', "x"));
    instance.filter(|_| tool == SOME_TOOL).unwrap_or_else(|| tool.to_owned())
}

fn never_applies(subject: &Subject<'_>, parts: &[(Leaf, bool)]) -> Finding {
    let message = format!("no call brings `{}` to apply", subject.id());
    let reason = parts.iter().find(|(_, excuses)| !excuses).map(|(leaf, _)| leaf);
    let span = reason.map_or_else(|| subject.key_span("when"), |leaf| leaf.span);
    let label = if reason.is_some() { "no value meets this" } else { "this cannot all be true of one call" };
    let found = Diagnostic::warning(Code::NeverApplies, span, message).label(label);
    Finding::plain(found.help("change what contradicts itself, or remove the contract"))
}

fn never_true(leaf: &Leaf, excuses: bool) -> Finding {
    let message = match excuses {
        true => format!("this never excuses: no value of `{}` meets it", leaf.selector),
        false => format!("no value of `{}` meets this", leaf.selector),
    };
    let found = Diagnostic::warning(Code::NeverTrue, leaf.span, message);
    Finding::plain(found.help("change what contradicts itself, or remove it"))
}

/// Whether the other one is of a kind that can leave the subject without a say.
fn may_overrule(other: &Subject<'_>, subject: &Subject<'_>) -> bool {
    let same_policy = other.policy.name == subject.policy.name;
    let plain = other.terms.on_unknown.is_none() && other.terms.limit.is_none() && other.contract.terms.len() == 1;
    let in_force = other.terms.mode == Mode::Enforce && other.terms.action == Action::Deny;
    let does_more = !subject.contract.add_labels.is_empty() || subject.terms.limit.is_some();
    let fits = match &subject.terms.action {
        Action::Deny => is_heard_first(other, subject),
        Action::Ask(_) | Action::Allow => true,
        _ => false,
    };
    let tools = is_covered(&subject.contract.tools, &other.contract.tools);
    let enforced = subject.terms.mode == Mode::Enforce && subject.contract.terms.len() == 1;
    same_policy && plain && in_force && fits && !does_more && tools && enforced && tool(other).is_some()
}

/// Whether the other one is named where both are true.
fn is_heard_first(other: &Subject<'_>, subject: &Subject<'_>) -> bool {
    let rank = other.terms.severity.cmp(&subject.terms.severity);
    rank.is_gt() || rank.is_eq() && other.contract.id < subject.contract.id
}

fn overrules(other: &Subject<'_>, subject: &Subject<'_>, shell: &Shell, tool: &str) -> bool {
    shell.look(&[subject.contract, other.contract], tool, |alone| {
        let counts = alone.implies(0, 1, subject.terms.action.restricts());
        // True comes before doubt: else the subject would be named.
        let ranks = other.terms.severity > subject.terms.severity || subject.terms.action != Action::Deny;
        counts && (ranks || alone.implies_truth(0, 1))
    })
}

fn is_overruled(subject: &Subject<'_>, other: &Subject<'_>) -> Finding {
    let (code, message) = match subject.allows() {
        true => {
            (Code::AllowUnderDeny, format!("`{}` permits nothing: `{}` denies all of it", subject.id(), other.id()))
        }
        false => (Code::Overruled, format!("`{}` decides nothing: `{}` always does", subject.id(), other.id())),
    };
    let help = match subject.allows() {
        true => "say in the `unless` of the `deny` what should be excepted",
        false => "remove it, or raise its `severity` where its message should be heard",
    };
    let found = Diagnostic::warning(code, subject.id_span(), message).help(help);
    Finding::plain(found.related(other.id_span(), "applies wherever it does, and denies"))
}

/// Whether every tool of the one is one of the other.
pub(crate) fn is_covered(one: &ToolMatcher, other: &ToolMatcher) -> bool {
    let by_name = other.include.is_empty()
        || !one.include.is_empty()
            && one.include.iter().all(|glob| {
                let same = |wider: &callguard_engine::policy::model::ToolGlob| {
                    wider == glob
                        || matches!(wider.as_str(), "*" | "**")
                        || glob.is_literal() && wider.matches(glob.as_str())
                };
                other.include.iter().any(same)
            });
    let excluded = other.exclude.iter().all(|glob| one.exclude.contains(glob));
    let effects = other.side_effect.is_empty()
        || !one.side_effect.is_empty() && one.side_effect.iter().all(|effect| other.side_effect.contains(effect));
    let servers = other.server.is_empty()
        || !one.server.is_empty() && one.server.iter().all(|server| other.server.contains(server));
    by_name && excluded && effects && servers && other.labels.iter().all(|label| one.labels.contains(label))
}
