//! The SDK's guard as the relay's judge.

use super::judge::{Call, Judge, Outcome, Permit, Refusal, Running, Settled, Verdict};
use super::route::Route;
use callguard::engine::audit::output::{Output, OutputForm};
use callguard::{
    Before, Clock, Decision, Guard, Knowledge, Object, Principal, ResultEffect, SystemClock, ToolEnvelope, Value,
};
use std::sync::Arc;

/// Why a person's approval cannot be had here, for the audit and the agent.
const NOBODY_TO_ASK: &str = "a person must approve this, and nobody can be asked over this connection";

/// Everything that is the same for every call of a connection.
#[derive(Clone)]
pub(crate) struct Guarded {
    pub(crate) guard: Guard,
    pub(crate) context: Arc<Context>,
}

/// Who calls, from where. Comes from the configuration, never from a frame.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    pub(crate) principal: Principal,
    pub(crate) environment: Option<String>,
    pub(crate) session_id: Option<String>,
    pub(crate) server: Option<String>,
    pub(crate) metadata: Object,
    /// What is judged besides calls of tools.
    pub(crate) governs: Vec<Route>,
}

impl Guarded {
    fn envelope(&self, tool: String, args: Object) -> ToolEnvelope {
        let context = &self.context;
        ToolEnvelope {
            environment: context.environment.clone(),
            session_id: context.session_id.clone(),
            server: context.server.clone(),
            principal: context.principal.clone(),
            metadata: context.metadata.clone(),
            ..ToolEnvelope::new(tool, args, SystemClock.now())
        }
    }
}

impl Judge for Guarded {
    type Permit = callguard::Permit;

    async fn before(&self, call: Call) -> Verdict<callguard::Permit> {
        let envelope = ToolEnvelope { tool_use_id: Some(call.request), ..self.envelope(call.tool, call.args) };
        let known = Knowledge { trace_parent: call.trace_parent, ..Knowledge::default() };
        let (denied, decision) = match self.guard.before_knowing(envelope, known).await {
            Before::Allowed(permit) => return Verdict::Allowed(permit),
            Before::Denied(denied) => {
                let decision = shown(denied.decision());
                (denied, decision)
            }
            // It does not run, and the client may know that a person could grant it.
            Before::Asked(asked) => {
                let decision = shown(asked.decision());
                (asked.refuse("nobody", NOBODY_TO_ASK), decision)
            }
        };
        Verdict::Refused(Refusal { message: denied.message().to_owned(), decision })
    }

    fn refused(&self, tool: String, request: Option<String>, reason: &str) {
        let call = ToolEnvelope { tool_use_id: request, ..self.envelope(tool, Object::default()) };
        // The client is answered with an error of the protocol: there is no call whose result it could be.
        let _denied = self.guard.refuse(call, reason);
    }

    fn quarantined(&self, tool: &str, reason: &str) {
        self.guard.report_quarantine(self.envelope(tool.to_owned(), Object::default()), reason);
    }

    fn governs(&self, route: Route) -> bool {
        route == Route::Tool || self.context.governs.contains(&route)
    }

    fn may_ever_allow(&self, tool: &str) -> bool {
        self.guard.could_run(&self.envelope(tool.to_owned(), Object::default()))
    }
}

impl Permit for callguard::Permit {
    type Running = callguard::Running;

    fn start(self) -> callguard::Running {
        callguard::Permit::start(self)
    }
}

impl Running for callguard::Running {
    async fn settle(self, outcome: Outcome) -> Settled {
        let output = match outcome {
            Outcome::Answer { is_error, value } => Output { value, is_error, form: OutputForm::Mcp },
            Outcome::Unreadable { reason } => Output::unreadable(reason),
        };
        let settled = callguard::Running::settle(self, output).await;
        match settled.effect {
            ResultEffect::Pass => Settled::Unchanged,
            ResultEffect::Redact => Settled::Changed(settled.output.value),
            ResultEffect::Withhold => Settled::Withheld {
                decision: entries([
                    ("decision", Value::from("withhold")),
                    ("contract", settled.decider.map_or(Value::Null, |id| Value::from(id.to_string()))),
                ]),
                message: settled.message.unwrap_or_else(|| "The result is withheld.".to_owned()),
            },
        }
    }
}

/// What the agent is told of a decision: nothing of contracts that did not decide.
fn shown(decision: &Decision) -> Value {
    entries([
        ("decision", Value::from(decision.effect.as_str())),
        ("contract", Value::from(decision.decider.to_string())),
        ("policy_error", Value::Bool(decision.policy_error)),
        ("policy_version", Value::from(decision.policy_version.to_string())),
    ])
}

fn entries<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
