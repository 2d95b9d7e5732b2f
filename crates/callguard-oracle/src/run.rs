//! A call through an engine, step by step, and where two engines differ.

use crate::call::{Call, Ending};
use crate::setup::Setup;
use callguard_engine::audit::output::Output;
use callguard_engine::call::SideEffect;
use callguard_engine::decide::{Decision, Engine, FactAnswers, Inquiry, Outcome, Permit, Scratch, Settled, Step};
use callguard_engine::session::{
    AttemptRequest, CommitRequest, Label, ReleaseRequest, ReserveRequest, SessionKey, StoreError, Want,
};
use callguard_engine::value::write_json;
use std::fmt;

/// Something that an engine asks or says.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// Whether the call could run at all.
    CouldRun(bool),
    /// What running it does.
    SideEffect(Option<SideEffect>),
    /// It asks for facts.
    Facts(Vec<String>),
    /// It counts an attempt.
    Attempt(AttemptRequest),
    /// It reserves.
    Reserve(Reservation),
    /// It decides; the word says how.
    Decided(&'static str, Box<Decision>),
    /// What the agent would see of a result.
    Checked(Box<Settled>),
    /// What settling writes.
    Commit(Option<CommitRequest>),
    /// What the agent sees of the result.
    Settled(Box<Settled>),
    /// What goes back.
    GivenBack(Option<ReleaseRequest>),
    /// What is spent though nobody knows.
    Lost(Option<CommitRequest>),
}

/// What an engine wants reserved, for which call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The session's key, the call's id and the tool.
    pub whose: [String; 3],
    /// The session's version that the decision rests on.
    pub expected_version: Option<u64>,
    /// Only look.
    pub peek: bool,
    /// What the limits want.
    pub wants: Vec<Want>,
    /// Labels that the session gains.
    pub labels: Vec<Label>,
    /// Whether it is spent if nobody reports back.
    pub spent_if_lost: bool,
}

impl From<ReserveRequest> for Reservation {
    fn from(asked: ReserveRequest) -> Reservation {
        let ReserveRequest { call, expected_version, peek, wants, labels, spent_if_lost } = asked;
        let whose = [SessionKey::text_of(&call), call.call_id.clone(), call.tool.clone()];
        Reservation { whose, expected_version, peek, wants, labels, spent_if_lost }
    }
}

/// Everything that an engine asks and says of one call.
pub type Transcript = Vec<Event>;

/// Where two engines differ on a call.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What the engine with the plan says there; `None`: nothing more.
    pub planned: Option<Event>,
    /// What the interpreter says there.
    pub interpreted: Option<Event>,
}

/// Holds the plan to the interpreter on one call.
///
/// # Errors
/// The first step on which they differ.
pub fn compare(setup: &Setup, call: &Call) -> Result<Transcript, Box<Difference>> {
    let interpreted = transcript(&setup.interpreted, call);
    let planned = transcript(&setup.planned, call);
    if planned == interpreted {
        return Ok(interpreted);
    }
    let same = planned.iter().zip(&interpreted).take_while(|(left, right)| left == right).count();
    Err(Box::new(Difference { planned: planned.into_iter().nth(same), interpreted: interpreted.into_iter().nth(same) }))
}

/// Everything that one engine asks and says of a call.
pub fn transcript(engine: &Engine, call: &Call) -> Transcript {
    let answers = &call.answers;
    let mut events = Vec::new();
    if answers.looks {
        events.push(Event::CouldRun(engine.could_run(&call.envelope)));
        events.push(Event::SideEffect(engine.side_effect(&call.envelope)));
    }
    let inquiry = Inquiry { dry: answers.dry, explain: answers.explain, refused_by_hook: answers.hook.clone() };
    let mut scratch = Scratch::default();
    let mut step = engine.begin(&mut scratch, call.envelope.clone(), inquiry);
    let (mut reserved, mut granted) = (0, false);
    loop {
        step = match step {
            Step::Facts(step, asked) => {
                events.push(Event::Facts(asked));
                step.resume(answers.facts.clone())
            }
            Step::Attempt(step, asked) => {
                let answer = answers.attempt(&asked);
                events.push(Event::Attempt(asked));
                step.resume(answer)
            }
            Step::Reserve(step, asked) => {
                let answer = answers.reserve(&asked, reserved);
                reserved += 1;
                events.push(Event::Reserve(asked.into()));
                step.resume(answer)
            }
            Step::Done(Outcome::Ask(asked)) if answers.granted && !granted => {
                granted = true;
                events.push(decided("ask, and it is granted", asked.decision().clone()));
                asked.grant(&mut scratch)
            }
            Step::Done(outcome) => {
                done(outcome, engine, call, &mut events);
                return events;
            }
        }
    }
}

fn decided(how: &'static str, decision: Decision) -> Event {
    Event::Decided(how, Box::new(decision))
}

fn done(outcome: Outcome, engine: &Engine, call: &Call, events: &mut Transcript) {
    match outcome {
        Outcome::Dry(decision) => {
            events.push(decided("dry", decision));
            let facts: &FactAnswers = &call.answers.facts;
            let settled = engine.check_result(&call.envelope, facts, call.output.clone());
            events.push(Event::Checked(Box::new(settled)));
        }
        Outcome::Deny(decision) => events.push(decided("deny", decision)),
        Outcome::Ask(asked) => {
            events.push(decided("ask", asked.decision().clone()));
            events.push(decided("ask, and it is refused", asked.refuse("nobody answered")));
        }
        Outcome::Allow(permit) => {
            events.push(decided("allow", permit.decision().clone()));
            end(permit, call, events);
        }
    }
}

fn end(permit: Permit, call: &Call, events: &mut Transcript) {
    match call.answers.ending {
        Ending::GivenBack => events.push(Event::GivenBack(permit.give_back())),
        Ending::Lost => events.push(Event::Lost(permit.lose())),
        Ending::Settled => {
            let settlement = permit.settle(call.output.clone());
            events.push(Event::Commit(settlement.commit().cloned()));
            let written = if call.answers.written { Ok(()) } else { Err(StoreError::new("it is down")) };
            events.push(Event::Settled(Box::new(settlement.finish(written))));
        }
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::CouldRun(could) => write!(out, "could run: {could}"),
            Event::SideEffect(effect) => write!(out, "side effect: {effect:?}"),
            Event::Facts(facts) => write!(out, "facts: {facts:?}"),
            Event::Attempt(request) => write!(out, "attempt: {request:#?}"),
            Event::Reserve(request) => write!(out, "reserve: {request:#?}"),
            Event::Decided(how, decision) => write!(out, "{how}: {decision:#?}"),
            Event::Checked(settled) => write!(out, "result: {settled:#?}\n{}", shown(&settled.output)),
            Event::Commit(request) => write!(out, "commit: {request:#?}"),
            Event::Settled(settled) => write!(out, "settled: {settled:#?}\n{}", shown(&settled.output)),
            Event::GivenBack(request) => write!(out, "given back: {request:#?}"),
            Event::Lost(request) => write!(out, "lost: {request:#?}"),
        }
    }
}

/// A result in full: what is compared here holds no one's secrets.
fn shown(output: &Output) -> String {
    write_json(&output.value)
}

impl fmt::Display for Difference {
    /// The lines in which the two differ, and one that they share before them.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |event: &Option<Event>| match event {
            Some(event) => format!("{event:?}"),
            None => "(nothing more)".to_owned(),
        };
        let (planned, interpreted) = (text(&self.planned), text(&self.interpreted));
        let (left, right): (Vec<&str>, Vec<&str>) = (planned.lines().collect(), interpreted.lines().collect());
        let start = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
        let rest = left.len().min(right.len()) - start;
        let ends = left.iter().rev().zip(right.iter().rev()).take(rest);
        let end = ends.take_while(|(left, right)| left == right).count();
        let title = left.first().copied().unwrap_or_default();
        writeln!(out, "at `{title}`, line {}:", start + 1)?;
        if let Some(line) = start.checked_sub(1) {
            writeln!(out, "  {}", left[line])?;
        }
        for (sign, lines) in [('-', &left), ('+', &right)] {
            lines[start..lines.len() - end].iter().try_for_each(|line| writeln!(out, "{sign} {line}"))?;
        }
        write!(out, "(`-` the plan, `+` the interpreter)")
    }
}
