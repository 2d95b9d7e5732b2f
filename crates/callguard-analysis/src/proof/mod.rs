//! Which decisions changed: with a call for each, or with the certainty that there is none, or neither.
//!
//! Names of tools are parted into classes that come under the same contracts. For each, both sides become formulas over
//! the classes of the call's fields, and a solver looks for an assignment on which they differ. What it finds is built
//! as a call and decided by both engines before it counts; where it finds nothing there is nothing.

pub(crate) mod alone;
mod circuit;
mod constants;
mod encode;
mod feeds;
mod field;
mod gather;
mod glob;
mod joint;
mod letters;
mod limits;
mod moments;
mod names;
mod numbers;
mod operands;
mod place;
mod regex;
mod rulings;
mod search;
mod shrink;
mod side;
mod situation;
mod text;
mod tools;
mod values;

use callguard_engine::call::{Tool, ToolEnvelope};
use callguard_engine::decide::Engine;
use callguard_engine::policy::model::{Condition, Kind, Leaf, Policy, Selector, Test, ToolMatcher};
use callguard_engine::value::Object;
use jiff::Timestamp;
pub use search::Witness;
use search::{Answer, examine};
use side::{Of, Side, Sides};
pub use situation::{CounterName, Flip, Situation};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the decisions of two sets of policies.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Calls that are decided otherwise, the milder first.
    pub witnesses: Vec<Witness>,
    /// What could not be told.
    pub unknown: Vec<Unknown>,
    /// The time of calls that no condition on time tells apart.
    pub base: Timestamp,
    /// How many classes of tools there are.
    pub tools: usize,
    /// How many of them a difference bears on.
    pub examined: usize,
}

/// Pairs of decisions of which nobody knows whether a call gets them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Which; none where it is not about decisions on calls.
    pub flips: BTreeSet<Flip>,
    /// A tool on which it turns up; none where it is about all.
    pub tool: Option<String>,
    /// Why.
    pub why: BTreeSet<String>,
}

/// What a proof comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A call is decided otherwise.
    Different,
    /// No call is.
    Equal,
    /// No call was found, and it is not certain that there is none.
    Unknown,
}

impl Verdict {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Different => "different",
            Verdict::Equal => "equal",
            Verdict::Unknown => "unknown",
        }
    }
}

impl Proof {
    /// Compares what two engines decide. `base` is the time of calls that no condition on time tells apart.
    pub fn of(old: &Engine, new: &Engine, base: Timestamp) -> Proof {
        let sides = Sides::new(old, new);
        let mut proof = Proof { witnesses: Vec::new(), unknown: afterwards(&sides), base, tools: 0, examined: 0 };
        match tools::names(&sides) {
            Some(names) => proof.examine(&sides, &names, base),
            None => proof.unknown.push(Unknown {
                flips: Flip::ALL.into_iter().collect(),
                tool: None,
                why: BTreeSet::from(["the globs over tools are too many to be told apart".to_owned()]),
            }),
        }
        proof.witnesses.extend(constants::witnesses(&sides, base, &proof.witnesses));
        proof.settle();
        proof
    }

    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        match (self.witnesses.is_empty(), self.unknown.is_empty()) {
            (false, _) => Verdict::Different,
            (true, true) => Verdict::Equal,
            (true, false) => Verdict::Unknown,
        }
    }

    /// Whether a call may get a milder decision: it does, or it cannot be ruled out.
    pub fn may_loosen(&self) -> bool {
        let unknown = |unknown: &Unknown| unknown.flips.is_empty() || unknown.flips.iter().any(|flip| flip.loosens());
        self.loosens() || self.unknown.iter().any(unknown)
    }

    /// Whether a call gets a milder decision.
    pub fn loosens(&self) -> bool {
        self.witnesses.iter().any(|witness| witness.flip.loosens())
    }

    fn examine(&mut self, sides: &Sides<'_>, names: &[String], base: Timestamp) {
        self.tools = names.len();
        let mut groups: BTreeMap<Group, Vec<ToolEnvelope>> = BTreeMap::new();
        let changed = Changed::of(sides);
        for name in names {
            let call = ToolEnvelope::new(name.clone(), Object::default(), base);
            if let Some(group) = changed.group(sides, &call) {
                groups.entry(group).or_default().push(call);
            }
        }
        self.examined = groups.values().map(Vec::len).sum();
        for calls in groups.values() {
            self.examine_group(sides, calls);
        }
    }

    /// Tools of one group come under the same changes, and under contracts beside them that can do the same: what none of one
    /// is decided, none of the others is either, as long as nothing but the changes was looked into.
    fn examine_group(&mut self, sides: &Sides<'_>, calls: &[ToolEnvelope]) {
        let mut open: Vec<Flip> = Flip::ALL.to_vec();
        for call in calls {
            if open.is_empty() {
                return;
            }
            let mut unknown: BTreeMap<BTreeSet<String>, BTreeSet<Flip>> = BTreeMap::new();
            for (flip, answer) in examine(sides, call, &open) {
                match answer {
                    Answer::NotHere => continue,
                    Answer::Nowhere => {}
                    Answer::Here(witnesses) => self.witnesses.extend(witnesses),
                    Answer::Unknown(why) => drop(unknown.entry(why).or_default().insert(flip)),
                }
                open.retain(|other| *other != flip);
            }
            let tool = Some(call.tool.clone());
            self.unknown.extend(unknown.into_iter().map(|(why, flips)| Unknown { flips, tool: tool.clone(), why }));
        }
    }

    /// Each difference once, by its smallest call; what is shown is not unknown.
    fn settle(&mut self) {
        let mut best: BTreeMap<(Flip, BTreeSet<String>, String, String), Witness> = BTreeMap::new();
        for witness in std::mem::take(&mut self.witnesses) {
            let deciders = (witness.old.decider.to_string(), witness.new.decider.to_string());
            let key = (witness.flip, witness.contracts.clone(), deciders.0, deciders.1);
            match best.get(&key) {
                Some(known) if size(known) <= size(&witness) => {}
                _ => drop(best.insert(key, witness)),
            }
        }
        self.witnesses = best.into_values().collect();
        self.witnesses.sort_by_key(|witness| (!witness.flip.loosens(), witness.flip, size(witness)));
        let mut merged: BTreeMap<(BTreeSet<Flip>, BTreeSet<String>), Option<String>> = BTreeMap::new();
        for unknown in std::mem::take(&mut self.unknown) {
            merged.entry((unknown.flips, unknown.why)).or_insert(unknown.tool);
        }
        self.unknown = merged.into_iter().map(|((flips, why), tool)| Unknown { flips, tool, why }).collect();
    }
}

/// How long a witness is to read.
fn size(witness: &Witness) -> usize {
    let situation = &witness.situation;
    let args = callguard_engine::value::write_json(&situation.call.args.clone().into());
    let who = callguard_engine::value::write_json(&situation.call.principal.to_value());
    let around = situation.call.environment.iter().chain(&situation.call.server).map(String::len).sum::<usize>();
    [situation.call.tool.len(), args.len(), who.len(), around, situation.counters.len()].into_iter().sum()
}

/// Tools under the same changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    contracts: Vec<(Side, usize, usize)>,
    /// What contracts that do not differ can do there.
    same: BTreeSet<Part>,
    settings: [Vec<String>; 2],
    /// Where a change looks at the name itself.
    name: Option<String>,
}

/// The policy of a contract, and what its terms can do. Of a contract that was not looked into no more is known, so that two
/// of the same part can do nothing that one cannot.
type Part = (usize, &'static str, Option<bool>);

/// The contracts that differ, and those that do not.
struct Changed<'a> {
    contracts: Vec<(Of<'a>, ToolMatcher)>,
    same: Vec<(usize, ToolMatcher, BTreeSet<Part>)>,
    by_name: bool,
    /// Whether a change looks at what a tool is declared to be, or at what its arguments touch.
    by_declaration: bool,
}

impl<'a> Changed<'a> {
    fn of(sides: &Sides<'a>) -> Changed<'a> {
        let before_run = |of: &Of<'_>| of.contract.kind != Kind::Postcondition;
        let all = Side::BOTH.into_iter().flat_map(|side| sides.contracts(side)).filter(before_run);
        let contracts: Vec<(Of<'a>, ToolMatcher)> =
            all.filter(|of| !sides.is_same(of)).map(|of| (of, anywhere(&of))).collect();
        let same = sides.contracts(Side::Old).filter(|of| before_run(of) && sides.is_same(of));
        let same = same.map(|of| (of.policy_index, anywhere(&of), parts(&of))).collect();
        let looks =
            |wanted: &dyn Fn(&Leaf) -> bool| contracts.iter().any(|(of, _)| leaves(of).iter().any(|leaf| wanted(leaf)));
        let by_name = looks(&|leaf| leaf.selector == Selector::Tool);
        let by_declaration = looks(&looks_at_declaration);
        Changed { contracts, same, by_name, by_declaration }
    }

    /// The group of a call's tool; none where nothing that differs bears on it.
    fn group(&self, sides: &Sides<'_>, call: &ToolEnvelope) -> Option<Group> {
        let tools = Side::BOTH.map(|side| sides.tools(side, call));
        let [contexts, others] = contexts(sides, &tools);
        let same_context = contexts == others;
        let settings = Side::BOTH.map(|side| settings(sides, side, call, self.by_declaration));
        let [before, now] = &tools;
        let matches = |tools: &[Tool], policy: usize, matcher: &ToolMatcher| {
            tools.get(policy).is_some_and(|tool| tool.matches(matcher, call))
        };
        let matching = self
            .contracts
            .iter()
            .filter(|(of, matcher)| matches(if of.side == Side::Old { before } else { now }, of.policy_index, matcher));
        let contracts: Vec<_> = matching.map(|(of, _)| (of.side, of.policy_index, of.contract_index)).collect();
        let [old, new] = &settings;
        if contracts.is_empty() && old == new && same_context {
            return None;
        }
        let mut same = BTreeSet::new();
        for (policy, matcher, parts) in &self.same {
            if !parts.is_subset(&same) && matches(before, *policy, matcher) {
                same.extend(parts.iter().copied());
            }
        }
        // Contracts that are the same see otherwise what is declared otherwise: they are looked at for each name.
        let name = (self.by_name || !same_context).then(|| call.tool.clone());
        Some(Group { contracts, same, settings, name })
    }
}

/// The contract's tools, whatever their server is.
fn anywhere(of: &Of<'_>) -> ToolMatcher {
    ToolMatcher { server: Vec::new(), ..of.contract.tools.clone() }
}

fn parts(of: &Of<'_>) -> BTreeSet<Part> {
    let terms = of.contract.terms.iter().map(|dated| &dated.terms).filter(|terms| encode::counts(terms));
    terms.map(|terms| (of.policy_index, terms.action.as_str(), rulings::asks_in_doubt(terms))).collect()
}

fn leaves<'a>(of: &Of<'a>) -> Vec<&'a Leaf> {
    let unless = of.contract.terms.iter().flat_map(|dated| &dated.terms.unless);
    std::iter::once(&of.contract.when).chain(unless).flat_map(Condition::leaves).collect()
}

fn looks_at_declaration(leaf: &Leaf) -> bool {
    let selector = &leaf.selector;
    let of_tool = matches!(selector, Selector::ToolSideEffect | Selector::ToolLabels | Selector::CallSideEffect);
    of_tool || selector.is_facet() || leaf.tests.iter().any(|test| matches!(test, Test::Typed(_)))
}

/// For each side what conditions on the tool see beside the call, by pairs of policies.
fn contexts(sides: &Sides<'_>, tools: &[Vec<Tool>; 2]) -> [BTreeMap<Option<usize>, String>; 2] {
    let [old, new] = tools;
    [(Side::Old, old), (Side::New, new)].map(|(side, tools)| {
        let under = sides.policies(side).zip(tools);
        under.map(|((index, policy), tool)| (sides.pair(side, index), side::context(policy, tool))).collect()
    })
}

/// Everything beside contracts on which a decision about the tool depends, one line a policy.
fn settings(sides: &Sides<'_>, side: Side, call: &ToolEnvelope, by_declaration: bool) -> Vec<String> {
    let tools = sides.tools(side, call);
    let policies = sides.policies(side).zip(&tools);
    let mut lines: Vec<(Option<usize>, String)> = policies
        .map(|((index, policy), tool)| {
            let Policy { mode, default, unknown_tools, requires, .. } = policy;
            let mut requires: Vec<String> = requires.iter().map(ToString::to_string).collect();
            requires.sort_unstable();
            let schema = tool.schema.as_ref().map(|schema| callguard_engine::value::write_json(schema.written()));
            let by_default = if tool.declared { tool.default.unwrap_or(*default) } else { *unknown_tools };
            let context = if by_declaration { side::context(policy, tool) } else { String::new() };
            let pair = sides.pair(side, index);
            (pair, format!("{mode:?} {by_default:?} {requires:?} {} {schema:?} {context}", tool.closed_args))
        })
        .collect();
    lines.sort_unstable();
    lines.into_iter().map(|(pair, line)| format!("{pair:?} {line}")).collect()
}

/// What is beyond a decision before the run, and was changed: nothing is proved of it.
fn afterwards(sides: &Sides<'_>) -> Vec<Unknown> {
    let changed = || Side::BOTH.into_iter().flat_map(|side| sides.contracts(side)).filter(|of| !sides.is_same(of));
    let named = |wanted: &dyn Fn(&Of<'_>) -> bool| -> BTreeSet<String> {
        changed().filter(|of| wanted(of)).map(|of| of.contract.id.to_string()).collect()
    };
    let results = named(&|of| of.contract.kind == Kind::Postcondition);
    let counting = named(&|of| {
        let limits = of.contract.terms.iter().any(|dated| dated.terms.limit.is_some());
        of.contract.kind != Kind::Postcondition && (limits || !of.contract.add_labels.is_empty())
    });
    let mut unknown = Vec::new();
    let mut add = |ids: BTreeSet<String>, what: &str| {
        if !ids.is_empty() {
            let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
            let why = BTreeSet::from([format!("{what} ({})", ids.join(", "))]);
            unknown.push(Unknown { flips: BTreeSet::new(), tool: None, why });
        }
    };
    add(results, "what becomes of results is compared as it is written, and not proved");
    add(counting, "decisions are compared in equal sessions: what calls leave there is not proved");
    unknown
}
