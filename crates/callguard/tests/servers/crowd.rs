//! Of a thousand calls at once, from four processes, exactly the limit runs.

use crate::kinds::Place;
use crate::process;
use crate::worker::{LIMIT, Worker};
use std::fmt::Write;

const PROCESSES: usize = 4;
const CALLS: usize = 1_000;
const SEEDS: u64 = 20;

fn exactly_the_limit_runs(place: &Place) {
    let address = format!("{}?timeout=120s", place.address());
    let mut workers: Vec<Worker> = (0..PROCESSES).map(|_| Worker::start(&address)).collect();
    workers.iter_mut().for_each(|worker| assert_eq!(worker.hear(), "ready"));
    let mut found = String::new();
    for seed in 0..SEEDS {
        workers.iter_mut().for_each(|worker| worker.tell(&format!("crowd seed-{seed} {} {seed}", CALLS / PROCESSES)));
        let ran: Vec<usize> = workers.iter_mut().map(|worker| worker.hear().parse().unwrap()).collect();
        writeln!(found, "seed {seed}: {ran:?}").unwrap();
        assert_eq!(ran.iter().sum::<usize>(), LIMIT, "{found}");
    }
    workers.into_iter().for_each(Worker::finish);
}

#[test]
fn of_a_thousand_calls_on_a_file_exactly_the_limit_runs() {
    exactly_the_limit_runs(&Place::sqlite());
}

#[test]
fn of_a_thousand_calls_on_redis_exactly_the_limit_runs() {
    exactly_the_limit_runs(&Place::redis());
}

#[test]
fn of_a_thousand_calls_on_postgresql_exactly_the_limit_runs() {
    // Nothing here is cut off from power, and twenty thousand waits for a disk show nothing.
    exactly_the_limit_runs(&Place::Postgres(process::postgres(&["-c", "fsync=off"])));
}
