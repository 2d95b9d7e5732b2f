//! The commands that take longest to decide, searched for: hostile shapes drawn from a seed, the slowest of them changed
//! again and again.

mod shapes;

use crate::judge::Judge;
use crate::{Draw, bytes_of};
use callguard_engine::call::ToolEnvelope;
use callguard_engine::decide::HostPaths;
use callguard_engine::policy::PolicyFile;
use callguard_engine::policy::templates::template;
use callguard_engine::value::{Object, Value};
use rustix::time::{ClockId, clock_gettime};
use shapes::{GLUES, UNITS, WRAPS};
use std::sync::Arc;
use std::time::Duration;

/// As long as a command may be without being refused for it.
pub const LONGEST: usize = 16 * 1024;
/// Bytes that a shape is drawn from.
const SHAPE_BYTES: usize = 64;
/// The slowest that are kept to be changed.
const KEPT: usize = 24;
/// How often one is timed; the shortest counts.
const TIMES: usize = 3;

/// A hostile command: what encloses it, what is repeated in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    wraps: Vec<usize>,
    /// The wraps open and close around each unit, not around all of them.
    each: bool,
    units: Vec<usize>,
    glue: usize,
    program: Option<usize>,
    bytes: usize,
}

impl Shape {
    /// A new one.
    pub fn draw(draw: &mut Draw<'_>) -> Shape {
        let wraps = if draw.chance(60) { draw.several(6, |draw| draw.below(WRAPS.len())) } else { Vec::new() };
        Shape {
            wraps,
            each: draw.chance(30),
            units: draw.several(4, |draw| draw.below(UNITS.len())),
            glue: draw.below(GLUES.len()),
            program: draw.maybe(40, |draw| draw.below(UNITS.len())),
            bytes: if draw.chance(70) { LONGEST } else { 64 + draw.below(LONGEST - 64) },
        }
    }

    /// The same with one thing about it changed.
    #[must_use]
    pub fn changed(&self, draw: &mut Draw<'_>) -> Shape {
        let mut next = self.clone();
        match draw.below(8) {
            0 => next.wraps.push(draw.below(WRAPS.len())),
            1 => drop(next.wraps.pop()),
            2 => next.units.push(draw.below(UNITS.len())),
            3 if next.units.len() > 1 => drop(next.units.pop()),
            4 => next.glue = draw.below(GLUES.len()),
            5 => next.program = draw.maybe(50, |draw| draw.below(UNITS.len())),
            6 => next.each = !next.each,
            _ => next.bytes = 64 + draw.below(LONGEST - 63),
        }
        if next == *self { Shape::draw(draw) } else { next }
    }

    /// The command, of at most [`LONGEST`] bytes.
    pub fn text(&self) -> String {
        let (open, close) = self.ends();
        let room = self.bytes.saturating_sub(open.len() + close.len());
        let inner = self.program.map(|unit| format!("{} ", UNITS[unit])).unwrap_or_default();
        let (mut text, mut inner) = (open, inner);
        for (number, unit) in self.units.iter().cycle().enumerate() {
            let unit = UNITS[*unit].replace('#', &number.to_string());
            let unit = if self.each { self.wrapped(&unit) } else { unit };
            if inner.len() + unit.len() + GLUES[self.glue].len() > room {
                break;
            }
            inner.push_str(&unit);
            inner.push_str(GLUES[self.glue]);
        }
        text.push_str(&inner);
        text.push_str(&close);
        text
    }

    fn ends(&self) -> (String, String) {
        let wraps = if self.each { &[] } else { self.wraps.as_slice() };
        let open = wraps.iter().map(|wrap| WRAPS[*wrap].0).collect();
        (open, wraps.iter().rev().map(|wrap| WRAPS[*wrap].1).collect())
    }

    fn wrapped(&self, unit: &str) -> String {
        self.wraps.iter().fold(unit.to_owned(), |unit, wrap| format!("{}{unit}{}", WRAPS[*wrap].0, WRAPS[*wrap].1))
    }
}

/// A command and how long it took.
#[derive(Clone, Debug)]
pub struct Slow {
    /// What it was made of.
    pub shape: Shape,
    /// The least of several measurements.
    pub took: Duration,
}

/// Looks for the slowest commands.
pub struct Search<F> {
    seed: u64,
    drawn: u64,
    slowest: Vec<Slow>,
    take: F,
}

impl<F: Fn(&str) -> Duration> Search<F> {
    /// From a seed; `take` does with a command what is timed, and says how long it took.
    pub fn new(seed: u64, take: F) -> Search<F> {
        Search { seed, drawn: 0, slowest: Vec::new(), take }
    }

    /// Tries one more: a new one, or one of the slowest with a change.
    pub fn step(&mut self) {
        let bytes = bytes_of(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(self.drawn), SHAPE_BYTES);
        self.drawn += 1;
        let draw = &mut Draw::new(&bytes);
        let shape = match self.slowest.len() {
            0..KEPT => Shape::draw(draw),
            _ if draw.chance(30) => Shape::draw(draw),
            kept => self.slowest[draw.below(kept)].shape.changed(draw),
        };
        let text = shape.text();
        let least = self.slowest.last().filter(|_| self.slowest.len() >= KEPT).map_or(Duration::ZERO, |slow| slow.took);
        let mut took = (self.take)(&text);
        for _ in 1..TIMES {
            if took <= least {
                return;
            }
            took = took.min((self.take)(&text));
        }
        if took > least && !self.slowest.iter().any(|slow| slow.shape == shape) {
            self.slowest.push(Slow { shape, took });
            self.slowest.sort_by_key(|slow| std::cmp::Reverse(slow.took));
            self.slowest.truncate(KEPT);
        }
    }

    /// How many were tried.
    pub fn tried(&self) -> u64 {
        self.drawn
    }

    /// The slowest, the worst first.
    pub fn slowest(&self) -> &[Slow] {
        &self.slowest
    }
}

/// A judge under a template that ships, on a machine without a disk.
///
/// # Errors
/// There is none of that name, or it does not load.
pub fn under(name: &str) -> Result<Judge, String> {
    let file = PolicyFile::from(template(name).ok_or_else(|| format!("there is no template `{name}`"))?);
    let paths = HostPaths {
        workspace: Some("/workspace".to_owned()),
        home: Some("/home/agent".to_owned()),
        ..HostPaths::default()
    };
    Judge::of(file, paths)
}

/// How much processor time a command takes from the call to the decision.
pub fn time(judge: &Judge, command: &str) -> Duration {
    let call = call(command);
    let begun = now();
    let outcome = judge.outcome(call);
    let took = now().saturating_sub(begun);
    drop(outcome);
    took
}

/// Processor time of this thread: what other programs take is not counted.
fn now() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.try_into().unwrap_or_default(), now.tv_nsec.try_into().unwrap_or_default())
}

fn call(command: &str) -> Arc<ToolEnvelope> {
    let args: Object = [("command".to_owned(), Value::from(command))].into_iter().collect();
    Arc::new(ToolEnvelope::new("bash", args, jiff::Timestamp::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use callguard_engine::decide::Effect;

    #[test]
    fn shapes_fill_the_room_and_no_more() {
        let longest = (0..400).map(|seed| {
            let bytes = bytes_of(seed, SHAPE_BYTES);
            let draw = &mut Draw::new(&bytes);
            let shape = Shape::draw(draw);
            shape.changed(draw).text().len().max(shape.text().len())
        });
        let longest = longest.max().unwrap_or(0);
        assert!((LONGEST - 200..=LONGEST).contains(&longest), "{longest}");
    }

    #[test]
    fn the_slowest_are_found_and_changed() {
        let mut search = Search::new(7, |text| Duration::from_nanos(text.matches("$(").count() as u64));
        (0..3000).for_each(|_| search.step());
        let found: Vec<u128> = search.slowest().iter().map(|slow| slow.took.as_nanos()).collect();
        assert!(found.is_sorted_by(|a, b| a >= b) && found.len() == KEPT, "{found:?}");
        assert!(found[0] > 4000, "{found:?}");
    }

    #[test]
    fn a_command_is_decided() {
        let judge = under("coding-agent").unwrap();
        assert_eq!(judge.decide(call("cargo test")), Effect::Allow);
        assert_eq!(judge.decide(call("rm -rf /")), Effect::Deny);
        assert!(time(&judge, "cargo test") > Duration::ZERO);
        assert!(under("nothing").is_err());
    }
}
