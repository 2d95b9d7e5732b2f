//! `callguard audit`: verifies and reads audit logs.

mod export;
mod query;
mod read;
mod tail;
mod text;
mod verify;

use crate::args::audit::{AuditArgs, AuditCommand};
use crate::exit::Exit;
use crate::screen::{Failure, Screen};
use callguard::audit_log::{KeyError, LogKey};
use std::path::Path;

pub(crate) fn run(args: &AuditArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    match &args.command {
        AuditCommand::Verify(args) => verify::run(args, screen),
        AuditCommand::Tail(args) => tail::run(args, screen),
        AuditCommand::Query(args) => query::run(args, screen),
        AuditCommand::Export(args) => export::run(args, screen),
        AuditCommand::Keygen { path, json } => keygen(path, *json, screen),
    }
}

fn keygen(path: &Path, json: bool, screen: &mut Screen) -> Result<Exit, Failure> {
    let key = LogKey::generate().map_err(|error| outside(&error))?;
    let public = key.write(path).map_err(|error| outside(&error))?;
    match json {
        true => screen.line(serde_json::json!({
            "key_id": key.id(), "private": path.display().to_string(), "public": public.display().to_string(),
        }))?,
        false => {
            screen.line(format_args!("key {}", key.id()))?;
            screen.line(format_args!(
                "private: {}  (signs checkpoints; keep it from who may write the log)",
                path.display()
            ))?;
            screen.line(format_args!("public:  {}  (for `callguard audit verify --key`)", public.display()))?;
        }
    }
    Ok(Exit::Ok)
}

fn outside(error: &KeyError) -> Failure {
    Failure::Outside(error.to_string())
}

fn unreadable(log: &Path, error: &std::io::Error) -> Failure {
    Failure::Outside(format!("cannot read the log `{}`: {error}", log.display()))
}
