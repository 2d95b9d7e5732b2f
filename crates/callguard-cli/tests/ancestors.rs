//! Converted policies give the answers of the engines that their bundles were written for, call by call, but where a note says
//! what is otherwise. The answers are those that `data/convert/record.py` got of the packages themselves.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

use callguard::engine::decide::HostPaths;
use callguard::engine::policy::PolicyFile;
use callguard::engine::source::Sources;
use callguard::store::MemoryStore;
use callguard::testing::SetFacts;
use callguard::{Before, Effect, Guard, Object, Output, Principal, ToolEnvelope, Value, at_once, parse_json};
use callguard_analysis::convert::{Converted, Note, convert};
use serde_json::Value as Json;
use std::fmt::Write as _;
use std::fs;

/// A call, what was answered there, and what is answered here.
struct Answered {
    there: String,
    here: String,
    /// The contracts that decided.
    by: Vec<String>,
}

fn object(value: &Json) -> Object {
    match parse_json(value.to_string().as_bytes()).unwrap() {
        Value::Object(object) => object,
        _ => Object::default(),
    }
}

fn envelope(call: &Json) -> ToolEnvelope {
    let text = |key: &str| call[key].as_str().map(str::to_owned);
    let mut envelope = ToolEnvelope::new(text("tool").unwrap(), object(&call["args"]), jiff::Timestamp::UNIX_EPOCH);
    envelope.session_id = Some("s".to_owned());
    envelope.environment = text("environment");
    envelope.metadata = object(&call["metadata"]);
    if call["principal"].is_object() {
        envelope.principal = Principal::from_object(&object(&call["principal"])).unwrap();
    }
    envelope
}

/// Asks for one call, lets it run where it ran there, and says what both answered.
fn asked(guard: &Guard, call: &Json) -> Answered {
    let there = call["answer"].as_str().unwrap().to_owned();
    let by = call["by"].as_str().map(|by| by.replace('_', "-")).into_iter();
    let mut answered = Answered { there, here: String::new(), by: by.collect() };
    let before = at_once(guard.before(envelope(call))).unwrap();
    let permit = match before {
        Before::Allowed(permit) => {
            "allow".clone_into(&mut answered.here);
            Some(permit)
        }
        Before::Denied(denied) => {
            "deny".clone_into(&mut answered.here);
            answered.by.push(denied.decision().decider.to_string());
            None
        }
        Before::Asked(asked) => {
            "ask".clone_into(&mut answered.here);
            answered.by.push(asked.decision().decider.to_string());
            let granted = (call["ran"] == true).then(|| at_once(asked.grant("the test")).unwrap());
            match granted {
                Some(Before::Allowed(permit)) => Some(permit),
                _ => None,
            }
        }
    };
    if let (Some(permit), true) = (permit, call["ran"] == true) {
        let result = call["result"].as_str().map_or(Value::Null, |text| Value::String(text.to_owned()));
        let output = if call["success"] == false { Output::error(result) } else { Output::success(result) };
        let settled = at_once(permit.start().settle(output)).unwrap();
        if let Some(after) = call["after"].as_array() {
            let mut after: Vec<String> = after.iter().map(|id| id.as_str().unwrap().replace('_', "-")).collect();
            let enforced = settled.applied.iter().filter(|applied| applied.mode.as_str() == "enforce");
            let mut applied: Vec<String> = enforced.map(|applied| applied.id.id.to_string()).collect();
            applied.sort();
            after.sort();
            write!(answered.there, ", then {after:?}").unwrap();
            write!(answered.here, ", then {applied:?}").unwrap();
            answered.by.extend(after.into_iter().chain(applied));
        }
        if let Some(shown) = call["shown"].as_str() {
            write!(answered.there, " {shown}").unwrap();
            write!(answered.here, " {}", settled.output.text()).unwrap();
        }
    }
    answered
}

fn guard(policy: &Converted, facts: &SetFacts) -> Guard {
    let paths = HostPaths {
        workspace: Some("/workspace".to_owned()),
        home: Some("/home/agent".to_owned()),
        ..HostPaths::default()
    };
    let file = PolicyFile::new(format!("{}.yaml", policy.name), policy.text.clone());
    let builder = Guard::builder().policy(file).store(MemoryStore::new()).facts(facts.clone()).paths(paths);
    builder.build().unwrap_or_else(|error| panic!("{error}\n{}", policy.text))
}

/// What differs in a session. One that differs is not gone on with.
fn differs(policy: &Converted, calls: &[Json]) -> Option<String> {
    let facts = SetFacts::default();
    let guard = guard(policy, &facts);
    for call in calls {
        for _ in 0..call["times"].as_u64().unwrap_or(1) {
            facts.set(object(&call["facts"]));
            let Answered { there, here, by } = asked(&guard, call);
            if there == here {
                continue;
            }
            let is_of = |of: &String| by.iter().any(|by| by == of || by.ends_with(&format!("/{of}")));
            let denied = there == "ask" && here == "deny";
            let says = |note: &&Note| match &note.of {
                Some(of) => is_of(of),
                None => denied && note.text.contains("a denial wins"),
            };
            let note = policy.notes.iter().find(says);
            let note = note.map_or_else(|| "NOT SAID".to_owned(), |note| note.text.clone());
            return Some(format!("{} {}: {there} -> {here} ({note})", call["tool"].as_str().unwrap(), call["args"]));
        }
    }
    None
}

/// Every bundle converts and loads; what its policy answers otherwise is listed.
fn differences(recorded: &str) -> (usize, usize, String) {
    let place = format!("{}/tests/data/convert/{recorded}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let (mut bundles, mut sessions, mut out) = (0, 0, String::new());
    for line in fs::read_to_string(place).unwrap().lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let mut sources = Sources::default();
        let file = sources.add("bundle.yaml", line["bundle"].as_str().unwrap());
        let policies = convert(&sources, file).unwrap_or_else(|found| panic!("{found:?}\n{}", line["bundle"]));
        let [policy] = policies.as_slice() else { panic!("one document is one policy") };
        bundles += 1;
        let of_bundle = line["sessions"].as_array().unwrap();
        sessions += of_bundle.len();
        let found: Vec<String> =
            of_bundle.iter().filter_map(|calls| differs(policy, calls.as_array().unwrap())).collect();
        if !found.is_empty() {
            writeln!(out, "{}\n  {}", policy.name, found.join("\n  ")).unwrap();
        }
    }
    (bundles, sessions, out)
}

fn held(recorded: &str, least: (usize, usize)) {
    let (bundles, sessions, differences) = differences(recorded);
    assert!(bundles >= least.0 && sessions >= least.1, "{bundles} bundles, {sessions} sessions");
    insta::assert_snapshot!(format!("ancestors_{recorded}"), differences);
    assert!(!differences.contains("NOT SAID"), "{differences}");
    let milder: Vec<&str> = differences.lines().filter(|line| is_milder(line)).collect();
    assert_eq!(milder, Vec::<&str>::new());
}

#[test]
fn bundles_of_callguard_0_3_are_answered_as_they_were() {
    held("callguard-0.3.0", (4, 100));
}

#[test]
fn bundles_of_edictum_0_15_are_answered_as_they_were() {
    held("edictum-0.15.0", (10, 200));
}

#[test]
fn rulesets_of_edictum_0_19_are_answered_as_they_were() {
    held("edictum-0.19.0", (10, 200));
}

/// Whether a call that was denied or asked about fares better here.
fn is_milder(line: &str) -> bool {
    let effect = |word: &str| {
        [Effect::Allow, Effect::Ask, Effect::Deny].into_iter().find(|effect| word.ends_with(effect.as_str()))
    };
    let Some((there, here)) = line.split_once(" -> ") else { return false };
    let here = here.split([' ', ',']).next().unwrap_or_default();
    let there = there.split(", then").next().unwrap_or_default();
    effect(here).zip(effect(there)).is_some_and(|(here, there)| here < there)
}
