//! After the run: postconditions look at the result, and the reservation ends.

use super::decision::Applied;
use super::engine::{Around, Engine};
use super::findings::labels;
use super::permit::{Permit, Reservation};
use super::scene::SessionState;
use super::subject::{Prepared, Subject, Under};
use super::{FactAnswers, Truth};
use crate::audit::output::Output;
use crate::call::ToolEnvelope;
use crate::policy::model::{Action, Contract, ContractId, Mode, OnUnknown, Rank, Terms};
use crate::session::{CommitRequest, Ending, Label, SessionKey, StoreError};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the agent may see of a result, from the mildest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResultEffect {
    /// All of it.
    Pass,
    /// What is left after redaction.
    Redact,
    /// Nothing.
    Withhold,
}

impl ResultEffect {
    /// The word in results and events.
    pub fn as_str(self) -> &'static str {
        match self {
            ResultEffect::Pass => "pass",
            ResultEffect::Redact => "redact",
            ResultEffect::Withhold => "withhold",
        }
    }
}

/// A result that has been judged, not yet released: first the session must be written.
#[derive(Debug)]
#[must_use = "the result is not released before the settlement is finished"]
pub struct Settlement {
    commit: Option<CommitRequest>,
    settled: Settled,
    labels_needed: bool,
}

/// What the agent may see, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What the agent may see.
    pub output: Output,
    /// What became of the result.
    pub effect: ResultEffect,
    /// The contract that decided; `None` where the result passed.
    pub decider: Option<ContractId>,
    /// Its message, where the result is withheld.
    pub message: Option<String>,
    /// Every postcondition that applied, by id.
    pub applied: Vec<Applied>,
    /// What would have become of it if all that is observed were enforced; `None` if nothing is observed.
    pub would: Option<ResultEffect>,
    /// Whether something could not be decided and restricted.
    pub policy_error: bool,
}

impl Permit {
    /// Judges what the tool gave back and says how the reservation ends. `Err` of nothing: whatever fails withholds.
    pub fn settle(self, output: Output) -> Settlement {
        self.settle_knowing(FactAnswers::new(), output)
    }

    /// [`settle`](Permit::settle), with answers to facts that could be known only after the run.
    pub fn settle_knowing(mut self, later: FactAnswers, output: Output) -> Settlement {
        self.facts.extend(self.engine.typed_facts(later));
        let ending = if output.is_error { Ending::Failed } else { Ending::Succeeded };
        let Permit { engine, call, facts, reservation, .. } = self;
        let around = Around {
            facts: &facts,
            session: SessionState::Failed("a result is judged without it"),
            output: Some(&output),
        };
        let views = engine.result_views(&call, &around, &output);
        let labels: BTreeSet<Label> = views.iter().flat_map(|view| view.labels.iter().cloned()).collect();
        let commit = reservation.map(|reservation| commit(&engine, &call, &around, reservation, ending, &labels));
        let labels_needed = labels.iter().any(|label| !label.observed);
        Settlement { commit, settled: combine(views, output), labels_needed }
    }
}

impl Engine {
    /// What the agent would see of a result. Nothing is written; no permit is needed, and none is given.
    pub fn check_result(&self, call: &ToolEnvelope, facts: &FactAnswers, output: Output) -> Settled {
        let session = SessionState::Failed("a result is judged without it");
        let views = self.result_views(call, &Around { facts, session, output: Some(&output) }, &output);
        combine(views, output)
    }

    fn result_views(&self, call: &ToolEnvelope, around: &Around<'_>, output: &Output) -> Vec<ResultView> {
        let mut prepared = Prepared::default();
        prepared.begin(self, call);
        let subject = Subject { engine: self, call, prepared: &prepared };
        let mut views = Vec::new();
        subject.each(around, |under| views.extend(results(&under, output)));
        views
    }
}

impl Settlement {
    /// What the store must write before the result is released; `None` where nothing was reserved.
    pub fn commit(&self) -> Option<&CommitRequest> {
        self.commit.as_ref()
    }

    /// Releases the result. Where labels of this result could not be written, later calls would not know of them: the
    /// result is withheld.
    pub fn finish(self, written: Result<(), StoreError>) -> Settled {
        let lost = self.commit.is_none() || written.is_err();
        if !(self.labels_needed && lost) {
            return self.settled;
        }
        let message = "The result is withheld: what it taught about the session could not be written.".to_owned();
        Settled {
            output: self.settled.output.withheld(&message),
            effect: ResultEffect::Withhold,
            message: Some(message),
            policy_error: true,
            ..self.settled
        }
    }
}

/// A postcondition that applies.
struct ResultView {
    applied: Applied,
    effect: ResultEffect,
    message: String,
    redact: Option<crate::audit::result::ResultRedaction>,
    labels: Vec<Label>,
}

fn results(under: &Under<'_, '_>, output: &Output) -> Vec<ResultView> {
    let contracts = under.after_the_run().into_iter();
    contracts.filter_map(|(contract, terms)| result(under, contract, terms, output)).collect()
}

fn result(under: &Under<'_, '_>, contract: &Contract, terms: &Terms, output: &Output) -> Option<ResultView> {
    let (truth, mut doubt) = under.verdict(contract, terms);
    if truth == Truth::False {
        return None;
    }
    let by_doubt = terms.on_unknown.as_ref().filter(|_| truth == Truth::Unknown);
    let (effect, redact) = match (&terms.action, by_doubt) {
        (_, Some(OnUnknown::Warn | OnUnknown::Ask(_))) => (ResultEffect::Pass, None),
        (Action::Redact, None) if output.unknown().is_some() => {
            doubt = doubt.or_else(|| output.unknown().map(str::to_owned));
            (ResultEffect::Withhold, None)
        }
        (Action::Redact, None) => match contract.redact.as_ref()?.apply(&output.value) {
            Ok(None) => return None,
            Ok(Some(_)) => (ResultEffect::Redact, contract.redact.clone()),
            Err(error) => {
                doubt.get_or_insert_with(|| error.to_string());
                (ResultEffect::Withhold, None)
            }
        },
        (Action::Withhold | Action::Deny | Action::Ask(_), None) => (ResultEffect::Withhold, None),
        (Action::Warn | Action::Allow | Action::Label, None) => (ResultEffect::Pass, None),
    };
    let applied = Applied {
        id: contract.id.clone(),
        kind: contract.kind,
        action: by_doubt.map_or(terms.action.as_str(), |_| "warn"),
        mode: terms.mode,
        severity: terms.severity,
        tags: terms.tags.clone(),
        doubt: doubt.clone(),
    };
    Some(ResultView {
        applied,
        effect,
        message: under.scene.message(contract, &terms.message, doubt.as_deref()),
        redact,
        labels: labels(contract, terms, doubt.is_some()).collect(),
    })
}

fn combine(mut views: Vec<ResultView>, output: Output) -> Settled {
    views.sort_by(|left, right| left.applied.id.cmp(&right.applied.id));
    let enforced = || views.iter().filter(|view| view.applied.mode == Mode::Enforce);
    let effect = enforced().map(|view| view.effect).max().unwrap_or(ResultEffect::Pass);
    let observes = views.iter().any(|view| view.applied.mode == Mode::Observe);
    let rank = |view: &&ResultView| (Reverse::<Rank>(view.applied.severity), view.applied.doubt.is_some());
    let decider = enforced().filter(|view| view.effect == effect && effect != ResultEffect::Pass).min_by_key(rank);
    let message = decider.filter(|_| effect == ResultEffect::Withhold).map(|view| view.message.clone());
    let (output, failed) = match &message {
        Some(message) => (output.withheld(message), false),
        None => redacted(output, enforced().filter_map(|view| view.redact.as_ref())),
    };
    Settled {
        output,
        effect: if failed { ResultEffect::Withhold } else { effect },
        decider: decider.map(|view| view.applied.id.clone()),
        message,
        would: observes.then(|| views.iter().map(|view| view.effect).max().unwrap_or(ResultEffect::Pass)),
        policy_error: failed || views.iter().any(|view| view.applied.doubt.is_some()),
        applied: views.into_iter().map(|view| view.applied).collect(),
    }
}

/// Every redaction in turn, in the order of their ids; one that cannot be carried out withholds.
fn redacted<'a>(
    mut output: Output,
    redactions: impl Iterator<Item = &'a crate::audit::result::ResultRedaction>,
) -> (Output, bool) {
    for redaction in redactions {
        match redaction.apply(&output.value) {
            Ok(Some(value)) => output.value = value,
            Ok(None) => {}
            Err(_) => return (output.withheld("The result is withheld: it could not be redacted."), true),
        }
    }
    (output, false)
}

/// How the reservation ends: what each sum really came to, where the result says.
fn commit(
    engine: &Engine,
    call: &Arc<ToolEnvelope>,
    around: &Around<'_>,
    reservation: Reservation,
    ending: Ending,
    labels: &BTreeSet<Label>,
) -> CommitRequest {
    let actual = reservation.wants.iter().map(|want| {
        let selector = want.cost_from.as_ref()?;
        let policy = engine.parts.set.policies.iter().find(|policy| policy.name == want.limit.policy)?;
        engine.with_scene(policy, call, around, |scene| scene.cost(selector)).ok()
    });
    CommitRequest {
        session: SessionKey::of(call),
        lease: reservation.lease.clone(),
        ending,
        actual: actual.collect(),
        labels: labels.iter().cloned().collect(),
    }
}
