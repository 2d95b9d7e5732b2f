//! Examples of contracts, judged at load: each against its contract alone, in `/workspace` with home `/home/agent`.
//!
//! An example of a contract with a `limit` says whether the call counts towards it; how many have run is not part of it.

use super::model::{Action, Contract, Policy, PolicySet, PolicyVersion, Terms, ToolGlob};
use super::partial_call::{EXAMPLE_HOME, EXAMPLE_WORKSPACE, PartialCall};
use super::read::{Cx, Fields, list};
use super::register::keys::EXAMPLES;
use crate::call::ToolEnvelope;
use crate::call::facets::path::FileTree;
use crate::decide::{
    Around, Engine, FactAnswers, HostPaths, Judgement, LeafTrace, Operators, Scene, SessionState, Trace, Truth,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::session::SessionView;
use crate::source::{Node, Sources};
use crate::value::Value;
use jiff::Timestamp;
use std::sync::Arc;

/// When an example without a `time` takes place: 2026-01-01T12:00:00Z, a Thursday.
const EXAMPLE_TIME: Timestamp = Timestamp::constant(1_767_268_800, 0);

/// Examples of one contract as they were read.
#[derive(Clone, Debug)]
pub(super) struct Examples {
    contract: Contract,
    calls: Vec<Example>,
}

/// An example as it was read.
#[derive(Clone, Debug)]
struct Example {
    /// Whether the contract should apply.
    should: bool,
    call: PartialCall,
    /// What its paths are resolved on.
    disk: Option<Arc<FileTree>>,
}

impl Examples {
    /// Reads `examples` of a contract.
    pub(super) fn read(contract: &Contract, node: &Node, cx: &mut Cx<'_>) -> Option<Examples> {
        let fields = Fields::open(node, &EXAMPLES, cx)?;
        let mut calls = Vec::new();
        for (key, should) in [("matches", true), ("misses", false)] {
            for item in fields.read(key, cx, list).unwrap_or_default() {
                let Some(call) = PartialCall::read(item, cx) else { continue };
                calls.push(Example { should, disk: call.files.disk(cx), call });
            }
        }
        Some(Examples { contract: contract.clone(), calls })
    }
}

/// Judges examples under the policy that their contracts belong to.
pub(super) fn judge(policy: &Policy, examples: &[Examples], operators: &Arc<Operators>) -> Vec<Diagnostic> {
    if examples.is_empty() {
        return Vec::new();
    }
    let set = PolicySet {
        policies: vec![policy.clone()],
        version: PolicyVersion("".into()),
        sources: Arc::new(Sources::default()),
    };
    let engine = Engine::new(set).with_operators(Arc::clone(operators)).with_paths(around_examples());
    let of_contract = |examples: &Examples| {
        let Some(terms) = examples.contract.terms.last() else { return Vec::new() };
        let wrong = |example: &Example| {
            let own = example.disk.as_ref().map(|disk| {
                let resolver = Arc::<FileTree>::clone(disk);
                engine.clone().with_paths(HostPaths { resolver, ..around_examples() })
            });
            let engine = own.as_ref().unwrap_or(&engine);
            let stage = Stage { engine, policy, contract: &examples.contract, terms: &terms.terms };
            stage.wrong(example.should, &example.call)
        };
        examples.calls.iter().filter_map(wrong).collect()
    };
    examples.iter().flat_map(of_contract).collect()
}

/// Where examples are judged, without a disk.
fn around_examples() -> HostPaths {
    HostPaths {
        workspace: Some(EXAMPLE_WORKSPACE.to_owned()),
        home: Some(EXAMPLE_HOME.to_owned()),
        ..HostPaths::default()
    }
}

/// Where an example is judged.
struct Stage<'a> {
    engine: &'a Engine,
    policy: &'a Policy,
    contract: &'a Contract,
    terms: &'a Terms,
}

/// What came of an example.
struct Came {
    truth: Truth,
    /// Why, one line each.
    seen: Vec<String>,
}

impl Stage<'_> {
    /// What is wrong with an example, if anything.
    fn wrong(&self, should: bool, example: &PartialCall) -> Option<Diagnostic> {
        let Some(tool) = example.tool.as_deref().or_else(|| self.named_tool()) else {
            let found =
                Diagnostic::error(Code::ExampleTool, example.span, "this example does not say which tool is called");
            return Some(found.help("add `tool`: the contract names none that is no pattern"));
        };
        let call = match example.envelope(tool, EXAMPLE_TIME) {
            Ok(call) => call,
            Err(error) => {
                let found = Diagnostic::error(Code::ExampleFails, example.span, "this call cannot be read");
                return Some(found.help(error.to_string()));
            }
        };
        let came = self.judge(&call, example);
        let applies = came.truth == Truth::True || (came.truth == Truth::Unknown && self.terms.action.restricts());
        let doubtful = came.truth == Truth::Unknown;
        let message = match (should, applies) {
            (true, false) => "this call should match, and the contract does not apply to it",
            (false, true) if doubtful => "this call should miss, and the contract applies to it by doubt",
            (false, true) => "this call should miss, and the contract applies to it",
            (true, true) if doubtful && !example.unknown => "this call matches only by doubt",
            (true, true) if !doubtful && example.unknown => "this call matches, and not only by doubt",
            (false, false) if !doubtful && example.unknown => "this call misses, and not only by doubt",
            _ => return None,
        };
        let found = Diagnostic::error(Code::ExampleFails, example.span, message);
        let found = came.seen.into_iter().fold(found, Diagnostic::help);
        Some(match (doubtful, example.unknown) {
            (true, false) if should && applies => found.help("give what is in doubt, or say `unknown: true`"),
            (false, true) => found.help("leave out `unknown`"),
            _ => found,
        })
    }

    /// The one tool that the contract names, if it names one outright.
    fn named_tool(&self) -> Option<&str> {
        self.contract.tools.include.iter().find(|glob| glob.is_literal()).map(ToolGlob::as_str)
    }

    fn judge(&self, call: &ToolEnvelope, example: &PartialCall) -> Came {
        let facts: FactAnswers =
            example.facts.iter().map(|(name, value)| (name.to_owned(), Ok(value.clone()))).collect();
        let mut session = example.session.clone().unwrap_or_default();
        // This call is an attempt too.
        session.attempts = session.attempts.max(1);
        let around = around(&facts, &session, example);
        self.engine.with_scene(self.policy, call, &around, |scene| self.see(scene, call, example))
    }

    fn see(&self, scene: &Scene<'_>, call: &ToolEnvelope, example: &PartialCall) -> Came {
        if !scene.tools_match(self.contract) {
            let seen = vec![format!("`{}` is none of the contract's tools", call.tool)];
            return Came { truth: Truth::False, seen };
        }
        let judgement = scene.judge(self.contract, self.terms);
        let mut seen = leaves(&judgement);
        let mut truth = judgement.truth;
        if self.terms.action == Action::Redact && truth != Truth::False {
            let result = example.output.as_ref().map_or(&Value::Null, |output| &output.value);
            match self.contract.redact.as_ref().map(|redact| redact.apply(result)) {
                Some(Ok(Some(_))) => seen.push("something in the output is redacted".to_owned()),
                Some(Ok(None)) | None => {
                    truth = Truth::False;
                    seen.push("nothing in the output is redacted".to_owned());
                }
                Some(Err(error)) => seen.push(error.to_string()),
            }
        }
        Came { truth, seen }
    }
}

fn around<'a>(facts: &'a FactAnswers, session: &'a SessionView, example: &'a PartialCall) -> Around<'a> {
    Around { facts, session: SessionState::Known(session), output: example.output.as_ref() }
}

/// Every leaf with what it found and whether it holds.
fn leaves(judgement: &Judgement) -> Vec<String> {
    let one = |role: &str, trace: &Trace| -> Vec<String> {
        trace.leaves().into_iter().map(|leaf| format!("{role}: {}", shown(leaf))).collect()
    };
    let mut all = one("when", &judgement.when);
    all.extend(judgement.unless.iter().flat_map(|unless| one("unless", unless)));
    all
}

fn shown(leaf: &LeafTrace) -> String {
    let truth = match leaf.answer.truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    };
    let why = leaf.answer.why.as_ref().map(|why| format!(", {why}")).unwrap_or_default();
    format!("`{}` is {truth}{why}; found {}", leaf.selector, leaf.found)
}
