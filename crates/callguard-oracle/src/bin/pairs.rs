//! `pairs PAIRS SEED [SECONDS]`: holds the plan to the interpreter on so many pairs of a policy set and a call, on every core,
//! for no longer than so many seconds.
//!
//! Says on standard error how far it is, and on standard output, as JSON, what came of it. Fails on bad arguments only:
//! findings are its result.

use callguard_engine::value::{Object, Value, write_json};
use callguard_oracle::Batch;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{available_parallelism, scope, sleep};
use std::time::{Duration, Instant};

/// Calls under each policy set.
const CALLS: u64 = 500;
/// Enough is known after so many findings.
const MOST_FINDINGS: usize = 5;
/// How often it says how far it is.
const PROGRESS: Duration = Duration::from_secs(30);

fn main() -> ExitCode {
    let numbers: Vec<Option<u64>> = std::env::args().skip(1).map(|argument| argument.parse().ok()).collect();
    let (pairs, seed, limit) = match numbers.as_slice() {
        [Some(pairs), Some(seed)] => (*pairs, *seed, Duration::MAX),
        [Some(pairs), Some(seed), Some(seconds)] => (*pairs, *seed, Duration::from_secs(*seconds)),
        _ => {
            eprintln!("usage: pairs PAIRS SEED [SECONDS]");
            return ExitCode::FAILURE;
        }
    };
    let run = Run::new(pairs, seed);
    let threads = available_parallelism().map_or(1, usize::from);
    scope(|scope| {
        let working: Vec<_> = (0..threads).map(|_| scope.spawn(|| run.work())).collect();
        let mut said = Instant::now();
        while !working.iter().all(|thread| thread.is_finished()) {
            sleep(Duration::from_millis(200));
            if run.begun.elapsed() > limit {
                run.enough.store(true, Ordering::Relaxed);
            }
            if said.elapsed() > PROGRESS {
                run.say();
                said = Instant::now();
            }
        }
    });
    run.say();
    println!("{}", write_json(&run.result()));
    ExitCode::SUCCESS
}

struct Run {
    sets: u64,
    seed: u64,
    begun: Instant,
    next: AtomicU64,
    done: AtomicU64,
    enough: AtomicBool,
    findings: Mutex<Vec<String>>,
}

impl Run {
    fn new(pairs: u64, seed: u64) -> Run {
        Run {
            sets: pairs.div_ceil(CALLS),
            seed,
            begun: Instant::now(),
            next: AtomicU64::new(0),
            done: AtomicU64::new(0),
            enough: AtomicBool::new(false),
            findings: Mutex::default(),
        }
    }

    fn work(&self) {
        while !self.enough.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.sets {
                return;
            }
            let mut calls = 0;
            let seed = self.seed.wrapping_add(number);
            let found = Batch::of(seed).and_then(|batch| batch.run(CALLS, |_| calls += 1));
            self.done.fetch_add(calls, Ordering::Relaxed);
            if let Err(finding) = found {
                self.found(finding);
            }
        }
    }

    fn found(&self, finding: String) {
        eprintln!("{finding}\n");
        let mut findings = self.findings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        findings.push(finding);
        if findings.len() >= MOST_FINDINGS {
            self.enough.store(true, Ordering::Relaxed);
        }
    }

    fn say(&self) {
        let (done, seconds) = (self.done.load(Ordering::Relaxed), self.begun.elapsed().as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "it is shown to people")]
        let speed = done as f64 / seconds.max(0.001);
        eprintln!("{done} of {} pairs, {speed:.0} a second", self.sets * CALLS);
    }

    fn result(&self) -> Value {
        let findings = self.findings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let findings = findings.iter().map(|finding| Value::from(finding.as_str()));
        let entries = [
            ("pairs", Value::from(self.done.load(Ordering::Relaxed))),
            ("seed", Value::from(self.seed)),
            ("findings", Value::List(findings.collect())),
        ];
        Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Object>())
    }
}
