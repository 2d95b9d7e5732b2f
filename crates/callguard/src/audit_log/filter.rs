//! Which records of a log are wanted.

use super::Record;
use callguard_engine::policy::model::ToolGlob;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// What a record must be like. An empty filter wants every event.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not at or after.
    pub until: Option<Timestamp>,
    /// The tool's name, or a pattern with `*`.
    pub tool: Option<String>,
    /// `allow`, `deny`, `ask`, or an action such as `call_executed`.
    pub decision: Option<String>,
    /// The id of a contract that decided or applied, with or without its policy before it.
    pub contract: Option<String>,
    /// A user, a service or a role.
    pub principal: Option<String>,
    /// A session.
    pub session: Option<String>,
    /// The log's own records too.
    pub with_log_records: bool,
}

impl Filter {
    /// Whether a record is wanted.
    pub fn wants(&self, record: &Record) -> bool {
        let content = record.content();
        if record.kind().is_some() {
            return self.with_log_records && self.wants_nothing_of_calls() && self.in_time(content);
        }
        self.in_time(content)
            && self.tool.as_deref().is_none_or(|tool| text(content, "tool").is_some_and(|name| is_like(tool, name)))
            && self.decision.as_deref().is_none_or(|word| is_decision(content, word))
            && self.contract.as_deref().is_none_or(|id| has_contract(content, id))
            && self.principal.as_deref().is_none_or(|who| is_by(content, who))
            && self.session.as_deref().is_none_or(|session| text(content, "session_id") == Some(session))
    }

    fn wants_nothing_of_calls(&self) -> bool {
        [&self.tool, &self.decision, &self.contract, &self.principal, &self.session].iter().all(|wish| wish.is_none())
    }

    fn in_time(&self, content: &Map<String, Value>) -> bool {
        if self.since.is_none() && self.until.is_none() {
            return true;
        }
        let time = text(content, "timestamp").and_then(|time| time.parse::<Timestamp>().ok());
        time.is_some_and(|time| {
            self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
        })
    }
}

fn text<'c>(content: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    content.get(name).and_then(Value::as_str)
}

fn is_like(pattern: &str, name: &str) -> bool {
    ToolGlob::new(pattern).matches(name)
}

fn is_decision(content: &Map<String, Value>, word: &str) -> bool {
    let action = text(content, "action");
    // A later event of the same call bears its decision too: a word is about the decision itself.
    let decided = match word {
        "allow" => matches!(action, Some("call_allowed" | "call_would_deny")),
        "deny" => action == Some("call_denied"),
        "ask" => action == Some("call_asked"),
        _ => false,
    };
    decided || action == Some(word)
}

fn has_contract(content: &Map<String, Value>, wanted: &str) -> bool {
    let is = |id: &str| id == wanted || id.split_once('/').is_some_and(|(_, short)| short == wanted);
    let evaluated = content.get("contracts_evaluated").and_then(Value::as_array).into_iter().flatten();
    let mut ids = evaluated.filter_map(|contract| contract.get("id")).filter_map(Value::as_str);
    text(content, "decision_name").is_some_and(is) || ids.any(is)
}

fn is_by(content: &Map<String, Value>, who: &str) -> bool {
    let Some(principal) = content.get("principal") else { return false };
    let is = |value: &Value| value.as_str() == Some(who);
    ["user_id", "service_id", "role"].iter().filter_map(|name| principal.get(name)).any(is)
        || principal.get("roles").and_then(Value::as_array).is_some_and(|roles| roles.iter().any(is))
}
