//! `real_scripts < SCRIPTS`: decides shell scripts under templates that ship, of an operator in a staging environment.
//!
//! Standard input is a JSON list of `{"name", "command", "templates"}`, standard output one of what was decided of each and why.

use callguard_engine::call::ToolEnvelope;
use callguard_engine::call::facets::command::CommandLine;
use callguard_engine::call::facets::path::PathCx;
use callguard_engine::decide::{Decision, Effect, ExplainedCondition, Truth};
use callguard_engine::policy::templates::TEMPLATES;
use callguard_engine::value::{Object, Value, parse_json, write_json};
use callguard_oracle::Judge;
use callguard_oracle::worst::under;
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
    let Value::List(scripts) = parse_json(text).map_err(|error| error.to_string())? else {
        return Err("the scripts are no list".to_owned());
    };
    let judges: Vec<(&str, Judge)> =
        TEMPLATES.iter().map(|template| Ok((template.name, under(template.name)?))).collect::<Result<_, String>>()?;
    let mut decided = Vec::new();
    for script in &scripts {
        let Value::Object(script) = script else { return Err("a script is no object".to_owned()) };
        let Some(Value::List(wanted)) = script.get("templates") else {
            return Err("a script names no templates".to_owned());
        };
        for (template, judge) in judges.iter().filter(|(name, _)| wanted.contains(&Value::from(*name))) {
            decided.push(one(script, template, judge)?);
        }
    }
    Ok(decided)
}

fn one(script: &Object, template: &str, judge: &Judge) -> Result<Value, String> {
    let word = |key: &str| script.get(key).and_then(Value::as_str).ok_or_else(|| format!("a script has no `{key}`"));
    let (name, command) = (word("name")?, word("command")?);
    let args: Object = [("command".to_owned(), Value::from(command))].into_iter().collect();
    let mut call = ToolEnvelope::new("bash", args, jiff::Timestamp::UNIX_EPOCH);
    call.environment = Some("staging".to_owned());
    call.principal.user_id = Some("operator".to_owned());
    let decision = judge.explain(Arc::new(call));
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
