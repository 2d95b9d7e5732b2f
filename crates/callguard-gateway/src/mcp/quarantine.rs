//! Tools whose definitions nobody has accepted: they are neither listed nor called.

use super::envelope::{self, Envelope};
use super::era::Era;
use super::judge::{Judge, Refusal};
use super::list;
use super::pins::Pins;
use super::relay::Relay;
use super::unknown_tool;
use callguard::engine::value::{JsonLimits, Object, Value, parse_json_with, write_json};
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A server says so of itself when it has other tools than before.
pub(super) const LIST_CHANGED: &str = "notifications/tools/list_changed";
/// One definition, at most.
const LIMITS: JsonLimits = JsonLimits { bytes: 1 << 20, depth: 64 };
/// Pages that are asked for at most.
const PAGES: u32 = 1_000;
const MESSAGE: &str = "This tool is quarantined: what the server says of it is not what was accepted.";

/// What was accepted, and what the server has said in this session.
pub(crate) struct Quarantine {
    pins: Pins,
    seen: Mutex<Seen>,
    /// One of us asks at a time.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Seen {
    /// Listed as accepted, and not otherwise since.
    accepted: BTreeSet<String>,
    /// Told of already.
    told: BTreeSet<String>,
}

impl Quarantine {
    pub(crate) fn new(pins: Pins) -> Quarantine {
        Quarantine { pins, seen: Mutex::default(), asking: tokio::sync::Mutex::default() }
    }

    /// The server may have other tools now: each must be seen again.
    pub(super) fn forget(&self) {
        self.seen().accepted.clear();
    }

    fn is_accepted(&self, tool: &str) -> bool {
        self.seen().accepted.contains(tool)
    }

    /// Takes a definition as it is listed now: whether it is as accepted, and the reason where nobody was told yet that it
    /// is not.
    fn listed(&self, tool: &str, raw: &RawValue) -> (bool, Option<&'static str>) {
        let definition = match parse_json_with(raw.get().as_bytes(), LIMITS) {
            Ok(Value::Object(definition)) => definition,
            _ => Object::default(),
        };
        let is_known = self.pins.has(tool);
        let mut seen = self.seen();
        if self.pins.holds(&definition) {
            seen.accepted.insert(tool.to_owned());
            seen.told.remove(tool);
            return (true, None);
        }
        seen.accepted.remove(tool);
        let reason = if is_known {
            "its definition is not the one that was accepted"
        } else {
            "nobody has accepted its definition"
        };
        (false, seen.told.insert(tool.to_owned()).then_some(reason))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J: Judge> Relay<J> {
    /// Whether the client may see a tool that is listed so. Who operates the gateway hears of one that it may not.
    pub(super) fn accepts(&self, tool: &str, raw: &RawValue) -> bool {
        let Some(quarantine) = &self.quarantine else { return true };
        let (is_accepted, reason) = quarantine.listed(tool, raw);
        if let Some(reason) = reason {
            (self.remark)(&format!("the tool `{tool}` is quarantined: {reason}; see `callguard mcp diff`"));
            self.judge.quarantined(tool, reason);
        }
        is_accepted
    }

    /// Why a call may not run, if the tool is not known to be as accepted. A client that calls a tool without having
    /// listed it makes us ask.
    pub(super) async fn unaccepted(&self, tool: &str, era: Era, meta: Option<&Value>) -> Option<Refusal> {
        let quarantine = self.quarantine.as_ref()?;
        if !quarantine.is_accepted(tool) {
            let _turn = quarantine.asking.lock().await;
            if !quarantine.is_accepted(tool) {
                self.list_ourselves(era, meta).await;
            }
        }
        if quarantine.is_accepted(tool) {
            return None;
        }
        let decision = [("decision", "deny"), ("contract", "(pins)")];
        let decision = decision.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect();
        Some(Refusal { message: MESSAGE.to_owned(), decision: Value::Object(decision) })
    }

    /// What cannot be read stays unaccepted.
    async fn list_ourselves(&self, era: Era, meta: Option<&Value>) {
        let mut cursor: Option<String> = None;
        for _ in 0..PAGES {
            let params = params(era, meta, cursor.as_deref());
            let request = |id: &str| {
                format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/list\",\"params\":{params}}}\n")
            };
            let Some(line) = self.ask(unknown_tool::own_name("list"), request).await else { return };
            cursor = self.read_page(&line);
            if cursor.is_none() {
                return;
            }
        }
    }

    /// Takes every definition of a page, and gives the cursor of the next.
    fn read_page(&self, line: &[u8]) -> Option<String> {
        let line = std::str::from_utf8(line).ok()?;
        let answer = Envelope::read(line.trim_ascii_end()).ok()?;
        let members = envelope::members(answer.result?.get())?;
        for raw in envelope::elements(envelope::only(&members, "tools")?.get())? {
            if let Some(name) = list::name(raw) {
                self.accepts(&name, raw);
            }
        }
        envelope::only(&members, "nextCursor").and_then(envelope::string)
    }
}

fn params(era: Era, meta: Option<&Value>, cursor: Option<&str>) -> String {
    let mut params = Object::default();
    if let Some(cursor) = cursor {
        params.insert("cursor", Value::from(cursor));
    }
    if let (Era::Modern, Some(Value::Object(meta))) = (era, meta) {
        params.insert("_meta", unknown_tool::own_meta(meta));
    }
    write_json(&Value::Object(params))
}
