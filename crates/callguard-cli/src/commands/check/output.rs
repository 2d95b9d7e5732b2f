//! `--output`: what the agent would see of a result.

use super::{Checker, exit_of};
use crate::exit::Exit;
use crate::screen::{Failure, Screen, style};
use callguard::engine::decide::DecisionJson;
use callguard::{Decision, Effect, Output, ResultEffect, ToolEnvelope, Value, parse_json, write_json};

pub(crate) fn run(
    checker: &Checker,
    call: &ToolEnvelope,
    decision: &Decision,
    written: &str,
    json: bool,
    screen: &mut Screen,
) -> Result<Exit, Failure> {
    let value = parse_json(written.as_bytes())
        .map_err(|error| Failure::Usage(format!("`--output` is not JSON that can be judged: {error}")))?;
    let settled = checker.guard.check_result(call, Output::success(value));
    let word = match settled.effect {
        ResultEffect::Pass => "pass",
        ResultEffect::Redact => "redact",
        ResultEffect::Withhold => "withhold",
    };
    if json {
        let applied: Vec<String> = settled.applied.iter().map(|applied| applied.id.to_string()).collect();
        let shown = serde_json::Value::from(&settled.output.value);
        let result =
            serde_json::json!({ "effect": word, "output": shown, "applied": applied, "message": settled.message });
        let decision = serde_json::to_value(DecisionJson::from(decision)).unwrap_or_default();
        screen.line(serde_json::json!({ "decision": decision, "result": result }))?;
    } else {
        super::text::decision(decision, screen)?;
        let style = if word == "pass" { style::ALLOW } else { style::of(word) };
        let text = match &settled.output.value {
            Value::String(text) => text.clone(),
            other => write_json(other),
        };
        screen.line(format_args!("{style}{word:8}{style:#}  {text}"))?;
    }
    let withheld = decision.effect == Effect::Allow && settled.effect == ResultEffect::Withhold;
    Ok(if withheld { Exit::Denied } else { exit_of(decision.effect) })
}
