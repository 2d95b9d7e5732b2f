//! Our engines: with the plan, and as interpreter.

use anyhow::{Context, Result, bail, ensure};
use callguard_bench::calls::Call;
use callguard_bench::rounds::{Bench, Case};
use callguard_bench::rules::Rule;
use callguard_bench::yaml;
use callguard_engine::call::{CallJson, ToolEnvelope};
use callguard_engine::decide::{Effect, Engine, FactAnswers, HostPaths, Inquiry, Outcome, Scratch, Step};
use callguard_engine::policy::model::PolicySet;
use callguard_engine::policy::{LoadInput, NoBases, PolicyFile, load};
use callguard_engine::session::{AttemptAnswer, Lease, ReserveAnswer, SessionView};
use std::hint::black_box;
use std::sync::{Arc, LazyLock};

/// The engine with its plan.
pub(crate) const PLAN: &str = "plan";
/// The same without.
pub(crate) const INTERPRETER: &str = "interpreter";

/// Files as the engine takes them.
pub(crate) fn policy_files(files: Vec<(String, String)>) -> Vec<PolicyFile> {
    files.into_iter().map(|(name, text)| PolicyFile::new(name, text)).collect()
}

/// Loads files that have no fault.
pub(crate) fn loaded(files: Vec<PolicyFile>) -> Result<PolicySet> {
    match load(LoadInput { files, bases: &NoBases, operators: Arc::default() }) {
        Ok(loaded) => Ok(loaded.set),
        Err(failed) => {
            let first = failed.diagnostics.first().context("a load fails without saying why")?;
            bail!("{failed}, first {} {}", first.code, first.message)
        }
    }
}

/// An engine for rules.
pub(crate) fn of_rules(rules: &[Rule]) -> Result<Engine> {
    of_files(policy_files(yaml::files("ops", rules)))
}

/// An engine for files.
pub(crate) fn of_files(files: Vec<PolicyFile>) -> Result<Engine> {
    let paths = HostPaths {
        workspace: Some("/workspace".to_owned()),
        home: Some("/home/agent".to_owned()),
        ..HostPaths::default()
    };
    Ok(Engine::new(loaded(files)?).with_paths(paths))
}

/// The call as the engine takes it.
pub(crate) fn envelope(call: &Call) -> Result<Arc<ToolEnvelope>> {
    let now = "2026-03-02T10:00:00Z".parse()?;
    Ok(Arc::new(CallJson::parse(call.json().to_string().as_bytes(), now)?.call))
}

/// Measures `call` under `engine`, with its plan and without, once it is seen to decide as expected.
pub(crate) fn both(bench: &mut Bench, case: &Case, engine: &Engine, call: &Call, expected: Effect) -> Result<()> {
    let call_bytes = Some(call.bytes());
    let envelope = envelope(call)?;
    for (name, engine) in [(PLAN, engine.clone()), (INTERPRETER, engine.clone().interpreted())] {
        if !bench.wants(case, name) {
            continue;
        }
        let found = effect(&decide(&engine, Arc::clone(&envelope)));
        ensure!(found == expected, "{name}, {}: {found:?} where {expected:?} is right", case.name);
        let envelope = Arc::clone(&envelope);
        bench.time(case, name, call_bytes, move || {
            black_box(decide(&engine, Arc::clone(&envelope)));
        });
    }
    Ok(())
}

/// A session in which nothing has happened, as a store has it ready.
static EMPTY: LazyLock<Arc<SessionView>> = LazyLock::new(Arc::default);

/// Drives a call to its outcome.
pub(crate) fn decide(engine: &Engine, call: Arc<ToolEnvelope>) -> Outcome {
    let mut scratch = Scratch::default();
    let mut step = engine.begin(&mut scratch, call, Inquiry::default());
    loop {
        step = match step {
            Step::Facts(step, _) => step.resume(FactAnswers::new()),
            Step::Attempt(step, asked) => {
                step.resume(Ok(AttemptAnswer { view: Arc::clone(&EMPTY), attempts: vec![1; asked.counters.len()] }))
            }
            Step::Reserve(step, asked) => step.resume(Ok(ReserveAnswer::Granted {
                lease: Some(Lease(String::new())),
                exceeded: vec![false; asked.wants.len()],
            })),
            Step::Done(outcome) => return outcome,
        };
    }
}

fn effect(outcome: &Outcome) -> Effect {
    match outcome {
        Outcome::Allow(_) => Effect::Allow,
        Outcome::Ask(_) => Effect::Ask,
        Outcome::Deny(decision) | Outcome::Dry(decision) => decision.effect,
    }
}
