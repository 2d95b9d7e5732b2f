//! Explanations: each contract considered, each leaf, its value, its truth. Values are redacted.

use super::Truth;
use super::contract::Judgement;
use super::engine::{Around, Engine};
use super::findings::applies;
use super::in_question::{InForce, after_the_run, before_the_run};
use super::known::Known;
use super::scene::{FactAnswers, Scene, SessionState};
use super::trace::Trace;
use crate::audit::output::Output;
use crate::call::ToolEnvelope;
use crate::policy::model::{ContractId, Kind, Policy};
use crate::source::Span;

/// Why a decision is as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// Every contract that is about the tool, by policy and in the order written.
    pub contracts: Vec<ContractExplanation>,
}

/// What was seen of one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractExplanation {
    /// Which.
    pub id: ContractId,
    /// When it is judged.
    pub kind: Kind,
    /// Its action.
    pub action: &'static str,
    /// Whether it applies, its limit included.
    pub applies: Truth,
    /// What makes it apply.
    pub when: ExplainedCondition,
    /// What excuses.
    pub unless: Vec<ExplainedCondition>,
}

/// A condition with the truth of every part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedCondition {
    /// `all`, `any`, `not`, or the leaf as written.
    pub text: String,
    /// Whether it holds.
    pub truth: Truth,
    /// Of a leaf: what it found, redacted.
    pub found: Option<String>,
    /// Of a leaf: why it is unknown.
    pub why: Option<String>,
    /// Of a leaf: where it stands.
    pub span: Option<Span>,
    /// Its parts.
    pub parts: Vec<ExplainedCondition>,
}

impl Engine {
    /// Explains every contract that is about the tool, as written.
    pub(super) fn explain(&self, policy: &Policy, scene: &Scene<'_>, known: &Known) -> Vec<ContractExplanation> {
        let one = |(contract, terms): InForce<'_>| {
            let judgement = scene.judge(contract, terms);
            let doubt = judgement.doubt();
            let applies = applies(scene, contract, terms, (judgement.truth, doubt), known).0;
            self.explained(scene, (contract, terms), &judgement, applies)
        };
        before_the_run(policy, scene).into_iter().map(one).collect()
    }

    /// Explains every postcondition that is about the tool, held against a result. Whether a redaction that applies finds
    /// something to replace is not looked at.
    pub fn explain_result(&self, call: &ToolEnvelope, facts: &FactAnswers, output: &Output) -> Explanation {
        let session = SessionState::Failed("a result is judged without it");
        let around = Around { facts, session, output: Some(output) };
        let each = |policy: &Policy| self.with_scene(policy, call, &around, |scene| self.explain_after(policy, scene));
        Explanation { contracts: self.parts.set.policies.iter().flat_map(each).collect() }
    }

    fn explain_after(&self, policy: &Policy, scene: &Scene<'_>) -> Vec<ContractExplanation> {
        let one = |(contract, terms): InForce<'_>| {
            let judgement = scene.judge(contract, terms);
            self.explained(scene, (contract, terms), &judgement, judgement.truth)
        };
        after_the_run(policy, scene).into_iter().map(one).collect()
    }

    fn explained(
        &self,
        scene: &Scene<'_>,
        (contract, terms): InForce<'_>,
        judgement: &Judgement,
        applies: Truth,
    ) -> ContractExplanation {
        ContractExplanation {
            id: contract.id.clone(),
            kind: contract.kind,
            action: terms.action.as_str(),
            applies,
            when: self.explain_condition(scene, &judgement.when),
            unless: judgement.unless.iter().map(|trace| self.explain_condition(scene, trace)).collect(),
        }
    }

    fn explain_condition(&self, scene: &Scene<'_>, trace: &Trace) -> ExplainedCondition {
        let group = |text: &str, truth: Truth, parts: &[Trace]| ExplainedCondition {
            text: text.to_owned(),
            truth,
            found: None,
            why: None,
            span: None,
            parts: parts.iter().map(|part| self.explain_condition(scene, part)).collect(),
        };
        match trace {
            Trace::All { truth, parts } => group("all", *truth, parts),
            Trace::Any { truth, parts } => group("any", *truth, parts),
            Trace::Not { truth, inner } => group("not", *truth, std::slice::from_ref(inner)),
            Trace::Leaf(leaf) => ExplainedCondition {
                text: self.leaf_text(leaf),
                truth: leaf.answer.truth,
                found: Some(scene.policy.redaction.redact_field(leaf.selector.keys(), &leaf.found).into_owned()),
                why: leaf.answer.why.clone(),
                span: Some(leaf.span),
                parts: Vec::new(),
            },
        }
    }

    /// The leaf as written, on one line.
    fn leaf_text(&self, leaf: &super::LeafTrace) -> String {
        let written = self.parts.set.sources.text(leaf.span);
        let words: Vec<&str> = written.split_whitespace().collect();
        if words.is_empty() { leaf.selector.to_string() } else { words.join(" ") }
    }
}
