//! Decisions over HTTP, for agents in languages without a binding: a call is decided, runs where the agent is, and what came
//! of it is judged. What is said here is described by [`OPENAPI`].

mod permits;
mod wire;

use super::{Caller, Live, Shared, body};
use crate::config::DecisionsConfig;
use crate::http::reply::{self, Reply};
use callguard::engine::call::CallJson;
use callguard::engine::decide::FactAnswers;
use callguard::{Before, Decision, Knowledge, ToolEnvelope};
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use permits::Held;
pub(super) use permits::Permits;
use std::sync::Arc;
pub(super) use wire::Refused;
use wire::{Asked, DecisionReply};

/// The description of all this.
pub(super) const OPENAPI: &str = include_str!("openapi.json");
pub(super) const DOCUMENT: &str = "/v1/openapi.json";
const DECIDE: &str = "/v1/decide";
const BATCH: &str = "/v1/decide:batch";
const SETTLE: &str = "/v1/settle";

/// Why a person's approval cannot be had here, for the audit and the agent.
const NOBODY_TO_ASK: &str = "a person must approve this, and nobody can be asked over this connection";

/// Whether it is a path of decisions.
pub(super) fn is_at(path: &str) -> bool {
    path.starts_with("/v1/")
}

/// What a caller that is known asks for.
pub(super) async fn handle(
    shared: &Shared,
    live: &Live,
    config: DecisionsConfig,
    caller: &Arc<Caller>,
    request: Request<Incoming>,
) -> Reply {
    let path = request.uri().path().to_owned();
    if ![DECIDE, BATCH, SETTLE].contains(&path.as_str()) {
        return error(StatusCode::NOT_FOUND, "not_found", "there is nothing at this path");
    }
    if request.method() != Method::POST {
        return reply::method_not_allowed("POST");
    }
    let (head, body) = request.into_parts();
    let text = match body::read(&head.headers, body, &live.limits).await {
        Ok(text) => text,
        Err((status, says)) => return error(status, "invalid_request", says),
    };
    let trace_parent = head.headers.get("traceparent").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let desk = Desk { shared, live, config, caller, trace_parent };
    let answered = match path.as_str() {
        DECIDE => desk.one(&text).await,
        BATCH => desk.batch(&text).await,
        _ => desk.settle(&text).await,
    };
    answered.unwrap_or_else(|refused| error(refused.status, refused.code, &refused.says))
}

/// The reply of another door, as this one says it.
pub(super) fn restated(other: Reply) -> Reply {
    let status = other.status();
    let (code, says) = match status {
        StatusCode::FORBIDDEN => ("forbidden", "the token lacks a scope"),
        StatusCode::SERVICE_UNAVAILABLE => ("unavailable", "the keys of the token's issuer cannot be had"),
        _ => ("unauthorized", "the request has neither a token nor a key that is known here"),
    };
    let mut reply = error(status, code, says);
    for (name, value) in other.headers().iter().filter(|(name, _)| *name == hyper::header::WWW_AUTHENTICATE) {
        reply.headers_mut().append(name, value.clone());
    }
    reply
}

pub(super) fn error(status: StatusCode, code: &str, says: &str) -> Reply {
    reply::json(status, serde_json::json!({ "error": { "code": code, "message": says } }).to_string())
}

fn answer(body: &impl serde::Serialize) -> Result<Reply, Refused> {
    let text = serde_json::to_vec(body).map_err(|_| Refused {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: "internal",
        says: "the answer cannot be written".to_owned(),
    })?;
    Ok(reply::json(StatusCode::OK, text))
}

/// One request and whose it is.
struct Desk<'a> {
    shared: &'a Shared,
    live: &'a Live,
    config: DecisionsConfig,
    caller: &'a Arc<Caller>,
    trace_parent: Option<String>,
}

impl Desk<'_> {
    async fn one(&self, text: &[u8]) -> Result<Reply, Refused> {
        let asked = Asked::read(text)?;
        self.has_room(usize::from(!asked.is_check))?;
        answer(&self.decide(asked).await)
    }

    /// Each call for itself, in order. Where one of them cannot be read, none is decided.
    async fn batch(&self, text: &[u8]) -> Result<Reply, Refused> {
        let asked = wire::calls(text)?;
        self.has_room(asked.iter().filter(|one| !one.is_check).count())?;
        let mut decisions = Vec::with_capacity(asked.len());
        for one in asked {
            decisions.push(self.decide(one).await);
        }
        answer(&serde_json::json!({ "decisions": decisions }))
    }

    fn has_room(&self, wanted: usize) -> Result<(), Refused> {
        let has = self.shared.permits.has_room(self.caller, wanted, self.config.permits, self.config.permits_of_one);
        has.then_some(()).ok_or_else(|| Refused {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "too_many_permits",
            says: "there are too many permits: settle what has run".to_owned(),
        })
    }

    async fn decide(&self, asked: Asked) -> DecisionReply {
        let CallJson { call, facts } = asked.call;
        let facts: FactAnswers = facts.iter().map(|(name, value)| (name.to_owned(), Ok(value.clone()))).collect();
        let known = Knowledge { facts, trace_parent: self.trace_parent.clone(), ..Knowledge::default() };
        let call = ToolEnvelope {
            principal: self.caller.principal.clone(),
            environment: self.live.environment.clone(),
            ..call
        };
        let call_id = call.call_id.to_string();
        let guard = self.shared.guard_for(self.live, call.server.as_deref());
        if asked.is_check {
            let decision = guard.check_knowing(call, known, false).await;
            return DecisionReply::new(call_id, &decision, None, None);
        }
        match guard.before_knowing(call, known).await {
            Before::Denied(denied) => {
                DecisionReply::new(call_id, denied.decision(), Some(denied.message().to_owned()), None)
            }
            Before::Asked(asked) => {
                let decision: Decision = asked.decision().clone();
                let denied = asked.refuse("nobody", NOBODY_TO_ASK);
                DecisionReply::new(call_id, &decision, Some(denied.message().to_owned()), None)
            }
            Before::Allowed(permit) => {
                let Some(decision) = permit.decision().cloned() else { return DecisionReply::failed(call_id) };
                let held = Held::new(Arc::clone(self.caller), permit.start(), self.config.lease);
                let permit = self.shared.permits.add(held);
                DecisionReply::new(call_id, &decision, None, Some((permit, self.config.lease)))
            }
        }
    }

    async fn settle(&self, text: &[u8]) -> Result<Reply, Refused> {
        let (permit, output) = wire::outcome(text)?;
        let running = self.shared.permits.take(&permit, self.caller).ok_or_else(|| Refused {
            status: StatusCode::NOT_FOUND,
            code: "no_such_permit",
            says: "there is no such permit: it was settled, has expired or is another's".to_owned(),
        })?;
        Ok(reply::json(StatusCode::OK, wire::settled(running.settle(output).await)))
    }
}
