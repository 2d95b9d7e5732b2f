//! What a side decides, as formulas: the same rules by which the engine finds which action wins.

use super::circuit::Circuit;
use super::encode::{Encoder, Judged};
use super::place::Place;
use super::side::Side;
use super::situation::Flip;
use batsat::Lit;
use callguard_engine::call::Tool;
use callguard_engine::decide::Effect;
use callguard_engine::policy::model::{Action, Default as ByDefault, Mode, OnUnknown, Policy, Selector, Terms};
use callguard_engine::value::Value;
use std::collections::BTreeMap;

/// What a side decides.
#[derive(Clone, Debug)]
pub(crate) struct Ruled {
    deny: Lit,
    ask: Lit,
    /// For each contract of the side, whether it has a part in it.
    pub(crate) parts: Vec<Part>,
}

/// A contract's part in a decision.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) side: Side,
    /// What both sides call it.
    pub(crate) name: String,
    /// `POLICY/ID`.
    pub(crate) id: String,
    pub(crate) is_abstract: bool,
    /// It applies and does more than warn.
    pub(crate) acts: Lit,
}

impl Ruled {
    fn is(&self, effect: Effect, circuit: &mut Circuit) -> Lit {
        match effect {
            Effect::Deny => self.deny,
            Effect::Ask => circuit.and([!self.deny, self.ask]),
            Effect::Allow => circuit.and([!self.deny, !self.ask]),
        }
    }
}

/// Both sides' decisions.
pub(crate) fn rule(encoder: &mut Encoder<'_>) -> (Ruled, Ruled) {
    let mut shared = BTreeMap::new();
    (side(encoder, Side::Old, &mut shared), side(encoder, Side::New, &mut shared))
}

/// Whether the decisions are these.
pub(crate) fn flips(old: &Ruled, new: &Ruled, flip: Flip, circuit: &mut Circuit) -> Lit {
    let parts = [old.is(flip.old, circuit), new.is(flip.new, circuit)];
    circuit.and(parts)
}

/// What is asked of the arguments' shape, by what asks it: equal questions have one answer.
type Malformed = BTreeMap<String, Lit>;

fn side(encoder: &mut Encoder<'_>, side: Side, malformed: &mut Malformed) -> Ruled {
    let relevant = encoder.relevant(side);
    let policies: Vec<(usize, &Policy)> = encoder.sides.policies(side).collect();
    let (mut deny, mut ask, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for (index, policy) in policies {
        let Some(tool) = encoder.tool(side, index).cloned() else { continue };
        let mut judged = Vec::new();
        for of in relevant.iter().filter(|of| of.policy_index == index) {
            judged.extend(encoder.judge(*of));
        }
        let found = Found::of(&judged, encoder);
        let flawed = flaw(encoder, &tool, malformed);
        let unfilled = unfilled(encoder, policy);
        let circuit = &mut encoder.circuit;
        let by_default = if tool.declared { tool.default.unwrap_or(policy.default) } else { policy.unknown_tools };
        let permitted = match policy.mode == Mode::Observe || by_default == ByDefault::Allow {
            true => circuit.yes(),
            false => circuit.or(found.permit),
        };
        let denied = circuit.or(found.deny.into_iter().chain([flawed, unfilled, !permitted]));
        deny.push(denied);
        let asks = circuit.or(found.ask);
        ask.push(circuit.and([asks, !denied]));
        parts.extend(found.parts);
    }
    let circuit = &mut encoder.circuit;
    Ruled { deny: circuit.or(deny), ask: circuit.or(ask), parts }
}

/// What the contracts of a policy come to.
#[derive(Default)]
struct Found {
    deny: Vec<Lit>,
    ask: Vec<Lit>,
    permit: Vec<Lit>,
    parts: Vec<Part>,
}

impl Found {
    fn of(judged: &[Judged<'_>], encoder: &mut Encoder<'_>) -> Found {
        let mut found = Found::default();
        for one in judged {
            let acts = found.add(one, encoder);
            found.parts.push(Part {
                side: one.of.side,
                name: encoder.sides.name(&one.of),
                id: one.of.contract.id.to_string(),
                is_abstract: encoder.is_abstract(&one.of),
                acts,
            });
        }
        found
    }

    /// Adds a contract; gives whether it acts.
    fn add(&mut self, one: &Judged<'_>, encoder: &mut Encoder<'_>) -> Lit {
        let circuit = &mut encoder.circuit;
        let (guard, applies) = (one.guard, one.applies);
        let certain = circuit.and([guard, applies.t]);
        let doubtful = circuit.and([guard, !applies.t, !applies.f]);
        let counted = circuit.or([certain, doubtful]);
        let in_doubt = asks_in_doubt(one.terms);
        match &one.terms.action {
            Action::Allow => {
                self.permit.push(certain);
                return certain;
            }
            Action::Deny => match in_doubt {
                None => self.deny.push(counted),
                Some(asks) => {
                    self.deny.push(certain);
                    self.ask.extend(asks.then_some(doubtful));
                }
            },
            Action::Ask(_) => {
                self.permit.push(circuit.and([counted, one.permits]));
                self.ask.push(if in_doubt == Some(false) { certain } else { counted });
            }
            Action::Withhold | Action::Redact | Action::Warn | Action::Label => {
                // In doubt a warning may still become a question.
                if in_doubt == Some(true) {
                    self.ask.push(doubtful);
                    return doubtful;
                }
                return circuit.no();
            }
        }
        counted
    }
}

/// Whether it asks where it applies by doubt alone; `None` where it then acts as always.
pub(crate) fn asks_in_doubt(terms: &Terms) -> Option<bool> {
    terms.on_unknown.as_ref().map(|on_unknown| matches!(on_unknown, OnUnknown::Ask(_)))
}

/// Whether the arguments are refused before any contract.
fn flaw(encoder: &mut Encoder<'_>, tool: &Tool, malformed: &mut Malformed) -> Lit {
    if !tool.closed_args && tool.schema.is_none() {
        return encoder.circuit.no();
    }
    let args: Vec<String> = tool.args.iter().map(|(path, _)| path.to_string()).collect();
    let schema = tool.schema.as_ref().map(|schema| callguard_engine::value::write_json(schema.written()));
    let asks = format!("{} {args:?} {schema:?}", tool.closed_args);
    if let Some(known) = malformed.get(&asks) {
        return *known;
    }
    let flawed = encoder.circuit.fresh();
    let shown = encoder.shown;
    encoder.circuit.clause(&[!shown, !flawed]);
    encoder.reasons.insert("what the tool's schema takes".to_owned());
    malformed.insert(asks, flawed);
    flawed
}

/// Whether the host left out what the policy requires.
fn unfilled(encoder: &mut Encoder<'_>, policy: &Policy) -> Lit {
    if policy.mode == Mode::Observe {
        return encoder.circuit.no();
    }
    let mut missing = Vec::new();
    for selector in &policy.requires {
        missing.push(match Place::of(selector) {
            Some(place) => !encoder.field_is(&place, |situation| is_filled(selector, situation)),
            None => free_requirement(encoder, selector),
        });
    }
    encoder.circuit.or(missing)
}

fn free_requirement(encoder: &mut Encoder<'_>, selector: &Selector) -> Lit {
    encoder.reasons.insert(format!("whether `{selector}` is there"));
    encoder.required(selector)
}

/// Whether what the selector finds is there and not empty.
fn is_filled(selector: &Selector, situation: &super::situation::Situation) -> bool {
    match super::place::look(selector, situation) {
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::List(items)) => !items.is_empty(),
        Some(Value::Object(object)) => !object.is_empty(),
        Some(Value::Null) | None => false,
        Some(_) => true,
    }
}
