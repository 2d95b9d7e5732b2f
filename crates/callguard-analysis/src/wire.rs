//! The JSON form of a comparison. Fields that say nothing are left out.

use crate::history::Past;
use crate::meaning::{FieldChange, Meaning};
use crate::proof::{Proof, Situation, Unknown, Witness};
use crate::report::Report;
use callguard_engine::decide::Decision;
use callguard_engine::value::Value;
use serde::Serialize;
use serde_json::Value as Json;

/// Of the form; goes up when a field changes its meaning.
const SCHEMA_VERSION: u32 = 1;

/// What `callguard diff --json` prints.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Diff"))]
pub struct DiffJson {
    /// Version of this form.
    schema_version: u32,
    /// `sha256:` of the old policies.
    old_version: String,
    /// `sha256:` of the new policies.
    new_version: String,
    /// `different`, `equal` or `unknown`: of decisions on calls.
    verdict: &'static str,
    /// Whether a call, shown below, gets a milder decision.
    loosens: bool,
    /// Whether one may: it does, or it cannot be ruled out.
    may_loosen: bool,
    /// What differs in what is written.
    meaning: Vec<PolicyJson>,
    /// What differs in what is decided.
    proof: ProofJson,
    /// Which calls of the past would be decided otherwise, where some were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<PastJson>,
}

impl DiffJson {
    /// The JSON Schema of this form.
    #[cfg(feature = "schema")]
    pub fn schema() -> Json {
        schemars::schema_for!(DiffJson).to_value()
    }
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct PolicyJson {
    /// Its name.
    policy: String,
    /// `added`, `removed` or `changed`.
    how: &'static str,
    /// Settings of its spec.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    settings: Vec<FieldJson>,
    /// Its contracts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contracts: Vec<ContractJson>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ContractJson {
    /// `POLICY/ID`.
    id: String,
    /// `added`, `removed` or `changed`.
    how: &'static str,
    /// Fields that differ.
    fields: Vec<FieldJson>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FieldJson {
    /// The way to it: `when.args.path.under`.
    field: String,
    /// What it said.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Json>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Json>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ProofJson {
    /// Calls that are decided otherwise, each decided by both engines.
    witnesses: Vec<WitnessJson>,
    /// What could not be told.
    unknown: Vec<UnknownJson>,
    /// Classes of tools by name.
    tools: usize,
    /// How many of them a difference bears on.
    examined: usize,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct WitnessJson {
    /// What the old policies decide.
    old: DecidedJson,
    /// What the new policies decide.
    new: DecidedJson,
    /// Contracts that differ and have a part in it.
    contracts: Vec<String>,
    /// The call, as `callguard check --calls` takes it.
    call: Json,
    /// What the session holds and where counters stand, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Json>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct DecidedJson {
    /// `allow`, `ask` or `deny`.
    decision: &'static str,
    /// What decided.
    contract: String,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct UnknownJson {
    /// Pairs of decisions, `deny -> allow`; none where it is not about decisions on calls.
    decisions: Vec<String>,
    /// A tool on which it turns up.
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    /// On what it depends.
    why: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct PastJson {
    /// Calls that were decided by both.
    judged: u64,
    /// Calls that flip.
    flipped: u64,
    /// Calls that are not in the log as they were.
    redacted: u64,
    /// Calls that turn on facts: those are in no log.
    without_facts: u64,
    /// Lines that are no event and no call.
    unreadable: u64,
    /// Calls that flip, by what they have in common.
    flips: Vec<PastFlipJson>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct PastFlipJson {
    /// `allow`, `ask` or `deny`.
    old: &'static str,
    /// `allow`, `ask` or `deny`.
    new: &'static str,
    /// What decides of the stricter side.
    contract: String,
    /// The tool.
    tool: String,
    /// Who asked.
    principal: String,
    /// How often.
    count: u64,
    /// The first call's id.
    #[serde(skip_serializing_if = "String::is_empty")]
    first: String,
}

impl From<&Report> for DiffJson {
    fn from(report: &Report) -> DiffJson {
        DiffJson {
            schema_version: SCHEMA_VERSION,
            old_version: report.old_version.clone(),
            new_version: report.new_version.clone(),
            verdict: report.proof.verdict().as_str(),
            loosens: report.loosens(),
            may_loosen: report.may_loosen(),
            meaning: policies(&report.meaning),
            proof: (&report.proof).into(),
            history: report.past.as_ref().map(PastJson::from),
        }
    }
}

fn policies(meaning: &Meaning) -> Vec<PolicyJson> {
    let contracts = |policy: &crate::meaning::PolicyChange| {
        let each = policy.contracts.iter().map(|contract| ContractJson {
            id: contract.id.clone(),
            how: contract.how.as_str(),
            fields: fields(&contract.fields),
        });
        each.collect()
    };
    let each = meaning.policies.iter().map(|policy| PolicyJson {
        policy: policy.policy.clone(),
        how: policy.how.as_str(),
        settings: fields(&policy.settings),
        contracts: contracts(policy),
    });
    each.collect()
}

fn fields(fields: &[FieldChange]) -> Vec<FieldJson> {
    let each = fields.iter().cloned().map(|FieldChange { field, old, new }| FieldJson { field, old, new });
    each.collect()
}

impl From<&Proof> for ProofJson {
    fn from(proof: &Proof) -> ProofJson {
        ProofJson {
            witnesses: proof.witnesses.iter().map(|witness| witness_json(witness, proof)).collect(),
            unknown: proof.unknown.iter().map(UnknownJson::from).collect(),
            tools: proof.tools,
            examined: proof.examined,
        }
    }
}

fn witness_json(witness: &Witness, proof: &Proof) -> WitnessJson {
    WitnessJson {
        old: (&witness.old).into(),
        new: (&witness.new).into(),
        contracts: witness.contracts.iter().cloned().collect(),
        call: call_json(&witness.situation, proof.base),
        session: session_json(&witness.situation),
    }
}

impl From<&Decision> for DecidedJson {
    fn from(decision: &Decision) -> DecidedJson {
        DecidedJson { decision: decision.effect.as_str(), contract: decision.decider.to_string() }
    }
}

impl From<&Unknown> for UnknownJson {
    fn from(unknown: &Unknown) -> UnknownJson {
        UnknownJson {
            decisions: unknown.flips.iter().map(ToString::to_string).collect(),
            tool: unknown.tool.clone(),
            why: unknown.why.iter().cloned().collect(),
        }
    }
}

/// What `callguard replay --json` prints.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Replay"))]
pub struct ReplayJson {
    /// Version of this form.
    schema_version: u32,
    /// `sha256:` of the policies.
    policy_version: String,
    /// Whether a call gets a milder decision.
    loosens: bool,
    /// What the calls come to. Of each `old` is what was decided then, `new` what the policies decide.
    history: PastJson,
}

impl ReplayJson {
    /// Of calls that `policy_version` decided.
    pub fn of(past: &Past, policy_version: String) -> ReplayJson {
        ReplayJson { schema_version: SCHEMA_VERSION, policy_version, loosens: past.loosens(), history: past.into() }
    }

    /// The JSON Schema of this form.
    #[cfg(feature = "schema")]
    pub fn schema() -> Json {
        schemars::schema_for!(ReplayJson).to_value()
    }
}

impl From<&Past> for PastJson {
    fn from(past: &Past) -> PastJson {
        let flips = past.flips.iter().map(|(key, times)| PastFlipJson {
            old: key.flip.old.as_str(),
            new: key.flip.new.as_str(),
            contract: key.contract.clone(),
            tool: key.tool.clone(),
            principal: key.principal.clone(),
            count: times.count,
            first: times.first.clone(),
        });
        let mut flips: Vec<PastFlipJson> = flips.collect();
        flips.sort_by_key(|flip| std::cmp::Reverse(flip.count));
        PastJson {
            judged: past.judged,
            flipped: past.flipped(),
            redacted: past.redacted,
            without_facts: past.without_facts,
            unreadable: past.unreadable,
            flips,
        }
    }
}

/// A call as `callguard check --calls` takes it; its time only where it is not `base`.
pub fn call_json(situation: &Situation, base: jiff::Timestamp) -> Json {
    let call = &situation.call;
    let mut json = serde_json::Map::new();
    let mut put = |key: &str, value: Json| drop(json.insert(key.to_owned(), value));
    put("tool", call.tool.clone().into());
    put("args", Json::from(&Value::Object(call.args.clone())));
    let principal = Json::from(&call.principal.to_value());
    if principal.as_object().is_some_and(|object| !object.is_empty()) {
        put("principal", principal);
    }
    for (key, text) in [("environment", &call.environment), ("server", &call.server)] {
        if let Some(text) = text {
            put(key, text.clone().into());
        }
    }
    if !call.metadata.is_empty() {
        put("metadata", Json::from(&Value::Object(call.metadata.clone())));
    }
    if call.timestamp != base {
        put("timestamp", call.timestamp.to_string().into());
    }
    Json::Object(json)
}

/// What a session holds, and where counters stand; none where nothing has happened.
pub fn session_json(situation: &Situation) -> Option<Json> {
    let session = &situation.session;
    let mut json = serde_json::Map::new();
    let mut put = |key: &str, value: Json| drop(json.insert(key.to_owned(), value));
    let counts = [
        ("attempts", session.attempts),
        ("calls", session.calls),
        ("consecutive_failures", session.consecutive_failures),
    ];
    for (key, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        put(key, count.into());
    }
    if !session.calls_of.is_empty() {
        put(
            "calls_of",
            session
                .calls_of
                .iter()
                .map(|(tool, calls)| (tool.clone(), Json::from(*calls)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        );
    }
    if !session.labels.is_empty() {
        let labels = session.labels.iter().map(|label| match label.doubtful {
            true => format!("{} (doubtful)", label.name),
            false => label.name.clone(),
        });
        put("labels", labels.collect::<Vec<_>>().into());
    }
    let counters = situation.counters.iter().filter(|(_, standing)| **standing > 0);
    let counters: serde_json::Map<String, Json> = counters
        .map(|(name, standing)| (format!("{} ({})", name.contract, name.counted), Json::from(*standing)))
        .collect();
    if !counters.is_empty() {
        put("counters", counters.into());
    }
    (!json.is_empty()).then_some(Json::Object(json))
}
