//! A decision as a person reads it.

use crate::screen::{Failure, Screen, style};
use callguard::Decision;
use callguard::engine::decide::{Applied, ContractExplanation, ExplainedCondition};

/// The whole decision.
pub(crate) fn decision(decision: &Decision, screen: &mut Screen) -> Result<(), Failure> {
    short(decision, screen)?;
    for applied in &decision.applied {
        screen.line(format_args!("       {}applied{:#}  {}", style::DIM, style::DIM, one(applied)))?;
    }
    if let Some(would) = decision.would {
        screen.line(format_args!("       {}would{:#}    {}", style::DIM, style::DIM, would.as_str()))?;
    }
    for contract in decision.explanation.iter().flat_map(|explanation| &explanation.contracts) {
        explained(contract, screen)?;
    }
    Ok(())
}

/// The decision on one line.
pub(crate) fn short(decision: &Decision, screen: &mut Screen) -> Result<(), Failure> {
    let word = decision.effect.as_str();
    let style = style::of(word);
    let message = decision.message.as_ref().map(|message| format!("  {message}")).unwrap_or_default();
    screen.line(format_args!("{style}{word:5}{style:#}  {}{message}", decision.decider))
}

fn one(applied: &Applied) -> String {
    let doubt = applied.doubt.as_ref().map(|why| format!(", unknown: {why}")).unwrap_or_default();
    format!("{} ({}, {}, {}{doubt})", applied.id, applied.action, applied.severity.as_str(), applied.mode.as_str())
}

fn explained(contract: &ContractExplanation, screen: &mut Screen) -> Result<(), Failure> {
    screen.line("")?;
    screen.line(format_args!(
        "{}{}{:#}  {}, applies: {}",
        style::BOLD,
        contract.id,
        style::BOLD,
        contract.action,
        contract.applies.as_str()
    ))?;
    condition("when", &contract.when, 2, screen)?;
    contract.unless.iter().try_for_each(|unless| condition("unless", unless, 2, screen))
}

fn condition(role: &str, shown: &ExplainedCondition, indent: usize, screen: &mut Screen) -> Result<(), Failure> {
    let truth = shown.truth.as_str();
    let found =
        shown.found.as_ref().map(|found| format!("  {}found {found}{:#}", style::DIM, style::DIM)).unwrap_or_default();
    let why = shown.why.as_ref().map(|why| format!("  ({why})")).unwrap_or_default();
    screen.line(format_args!("{:indent$}{truth:7}  {role} {}{found}{why}", "", shown.text))?;
    shown.parts.iter().try_for_each(|part| condition("·", part, indent.saturating_add(2), screen))
}
