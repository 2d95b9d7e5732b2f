//! What became of mutants, for people.

use super::{BASE, Mutation, Survivor};
use crate::commands::test::wrapped;
use crate::screen::{Failure, Screen, style};
use callguard_analysis::{call_json, session_json};

pub(crate) fn as_text(mutation: &Mutation, width: usize, screen: &mut Screen) -> Result<(), Failure> {
    let Mutation { by_example, by_case, equal, broken, survivors } = mutation;
    // Rounded up: 0% is none.
    let percent = (mutation.survived_percent() * 10.0).ceil() / 10.0;
    screen.line("")?;
    screen.line(format_args!(
        "{}{} of {}{:#} mutants noticed, {by_example} by examples and {by_case} by cases; {} survived ({percent}%)",
        style::BOLD,
        mutation.killed(),
        mutation.counted(),
        style::BOLD,
        survivors.len(),
    ))?;
    screen.line(format_args!("left out: {equal} that decide the same, {broken} that do not load"))?;
    survivors.iter().try_for_each(|survivor| shown(survivor, width, screen))
}

fn shown(survivor: &Survivor, width: usize, screen: &mut Screen) -> Result<(), Failure> {
    let Survivor { operator, of, file, line, change, witness } = survivor;
    screen.line(format_args!("\n{}{file}:{line}{:#}  {of}  {operator}", style::BOLD, style::BOLD))?;
    wrapped(change, width, screen)?;
    let Some(witness) = witness else { return Ok(()) };
    let session =
        session_json(&witness.situation).map(|session| format!(" in a session {session}")).unwrap_or_default();
    let (old, new) = (witness.flip.old.as_str(), witness.flip.new.as_str());
    wrapped(
        &format!("unnoticed: {old} becomes {new} of {}{session}", call_json(&witness.situation, BASE)),
        width,
        screen,
    )
}
