//! Two sets of policies as formulas over the classes of fields: what each decides of a call of one tool.
//!
//! INVARIANT: every situation there can be is an assignment that the clauses allow, with every leaf as true as the engine
//! finds it. What is not known of a leaf is left free. So where no assignment makes the decisions differ, no situation does.

use super::circuit::{Circuit, Tri};
use super::field::Field;
use super::gather::{is_standing, place_of};
use super::limits;
use super::names::{self, Split};
use super::place::Place;
use super::side::{Of, Side, Sides, context};
use super::situation::Situation;
use batsat::Lit;
use callguard_engine::call::{Tool, ToolEnvelope};
use callguard_engine::decide::{Around, Direction, FactAnswers, Reading, SessionState, Truth};
use callguard_engine::policy::model::{Condition, Leaf, Limit, Mode, Policy, Selector, Terms};
use callguard_engine::value::Value;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a leaf is called: where leaves with one name look at the same, they have the same truth.
type Name = String;

/// Two sides as formulas, for calls of one tool.
pub(crate) struct Encoder<'a> {
    pub(crate) sides: &'a Sides<'a>,
    pub(crate) circuit: Circuit,
    /// Holds where only what can be shown by a call is assumed.
    pub(crate) shown: Lit,
    pub(crate) fields: BTreeMap<Place, Field>,
    pub(crate) base: Situation,
    tools: BTreeMap<Side, Vec<Tool>>,
    contexts: BTreeMap<(Side, usize), String>,
    leaves: BTreeMap<Name, Tri>,
    /// What is not known of leaves, by what it is called.
    open: BTreeMap<Name, Tri>,
    /// Leaves of which nothing is known, with one of their conditions and readings.
    pub(crate) free: Vec<Free<'a>>,
    /// What else is not known.
    pub(crate) reasons: BTreeSet<String>,
    pub(crate) abstracted: BTreeMap<String, Abstract>,
    expanded: &'a BTreeSet<String>,
}

/// A leaf of which nothing is known.
#[derive(Clone, Debug)]
pub(crate) struct Free<'a> {
    pub(crate) side: Side,
    pub(crate) policy: &'a Policy,
    pub(crate) condition: &'a Condition,
    pub(crate) leaf: &'a Leaf,
    pub(crate) reading: Reading,
    pub(crate) truth: Tri,
    /// What is not known of it only in some classes of its field.
    pub(crate) partly: bool,
}

/// A contract that both sides have, of which it was not yet asked what makes it apply.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abstract {
    pub(crate) applies: Tri,
    pub(crate) permits: Lit,
}

/// A contract with terms of some days.
pub(crate) struct Judged<'a> {
    pub(crate) of: Of<'a>,
    pub(crate) terms: &'a Terms,
    /// Whether its tools match and its terms hold that day.
    pub(crate) guard: Lit,
    /// Its truth, its limit included, read as its action is.
    pub(crate) applies: Tri,
    /// Of an `ask`: whether it is true as an `allow` would be read.
    pub(crate) permits: Lit,
}

impl<'a> Encoder<'a> {
    /// Gathers what is asked of each field, and makes its classes.
    pub(crate) fn new(sides: &'a Sides<'a>, call: ToolEnvelope, expanded: &'a BTreeSet<String>) -> Encoder<'a> {
        let mut circuit = Circuit::new();
        let shown = circuit.fresh();
        let tools: BTreeMap<Side, Vec<Tool>> =
            Side::BOTH.into_iter().map(|side| (side, sides.tools(side, &call))).collect();
        let mut contexts = BTreeMap::new();
        for side in Side::BOTH {
            let under = sides.policies(side).zip(tools.get(&side).into_iter().flatten());
            contexts.extend(under.map(|((index, policy), tool)| ((side, index), context(policy, tool))));
        }
        let mut encoder = Encoder {
            sides,
            circuit,
            shown,
            fields: BTreeMap::new(),
            base: Situation::of(call),
            tools,
            contexts,
            leaves: BTreeMap::new(),
            open: BTreeMap::new(),
            free: Vec::new(),
            reasons: BTreeSet::new(),
            abstracted: BTreeMap::new(),
            expanded,
        };
        encoder.make_fields();
        encoder
    }

    /// The contracts that matter before the run and that the tool comes under, as far as its name goes.
    pub(crate) fn relevant(&self, side: Side) -> Vec<Of<'a>> {
        use callguard_engine::policy::model::Kind;
        let all = self.sides.contracts(side).filter(|of| of.contract.kind != Kind::Postcondition);
        all.filter(|of| self.may_match(of)).collect()
    }

    /// Whether the tool matches, whatever its server is.
    fn may_match(&self, of: &Of<'_>) -> bool {
        let Some(tool) = self.tool(of.side, of.policy_index) else { return false };
        let anywhere = callguard_engine::policy::model::ToolMatcher { server: Vec::new(), ..of.contract.tools.clone() };
        tool.matches(&anywhere, &self.base.call)
    }

    pub(crate) fn tool(&self, side: Side, policy_index: usize) -> Option<&Tool> {
        self.tools.get(&side)?.get(policy_index)
    }

    /// Whether the contract, with all that it looks at, is the same on both sides and was not looked into.
    pub(crate) fn is_abstract(&self, of: &Of<'_>) -> bool {
        self.sides.is_same(of)
            && self.same_context(of.side, of.policy_index)
            && !self.expanded.contains(&self.sides.name(of))
    }

    fn same_context(&self, side: Side, policy_index: usize) -> bool {
        let pair = self.sides.pair(side, policy_index);
        let mut contexts = self.contexts.iter().filter(|((side, index), _)| self.sides.pair(*side, *index) == pair);
        match (contexts.next(), contexts.next()) {
            (Some((_, one)), Some((_, other))) => one == other,
            _ => false,
        }
    }

    pub(crate) fn context(&self, side: Side, policy_index: usize) -> &str {
        self.contexts.get(&(side, policy_index)).map_or("", String::as_str)
    }

    /// A contract's terms, each with what makes it apply.
    pub(crate) fn judge(&mut self, of: Of<'a>) -> Vec<Judged<'a>> {
        if self.is_abstract(&of) {
            return self.judge_abstract(of);
        }
        let matches = self.server_matches(&of);
        let mut judged = Vec::new();
        let mut before: Vec<Lit> = Vec::new();
        for dated in &of.contract.terms {
            let in_time = match dated.until {
                None => self.circuit.yes(),
                Some(until) => self.when_day(&of, until),
            };
            let over: Vec<Lit> = before.iter().map(|earlier| !*earlier).collect();
            before.push(in_time);
            if !counts(&dated.terms) {
                continue;
            }
            let guard = self.circuit.and(over.into_iter().chain([in_time, matches]));
            let restricts = dated.terms.action.restricts();
            let mut applies = self.contract_truth(&of, &dated.terms, restricts);
            let permits = self.contract_truth(&of, &dated.terms, false).t;
            if let Some(limit) = &dated.terms.limit {
                let beyond = limits::beyond(self, &of, limit);
                applies = self.circuit.all(&[applies, beyond]);
            }
            judged.push(Judged { of, terms: &dated.terms, guard, applies, permits });
        }
        judged
    }

    fn judge_abstract(&mut self, of: Of<'a>) -> Vec<Judged<'a>> {
        let name = self.sides.name(&of);
        let mut judged = Vec::new();
        for (index, dated) in of.contract.terms.iter().enumerate().filter(|(_, dated)| counts(&dated.terms)) {
            let key = format!("{name} {index}");
            let known = match self.abstracted.get(&key) {
                Some(known) => *known,
                None => {
                    let made = Abstract { applies: self.circuit.fresh_tri(), permits: self.circuit.fresh() };
                    self.abstracted.insert(key, made);
                    made
                }
            };
            let guard = self.circuit.yes();
            judged.push(Judged { of, terms: &dated.terms, guard, applies: known.applies, permits: known.permits });
        }
        judged
    }

    /// Whether it applies, its limit aside: read as what restricts or as what permits.
    fn contract_truth(&mut self, of: &Of<'a>, terms: &'a Terms, restricts: bool) -> Tri {
        let (for_when, for_unless) = match restricts {
            true => (Direction::Restricting, Direction::Excusing),
            false => (Direction::Excusing, Direction::Restricting),
        };
        let when = self.condition(of, &of.contract.when, Reading::top(for_when, false));
        let unless: Vec<Tri> = terms
            .unless
            .iter()
            .map(|condition| self.condition(of, condition, Reading::top(for_unless, false)))
            .collect();
        let excused = self.circuit.any(&unless);
        if restricts {
            // Only what certainly excuses does.
            let t = self.circuit.and([when.t, !excused.t]);
            return Tri { t, f: self.circuit.or([when.f, excused.t]) };
        }
        self.circuit.all(&[when, !excused])
    }

    pub(crate) fn condition(&mut self, of: &Of<'a>, condition: &'a Condition, reading: Reading) -> Tri {
        match condition {
            Condition::All(parts) => {
                let parts: Vec<Tri> = parts.iter().map(|part| self.condition(of, part, reading)).collect();
                self.circuit.all(&parts)
            }
            Condition::Any(parts) => {
                let parts: Vec<Tri> = parts.iter().map(|part| self.condition(of, part, reading)).collect();
                self.circuit.any(&parts)
            }
            Condition::Not(inner) => !self.condition(of, inner, reading.turned()),
            Condition::Leaf(leaf) => self.leaf(of, condition, leaf, reading),
        }
    }

    fn leaf(&mut self, of: &Of<'a>, condition: &'a Condition, leaf: &'a Leaf, reading: Reading) -> Tri {
        let name = names::of_leaf(leaf, reading, self.context(of.side, of.policy_index));
        if let Some(known) = self.leaves.get(&name) {
            return *known;
        }
        let truth = self.new_leaf(of, condition, leaf, reading);
        self.leaves.insert(name, truth);
        truth
    }

    fn new_leaf(&mut self, of: &Of<'a>, condition: &'a Condition, leaf: &'a Leaf, reading: Reading) -> Tri {
        if is_standing(leaf) {
            let truth = self.truth_in(of, &self.base, condition, reading);
            return self.circuit.constant(truth);
        }
        let Some(field) = place_of(leaf).and_then(|place| self.fields.get(&place)).cloned() else {
            let truth = self.open_truth(of, leaf, reading);
            self.free.push(Free { side: of.side, policy: of.policy, condition, leaf, reading, truth, partly: false });
            return truth;
        };
        let (mut t, mut f, mut open) = (Vec::new(), Vec::new(), Vec::new());
        for class in &field.classes {
            let mut situation = self.base.clone();
            field.put(class, &mut situation);
            if !class.decides(leaf) {
                // What is certainly false of one test is false of all.
                let part = class.decided_part(leaf).map(Condition::Leaf);
                let part = part.map(|part| self.truth_in(of, &situation, &part, reading));
                let literals = if part == Some(Truth::False) { &mut f } else { &mut open };
                literals.push(class.literal);
                continue;
            }
            match self.truth_in(of, &situation, condition, reading) {
                Truth::True => t.push(class.literal),
                Truth::False => f.push(class.literal),
                Truth::Unknown => {}
            }
        }
        if !open.is_empty() {
            let truth = self.open_truth(of, leaf, reading);
            let open_one = self.circuit.or(open);
            t.push(self.circuit.and([open_one, truth.t]));
            f.push(self.circuit.and([open_one, truth.f]));
            self.circuit.clause(&[!self.shown, !open_one]);
            self.free.push(Free { side: of.side, policy: of.policy, condition, leaf, reading, truth, partly: true });
        }
        Tri { t: self.circuit.or(t), f: self.circuit.or(f) }
    }

    /// A truth of which nothing is known but that what is called the same has the same.
    fn open_truth(&mut self, of: &Of<'a>, leaf: &Leaf, reading: Reading) -> Tri {
        let context = self.context(of.side, of.policy_index).to_owned();
        let (names, any) = match names::split(leaf, reading, &context) {
            Some(Split { names, any }) => (names, any),
            None => (vec![names::of_leaf(leaf, reading, &context)], true),
        };
        let mut parts = Vec::new();
        for name in names {
            let known = self.open.get(&name).copied();
            let part = known.unwrap_or_else(|| self.circuit.fresh_tri());
            self.open.insert(name, part);
            parts.push(part);
        }
        if any { self.circuit.any(&parts) } else { self.circuit.all(&parts) }
    }

    /// The engine's own answer.
    pub(crate) fn truth_in(
        &self,
        of: &Of<'_>,
        situation: &Situation,
        condition: &Condition,
        reading: Reading,
    ) -> Truth {
        let engine = self.sides.engine(of.side);
        truth_of(engine, of.policy, situation, condition, reading)
    }

    /// A limit of which nothing is known but that equal ones are equal.
    pub(crate) fn free_limit(&mut self, of: &Of<'a>, limit: &Limit) -> Tri {
        let name = format!("limit {} {limit:?} {}", self.sides.name(of), self.context(of.side, of.policy_index));
        if let Some(known) = self.leaves.get(&name) {
            return *known;
        }
        self.reasons.insert(format!("the sum that `{}` limits", of.contract.id));
        let truth = self.circuit.fresh_tri();
        self.leaves.insert(name, truth);
        truth
    }

    /// Whether something is there of which no more is known than that it is the same for both sides.
    pub(crate) fn required(&mut self, selector: &Selector) -> Lit {
        let name = format!("requires {selector}");
        if let Some(known) = self.leaves.get(&name) {
            return known.f;
        }
        let truth = self.circuit.fresh_tri();
        self.leaves.insert(name, truth);
        truth.f
    }

    /// A field's literal for each class, by what a look at a situation of the class says.
    pub(crate) fn field_is(&mut self, place: &Place, look: impl Fn(&Situation) -> bool) -> Lit {
        let Some(field) = self.fields.get(place) else { return self.circuit.fresh() };
        let mut literals = Vec::new();
        for class in &field.classes {
            let mut situation = self.base.clone();
            field.put(class, &mut situation);
            if look(&situation) {
                literals.push(class.literal);
            }
        }
        self.circuit.or(literals)
    }

    fn server_matches(&mut self, of: &Of<'a>) -> Lit {
        if of.contract.tools.server.is_empty() {
            return self.circuit.yes();
        }
        let globs = &of.contract.tools.server;
        self.field_is(&Place::Server, |situation| {
            let server = situation.call.server.as_deref().unwrap_or_default();
            globs.iter().any(|glob| glob.matches(server))
        })
    }

    fn when_day(&mut self, of: &Of<'a>, until: jiff::civil::Date) -> Lit {
        if self.zone().is_none() {
            return self.circuit.fresh();
        }
        let zone = of.policy.timezone.clone();
        let day = move |moment: Timestamp| moment.to_zoned(zone.clone()).date();
        self.field_is(&Place::Time, |situation| day(situation.call.timestamp) <= until)
    }
}

/// What a condition is in a situation.
pub(crate) fn truth_of(
    engine: &callguard_engine::decide::Engine,
    policy: &Policy,
    situation: &Situation,
    condition: &Condition,
    reading: Reading,
) -> Truth {
    let facts = FactAnswers::new();
    let session = SessionState::Known(&situation.session);
    let around = Around { facts: &facts, session, output: None };
    engine.with_scene(policy, &situation.call, &around, |scene| scene.truth(condition, reading))
}

/// Terms that can change what really happens: observed ones cannot.
pub(crate) fn counts(terms: &Terms) -> bool {
    terms.enabled && terms.mode == Mode::Enforce
}

/// A JSON value with which an argument could feed a facet.
pub(crate) type Feed = (String, Value);
