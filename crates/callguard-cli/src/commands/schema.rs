//! `callguard schema`: JSON Schemas, for editors and checkers.

use crate::args::SchemaArgs;
use crate::exit::Exit;
use crate::screen::{Failure, Screen};
use callguard::engine::policy::schema::schema;
use clap::ValueEnum;

pub(crate) fn run(args: &SchemaArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let kind = args.kind.to_possible_value();
    let found = kind.and_then(|kind| schema(kind.get_name()));
    let Some(found) = found else { return Err(Failure::Usage("there is no schema of that kind".to_owned())) };
    screen.line(format_args!("{found:#}"))?;
    Ok(Exit::Ok)
}
