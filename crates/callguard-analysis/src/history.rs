//! Which calls of the past would be decided otherwise: those of audit logs, and those that somebody wrote down.

use crate::proof::{Flip, Situation};
use callguard_engine::call::{CallJson, Principal, ToolEnvelope};
use callguard_engine::decide::{Decider, Decision, Engine};
use callguard_engine::value::{Object, Value, parse_json};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Calls under two engines, one after the other.
#[derive(Debug)]
pub struct History<'a> {
    old: &'a Engine,
    new: &'a Engine,
    /// What was found so far.
    pub past: Past,
}

/// What calls of the past come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Calls that were decided by both.
    pub judged: u64,
    /// Calls whose arguments, or who made them, are not in the log as they were.
    pub redacted: u64,
    /// Lines that are no event and no call.
    pub unreadable: u64,
    /// Calls that are decided otherwise, by what they have in common.
    pub flips: BTreeMap<PastFlip, Times>,
}

/// What flipped calls have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PastFlip {
    /// What both decide.
    pub flip: Flip,
    /// What decides of the stricter side: `POLICY/ID`, or `(default)` and the like.
    pub contract: String,
    /// The tool.
    pub tool: String,
    /// Who asked: the user, else the service, else the organisation.
    pub principal: String,
}

/// How often, and the first time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// How often.
    pub count: u64,
    /// The first call's id, as the log has it.
    pub first: String,
}

/// What redaction leaves where something was.
const HIDDEN: &str = "[REDACTED:";
/// What it leaves of a long text.
const CUT: &str = "…[+";

impl<'a> History<'a> {
    /// Nothing was called yet.
    pub fn new(old: &'a Engine, new: &'a Engine) -> History<'a> {
        History { old, new, past: Past::default() }
    }

    /// A line of an audit log. Events that are no decision on a call are passed over.
    pub fn event(&mut self, line: &[u8]) {
        match read(line) {
            Line::Call(situation) => self.judge(&situation),
            Line::Hidden => self.past.redacted = self.past.redacted.saturating_add(1),
            Line::Other => {}
            Line::Unreadable => self.past.unreadable = self.past.unreadable.saturating_add(1),
        }
    }

    /// A call as people write it; one without a time is made `now`.
    pub fn call(&mut self, line: &[u8], now: Timestamp) {
        match CallJson::parse(line, now) {
            Ok(CallJson { call, facts }) => {
                let facts = facts.iter().map(|(name, value)| (name.to_owned(), Ok(value.clone()))).collect();
                self.judge(&Situation { facts, ..Situation::of(call) });
            }
            Err(_) => self.past.unreadable = self.past.unreadable.saturating_add(1),
        }
    }

    fn judge(&mut self, situation: &Situation) {
        self.past.judged = self.past.judged.saturating_add(1);
        let (old, new) = (situation.decide(self.old), situation.decide(self.new));
        let flip = Flip { old: old.effect, new: new.effect };
        if flip.old == flip.new {
            return;
        }
        let stricter = if flip.loosens() { &old } else { &new };
        let call = &situation.call;
        let key =
            PastFlip { flip, contract: decider(stricter), tool: call.tool.clone(), principal: who(&call.principal) };
        let times = self.past.flips.entry(key).or_default();
        if times.count == 0 {
            times.first.clone_from(&call.call_id);
        }
        times.count = times.count.saturating_add(1);
    }
}

impl Past {
    /// How many calls flip.
    pub fn flipped(&self) -> u64 {
        self.flips.values().fold(0, |sum, times| sum.saturating_add(times.count))
    }

    /// Whether one of them gets a milder decision.
    pub fn loosens(&self) -> bool {
        self.flips.keys().any(|key| key.flip.loosens())
    }
}

fn decider(decision: &Decision) -> String {
    match &decision.decider {
        Decider::Contract(id) => id.to_string(),
        other => other.to_string(),
    }
}

fn who(principal: &Principal) -> String {
    let names = [&principal.user_id, &principal.service_id, &principal.org_id];
    names.into_iter().flatten().next().cloned().unwrap_or_else(|| "(none)".to_owned())
}

enum Line {
    Call(Box<Situation>),
    /// A call that is not there as it was.
    Hidden,
    /// An event that decides nothing.
    Other,
    Unreadable,
}

/// Actions of events that say what was decided of a call: one for each call.
const DECISIONS: &[&str] = &["call_allowed", "call_denied", "call_would_deny", "call_asked"];

fn read(line: &[u8]) -> Line {
    let Ok(Value::Object(event)) = parse_json(line) else { return Line::Unreadable };
    match event.get("action").and_then(Value::as_str) {
        Some(action) if DECISIONS.contains(&action) => {}
        Some(_) => return Line::Other,
        // A record that the log makes of itself, such as a checkpoint.
        None if event.get("seq").is_some() => return Line::Other,
        None => return Line::Unreadable,
    }
    let looked_at = ["tool", "tool_args", "principal", "environment", "metadata", "server", "session_id"];
    let hidden = |text: &str| text.contains(HIDDEN) || text.contains(CUT);
    if looked_at.iter().filter_map(|key| event.get(key)).flat_map(Value::strings).any(hidden) {
        return Line::Hidden;
    }
    situation(&event).map_or(Line::Unreadable, |situation| Line::Call(Box::new(situation)))
}

fn situation(event: &Object) -> Option<Situation> {
    let text = |key: &str| event.get(key).and_then(Value::as_str).map(str::to_owned);
    let object = |key: &str| match event.get(key) {
        Some(Value::Object(object)) => object.clone(),
        _ => Object::default(),
    };
    let mut call = ToolEnvelope::new(text("tool")?, object("tool_args"), text("timestamp")?.parse().ok()?);
    call.principal = Principal::from_object(&object("principal")).ok()?;
    call.call_id = text("call_id").unwrap_or_default();
    call.environment = text("environment");
    call.metadata = object("metadata");
    call.session_id = text("session_id");
    call.run_id = text("run_id");
    call.server = text("server");
    call.caller = text("caller");
    let mut situation = Situation::of(call);
    let count = |key: &str| match event.get(key) {
        Some(Value::Number(number)) => number.as_u64().unwrap_or_default(),
        _ => 0,
    };
    situation.session.attempts = count("session_attempt_count");
    situation.session.calls = count("session_execution_count");
    Some(situation)
}
