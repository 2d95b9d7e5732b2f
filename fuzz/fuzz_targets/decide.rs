//! Any call under the shipped templates, or under a policy that stands before the call: deciding ends, a failing host
//! never helps the caller, and explaining changes nothing.
//!
//! Input: `POLICY NUL CALL`, or `CALL` alone; a call is `{"tool": …, "args": …, "environment": …}`.

#![no_main]

use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::{Effect, Engine, FactAnswers, HostPaths, Inquiry, Outcome, Scratch, Step};
use callguard_engine::policy::templates::TEMPLATES;
use callguard_engine::policy::{LoadInput, NoBases, PolicyFile, load};
use callguard_engine::session::{AttemptAnswer, ReserveAnswer, SessionView, StoreError};
use callguard_engine::value::{Object, Value, parse_json};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static SHIPPED: LazyLock<Engine> = LazyLock::new(|| {
    engine(TEMPLATES.iter().map(PolicyFile::from).collect()).expect("the shipped templates load together")
});

fuzz_target!(|input: &[u8]| {
    let own = input.iter().position(|byte| *byte == 0).map(|place| input.split_at(place));
    let (engine, call) = match own {
        Some((policy, call)) => match engine(vec![PolicyFile::new("policy.yaml", policy)]) {
            Some(engine) => (engine, read_call(&call[1..])),
            None => return,
        },
        None => (SHIPPED.clone(), read_call(input)),
    };
    let Some(call) = call.map(Arc::new) else { return };
    let answer = decide(&engine, &call, true, false);
    assert_eq!(answer, decide(&engine, &call, true, true), "explaining changes the answer");
    assert!(answer <= decide(&engine, &call, false, false), "a failing host helps the caller");
});

fn engine(files: Vec<PolicyFile>) -> Option<Engine> {
    let loaded = load(LoadInput { files, bases: &NoBases, operators: Arc::default() }).ok()?;
    let paths = HostPaths {
        workspace: Some("/workspace".to_owned()),
        home: Some("/home/agent".to_owned()),
        ..HostPaths::default()
    };
    Some(Engine::new(loaded.set).with_paths(paths))
}

fn read_call(text: &[u8]) -> Option<ToolEnvelope> {
    let Ok(Value::Object(call)) = parse_json(text) else { return None };
    let text = |key: &str| match call.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    let args = match call.get("args") {
        Some(Value::Object(args)) => args.clone(),
        _ => Object::default(),
    };
    let now = "2026-03-02T10:00:00Z".parse().expect("a time");
    let mut envelope = ToolEnvelope::new(text("tool")?, args, now);
    envelope.environment = text("environment");
    envelope.cwd = text("cwd");
    envelope.principal.role = text("role");
    Some(envelope)
}

/// The answer of a dry run, with a store and facts that answer or fail.
fn decide(engine: &Engine, call: &Arc<ToolEnvelope>, healthy: bool, explain: bool) -> Effect {
    let down = || StoreError::new("down");
    let mut scratch = Scratch::default();
    let mut step = engine.begin(&mut scratch, call.clone(), Inquiry { dry: true, explain, refused_by_hook: None });
    loop {
        step = match step {
            Step::Facts(step, _) => step.resume(FactAnswers::new()),
            Step::Attempt(step, asked) => step.resume(if healthy {
                Ok(AttemptAnswer { view: SessionView::default(), attempts: vec![1; asked.counters.len()] })
            } else {
                Err(down())
            }),
            Step::Reserve(step, asked) => step.resume(if healthy {
                Ok(ReserveAnswer::Granted { lease: None, exceeded: vec![false; asked.wants.len()] })
            } else {
                Err(down())
            }),
            Step::Done(Outcome::Dry(decision)) => return decision.effect,
            Step::Done(other) => panic!("a dry run ended in {other:?}"),
        };
    }
}
