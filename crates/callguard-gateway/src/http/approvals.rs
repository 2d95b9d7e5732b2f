//! Calls that wait for a person, and what people say of them over HTTP (`/v1/approvals`).

use super::api::{self, Refused};
use super::reply::{self, Reply};
use super::{Caller, Live, body};
use callguard::approval::{Approval, ApprovalRequest, Approver};
use callguard::engine::decide::AskTerms;
use callguard::{Object, Principal, Value, parse_json, write_json};
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use ulid::Ulid;

const ROOT: &str = "/v1/approvals";
/// Calls that wait at once.
const MOST: usize = 1_000;

/// Calls that wait for a person. Clones are the same calls.
#[derive(Clone, Default)]
pub(crate) struct Queue(Arc<Mutex<HashMap<String, Waiting>>>);

/// A call that waits. It is this very call: the digest names its arguments.
struct Waiting {
    tool: String,
    server: Option<String>,
    principal: Principal,
    /// Redacted.
    shown_args: String,
    digest: String,
    message: String,
    terms: AskTerms,
    until: Instant,
    answer: oneshot::Sender<Approval>,
}

/// While it is there, so is the call. A caller that goes away takes it along.
struct Place<'q> {
    queue: &'q Queue,
    id: String,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.queue.table().remove(&self.id);
    }
}

impl Approver for Queue {
    fn ask<'a>(&'a self, request: ApprovalRequest<'a>) -> Pin<Box<dyn Future<Output = Approval> + Send + 'a>> {
        Box::pin(async move {
            let time = Duration::from_millis(request.terms.timeout_millis);
            let (answer, answered) = oneshot::channel();
            let Some(_place) = self.add(&request, Instant::now() + time, answer) else {
                let why = "too many calls wait for a person already".to_owned();
                return Approval::Refused { by: "nobody".to_owned(), why };
            };
            match tokio::time::timeout(time, answered).await {
                Ok(Ok(approval)) => approval,
                _ => Approval::TimedOut,
            }
        })
    }
}

impl Queue {
    fn table(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(
        &self,
        request: &ApprovalRequest<'_>,
        until: Instant,
        answer: oneshot::Sender<Approval>,
    ) -> Option<Place<'_>> {
        let mut table = self.table();
        if table.len() >= MOST {
            return None;
        }
        let waiting = Waiting {
            tool: request.call.tool.to_string(),
            server: request.call.server.clone(),
            principal: Principal { claims: Object::default(), ..request.call.principal.clone() },
            shown_args: request.shown_args.clone(),
            digest: request.digest.clone(),
            message: request.message.to_owned(),
            terms: request.terms.clone(),
            until,
            answer,
        };
        let id = format!("{}{}", Ulid::new(), Ulid::new());
        table.insert(id.clone(), waiting);
        Some(Place { queue: self, id })
    }

    /// What waits, as JSON, the oldest first.
    fn list(&self) -> String {
        let table = self.table();
        let mut waiting: Vec<(&String, &Waiting)> = table.iter().collect();
        waiting.sort_by_key(|(id, _)| *id);
        let all = Value::List(waiting.into_iter().map(|(id, one)| one.to_value(id)).collect());
        write_json(&entries([("approvals", all)]))
    }

    /// Says what a person said of a call.
    fn answer(&self, id: &str, caller: &Caller, said: &Said) -> Result<(), Refused> {
        let mut table = self.table();
        let waiting = table.get(id).ok_or_else(|| refused(StatusCode::NOT_FOUND, "not_found", "no such call waits"))?;
        if waiting.digest != said.digest {
            let says = "the digest is not that of the call that waits: look at it again";
            return Err(refused(StatusCode::CONFLICT, "other_call", says));
        }
        if is_same_person(&waiting.principal, &caller.principal) {
            return Err(refused(StatusCode::FORBIDDEN, "forbidden", "nobody answers for calls of their own"));
        }
        let groups = groups(&caller.principal);
        if said.is_granted && !waiting.terms.approvers.iter().all(|wanted| shares(wanted, &groups)) {
            return Err(refused(StatusCode::FORBIDDEN, "forbidden", "the policy names other groups for this call"));
        }
        let by = name(caller);
        let approval = match said.is_granted {
            true => Approval::Granted { by, groups },
            false => Approval::Refused { by, why: said.why.clone() },
        };
        if let Some(waiting) = table.remove(id) {
            // A caller that went away this moment needs no answer.
            let _gone = waiting.answer.send(approval);
        }
        Ok(())
    }
}

impl Waiting {
    fn to_value(&self, id: &str) -> Value {
        let left = self.until.saturating_duration_since(Instant::now()).as_millis();
        let shown = self.shown_args.as_str();
        let texts = |texts: &Vec<String>| Value::List(texts.iter().map(|text| Value::from(text.as_str())).collect());
        entries([
            ("id", Value::from(id)),
            ("tool", Value::from(self.tool.as_str())),
            ("server", self.server.as_deref().map_or(Value::Null, Value::from)),
            ("principal", self.principal.to_value()),
            ("args", parse_json(shown.as_bytes()).unwrap_or_else(|_| Value::from(shown))),
            ("digest", Value::from(self.digest.as_str())),
            ("message", Value::from(self.message.as_str())),
            ("approvers", Value::List(self.terms.approvers.iter().map(texts).collect())),
            ("expires_in_ms", Value::from(u64::try_from(left).unwrap_or(u64::MAX))),
        ])
    }
}

/// What a person says of a call.
struct Said {
    is_granted: bool,
    digest: String,
    why: String,
}

impl Said {
    fn read(text: &[u8]) -> Result<Said, Refused> {
        let wrong = |says: &str| refused(StatusCode::BAD_REQUEST, "invalid_request", says);
        let Ok(Value::Object(object)) = parse_json(text) else {
            return Err(wrong("the body is an object that can be read in one way"));
        };
        if object.iter().any(|(key, _)| !["decision", "digest", "why"].contains(&key)) {
            return Err(wrong("an answer has `decision`, `digest` and `why`"));
        }
        let word = |key: &str| object.get(key).and_then(Value::as_str);
        let is_granted = match word("decision") {
            Some("approve") => true,
            Some("refuse") => false,
            _ => return Err(wrong("`decision` is `approve` or `refuse`")),
        };
        let digest = word("digest").ok_or_else(|| wrong("`digest` names the call that was looked at"))?;
        let why = word("why").unwrap_or("a person refused it");
        Ok(Said { is_granted, digest: digest.to_owned(), why: why.to_owned() })
    }
}

/// Whether it is a path of approvals.
pub(super) fn is_at(path: &str) -> bool {
    path.strip_prefix(ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a caller that is known asks for.
pub(super) async fn handle(live: &Live, queue: &Queue, caller: &Caller, request: Request<Incoming>) -> Reply {
    let own = groups(&caller.principal);
    if !shares(&live.approvers, &own) {
        return api::error(StatusCode::FORBIDDEN, "forbidden", "this caller answers for nobody's calls");
    }
    let path = request.uri().path().to_owned();
    let id = path.strip_prefix(ROOT).unwrap_or_default().trim_start_matches('/');
    match (id, request.method()) {
        ("", &Method::GET) => reply::json(StatusCode::OK, queue.list()),
        ("", _) => reply::method_not_allowed("GET"),
        (_, &Method::POST) => {
            let (head, body) = request.into_parts();
            let read = body::read(&head.headers, body, &live.limits).await;
            let said = read.map_err(|(status, says)| refused(status, "invalid_request", says));
            let done = said.and_then(|text| Said::read(&text)).and_then(|said| queue.answer(id, caller, &said));
            match done {
                Ok(()) => reply::bare(StatusCode::NO_CONTENT),
                Err(refused) => api::error(refused.status, refused.code, &refused.says),
            }
        }
        _ => reply::method_not_allowed("POST"),
    }
}

fn refused(status: StatusCode, code: &'static str, says: &str) -> Refused {
    Refused { status, code, says: says.to_owned() }
}

/// The groups that a principal speaks for.
fn groups(principal: &Principal) -> Vec<String> {
    principal.role.iter().chain(&principal.roles).cloned().collect()
}

fn shares(wanted: &[String], groups: &[String]) -> bool {
    wanted.iter().any(|group| groups.contains(group))
}

fn is_same_person(one: &Principal, other: &Principal) -> bool {
    let bare = |principal: &Principal| Principal { claims: Object::default(), ..principal.clone() };
    let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    bare(one) == bare(other)
        || same(&one.user_id, &other.user_id)
        || one.user_id.is_none() && same(&one.service_id, &other.service_id)
}

/// What the audit calls whoever answered.
fn name(caller: &Caller) -> String {
    let principal = &caller.principal;
    let named = principal.user_id.as_ref().or(principal.service_id.as_ref()).unwrap_or(&caller.name);
    named.clone()
}

fn entries<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
