//! Measuring in turns: every subject once a round, so that what disturbs the machine disturbs all alike.

use crate::clock::Clock;
use crate::peers::Peers;
use crate::report::{Report, Row, Unit};
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::time::Duration;

/// How benchmarks are run.
#[derive(Clone, Debug, Default, clap::Parser)]
#[command(about = "Measures deciding")]
pub struct Options {
    /// Only what has one of these words in `FAMILY/CASE/CONTRACTS/ENGINE`.
    pub filter: Vec<String>,
    /// Write the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// One short round: to see that it runs.
    #[arg(long)]
    pub quick: bool,
    /// Leave out other engines.
    #[arg(long)]
    pub no_peers: bool,
    /// Measure nothing: only make so many calls, within the function [`measured`].
    #[arg(long, hide = true, value_name = "CALLS")]
    pub count_calls: Option<u32>,
    /// What `cargo bench` says of itself.
    #[arg(long, hide = true)]
    pub bench: bool,
    /// Prints the resident memory that so many contracts take.
    #[arg(long, hide = true, value_name = "CONTRACTS")]
    pub memory_of: Option<usize>,
    /// Prints it for this engine.
    #[arg(long, hide = true, value_name = "ENGINE", default_value = "plan")]
    pub memory_engine: String,
}

impl Options {
    fn rounds(&self) -> usize {
        if self.quick { 1 } else { 5 }
    }

    fn budget(&self) -> Duration {
        Duration::from_millis(if self.quick { 2 } else { 25 })
    }
}

/// What is measured: a line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Case {
    /// Which family, as `1 text, equality, numbers`.
    pub family: String,
    /// What happens to the call.
    pub name: String,
    /// How many contracts there are.
    pub contracts: usize,
}

impl Case {
    /// A case of a family.
    pub fn new(family: &str, name: impl Into<String>, contracts: usize) -> Case {
        Case { family: family.to_owned(), name: name.into(), contracts }
    }
}

/// Something that can be measured again and again.
pub trait Sampler {
    /// One figure, found within about that time.
    ///
    /// # Errors
    /// What is measured does not work.
    fn sample(&mut self, budget: Duration) -> Result<f64>;

    /// Does it so often.
    ///
    /// # Errors
    /// It is nothing that is done in calls.
    fn repeat(&mut self, times: u32) -> Result<()> {
        anyhow::bail!("cannot be repeated {times} times")
    }

    /// How often it allocates in one go, if that can be told.
    fn allocations(&mut self) -> Option<u64> {
        None
    }
}

/// One engine on one case.
pub(crate) struct Subject {
    pub(crate) case: Case,
    pub(crate) engine: String,
    pub(crate) unit: Unit,
    /// How many bytes of the call may be looked at.
    pub(crate) bytes: Option<usize>,
    pub(crate) sampler: Box<dyn Sampler>,
}

/// Everything that is measured together.
pub struct Bench {
    pub(crate) options: Options,
    pub(crate) subjects: Vec<Subject>,
}

impl Bench {
    /// Nothing yet.
    pub fn new(options: Options) -> Bench {
        Bench { options, subjects: Vec::new() }
    }

    /// How it is run.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Whether the filter lets this through.
    pub fn wants(&self, case: &Case, engine: &str) -> bool {
        let key = format!("{}/{}/{}/{engine}", case.family, case.name, case.contracts);
        self.options.filter.is_empty() || self.options.filter.iter().any(|word| key.contains(word))
    }

    /// Whether the filter lets any of our own engines through.
    pub fn wants_any(&self, case: &Case) -> bool {
        ["plan", "interpreter", crate::families::HAND_INDEX, crate::families::HAND_LOOP]
            .iter()
            .any(|engine| self.wants(case, engine))
    }

    /// Adds a subject whose figure is the time of one `run`, over a call of so many bytes.
    pub fn time(&mut self, case: &Case, engine: &str, bytes: Option<usize>, run: impl FnMut() + 'static) {
        let sampler = Box::new(Timed { run, iterations: None });
        self.add(case, engine, Unit::Nanoseconds, bytes, sampler);
    }

    /// Adds a subject.
    pub fn add(&mut self, case: &Case, engine: &str, unit: Unit, bytes: Option<usize>, sampler: Box<dyn Sampler>) {
        if self.wants(case, engine) {
            let (case, engine) = (case.clone(), engine.to_owned());
            self.subjects.push(Subject { case, engine, unit, bytes, sampler });
        }
    }

    /// Measures everything, the peers too, prints the table and writes the JSON that was asked for.
    ///
    /// # Errors
    /// A subject does not work, or the file cannot be written.
    pub fn run(mut self, with_peers: bool) -> Result<()> {
        if let Some(calls) = self.options.count_calls {
            return self.count(calls);
        }
        if with_peers && !self.options.no_peers {
            self.subjects.extend(Peers::start(&self.options)?);
        }
        let mut rows: Vec<Row> = self.subjects.iter_mut().map(Row::of).collect();
        for round in 1..=self.options.rounds() {
            eprintln!("round {round} of {}, {} subjects", self.options.rounds(), self.subjects.len());
            for (subject, row) in self.subjects.iter_mut().zip(&mut rows) {
                let case = &subject.case;
                let figure = subject.sampler.sample(self.options.budget()).with_context(|| {
                    format!(
                        "{} does not work: {}, {}, {} contracts",
                        subject.engine, case.family, case.name, case.contracts
                    )
                })?;
                row.rounds.push(figure);
            }
        }
        let report = Report::of(rows);
        report.print();
        match &self.options.json {
            Some(file) => report.write(file),
            None => Ok(()),
        }
    }
}

impl Bench {
    /// Makes calls of the one subject that the filter leaves, first some that warm up, for a program that counts.
    fn count(&mut self, calls: u32) -> Result<()> {
        let [subject] = self.subjects.as_mut_slice() else {
            anyhow::bail!("{} subjects are left by the filter, not one", self.subjects.len());
        };
        subject.sampler.repeat(calls)?;
        measured(&mut *subject.sampler, calls)
    }
}

/// What valgrind counts within: it finds this function by its name.
#[inline(never)]
fn measured(sampler: &mut dyn Sampler, calls: u32) -> Result<()> {
    // A last step of its own, so that the call above is none of this function's ends.
    std::hint::black_box(sampler.repeat(calls))
}

/// Times a closure in batches.
struct Timed<F> {
    run: F,
    iterations: Option<u32>,
}

/// Batches of a sample; the middle one counts.
const BATCHES: u32 = 9;

impl<F: FnMut()> Timed<F> {
    fn batch(&mut self, iterations: u32) -> Duration {
        let clock = Clock::start();
        for _ in 0..iterations {
            (self.run)();
        }
        clock.elapsed()
    }

    /// How many runs take about `long`; the first ones warm up.
    fn calibrate(&mut self, long: Duration) -> u32 {
        let mut iterations: u32 = 1;
        loop {
            let taken = self.batch(iterations);
            if taken >= long || iterations >= 1 << 24 {
                return iterations;
            }
            iterations *= 2;
        }
    }
}

impl<F: FnMut()> Sampler for Timed<F> {
    fn sample(&mut self, budget: Duration) -> Result<f64> {
        let long = budget / BATCHES;
        let iterations = match self.iterations {
            Some(known) => known,
            None => self.calibrate(long),
        };
        self.iterations = Some(iterations);
        let mut found = Vec::new();
        let clock = Clock::start();
        while found.is_empty() || (found.len() < BATCHES as usize && clock.elapsed() < budget * 2) {
            found.push(self.batch(iterations).as_nanos() as f64 / f64::from(iterations));
        }
        Ok(median(&found))
    }

    fn repeat(&mut self, times: u32) -> Result<()> {
        for _ in 0..times {
            (self.run)();
        }
        Ok(())
    }

    fn allocations(&mut self) -> Option<u64> {
        (self.run)();
        Some(allocation_counter::measure(|| (self.run)()).count_total)
    }
}

/// The middle of some figures; of an even number the lower of the two.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}
