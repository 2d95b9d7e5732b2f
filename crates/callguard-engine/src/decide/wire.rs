//! The JSON form of a decision. Fields that say nothing are left out.

use super::{Applied, Decision, ExplainedCondition, Truth};
use crate::policy::model::OnTimeout;
use serde::Serialize;

/// Of the decision's form; goes up when a field changes its meaning.
const SCHEMA_VERSION: u32 = 1;

/// A decision as JSON: what `callguard check --json` prints and the bindings hand out.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Decision"))]
pub struct DecisionJson {
    /// Version of this form.
    schema_version: u32,
    /// `allow`, `deny` or `ask`.
    decision: String,
    /// `enforce` or `observe`.
    mode: String,
    /// What decided: `POLICY/ID`, or `(default)`, `(unknown_tools)`, `(requires)`, `(schema)`, `(hook)`, `(store)`.
    contract: String,
    /// For the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// Every contract that applied, by id.
    applied: Vec<AppliedJson>,
    /// What would be decided if all that is observed were enforced.
    #[serde(skip_serializing_if = "Option::is_none")]
    would: Option<String>,
    /// Whether something could not be decided and restricted.
    policy_error: bool,
    /// `sha256:` of the policies.
    policy_version: String,
    /// How to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<AskJson>,
    /// Each contract that came into question, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<ContractJson>>,
}

impl DecisionJson {
    /// The JSON Schema of this form.
    #[cfg(feature = "schema")]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(DecisionJson).to_value()
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct AppliedJson {
    /// `POLICY/ID`.
    id: String,
    /// `precondition`, `session` or `postcondition`.
    kind: String,
    /// What it does.
    action: String,
    /// `enforce` or `observe`.
    mode: String,
    /// `low` to `critical`.
    severity: String,
    /// Its tags.
    tags: Vec<String>,
    /// `true`, or `unknown`: it applies only by doubt.
    truth: String,
    /// Why it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct AskJson {
    /// The contracts that ask.
    contracts: Vec<String>,
    /// How long, in milliseconds.
    timeout_ms: u64,
    /// `deny` or `allow`.
    on_timeout: String,
    /// For each contract that names groups: one of these must answer.
    approvers: Vec<Vec<String>>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ContractJson {
    /// `POLICY/ID`.
    id: String,
    /// `precondition` or `session`.
    kind: String,
    /// Its action.
    action: String,
    /// `true`, `false` or `unknown`.
    applies: String,
    /// What makes it apply.
    when: ConditionJson,
    /// What excuses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unless: Vec<ConditionJson>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ConditionJson {
    /// `all`, `any`, `not`, or the leaf as written.
    text: String,
    /// `true`, `false` or `unknown`.
    truth: String,
    /// What a leaf found, redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    /// Why a leaf is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Its parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parts: Vec<ConditionJson>,
}

impl From<&Decision> for DecisionJson {
    fn from(decision: &Decision) -> DecisionJson {
        DecisionJson {
            schema_version: SCHEMA_VERSION,
            decision: decision.effect.as_str().to_owned(),
            mode: decision.mode.as_str().to_owned(),
            contract: decision.decider.to_string(),
            message: decision.message.clone(),
            applied: decision.applied.iter().map(AppliedJson::from).collect(),
            would: decision.would.map(|would| would.as_str().to_owned()),
            policy_error: decision.policy_error,
            policy_version: decision.policy_version.as_str().to_owned(),
            ask: decision.ask.as_deref().map(AskJson::from),
            explanation: decision
                .explanation
                .as_ref()
                .map(|explanation| explanation.contracts.iter().map(ContractJson::from).collect()),
        }
    }
}

impl From<&Applied> for AppliedJson {
    fn from(applied: &Applied) -> AppliedJson {
        AppliedJson {
            id: applied.id.to_string(),
            kind: applied.kind.as_str().to_owned(),
            action: applied.action.to_owned(),
            mode: applied.mode.as_str().to_owned(),
            severity: applied.severity.as_str().to_owned(),
            tags: applied.tags.to_vec(),
            truth: if applied.doubt.is_some() { "unknown" } else { "true" }.to_owned(),
            why: applied.doubt.clone(),
        }
    }
}

impl From<&super::AskTerms> for AskJson {
    fn from(terms: &super::AskTerms) -> AskJson {
        AskJson {
            contracts: terms.contracts.iter().map(ToString::to_string).collect(),
            timeout_ms: terms.timeout_millis,
            on_timeout: if terms.on_timeout == OnTimeout::Allow { "allow" } else { "deny" }.to_owned(),
            approvers: terms.approvers.clone(),
        }
    }
}

impl From<&super::ContractExplanation> for ContractJson {
    fn from(contract: &super::ContractExplanation) -> ContractJson {
        ContractJson {
            id: contract.id.to_string(),
            kind: contract.kind.as_str().to_owned(),
            action: contract.action.to_owned(),
            applies: word(contract.applies),
            when: (&contract.when).into(),
            unless: contract.unless.iter().map(ConditionJson::from).collect(),
        }
    }
}

impl From<&ExplainedCondition> for ConditionJson {
    fn from(condition: &ExplainedCondition) -> ConditionJson {
        ConditionJson {
            text: condition.text.clone(),
            truth: word(condition.truth),
            found: condition.found.clone(),
            why: condition.why.clone(),
            parts: condition.parts.iter().map(ConditionJson::from).collect(),
        }
    }
}

fn word(truth: Truth) -> String {
    truth.as_str().to_owned()
}
