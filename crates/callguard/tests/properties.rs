//! What holds of every policy: order does not matter, restrictions only restrict, and a permit is settled once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

use callguard::{Effect, Guard, ToolEnvelope, Value, parse_json};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Contracts that come into question together: each action, each kind, with and without doubt.
const CONTRACTS: &[(&str, &str)] = &[
    (
        "preconditions",
        "{ id: a1, when: { args.n: { greater_than: 10 } }, action: deny, severity: high, message: too many }",
    ),
    ("preconditions", "{ id: a2, when: { args.n: { at_most: 10 } }, action: allow }"),
    ("preconditions", "{ id: a3, tools: 'read_*', action: allow }"),
    ("preconditions", "{ id: a4, when: { args.path: { under: /etc } }, action: ask }"),
    (
        "preconditions",
        "{ id: a5, when: { not: { args.path: { under: /workspace } } }, unless: { principal.role: admin }, action: deny }",
    ),
    ("preconditions", "{ id: a6, when: { principal.role: { not_in: [admin, sre] } }, action: warn, tags: [who] }"),
    (
        "preconditions",
        "{ id: a7, when: { any: [ { args.force: true }, { environment: production } ] }, action: ask, severity: low }",
    ),
    ("preconditions", "{ id: a8, when: { call.paths.write: { not_under: . } }, on_unknown: ask, action: deny }"),
    ("preconditions", "{ id: a9, when: { 'args.items[*].price': { greater_than: 5 } }, action: deny, mode: observe }"),
    ("preconditions", "{ id: b1, when: { principal.role: admin }, action: allow }"),
    ("session", "{ id: b2, limit: { calls: 3 } }"),
    ("session", "{ id: b3, limit: { sum: args.n, at_most: 20 }, action: ask }"),
    ("session", "{ id: b4, when: { session.labels: { contains: seen } }, action: deny, severity: critical }"),
    ("session", "{ id: b5, when: { environment: production }, add_labels: [seen] }"),
    ("session", "{ id: b6, limit: { attempts: 4 }, action: warn }"),
];

/// Contracts that can only make things stricter.
const RESTRICTIONS: &[(&str, &str)] = &[
    ("preconditions", "{ id: z1, when: { args.n: { at_least: 5 } }, action: deny }"),
    ("preconditions", "{ id: z2, when: { args.path: { path_like: '*.env' } }, action: warn }"),
    ("session", "{ id: z3, limit: { calls: 2 } }"),
    ("session", "{ id: z4, limit: { sum: args.n, at_most: 9 } }"),
    (
        "preconditions",
        "{ id: z5, when: { args.force: { exists: true } }, unless: { principal.role: admin }, action: deny }",
    ),
];

const ARGS: &[&str] = &[
    "{}",
    r#"{"n": 5}"#,
    r#"{"n": 11, "path": "/etc/hosts"}"#,
    r#"{"n": "11", "path": "notes.md"}"#,
    r#"{"path": "/workspace/a.env", "force": true}"#,
    r#"{"path": "../x", "force": "true"}"#,
    r#"{"path": ["a"], "items": [{"price": 1}, {"price": 6}, {}]}"#,
    r#"{"items": "none", "n": -1}"#,
];
const TOOLS: &[&str] = &["read_file", "write_file", "bash"];
const ROLES: &[Option<&str>] = &[None, Some("admin"), Some("intern")];
const PLACES: &[Option<&str>] = &[None, Some("production"), Some("staging")];

type Chosen = Vec<(&'static str, &'static str)>;

fn policy(name: &str, default: &str, contracts: &Chosen) -> String {
    let mut text =
        format!("apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: {name} }}\nspec:\n  default: {default}\n");
    for section in ["preconditions", "session"] {
        let items: Vec<_> = contracts.iter().filter(|(kind, _)| *kind == section).collect();
        if !items.is_empty() {
            text += &format!("  {section}:\n");
            items.iter().for_each(|(_, contract)| text += &format!("    - {contract}\n"));
        }
    }
    text
}

#[derive(Clone, Debug)]
struct Call {
    tool: &'static str,
    args: &'static str,
    role: Option<&'static str>,
    environment: Option<&'static str>,
}

impl Call {
    fn envelope(&self) -> ToolEnvelope {
        let Value::Object(args) = parse_json(self.args.as_bytes()).unwrap() else { panic!("arguments are an object") };
        let mut call = ToolEnvelope::new(self.tool, args, Timestamp::UNIX_EPOCH);
        call.principal.role = self.role.map(str::to_owned);
        call.environment = self.environment.map(str::to_owned);
        call
    }
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let call = (select(TOOLS), select(ARGS), select(ROLES), select(PLACES))
        .prop_map(|(tool, args, role, environment)| Call { tool, args, role, environment });
    prop::collection::vec(call, 1..8)
}

fn guard(texts: &[String]) -> Guard {
    let builder = texts
        .iter()
        .enumerate()
        .fold(Guard::builder(), |builder, (number, text)| builder.yaml(format!("{number}.yaml"), text.clone()));
    let paths = callguard::engine::decide::HostPaths {
        workspace: Some("/workspace".to_owned()),
        home: Some("/home/agent".to_owned()),
        ..Default::default()
    };
    builder.paths(paths).build().unwrap_or_else(|error| panic!("{error}"))
}

/// Everything that a decision says and that does not depend on which policy text it came from.
fn outcome(guard: &Guard, call: &Call) -> (Effect, String, Vec<String>, Option<Effect>, bool) {
    let before = guard.before_now(call.envelope()).unwrap();
    let decision = match &before {
        callguard::Before::Allowed(permit) => permit.decision().unwrap().clone(),
        callguard::Before::Denied(denied) => denied.decision().clone(),
        callguard::Before::Asked(asked) => asked.decision().clone(),
    };
    if let callguard::Before::Allowed(permit) = before {
        let settled = permit.start().settle_now(callguard::Output::success("done")).unwrap();
        assert_eq!(settled.output, callguard::Output::success("done"));
    }
    let applied = decision.applied.iter().map(|applied| format!("{} {:?}", applied.id, applied.doubt)).collect();
    (decision.effect, decision.decider.to_string(), applied, decision.would, decision.policy_error)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_order_of_contracts_does_not_matter(
        (written, shuffled) in subsequence(CONTRACTS, 1..=CONTRACTS.len()).prop_flat_map(|chosen| (Just(chosen.clone()), Just(chosen).prop_shuffle())),
        default in select(&["allow", "deny"][..]),
        calls in calls(),
    ) {
        let (one, other) = (guard(&[policy("p", default, &written)]), guard(&[policy("p", default, &shuffled)]));
        for call in &calls {
            prop_assert_eq!(outcome(&one, call), outcome(&other, call), "{:?}", call);
        }
    }

    #[test]
    fn the_order_of_documents_does_not_matter(
        first in subsequence(CONTRACTS, 1..=6),
        second in subsequence(CONTRACTS, 1..=6),
        default in select(&["allow", "deny"][..]),
        calls in calls(),
    ) {
        let (a, b) = (policy("a", default, &first), policy("b", "allow", &second));
        let (one, other) = (guard(&[a.clone(), b.clone()]), guard(&[b, a]));
        for call in &calls {
            prop_assert_eq!(outcome(&one, call), outcome(&other, call), "{:?}", call);
        }
    }

    #[test]
    fn adding_a_restriction_never_allows_more(
        base in subsequence(CONTRACTS, 1..=CONTRACTS.len()),
        restriction in select(RESTRICTIONS),
        default in select(&["allow", "deny"][..]),
        call in calls(),
    ) {
        let mut tightened = base.clone();
        tightened.push(restriction);
        let (loose, tight) = (guard(&[policy("p", default, &base)]), guard(&[policy("p", default, &tightened)]));
        // One call each: a call that ran in the looser policy counts there, and not in the tighter one.
        let before = loose.check_now(call[0].envelope()).unwrap();
        let after = tight.check_now(call[0].envelope()).unwrap();
        prop_assert!(after.effect >= before.effect, "{:?}: {:?} became {:?}", call[0], before.effect, after.effect);
    }
}
