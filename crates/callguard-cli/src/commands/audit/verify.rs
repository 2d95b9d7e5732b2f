//! `callguard audit verify`.

use super::{outside, unreadable};
use crate::args::audit::VerifyArgs;
use crate::exit::Exit;
use crate::logs::Progress;
use crate::screen::{Failure, Screen, style};
use callguard::audit_log::{Finding, LogFiles, LogPublicKey, Verification, Verifier};
use serde_json::{Value, json};

pub(super) fn run(args: &VerifyArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let mut verifier = Verifier::default();
    for key in &args.keys {
        verifier = verifier.key(LogPublicKey::read(key).map_err(|error| outside(&error))?);
    }
    if let Some(head) = &args.head {
        verifier = verifier.head(head);
    }
    let files = LogFiles::of(&args.log);
    let progress = Progress::over(&files, true);
    let found = verifier.verify(&files, |read| progress.at(read)).map_err(|error| unreadable(&args.log, &error))?;
    progress.done();
    match args.json {
        true => screen.line(as_json(args, &found))?,
        false => as_text(args, &found, screen)?,
    }
    Ok(if found.holds() { Exit::Ok } else { Exit::LogBroken })
}

fn as_json(args: &VerifyArgs, found: &Verification) -> Value {
    let findings: Vec<Value> = found
        .findings
        .iter()
        .map(|finding| {
            json!({
                "kind": finding.kind.as_str(),
                "file": finding.path.display().to_string(),
                "line": finding.line,
                "seq": finding.seq,
                "message": finding.says,
            })
        })
        .collect();
    json!({
        "log": args.log.display().to_string(),
        "holds": found.holds(),
        "files": found.files,
        "records": found.records,
        "events": found.events,
        "chain": found.chain,
        "first": found.first,
        "last": found.last.map(|(seq, hash)| json!({ "seq": seq, "hash": hash.to_string() })),
        "signed_checkpoints": found.signed_checkpoints,
        "unchecked_checkpoints": found.unchecked_checkpoints,
        "unsigned_tail": found.unsigned_tail,
        "live": found.is_live,
        "findings": findings,
    })
}

fn as_text(args: &VerifyArgs, found: &Verification, screen: &mut Screen) -> Result<(), Failure> {
    for finding in &found.findings {
        screen.line(format_args!(
            "{}{:10}{:#}  {}  {}",
            style::DENY,
            finding.kind.as_str(),
            style::DENY,
            place(finding),
            finding.says
        ))?;
    }
    let (word, style) = if found.holds() { ("holds", style::ALLOW) } else { ("DOES NOT HOLD", style::DENY) };
    screen.line(format_args!(
        "{style}{word}{style:#}  {}: {} events, {} records in {} file(s)",
        args.log.display(),
        found.events,
        found.records,
        found.files
    ))?;
    if let (Some(chain), Some(first), Some((last, hash))) = (&found.chain, found.first, found.last) {
        screen.line(format_args!("chain {chain}, records {first} to {last}, head {hash}"))?;
    }
    let (signed, unchecked) = (found.signed_checkpoints, found.unchecked_checkpoints);
    screen.line(format_args!("checkpoints: {signed} signed, {unchecked} unchecked"))?;
    let dim = style::DIM;
    if signed > 0 && found.unsigned_tail > 0 {
        let tail = found.unsigned_tail;
        screen.line(format_args!("{dim}the last {tail} record(s) are not under a signature yet{dim:#}"))?;
    }
    if args.keys.is_empty() {
        screen
            .line(format_args!("{dim}without `--key` a log that was written anew as a whole is not noticed{dim:#}"))?;
    }
    if found.is_live {
        screen.line(format_args!("{dim}somebody is writing to the log{dim:#}"))?;
    }
    Ok(())
}

fn place(finding: &Finding) -> String {
    let name = finding.path.file_name().unwrap_or(finding.path.as_os_str()).to_string_lossy();
    match finding.line {
        Some(line) => format!("{name}:{line}"),
        None => name.into_owned(),
    }
}
