//! Takes events out of the buffer and to the receiver: one step at a time, on whatever clock.

use super::Entry;
use super::backoff::{Backoff, HALTED};
use super::buffer::Buffer;
use super::dead::DeadLetters;
use super::meter::{SinkMeter, SinkState};
use super::options::DeliveryOptions;
use super::target::{Attempt, Target, Verdict};
use jiff::Timestamp;
use std::io;
use std::sync::Arc;
use std::time::Duration;

pub(super) struct Courier<T> {
    target: T,
    buffer: Arc<Buffer>,
    meter: SinkMeter,
    dead: DeadLetters,
    backoff: Backoff,
    timeout: Duration,
    /// At most so many events at once, after a batch was refused.
    most: usize,
    /// What the receiver has taken and not confirmed.
    unconfirmed: Option<Vec<Entry>>,
}

/// What to do after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next step.
    Go,
    /// There is nothing to deliver.
    Idle,
    /// The next step, after that time.
    Wait(Duration),
    /// Nothing more.
    Stop,
}

impl<T: Target> Courier<T> {
    pub(super) fn new(
        target: T,
        buffer: Arc<Buffer>,
        meter: SinkMeter,
        options: &DeliveryOptions,
        random: fastrand::Rng,
    ) -> Courier<T> {
        Courier {
            dead: DeadLetters::in_folder(buffer.folder()),
            target,
            buffer,
            meter,
            backoff: Backoff::new(options.backoff, options.backoff_most, random),
            timeout: options.timeout,
            most: usize::MAX,
            unconfirmed: None,
        }
    }

    /// Delivers one batch, or finds out that it cannot.
    pub(super) fn step(&mut self, now: Timestamp, most_time: Duration) -> io::Result<Next> {
        let attempt = Attempt { now, timeout: self.timeout.min(most_time) };
        if let Some(batch) = self.unconfirmed.take() {
            let verdict = self.target.confirm(&attempt);
            return self.judge(batch, verdict, now);
        }
        let limits = self.target.limits();
        let most = if self.backoff.is_open() { 1 } else { limits.events.min(self.most) };
        let batch = self.buffer.peek(most, limits.bytes)?;
        self.meter.dropped(self.buffer.take_unreadable());
        let Some(first) = batch.first() else {
            self.measure();
            return Ok(Next::Idle);
        };
        if first.payload.len() > limits.event_bytes {
            let why = format!("it has {} bytes; the receiver takes {}", first.payload.len(), limits.event_bytes);
            return self.bury(first.clone(), &why, now);
        }
        if limits.age.is_some_and(|most| age(first, now).is_some_and(|age| age > most)) {
            return self.bury(first.clone(), "it is older than what the receiver takes", now);
        }
        let fits = batch.iter().take_while(|entry| entry.payload.len() <= limits.event_bytes).count();
        let batch: Vec<Entry> = batch.into_iter().take(fits).collect();
        let verdict = self.target.send(&batch, &attempt);
        self.judge(batch, verdict, now)
    }

    fn judge(&mut self, batch: Vec<Entry>, verdict: Verdict, now: Timestamp) -> io::Result<Next> {
        match verdict {
            Verdict::Delivered => self.delivered(&batch, 0),
            Verdict::Partly { refused, why } => {
                self.meter.state(SinkState::Healthy, Some(why));
                self.delivered(&batch, refused)
            }
            Verdict::Pending(after) => {
                self.unconfirmed = Some(batch);
                Ok(Next::Wait(after))
            }
            Verdict::Retry { after, why } => {
                self.meter.retried();
                let wait = self.backoff.fail(after);
                self.meter.state(self.backoff.state(), Some(why));
                self.measure();
                Ok(Next::Wait(wait))
            }
            Verdict::Refused(why) => match batch.as_slice() {
                [one] => self.bury(one.clone(), &why, now),
                _ => {
                    self.most = (batch.len() / 2).max(1);
                    self.meter.retried();
                    Ok(Next::Go)
                }
            },
            Verdict::Halt(why) => {
                self.meter.retried();
                self.meter.state(SinkState::Halted, Some(why));
                self.measure();
                Ok(Next::Wait(HALTED))
            }
            Verdict::Gone(why) => {
                self.meter.state(SinkState::Gone, Some(why));
                self.measure();
                Ok(Next::Stop)
            }
        }
    }

    fn delivered(&mut self, batch: &[Entry], refused: u64) -> io::Result<Next> {
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        self.meter.delivered(count.saturating_sub(refused));
        self.meter.dead(refused);
        if refused == 0 {
            self.meter.state(SinkState::Healthy, None);
        }
        self.backoff.succeed();
        // Whatever was refused is behind; more is tried again.
        self.most = self.most.saturating_mul(2);
        self.acknowledge(batch)
    }

    /// Puts an event that will not be accepted where a person finds it, and goes on.
    fn bury(&mut self, entry: Entry, why: &str, now: Timestamp) -> io::Result<Next> {
        self.dead.write(std::slice::from_ref(&entry), why, now)?;
        self.meter.dead(1);
        self.acknowledge(&[entry])
    }

    fn acknowledge(&mut self, batch: &[Entry]) -> io::Result<Next> {
        if let Some(last) = batch.last() {
            self.buffer.acknowledge(last)?;
        }
        self.measure();
        Ok(Next::Go)
    }

    fn measure(&self) {
        let (events, bytes) = self.buffer.waiting();
        self.meter.queue(events, bytes);
    }
}

/// How old an event is, if it says so.
fn age(entry: &Entry, now: Timestamp) -> Option<Duration> {
    let event: serde_json::Value = serde_json::from_slice(&entry.payload).ok()?;
    let time: Timestamp = event.get("timestamp")?.as_str()?.parse().ok()?;
    Duration::try_from(now.duration_since(time)).ok()
}
