//! `worst SECONDS SEED`: searches for the commands that take longest to decide under the template `coding-agent`.
//!
//! Says on standard output, as JSON, how many it tried and which were slowest. One thread: times are what it is about.

use callguard_engine::value::{Object, Value, write_json};
use callguard_oracle::worst::{Search, time, under};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How many of the slowest are said.
const SAID: usize = 5;
/// Between two words about how far it is.
const PROGRESS: Duration = Duration::from_secs(30);
/// What is decided before anything is timed.
const WARM_UP: usize = 200;

fn main() -> ExitCode {
    let numbers: Vec<Option<u64>> = std::env::args().skip(1).map(|argument| argument.parse().ok()).collect();
    let [Some(seconds), Some(seed)] = numbers.as_slice() else {
        eprintln!("usage: worst SECONDS SEED");
        return ExitCode::FAILURE;
    };
    let judge = match under("coding-agent") {
        Ok(judge) => judge,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    (0..WARM_UP).for_each(|_| _ = time(&judge, "cargo test && git status"));
    let mut search = Search::new(*seed, |command: &str| time(&judge, command));
    let (begun, mut said) = (Instant::now(), Instant::now());
    while begun.elapsed() < Duration::from_secs(*seconds) {
        search.step();
        if said.elapsed() > PROGRESS {
            let worst = search.slowest().first().map(|slow| slow.took).unwrap_or_default();
            eprintln!("{} tried, the slowest took {worst:?}", search.tried());
            said = Instant::now();
        }
    }
    let slowest = search.slowest().iter().take(SAID).map(|slow| {
        object([
            ("microseconds", Value::from(u64::try_from(slow.took.as_micros()).unwrap_or(u64::MAX))),
            ("shape", Value::from(format!("{:?}", slow.shape))),
            ("text", Value::from(slow.shape.text())),
        ])
    });
    let slowest = Value::List(slowest.collect());
    let tried = Value::from(search.tried());
    println!("{}", write_json(&object([("tried", tried), ("seed", Value::from(*seed)), ("slowest", slowest)])));
    ExitCode::SUCCESS
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Object>())
}
