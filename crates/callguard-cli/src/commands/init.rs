//! `callguard init`: proposes a policy that permits what was called, and nothing else.

use crate::args::write::InitArgs;
use crate::commands::lint;
use crate::exit::Exit;
use crate::logs::Logs;
use crate::past::Replayed;
use crate::screen::{Failure, Screen};
use callguard::engine::policy::PolicyFile;
use callguard::{Effect, ToolEnvelope};
use callguard_analysis::log::{Entry, Log};
use callguard_analysis::propose::Proposal;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

pub(crate) fn run(args: &InitArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    if args.audit_logs.is_empty() && args.tools.is_none() {
        return Err(Failure::Usage("say from what: `--audit-log LOG`, `--tools FILE`, or both".to_owned()));
    }
    if args.audit_logs.iter().any(|log| log.to_str() == Some("-")) {
        return Err(Failure::Usage("a log is read more than once here: name its file".to_owned()));
    }
    let mut proposal = Proposal::new(&args.name, &args.workspace, &args.home);
    if let Some(path) = &args.tools {
        lint::tools(path)?.tools.into_iter().for_each(|tool| proposal.there_is(tool.name));
    }
    let logs = Logs::of(&args.audit_logs)?;
    let mut log = Log::default();
    logs.each(|line| {
        match log.read(&line.bytes) {
            Entry::Decided(decided) if wanted(args, decided.effect) => proposal.saw(&decided.situation.call),
            Entry::Decided(_) => proposal.refused(),
            Entry::Hidden => proposal.hidden(),
            _ => {}
        }
        Ok(())
    })?;
    let text = held(args, &mut proposal, &logs)?;
    match &args.output {
        Some(path) => write(path, &text, args.force, screen)?,
        None => screen.text(&text)?,
    }
    Ok(Exit::Ok)
}

fn wanted(args: &InitArgs, effect: Effect) -> bool {
    args.with_denied || effect != Effect::Deny
}

/// The proposal that permits every call of the logs: where an entry cannot be shown to, the tool is permitted by name.
fn held(args: &InitArgs, proposal: &mut Proposal, logs: &Logs) -> Result<String, Failure> {
    loop {
        let text = proposal.text();
        let file = PolicyFile::new(format!("{}.yaml", args.name), text.clone());
        let mut replayed = Replayed::new(vec![file], &args.workspace, &args.home)?;
        let mut stopped: BTreeSet<String> = BTreeSet::new();
        let mut log = Log::default();
        logs.each(|line| {
            let entry = log.read(&line.bytes);
            let decision = replayed.take(&entry)?;
            if let (Entry::Decided(decided), Some(decision)) = (&entry, decision)
                && wanted(args, decided.effect)
                && decision.effect != Effect::Allow
            {
                stopped.insert(tool(&decided.situation.call).to_owned());
            }
            Ok(())
        })?;
        if stopped.is_empty() {
            return Ok(text);
        }
        let weaker = stopped.iter().filter(|tool| proposal.weaken(tool)).count();
        if weaker == 0 {
            let names: Vec<&str> = stopped.iter().map(String::as_str).collect();
            let names = names.join("`, `");
            return Err(Failure::Outside(format!("no policy was found that permits the calls of `{names}`")));
        }
    }
}

fn tool(call: &ToolEnvelope) -> &str {
    &call.tool
}

fn write(path: &Path, text: &str, force: bool, screen: &mut Screen) -> Result<(), Failure> {
    let name = path.display();
    if path.exists() && !force {
        return Err(Failure::Usage(format!("`{name}` is there already: `--force` writes over it")));
    }
    fs::write(path, text).map_err(|error| Failure::Outside(format!("cannot write `{name}`: {error}")))?;
    screen.note(format_args!("wrote {name}: read it before it is enforced"));
    Ok(())
}
