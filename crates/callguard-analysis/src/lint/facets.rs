//! Conditions on what a call touches that leave more open, or stop more, than they seem to.

use super::Finding;
use super::subject::Subject;
use callguard_engine::call::{Tool, ToolEnvelope, catalog};
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::policy::model::{
    ArgType, Condition, Default as ByDefault, Leaf, Policy, Selector, Test, ToolDeclaration,
};
use callguard_engine::value::Object;
use jiff::Timestamp;
use std::collections::BTreeSet;

pub(crate) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    unless_alone(subject).into_iter().chain(allows_one(subject)).collect()
}

/// Kinds of what is touched, in words.
type Touched = &'static str;

const PATHS: Touched = "paths";
const COMMANDS: Touched = "commands";
const HOSTS: Touched = "hosts";
const STATEMENTS: Touched = "statements";

fn kind(selector: &Selector) -> Option<Touched> {
    Some(match selector {
        Selector::Paths(_) => PATHS,
        Selector::Commands => COMMANDS,
        Selector::Urls | Selector::Hosts => HOSTS,
        Selector::Sql => STATEMENTS,
        _ => return None,
    })
}

/// An `unless` that needs a value, where nothing says that the call has one.
fn unless_alone(subject: &Subject<'_>) -> Option<Finding> {
    if !subject.restricts() || !subject.is_about_every_tool() {
        return None;
    }
    let asked: BTreeSet<Touched> =
        subject.contract.when.leaves().into_iter().filter_map(|leaf| kind(&leaf.selector)).collect();
    let excuses: Vec<&Leaf> = subject.terms.unless.iter().flat_map(Condition::leaves).collect();
    let presence = |leaf: &Leaf| leaf.tests.iter().any(|test| matches!(test, Test::Exists(_) | Test::Count(_)));
    let settled: BTreeSet<Touched> =
        excuses.iter().filter(|leaf| presence(leaf)).filter_map(|leaf| kind(&leaf.selector)).collect();
    // Where something else excuses as well, the call that touches nothing may be meant to go that way.
    if excuses.iter().any(|leaf| kind(&leaf.selector).is_none()) {
        return None;
    }
    let leaf = excuses
        .into_iter()
        .find(|leaf| kind(&leaf.selector).is_some_and(|kind| !asked.contains(kind) && !settled.contains(kind)))?;
    let selector = &leaf.selector;
    let message = format!("`{}` also stops every call without a value of `{selector}`", subject.id());
    let found = Diagnostic::warning(Code::UnlessOnFacet, leaf.span, message)
        .label("excuses only a call that has such a value")
        .help(format!("write `when: {{ {selector}: {{ not_… }} }}` in place of `unless`, or name the tools"));
    Some(Finding::plain(found))
}

/// An `allow` that asks about one of the things that a tool touches.
fn allows_one(subject: &Subject<'_>) -> Option<Finding> {
    if !subject.allows() || allows_by_default(subject.policy) {
        return None;
    }
    let leaves: Vec<&Leaf> = subject.leaves().collect();
    if leaves.iter().any(|leaf| matches!(leaf.selector, Selector::Args(_) | Selector::ArgsEvery)) {
        return None;
    }
    let mut asked: BTreeSet<Touched> = leaves.iter().filter_map(|leaf| kind(&leaf.selector)).collect();
    let leaf = leaves.iter().find(|leaf| kind(&leaf.selector).is_some())?;
    if leaves.iter().any(|leaf| leaf.selector == Selector::CallSideEffect) {
        asked.extend([COMMANDS, HOSTS]);
    }
    let (tool, open) = names(subject).into_iter().find_map(|name| {
        let touched = touched(subject, &name)?;
        let open: Vec<Touched> = touched.difference(&asked).copied().collect();
        (!open.is_empty() && open.len() < touched.len()).then_some((name, open))
    })?;
    let open = open.join(" and ");
    let message = format!("`{}` permits `{tool}` whatever its {open} are", subject.id());
    let found = Diagnostic::warning(Code::AllowOneFacet, leaf.span, message)
        .label("this is all that it asks of what the call touches")
        .help(format!("say in the same contract which {open} are meant"));
    Some(Finding::plain(found))
}

/// Whether what nothing permits runs all the same.
pub(crate) fn allows_by_default(policy: &Policy) -> bool {
    let tools = policy.tools.iter().all(|tool| tool.default != Some(ByDefault::Deny));
    policy.default == ByDefault::Allow && policy.unknown_tools == ByDefault::Allow && tools
}

/// Names of tools that the contract may be about: those it spells out, then those that are declared.
fn names(subject: &Subject<'_>) -> Vec<String> {
    let literal = |globs: &[callguard_engine::policy::model::ToolGlob]| -> Vec<String> {
        globs.iter().filter(|glob| glob.is_literal()).map(|glob| glob.as_str().to_owned()).collect()
    };
    let mut names = literal(&subject.contract.tools.include);
    let builtin = catalog::builtin();
    let declared = subject.policy.tools.iter().chain(builtin.iter().filter(|_| subject.policy.catalog));
    names.extend(declared.flat_map(|tool: &ToolDeclaration| literal(&tool.names)));
    names
}

/// What the tool's arguments are declared to touch; none where the contract is not about it.
fn touched(subject: &Subject<'_>, name: &str) -> Option<BTreeSet<Touched>> {
    let tool = Tool::resolve(subject.policy, &catalog::builtin(), name);
    let call = ToolEnvelope::new(name, Object::default(), Timestamp::UNIX_EPOCH);
    if !tool.matches(&subject.contract.tools, &call) {
        return None;
    }
    let kinds = |kind: &ArgType| -> &'static [Touched] {
        match kind {
            ArgType::Command => &[COMMANDS, PATHS, HOSTS],
            ArgType::Path | ArgType::PathRead | ArgType::PathWrite | ArgType::Patch => &[PATHS],
            ArgType::Url | ArgType::Host => &[HOSTS],
            ArgType::Sql(_) => &[STATEMENTS],
            _ => &[],
        }
    };
    Some(tool.args.iter().flat_map(|(_, kind)| kinds(kind)).copied().collect())
}
