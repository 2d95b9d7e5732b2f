//! `callguard replay`: what policies would have decided of the calls of audit logs, in order, with the sessions that come of it.

use crate::args::ReplayArgs;
use crate::commands::diff::{fails, text};
use crate::exit::Exit;
use crate::input;
use crate::logs::Logs;
use crate::past::Replayed;
use crate::screen::{Failure, Screen};
use callguard_analysis::history::Past;
use callguard_analysis::log::{Decided, Entry, Log};
use callguard_analysis::proof::Flip;
use callguard_analysis::{ReplayJson, call_json};
use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

pub(crate) fn run(args: &ReplayArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let files = input::policies(&args.policies)?;
    let mut replayed = Replayed::new(files, &args.workspace, &args.home)?;
    let logs = Logs::of(&args.audit_logs)?;
    let mut output = args.output.as_deref().map(Changed::create).transpose()?;
    let (mut log, mut past) = (Log::default(), Past::default());
    logs.each(|line| {
        let entry = log.read(&line.bytes);
        let decision = replayed.take(&entry)?;
        let Entry::Decided(decided) = &entry else {
            past.pass(&entry);
            return Ok(());
        };
        let Some(decision) = decision else {
            past.turns_on_facts();
            return Ok(());
        };
        let then = (decided.effect, decided.contract.as_str());
        past.judge(&decided.situation.call, then, (decision.effect, &decision.decider.to_string()));
        match &mut output {
            Some(output) if decision.effect != decided.effect => output.write(&changed(decided, &decision)),
            _ => Ok(()),
        }
    })?;
    if let Some(output) = output {
        output.finish()?;
    }
    let policy_version = replayed.policy_version();
    if args.json {
        let json = serde_json::to_string_pretty(&ReplayJson::of(&past, policy_version));
        screen.line(json.map_err(|error| Failure::Outside(error.to_string()))?)?;
    } else {
        text::replay(&past, &args.policies, usize::from(args.width), screen)?;
    }
    let differs = fails(args.fail_on, past.loosens(), past.flipped() > 0);
    Ok(if differs { Exit::Differs } else { Exit::Ok })
}

/// A call that is decided otherwise, on a line of its own.
fn changed(decided: &Decided, decision: &callguard::Decision) -> Json {
    let (old, new) = (decided.effect, decision.effect);
    let call = &decided.situation.call;
    json!({
        "event_id": decided.event_id,
        "timestamp": call.timestamp.to_string(),
        "call_id": call.call_id,
        "session_id": call.session_id,
        "loosens": Flip { old, new }.loosens(),
        "old": { "decision": old.as_str(), "contract": decided.contract },
        "new": { "decision": new.as_str(), "contract": decision.decider.to_string(), "message": decision.message },
        "call": call_json(&decided.situation, call.timestamp),
    })
}

/// Where the calls go that are decided otherwise.
struct Changed<'a> {
    path: &'a Path,
    out: BufWriter<File>,
}

impl<'a> Changed<'a> {
    fn create(path: &'a Path) -> Result<Changed<'a>, Failure> {
        let out = File::create(path).map_err(|error| unwritable(path, &error))?;
        Ok(Changed { path, out: BufWriter::new(out) })
    }

    fn write(&mut self, line: &Json) -> Result<(), Failure> {
        writeln!(self.out, "{line}").map_err(|error| unwritable(self.path, &error))
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.out.flush().map_err(|error| unwritable(self.path, &error))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Outside(format!("cannot write `{}`: {error}", path.display()))
}
