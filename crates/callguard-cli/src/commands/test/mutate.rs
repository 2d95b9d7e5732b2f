//! `callguard test --mutate`: policies with one thing changed, under the same tests.

mod judge;
mod text;

use super::suite::Suite;
use crate::args::test::MutateArgs;
use crate::screen::Failure;
use callguard_analysis::call_json;
use callguard_analysis::proof::Witness;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use judge::{Fate, Job, Judge};
use serde_json::{Value as Json, json};
use std::io::{IsTerminal, stderr};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{available_parallelism, scope};
pub(super) use text::as_text;

/// What became of the mutants.
#[derive(Default)]
pub(super) struct Mutation {
    /// How many an example noticed.
    by_example: usize,
    /// How many a case noticed.
    by_case: usize,
    /// How many are proved to decide as the policy does.
    equal: usize,
    /// How many do not load.
    broken: usize,
    survivors: Vec<Survivor>,
}

/// A change that nothing noticed.
struct Survivor {
    operator: &'static str,
    of: String,
    file: String,
    line: usize,
    change: String,
    /// A call that would.
    witness: Option<Box<Witness>>,
}

/// The time of calls that no condition on time tells apart.
const BASE: Timestamp = Timestamp::constant(1_767_614_400, 0);

/// Makes every mutant and judges it, on every core.
pub(super) fn run(suite: &Suite) -> Result<Mutation, Failure> {
    let (judge, jobs) = Judge::new(suite)?;
    let bar = progress(jobs.len());
    let (next, fates) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(number) else { return };
            let fate = judge.fate(job);
            fates.lock().unwrap_or_else(PoisonError::into_inner).push((number, fate));
            bar.inc(1);
        }
    };
    let threads = available_parallelism().map_or(1, NonZero::get);
    scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    bar.finish_and_clear();
    let mut fates = fates.into_inner().unwrap_or_else(PoisonError::into_inner);
    fates.sort_by_key(|(number, _)| *number);
    let mut mutation = Mutation::default();
    for ((_, fate), job) in fates.into_iter().zip(&jobs) {
        mutation.take(fate, job, &judge);
    }
    Ok(mutation)
}

fn progress(mutants: usize) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} mutants {eta}");
    let length = u64::try_from(mutants).unwrap_or(u64::MAX);
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

impl Mutation {
    fn take(&mut self, fate: Fate, job: &Job, judge: &Judge<'_>) {
        let counter = match fate {
            Fate::ByExample => &mut self.by_example,
            Fate::ByCase => &mut self.by_case,
            Fate::Equal => &mut self.equal,
            Fate::Broken => &mut self.broken,
            Fate::Survived(witness) => {
                let (file, line) = judge.place(job);
                let (operator, of, change) =
                    (job.mutant.operator.as_str(), job.mutant.of.clone(), job.mutant.change.clone());
                return self.survivors.push(Survivor { operator, of, file, line, change, witness });
            }
        };
        *counter = counter.saturating_add(1);
    }

    fn killed(&self) -> usize {
        self.by_example.saturating_add(self.by_case)
    }

    /// Those that load and are not proved equal.
    fn counted(&self) -> usize {
        self.killed().saturating_add(self.survivors.len())
    }

    /// How many of a hundred nobody noticed.
    fn survived_percent(&self) -> f64 {
        if self.survivors.is_empty() {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "there are fewer mutants than that")]
        let percent = self.survivors.len() as f64 * 100.0 / self.counted() as f64;
        percent
    }

    /// Whether more go unnoticed than may.
    pub(super) fn is_short(&self, args: &MutateArgs) -> bool {
        self.survived_percent() > args.max_survivors
    }

    pub(super) fn as_json(&self) -> Json {
        let survivor = |survivor: &Survivor| {
            let witness = survivor.witness.as_ref().map(|witness| {
                let call = call_json(&witness.situation, BASE);
                json!({ "call": call, "before": witness.flip.old.as_str(), "after": witness.flip.new.as_str() })
            });
            json!({
                "operator": survivor.operator,
                "of": survivor.of,
                "file": survivor.file,
                "line": survivor.line,
                "change": survivor.change,
                "witness": witness,
            })
        };
        json!({
            "mutants": self.counted(),
            "killed": self.killed(),
            "killed_by_example": self.by_example,
            "killed_by_case": self.by_case,
            "equal": self.equal,
            "not_loading": self.broken,
            "survived": self.survivors.iter().map(survivor).collect::<Vec<_>>(),
        })
    }
}
