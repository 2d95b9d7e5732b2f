//! What a host knows of a call before it asks, and of a result before it is judged.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use callguard::engine::decide::{FactAnswers, HookRefusal};
use callguard::sink::AuditSink;
use callguard::{
    AuditEvent, Before, CoveredTool, Effect, Guard, Knowledge, Object, Output, ResultEffect, ToolEnvelope, Value,
    at_once,
};
use std::sync::{Arc, Mutex};

const POLICY: &str = r#"
apiVersion: callguard/v1
kind: Policy
metadata: { name: known }
spec:
  default: allow
  unknown_tools: allow
  facts: { open: boolean, verdict: string }
  preconditions:
    - { id: closed, tools: deploy, when: { facts.open: false }, action: deny, message: "Nothing is open." }
  postconditions:
    - { id: judged, tools: deploy, when: { facts.verdict: { not_equals: "" } }, action: withhold, message: "{facts.verdict}" }
    - { id: even, tools: pick, when: { output: { x_even: true } }, action: withhold }
"#;

fn guard() -> Guard {
    Guard::builder().yaml("known.yaml", POLICY).fallible_operator("x_even", even).unwrap().build().unwrap()
}

fn even(value: &Value, _operand: &Value) -> Option<bool> {
    let Value::Number(number) = value else { return None };
    Some(number.as_u64()? % 2 == 0)
}

fn call(tool: &str) -> ToolEnvelope {
    ToolEnvelope::new(tool, Object::default(), "2026-01-01T12:00:00Z".parse().unwrap())
}

fn knowing(open: bool) -> Knowledge {
    let facts =
        FactAnswers::from([("open".to_owned(), Ok(Value::Bool(open))), ("verdict".to_owned(), Ok(Value::from("")))]);
    Knowledge { facts, ..Knowledge::default() }
}

#[test]
fn a_host_learns_which_facts_are_wanted_and_passes_them_in() {
    let guard = guard();
    assert_eq!(guard.wanted_facts(&call("deploy")), ["open", "verdict"]);
    assert!(guard.wanted_facts(&call("other")).is_empty());
    let decided = |open| at_once(guard.check_knowing(call("deploy"), knowing(open), false)).unwrap();
    assert_eq!(decided(true).effect, Effect::Allow);
    assert_eq!(decided(false).message.as_deref(), Some("Nothing is open."));
    let unknown = guard.check_now(call("deploy")).unwrap();
    assert!(unknown.policy_error && unknown.effect == Effect::Deny);
}

#[test]
fn a_hook_that_has_refused_already_refuses() {
    let refused_by = Some(HookRefusal { name: "curfew".to_owned(), reason: "Not at night.".to_owned() });
    let known = Knowledge { refused_by, ..knowing(true) };
    let Some(Before::Denied(denied)) = at_once(guard().before_knowing(call("deploy"), known)) else {
        panic!("the hook refused")
    };
    assert_eq!((denied.decision().decider.to_string().as_str(), denied.message()), ("(hook)", "Not at night."));
}

#[test]
fn facts_of_the_result_take_the_place_of_those_before_it() {
    let guard = guard();
    let run = |verdict: Option<&str>| {
        let Some(Before::Allowed(permit)) = at_once(guard.before_knowing(call("deploy"), knowing(true))) else {
            panic!("it is allowed")
        };
        let later = FactAnswers::from([("verdict".to_owned(), Ok(Value::from(verdict.unwrap_or_default())))]);
        at_once(permit.start().judge(Output::success("done"), later)).unwrap()
    };
    let passed = run(None);
    assert_eq!(passed.settled().effect, ResultEffect::Pass);
    assert_eq!(passed.release(None).output.value, Value::from("done"));
    let withheld = run(Some("too long")).release(None);
    assert_eq!((withheld.effect.as_str(), withheld.message.as_deref()), ("withhold", Some("too long")));
    let failed = run(None).release(Some("after"));
    assert_eq!(failed.effect.as_str(), "withhold");
    assert_ne!(failed.output.value, Value::from("done"));
}

#[test]
fn events_name_the_span_that_the_host_names() {
    let kept = Kept::default();
    let text = "{ apiVersion: callguard/v1, kind: Policy, metadata: { name: p }, spec: { default: allow, unknown_tools: allow } }";
    let guard = Guard::builder().yaml("p.yaml", text).audit(kept.clone()).build().unwrap();
    let named = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for parent in [named, "nonsense"] {
        let known = Knowledge { trace_parent: Some(parent.to_owned()), ..Knowledge::default() };
        drop(at_once(guard.before_knowing(call("deploy"), known)).unwrap());
    }
    guard.flush();
    let events = kept.0.lock().unwrap();
    let named: Vec<_> = events.iter().map(|event| (event["trace_id"].as_str(), event["span_id"].as_str())).collect();
    let host = (Some("4bf92f3577b34da6a3ce929d0e0e4736"), Some("00f067aa0ba902b7"));
    assert_eq!(named, [(None, None), host, (None, None)]);
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<serde_json::Value>>>);

impl Kept {
    fn actions(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect()
    }
}

impl AuditSink for Kept {
    fn write(&mut self, event: &AuditEvent) -> std::io::Result<()> {
        self.0.lock().unwrap().push(event.to_object().into());
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_judged_result_that_nobody_releases_is_recorded() {
    let kept = Kept::default();
    let builder = Guard::builder().yaml("known.yaml", POLICY).audit(kept.clone());
    let guard = builder.fallible_operator("x_even", even).unwrap().build().unwrap();
    let Some(Before::Allowed(permit)) = at_once(guard.before_knowing(call("deploy"), knowing(true))) else {
        panic!("it is allowed")
    };
    drop(at_once(permit.start().judge(Output::success("done"), FactAnswers::new())).unwrap());
    guard.flush();
    assert_eq!(kept.actions(), ["policy_loaded", "call_allowed", "call_executed"]);
}

#[test]
fn what_an_adapter_found_of_an_agent_is_recorded_without_secrets() {
    let kept = Kept::default();
    let builder = Guard::builder().yaml("known.yaml", POLICY).audit(kept.clone());
    let guard = builder.fallible_operator("x_even", even).unwrap().build().unwrap();
    let tool = |tool: &str, agent: Option<&str>, guarded, why: &str| CoveredTool {
        tool: tool.to_owned(),
        agent: agent.map(str::to_owned),
        guarded,
        why: why.to_owned(),
    };
    guard.report_coverage(vec![
        tool("deploy", Some("worker"), true, "by guard_tool"),
        tool("pick", None, false, "nothing guards it: AKIAZ7VRSQ5TJN2XMPLQ"),
    ]);
    guard.flush();
    assert_eq!(kept.actions(), ["policy_loaded", "coverage_reported"]);
    let event = kept.0.lock().unwrap()[1].clone();
    assert_eq!(event["reason"], "1 of 2 tools are guarded");
    let first = serde_json::json!({ "tool": "deploy", "agent": "worker", "guarded": true, "why": "by guard_tool" });
    assert_eq!(event["coverage"][0], first);
    let second = &event["coverage"][1];
    assert_eq!((&second["tool"], &second["guarded"], second.get("agent")), (&"pick".into(), &false.into(), None));
    assert!(!event.to_string().contains("AKIAZ7VRSQ5TJN2XMPLQ"), "{event}");
}

#[test]
fn an_operator_may_say_that_it_cannot_tell() {
    let guard = guard();
    let effect = |value: Value| guard.check_result(&call("pick"), Output::success(value)).effect.as_str();
    let number = |text: &str| callguard::parse_json(text.as_bytes()).unwrap();
    assert_eq!(
        [effect(number("3")), effect(number("4")), effect(Value::from("four"))],
        ["pass", "withhold", "withhold"]
    );
    assert_eq!(Guard::builder().fallible_operator("even", even).err().as_deref(), Some("even"));
}

#[test]
fn what_a_person_may_be_shown_hides_secrets() {
    let args = callguard::parse_json(br#"{"user": "ann", "password": "hunter2!"}"#).unwrap();
    let shown = guard().shown(&args);
    assert!(shown.contains("ann") && !shown.contains("hunter2"), "{shown}");
}
