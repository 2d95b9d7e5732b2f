//! `cargo bench -p callguard`: what session limits cost on the memory store, and what a [`Guard`] adds to the engine.
//!
//! One figure is one call from its beginning to its commit: attempt counted, limits reserved, a result judged, the
//! reservation spent. The clock moves on with every look at it, so that windows stay as full as they would.

use anyhow::{Context, Result, bail, ensure};
use callguard::engine::call::CallJson;
use callguard::engine::decide::{Engine, FactAnswers, Inquiry, Outcome, Scratch, Step};
use callguard::engine::policy::{LoadInput, NoBases, PolicyFile, load};
use callguard::engine::session::StoreError;
use callguard::store::{Answer, MemoryStore, Store};
use callguard::{Before, Clock, Guard, Output, ToolEnvelope};
use callguard_bench::calls::Call;
use callguard_bench::rounds::{Bench, Case, Options};
use callguard_bench::{families, sets, yaml};
use clap::Parser;
use jiff::Timestamp;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Contracts beside the limits.
const CONTRACTS: usize = 100;

const ONE_LIMIT: &str = "  session:\n    - { id: calls, limit: { calls: 100000, window: 1m } }\n";
const FOUR_LIMITS: &str = "  session:
    - { id: calls, limit: { calls: 100000, window: 1m } }
    - { id: tries, limit: { attempts: 1000000000 } }
    - { id: stuck, limit: { consecutive_failures: 10 } }
    - { id: spend, limit: { sum: args.amount, at_most: 1000000000, window: 1m }, per: [session, tool] }
";

fn main() -> Result<()> {
    let mut bench = Bench::new(Options::parse());
    for (name, limits) in
        [(families::NO_LIMITS, ""), (families::ONE_LIMIT, ONE_LIMIT), (families::FOUR_LIMITS, FOUR_LIMITS)]
    {
        let case = Case::new(families::SESSION, name, CONTRACTS);
        let text = policy(limits)?;
        if bench.wants(&case, "plan") {
            time_engine(&mut bench, &case, "plan", engine(&text)?)?;
        }
        if bench.wants(&case, "interpreter") {
            time_engine(&mut bench, &case, "interpreter", engine(&text)?.interpreted())?;
        }
        if bench.wants(&case, "guard") {
            time_guard(&mut bench, &case, &text)?;
        }
    }
    bench.run(false)
}

fn policy(limits: &str) -> Result<String> {
    let (_, text) = yaml::files("ops", &sets::plain(CONTRACTS)).pop().context("there is no file")?;
    Ok(text + limits)
}

fn engine(text: &str) -> Result<Engine> {
    let files = vec![PolicyFile::new("ops.yaml", text)];
    Ok(Engine::new(load(LoadInput { files, bases: &NoBases, operators: Arc::default() })?.set))
}

fn time_engine(bench: &mut Bench, case: &Case, name: &str, engine: Engine) -> Result<()> {
    let (call, store) = (Arc::new(call()?), MemoryStore::with_clock(Arc::new(Moving::default())));
    ensure!(run(&engine, &store, &call)?, "{name}, {}: the call does not run", case.name);
    bench.time(case, name, None, move || {
        // INVARIANT: the same call ran above, and no limit is as low as the calls of a minute.
        let _ran = black_box(run(&engine, &store, &call));
    });
    Ok(())
}

/// Whether the call ran, and everything was written.
fn run(engine: &Engine, store: &MemoryStore, call: &Arc<ToolEnvelope>) -> Result<bool> {
    let mut scratch = Scratch::default();
    let mut step = engine.begin(&mut scratch, Arc::clone(call), Inquiry::default());
    loop {
        step = match step {
            Step::Facts(step, _) => step.resume(FactAnswers::new()),
            Step::Attempt(step, request) => step.resume(at_once(store.attempt(request))),
            Step::Reserve(step, request) => step.resume(at_once(store.reserve(request))),
            Step::Done(Outcome::Allow(permit)) => {
                let settlement = permit.settle(Output::success(true));
                let request = settlement.commit().cloned().context("nothing was reserved")?;
                at_once(store.commit(request))?;
                black_box(settlement.finish(Ok(())));
                return Ok(true);
            }
            Step::Done(_) => return Ok(false),
        };
    }
}

fn at_once<T>(answer: Answer<'_, T>) -> Result<T, StoreError> {
    match answer {
        Answer::Now(Some(answer)) => answer,
        _ => Err(StoreError::new("the memory store answers at once")),
    }
}

fn time_guard(bench: &mut Bench, case: &Case, text: &str) -> Result<()> {
    let store = MemoryStore::with_clock(Arc::new(Moving::default()));
    let guard = Guard::builder().yaml("ops.yaml", text).store(store).build()?;
    let call = call()?;
    run_guarded(&guard, call.clone())?;
    bench.time(case, "guard", None, move || {
        // INVARIANT: the same call ran above.
        let _ran = black_box(run_guarded(&guard, call.clone()));
    });
    Ok(())
}

fn run_guarded(guard: &Guard, call: ToolEnvelope) -> Result<()> {
    match guard.before_now(call)? {
        Before::Allowed(permit) => black_box(permit.start().settle_now(Output::success(true))?),
        Before::Denied(_) | Before::Asked(_) => bail!("the call does not run"),
    };
    Ok(())
}

fn call() -> Result<ToolEnvelope> {
    let now = "2026-03-02T10:00:00Z".parse()?;
    Ok(CallJson::parse(Call::usual().json().to_string().as_bytes(), now)?.call)
}

/// Ten milliseconds pass between two looks.
#[derive(Default)]
struct Moving(AtomicI64);

impl Clock for Moving {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.fetch_add(10, Ordering::Relaxed)).unwrap_or(Timestamp::MAX)
    }
}
