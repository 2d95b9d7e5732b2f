//! `callguard schema`: JSON Schemas, for editors and checkers.

use crate::args::{SchemaArgs, SchemaKind};
use crate::exit::Exit;
use crate::screen::{Failure, Screen};
use callguard::engine::policy::schema::{Kind, schema};

pub fn run(args: &SchemaArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let kind = match args.kind {
        SchemaKind::Policy => Kind::Policy,
        SchemaKind::PolicyTest => Kind::PolicyTest,
        SchemaKind::Gateway => Kind::Gateway,
    };
    screen.line(format_args!("{:#}", schema(kind)))?;
    Ok(Exit::Ok)
}
