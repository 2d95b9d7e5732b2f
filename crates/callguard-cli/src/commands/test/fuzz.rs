//! `callguard test --fuzz`: the calls that cases deny, written otherwise; none may fare better.

use super::suite::{Part, Suite};
use crate::screen::{Failure, Screen, style};
use callguard::engine::decide::Effect;
use callguard::testing::{Moment, Trial};
use callguard::{ToolEnvelope, Value, at_once, write_json};
use callguard_analysis::rewrite::{Draw, Ground, bytes_of, rewrite};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Bytes that a rewrite is drawn from.
const REWRITE_BYTES: usize = 512;
/// Of one call so many rewrites are shown.
const MOST_SHOWN: usize = 3;

/// What came of the rewrites.
#[derive(Default)]
pub(super) struct Fuzzing {
    /// Calls that a case makes and that do not simply run.
    calls: u64,
    /// Rewrites that were decided.
    rewrites: u64,
    /// How many of them fare better.
    through: u64,
    /// How many are asked about in place of denied because they are not understood, as `on_unknown: ask` says.
    by_doubt: u64,
    shown: Vec<Through>,
}

/// A rewrite that fares better than its original.
struct Through {
    file: String,
    line: usize,
    case: String,
    before: Effect,
    after: Effect,
    steps: Vec<&'static str>,
    tool: String,
    args: String,
}

/// Writes each denied call otherwise, so often. The same seed writes the same.
pub(super) fn run(suite: &Suite, times: u64, seed: u64) -> Result<Fuzzing, Failure> {
    let mut fuzzing = Fuzzing::default();
    for part in suite.parts() {
        Trial::new(part.test, part.policies)?.each_call(|moment| fuzzing.take(part, &moment, times, seed));
    }
    Ok(fuzzing)
}

impl Fuzzing {
    fn take(&mut self, part: Part<'_>, moment: &Moment<'_>, times: u64, seed: u64) {
        let decided = |call: &ToolEnvelope| {
            let decision = at_once(moment.guard.check(call.clone()))?;
            Some((decision.effect, decision.policy_error))
        };
        let Some((before, _)) = decided(moment.call).filter(|(effect, _)| *effect > Effect::Allow) else { return };
        self.calls = self.calls.saturating_add(1);
        let mut known = BTreeSet::new();
        for turn in 0..times {
            let bytes = bytes_of(mixed(seed, self.calls, turn), REWRITE_BYTES);
            let Some(written) = rewrite(&moment.call.args, Ground::Anywhere, &mut Draw::new(&bytes)) else { continue };
            let args = write_json(&Value::Object(written.args.clone()));
            if !known.insert(args.clone()) {
                continue;
            }
            self.rewrites = self.rewrites.saturating_add(1);
            let call = ToolEnvelope { args: written.args, ..moment.call.clone() };
            let Some((after, in_doubt)) = decided(&call).filter(|(after, _)| *after < before) else { continue };
            if after == Effect::Ask && in_doubt {
                self.by_doubt = self.by_doubt.saturating_add(1);
                continue;
            }
            self.through = self.through.saturating_add(1);
            let shown = self.shown.iter().filter(|shown| shown.case == moment.case.name).count();
            if shown < MOST_SHOWN {
                let line = part.file.sources.line_column(moment.step.span).0;
                let (file, case, tool) = (part.file.file.name.clone(), moment.case.name.clone(), call.tool);
                self.shown.push(Through { file, line, case, before, after, steps: written.steps, tool, args });
            }
        }
    }

    pub(super) fn is_short(&self) -> bool {
        self.through > 0
    }

    pub(super) fn as_json(&self) -> Json {
        let through = |through: &Through| {
            let Through { file, line, case, before, after, steps, tool, args } = through;
            let args: Json = serde_json::from_str(args).unwrap_or_default();
            json!({
                "file": file,
                "line": line,
                "case": case,
                "before": before.as_str(),
                "after": after.as_str(),
                "steps": steps,
                "call": { "tool": tool, "args": args },
            })
        };
        json!({
            "calls": self.calls,
            "rewrites": self.rewrites,
            "through": self.through,
            "asked_by_doubt": self.by_doubt,
            "shown": self.shown.iter().map(through).collect::<Vec<_>>(),
        })
    }
}

/// A seed of its own for each rewrite.
fn mixed(seed: u64, call: u64, turn: u64) -> u64 {
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    mix(mix(mix(0, seed), call), turn)
}

pub(super) fn as_text(fuzzing: &Fuzzing, width: usize, screen: &mut Screen) -> Result<(), Failure> {
    let Fuzzing { calls, rewrites, through, by_doubt, shown } = fuzzing;
    screen.line(format_args!(
        "\n{}{through} of {rewrites}{:#} rewrites of {calls} calls that are denied or asked about get through",
        style::BOLD,
        style::BOLD,
    ))?;
    if *by_doubt > 0 {
        screen.line(format_args!("{by_doubt} are not understood, and asked about in place of denied"))?;
    }
    for Through { file, line, case, before, after, steps, tool, args } in shown {
        let (before, after) = (before.as_str(), after.as_str());
        screen.line(format_args!("\n{}{file}:{line}{:#}  {case}", style::BOLD, style::BOLD))?;
        super::wrapped(&format!("{before} becomes {after} after: {}", steps.join(", ")), width, screen)?;
        super::wrapped(&format!("{tool} {args}"), width, screen)?;
    }
    Ok(())
}
