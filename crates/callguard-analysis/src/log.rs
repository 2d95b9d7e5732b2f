//! Lines of audit logs as calls, and what became of them.

use crate::proof::Situation;
use callguard_engine::call::{Principal, ToolEnvelope};
use callguard_engine::decide::Effect;
use callguard_engine::value::{Object, Value, parse_json};
use std::collections::{BTreeSet, VecDeque};

/// Reads the lines of a log in order.
#[derive(Debug, Default)]
pub struct Log {
    /// Calls that were granted: the decision that follows is about the same call.
    granted: BTreeSet<String>,
    /// The same, the oldest first.
    order: VecDeque<String>,
}

/// Grants that are remembered until the decision that follows them is read.
const MOST_GRANTED: usize = 10_000;

/// What a line says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Entry {
    /// A call, and what was decided of it.
    Decided(Box<Decided>),
    /// A call that was decided, and is not there as it was.
    Hidden,
    /// A person granted the call that was asked about.
    Granted {
        /// Which.
        call: String,
    },
    /// Nobody granted it.
    Refused {
        /// Which.
        call: String,
    },
    /// The tool ran.
    Ended {
        /// Which call.
        call: String,
        /// Whether it erred.
        failed: bool,
    },
    /// Nothing about a call.
    Other,
    /// No event.
    Unreadable,
}

/// A call of the past.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The call, with what the event says of its session.
    pub situation: Situation,
    /// What was decided; of what was only observed, that it ran.
    pub effect: Effect,
    /// What decided: `POLICY/ID`, or `(default)` and the like.
    pub contract: String,
    /// The event's id.
    pub event_id: String,
}

/// What redaction leaves where something was.
const HIDDEN: &str = "[REDACTED:";
/// What it leaves of a long text.
const CUT: &str = "…[+";

impl Log {
    /// What a line says. A call that was granted is decided twice, and is one [`Entry::Decided`].
    pub fn read(&mut self, line: &[u8]) -> Entry {
        let Ok(Value::Object(event)) = parse_json(line) else { return Entry::Unreadable };
        let Some(action) = event.get("action").and_then(Value::as_str) else {
            // A record that the log makes of itself, such as a checkpoint.
            return if event.get("seq").is_some() { Entry::Other } else { Entry::Unreadable };
        };
        let call = || text(&event, "call_id").unwrap_or_default();
        let effect = match action {
            "call_allowed" | "call_would_deny" => Effect::Allow,
            "call_denied" => Effect::Deny,
            "call_asked" => Effect::Ask,
            "approval_granted" => {
                self.remember(call());
                return Entry::Granted { call: call() };
            }
            "approval_denied" | "approval_timeout" => return Entry::Refused { call: call() },
            "call_executed" | "call_failed" | "result_redacted" | "result_withheld" => {
                let failed = event.get("tool_success") == Some(&Value::Bool(false));
                return Entry::Ended { call: call(), failed: failed || action == "call_failed" };
            }
            _ => return Entry::Other,
        };
        if self.granted.remove(&call()) {
            return Entry::Other;
        }
        if is_hidden(&event) {
            return Entry::Hidden;
        }
        decided(&event, effect).map_or(Entry::Unreadable, |decided| Entry::Decided(Box::new(decided)))
    }

    fn remember(&mut self, call: String) {
        if self.granted.insert(call.clone()) {
            self.order.push_back(call);
        }
        while self.order.len() > MOST_GRANTED {
            if let Some(oldest) = self.order.pop_front() {
                self.granted.remove(&oldest);
            }
        }
    }
}

/// Whether something is not there that a policy can look at.
fn is_hidden(event: &Object) -> bool {
    let looked_at = ["tool", "tool_args", "principal", "environment", "metadata", "server", "session_id"];
    let hidden = |text: &str| text.contains(HIDDEN) || text.contains(CUT);
    looked_at.iter().filter_map(|key| event.get(key)).flat_map(Value::strings).any(hidden)
}

fn text(event: &Object, key: &str) -> Option<String> {
    event.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn decided(event: &Object, effect: Effect) -> Option<Decided> {
    let contract = text(event, "decision_name").unwrap_or_else(|| "(default)".to_owned());
    let event_id = text(event, "event_id").unwrap_or_default();
    Some(Decided { situation: situation(event)?, effect, contract, event_id })
}

fn situation(event: &Object) -> Option<Situation> {
    let object = |key: &str| match event.get(key) {
        Some(Value::Object(object)) => object.clone(),
        _ => Object::default(),
    };
    let mut call =
        ToolEnvelope::new(text(event, "tool")?, object("tool_args"), text(event, "timestamp")?.parse().ok()?);
    call.principal = Principal::from_object(&object("principal")).ok()?;
    call.call_id = text(event, "call_id").unwrap_or_default();
    call.environment = text(event, "environment");
    call.metadata = object("metadata");
    call.session_id = text(event, "session_id");
    call.run_id = text(event, "run_id");
    call.server = text(event, "server");
    call.caller = text(event, "caller");
    let mut situation = Situation::of(call);
    let count = |key: &str| match event.get(key) {
        Some(Value::Number(number)) => number.as_u64().unwrap_or_default(),
        _ => 0,
    };
    situation.session.attempts = count("session_attempt_count");
    situation.session.calls = count("session_execution_count");
    Some(situation)
}

#[cfg(test)]
mod tests {
    use super::{Entry, Log, MOST_GRANTED};

    fn event(action: &str, rest: &str) -> String {
        format!(r#"{{"action":"{action}","timestamp":"2026-01-05T12:00:00Z","tool":"t","call_id":"A"{rest}}}"#)
    }

    fn read(log: &mut Log, action: &str, rest: &str) -> String {
        match log.read(event(action, rest).as_bytes()) {
            Entry::Decided(decided) => format!("{:?} by {}", decided.effect, decided.contract),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_call_that_was_granted_is_one_call() {
        let mut log = Log::default();
        assert_eq!(read(&mut log, "call_asked", r#","decision_name":"p/c""#), "Ask by p/c");
        assert_eq!(read(&mut log, "approval_granted", ""), r#"Granted { call: "A" }"#);
        assert_eq!(read(&mut log, "call_allowed", ""), "Other");
        assert_eq!(read(&mut log, "call_executed", ""), r#"Ended { call: "A", failed: false }"#);
        assert_eq!(read(&mut log, "call_allowed", ""), "Allow by (default)");
        assert_eq!(
            read(&mut log, "result_withheld", r#","tool_success":false"#),
            r#"Ended { call: "A", failed: true }"#
        );
    }

    #[test]
    fn what_is_no_call_says_so() {
        let mut log = Log::default();
        assert_eq!(read(&mut log, "call_denied", r#","tool_args":{"a":["[REDACTED:secret]"]}"#), "Hidden");
        assert_eq!(read(&mut log, "policy_loaded", ""), "Other");
        assert!(matches!(log.read(br#"{"seq":1,"record":"checkpoint"}"#), Entry::Other));
        assert!(matches!(log.read(br#"{"tool":"t"}"#), Entry::Unreadable));
        assert!(matches!(log.read(b"not an event"), Entry::Unreadable));
    }

    #[test]
    fn grants_without_a_decision_are_forgotten_in_the_end() {
        let mut log = Log::default();
        for call in 0..MOST_GRANTED + 10 {
            log.read(format!(r#"{{"action":"approval_granted","call_id":"{call}"}}"#).as_bytes());
        }
        assert_eq!((log.granted.len(), log.order.len()), (MOST_GRANTED, MOST_GRANTED));
    }
}
