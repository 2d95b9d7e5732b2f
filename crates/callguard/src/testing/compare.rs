//! What came out, beside what was expected.

use callguard_engine::audit::output::Output;
use callguard_engine::decide::{Decision, ExplainedCondition, Settled};
use callguard_engine::policy::test_file::Expect;
use callguard_engine::value::{Value, write_json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// What came of a call.
pub(super) struct Came<'a> {
    pub(super) decision: &'a Decision,
    pub(super) settled: Option<&'a Settled>,
    pub(super) labels: Option<&'a BTreeSet<String>>,
}

/// What differs, one line each.
pub(super) fn differences(expect: &Expect, came: &Came<'_>) -> Vec<String> {
    let decision = came.decision;
    let mut found = Vec::new();
    let mut compare = |what: &str, expected: Option<String>, came: String| {
        if expected.as_ref().is_some_and(|expected| *expected != came) {
            found.push(format!("{what}: expected {}, came {came}", expected.unwrap_or_default()));
        }
    };
    compare("decision", expect.decision.map(|effect| effect.as_str().to_owned()), decision.effect.as_str().to_owned());
    compare(
        "would",
        expect.would.map(|effect| effect.as_str().to_owned()),
        word(decision.would.map(|effect| effect.as_str())),
    );
    compare("policy_error", expect.policy_error.map(|flag| flag.to_string()), came.policy_error().to_string());
    compare("message", expect.message.clone(), word(came.message()));
    compare("applied", expect.applied.as_ref().map(listed), listed(&came.applied(expect)));
    compare("labels", expect.labels.as_ref().map(join), came.labels.map_or_else(|| "(unknown)".to_owned(), join));
    compare(
        "output",
        expect.output.as_ref().map(shown),
        came.settled.map_or_else(|| "(none)".to_owned(), |settled| seen_as(settled, expect)),
    );
    found.extend(came.wrong_contract(expect));
    found.extend(came.wrong_part(expect));
    found
}

impl Came<'_> {
    fn policy_error(&self) -> bool {
        self.decision.policy_error || self.settled.is_some_and(|settled| settled.policy_error)
    }

    fn message(&self) -> Option<&str> {
        let of_result = self.settled.and_then(|settled| settled.message.as_deref());
        of_result.or(self.decision.message.as_deref())
    }

    /// What applied, each with what it does where the expectation says that.
    fn applied(&self, expect: &Expect) -> BTreeMap<String, Option<&'static str>> {
        let with_action = expect.applied.iter().flat_map(BTreeMap::values).any(Option::is_some);
        let after = self.settled.map(|settled| settled.applied.as_slice()).unwrap_or_default();
        let all = self.decision.applied.iter().chain(after);
        all.map(|applied| (applied.id.to_string(), with_action.then_some(applied.action))).collect()
    }

    /// The contract that decided on the call, or on its result.
    fn wrong_contract(&self, expect: &Expect) -> Option<String> {
        let expected = expect.contract.as_ref()?;
        let of_result = self.settled.and_then(|settled| settled.decider.as_ref()).map(ToString::to_string);
        let of_call = self.decision.decider.to_string();
        let holds = of_call == *expected || of_result.as_ref() == Some(expected);
        (!holds).then(|| format!("contract: expected {expected}, came {}", of_result.unwrap_or(of_call)))
    }

    fn wrong_part(&self, expect: &Expect) -> Option<String> {
        let part = expect.message_contains.as_ref()?;
        let message = self.message().unwrap_or("(none)");
        (!message.contains(part)).then(|| format!("message: expected `{part}` in it, came {message}"))
    }
}

fn word(text: Option<&str>) -> String {
    text.unwrap_or("(none)").to_owned()
}

fn join(items: &BTreeSet<String>) -> String {
    format!("[{}]", items.iter().cloned().collect::<Vec<_>>().join(", "))
}

fn listed(applied: &BTreeMap<String, Option<&'static str>>) -> String {
    let one = |(id, action): (&String, &Option<&str>)| match action {
        Some(action) => format!("{id}: {action}"),
        None => id.clone(),
    };
    format!("[{}]", applied.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn shown(output: &Output) -> String {
    write_json(&output.value)
}

/// The result as the expectation is written: a text where that is a text.
fn seen_as(settled: &Settled, expect: &Expect) -> String {
    match expect.output.as_ref().map(|output| &output.value) {
        Some(Value::String(_)) => write_json(&Value::String(settled.output.text().into_owned())),
        _ => shown(&settled.output),
    }
}

/// The explanation of a decision, indented below a failure.
pub(super) fn explanation(decision: &Decision) -> Vec<String> {
    let Some(explanation) = &decision.explanation else { return Vec::new() };
    let mut lines = Vec::new();
    for contract in &explanation.contracts {
        lines.push(format!("  {} ({}): applies {}", contract.id, contract.action, contract.applies.as_str()));
        condition(&contract.when, "when", 4, &mut lines);
        for unless in &contract.unless {
            condition(unless, "unless", 4, &mut lines);
        }
    }
    lines
}

fn condition(explained: &ExplainedCondition, role: impl Display, indent: usize, lines: &mut Vec<String>) {
    let found = explained.found.as_ref().map(|found| format!(", found {found}")).unwrap_or_default();
    let why = explained.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let truth = explained.truth.as_str();
    lines.push(format!("{:indent$}{role} {}: {truth}{found}{why}", "", explained.text));
    for part in &explained.parts {
        condition(part, "-", indent.saturating_add(2), lines);
    }
}
