//! `real_scripts < CALLS`: decides shell scripts under templates that ship.
//!
//! Standard input is a JSON list of `{"name", "template", "command"}`, standard output one of what was decided of each and why.

use callguard_engine::call::ToolEnvelope;
use callguard_engine::call::facets::command::CommandLine;
use callguard_engine::call::facets::path::PathCx;
use callguard_engine::decide::{Decision, Effect, ExplainedCondition, Truth};
use callguard_engine::value::{Object, Value, parse_json, write_json};
use callguard_oracle::Judge;
use callguard_oracle::worst::under;
use std::collections::BTreeMap;
use std::io::Read;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    let mut text = Vec::new();
    let decided = std::io::stdin().read_to_end(&mut text).map_err(|error| error.to_string()).and_then(|_| all(&text));
    match decided {
        Ok(decided) => {
            println!("{}", write_json(&Value::List(decided)));
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn all(text: &[u8]) -> Result<Vec<Value>, String> {
    let Value::List(calls) = parse_json(text).map_err(|error| error.to_string())? else {
        return Err("the calls are no list".to_owned());
    };
    let mut judges = BTreeMap::new();
    calls.iter().map(|call| one(call, &mut judges)).collect()
}

fn one(call: &Value, judges: &mut BTreeMap<String, Judge>) -> Result<Value, String> {
    let Value::Object(call) = call else { return Err("a call is no object".to_owned()) };
    let word = |key: &str| call.get(key).and_then(Value::as_str).ok_or_else(|| format!("a call has no `{key}`"));
    let (name, template, command) = (word("name")?, word("template")?, word("command")?);
    if !judges.contains_key(template) {
        judges.insert(template.to_owned(), under(template)?);
    }
    let judge = judges.get(template).ok_or("a judge is gone")?;
    let args: Object = [("command".to_owned(), Value::from(command))].into_iter().collect();
    let decision = judge.explain(Arc::new(ToolEnvelope::new("bash", args, jiff::Timestamp::UNIX_EPOCH)));
    let line = CommandLine::parse(command, &PathCx::lexical("/workspace", "/home/agent"));
    let understood = line.not_understood().map_or(Value::Null, Value::from);
    let said = [
        ("name", Value::from(name)),
        ("template", Value::from(template)),
        ("effect", Value::from(decision.effect.as_str())),
        ("not_understood", understood),
        ("contracts", Value::List(contracts(&decision).into_iter().map(Value::from).collect())),
    ];
    Ok(Value::Object(said.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()))
}

/// The contracts that applied, each with what it found.
fn contracts(decision: &Decision) -> Vec<String> {
    if decision.effect == Effect::Allow {
        return Vec::new();
    }
    let contracts = decision.explanation.iter().flat_map(|explanation| &explanation.contracts);
    let applied = contracts.filter(|contract| contract.applies != Truth::False);
    applied
        .map(|contract| {
            let mut found = Vec::new();
            leaves(&contract.when, &mut found);
            format!("{}: {}", contract.id, found.join("; "))
        })
        .collect()
}

/// What holds, or may hold, and for what.
fn leaves(condition: &ExplainedCondition, found: &mut Vec<String>) {
    if condition.truth == Truth::False {
        return;
    }
    if condition.parts.is_empty() {
        let value = condition.found.as_ref().map(|value| format!(" of {value}")).unwrap_or_default();
        let why = condition.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        found.push(format!("{}{value}{why}", condition.truth.as_str()));
    }
    condition.parts.iter().for_each(|part| leaves(part, found));
}
