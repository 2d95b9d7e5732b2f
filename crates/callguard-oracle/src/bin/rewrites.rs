//! `rewrites REWRITES SEED`: judges so many rewrites of the denied calls of `spec/bypass`, on every core.
//!
//! Says on standard output, as JSON, how many it judged and which fare better than their original.

use callguard_engine::value::{Object, Value, write_json};
use callguard_oracle::sample::Sample;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};

/// Enough is known after so many findings.
const MOST_FINDINGS: usize = 200;
/// How many are judged between two looks at the clock of all.
const AT_ONCE: u64 = 1_000;
/// After how many it says how far it is.
const PROGRESS: u64 = 50_000;

fn main() -> ExitCode {
    let numbers: Vec<Option<u64>> = std::env::args().skip(1).map(|argument| argument.parse().ok()).collect();
    let [Some(rewrites), Some(seed)] = *numbers.as_slice() else {
        eprintln!("usage: rewrites REWRITES SEED");
        return ExitCode::FAILURE;
    };
    let sample = match Sample::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/bypass")) {
        Ok(sample) => sample,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let run =
        Run { sample, rewrites, seed, next: AtomicU64::new(0), judged: AtomicU64::new(0), findings: Mutex::default() };
    let threads = available_parallelism().map_or(1, usize::from);
    scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(|| run.work()))));
    println!("{}", write_json(&run.result()));
    ExitCode::SUCCESS
}

struct Run {
    sample: Sample,
    rewrites: u64,
    seed: u64,
    next: AtomicU64,
    judged: AtomicU64,
    findings: Mutex<Vec<String>>,
}

impl Run {
    /// What comes to nothing is drawn again: the number is that of rewrites judged.
    fn work(&self) {
        while self.judged.load(Ordering::Relaxed) < self.rewrites && self.found().len() < MOST_FINDINGS {
            let first = self.next.fetch_add(AT_ONCE, Ordering::Relaxed);
            let seeds = (first..first + AT_ONCE).map(|number| self.seed.wrapping_add(number));
            let mut judged = 0;
            for rewrite in seeds.filter_map(|seed| self.sample.rewrite(seed)) {
                judged += 1;
                if rewrite.is_weaker() {
                    self.found().push(rewrite.to_string());
                }
            }
            let before = self.judged.fetch_add(judged, Ordering::Relaxed);
            if before / PROGRESS != (before + judged) / PROGRESS {
                eprintln!("{} of {}, {} findings", before + judged, self.rewrites, self.found().len());
            }
        }
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.findings.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn result(&self) -> Value {
        let findings = self.found().iter().map(|finding| Value::from(finding.as_str())).collect();
        let entries = [
            ("rewrites", Value::from(self.judged.load(Ordering::Relaxed))),
            ("seed", Value::from(self.seed)),
            ("findings", Value::List(findings)),
        ];
        Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Object>())
    }
}
