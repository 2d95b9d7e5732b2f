//! `callguard check`: decides calls without counting or running them.

mod output;
mod stream;
mod text;

use crate::args::CheckArgs;
use crate::exit::Exit;
use crate::input;
use crate::screen::{Failure, Screen};
use callguard::engine::call::CallJson;
use callguard::engine::decide::DecisionJson;
use callguard::testing::SetFacts;
use callguard::{Decision, Effect, Guard, ToolEnvelope};
use jiff::Timestamp;

/// A guard without audit, and the facts of the call in hand.
pub(crate) struct Checker {
    guard: Guard,
    facts: SetFacts,
    explain: bool,
}

pub(crate) fn run(args: &CheckArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let facts = SetFacts::default();
    let files = input::policies(&args.policies)?;
    let builder = files.into_iter().fold(Guard::builder(), callguard::GuardBuilder::policy);
    let guard = builder.facts(facts.clone()).paths(input::host_paths()).build()?;
    let checker = Checker { guard, facts, explain: args.explain };
    match &args.calls {
        Some(calls) => stream::run(&checker, calls, args.json, screen),
        None => single(&checker, args, screen),
    }
}

fn single(checker: &Checker, args: &CheckArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let tool = args.tool.clone().unwrap_or_default();
    let mut call = ToolEnvelope::new(tool, input::object("--args", &args.args)?, Timestamp::now());
    call.principal = input::principal(&args.principal)?;
    call.environment.clone_from(&args.environment);
    call.metadata = input::object("--metadata", &args.metadata)?;
    call.cwd.clone_from(&args.cwd);
    let facts = input::object("--facts", &args.facts)?;
    let decision = checker.decide(CallJson { call: call.clone(), facts })?;
    if let Some(written) = &args.output {
        return output::run(checker, &call, &decision, written, args.json, screen);
    }
    if args.json {
        screen.line(as_json(&decision))?
    } else {
        text::decision(&decision, screen)?
    }
    Ok(exit_of(decision.effect))
}

impl Checker {
    fn decide(&self, call: CallJson) -> Result<Decision, Failure> {
        self.facts.set(call.facts);
        let decided = match self.explain {
            true => self.guard.explain_now(call.call),
            false => self.guard.check_now(call.call),
        };
        decided.map_err(|error| Failure::Outside(error.to_string()))
    }
}

fn as_json(decision: &Decision) -> String {
    // INVARIANT: the wire type holds strings, numbers and lists, all of which serialise.
    serde_json::to_string(&DecisionJson::from(decision)).unwrap_or_default()
}

fn exit_of(effect: Effect) -> Exit {
    match effect {
        Effect::Allow => Exit::Ok,
        Effect::Ask => Exit::Ask,
        Effect::Deny => Exit::Denied,
    }
}
