//! `callguard init`: proposes a policy that permits what was called, and nothing else.

use crate::args::write::InitArgs;
use crate::commands::{lint, mcp};
use crate::exit::Exit;
use crate::input;
use crate::logs::Logs;
use crate::past::Replayed;
use crate::screen::{Failure, Screen};
use callguard::engine::decide::HostPaths;
use callguard::engine::policy::PolicyFile;
use callguard::{Effect, ToolEnvelope};
use callguard_analysis::log::{Decided, Entry, Log};
use callguard_analysis::propose::Proposal;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where calls ran, and who ran them, if nobody says.
const WORKSPACE: &str = "/workspace";
const HOME: &str = "/home/agent";

pub(crate) fn run(args: &InitArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let from = Sources::of(args)?;
    if let Some(path) = &args.output {
        free(path, args.force)?;
    }
    let exit = match args.command.as_slice() {
        [] => Exit::Ok,
        command => mcp::watched(command, from.session()?, screen)?,
    };
    let logs = Logs::of(&from.logs)?;
    let mut proposal = Proposal::new(&args.name, &from.workspace, &from.home);
    if let Some(path) = &args.tools {
        lint::tools(path)?.tools.into_iter().for_each(|tool| proposal.there_is(tool.name));
    }
    let wanted = Wanted { denied: args.with_denied, granted: granted(&logs)? };
    let mut log = Log::default();
    logs.each(|line| {
        match log.read(&line.bytes) {
            Entry::Decided(decided) if wanted.has(&decided) => proposal.saw(&decided.situation.call),
            Entry::Decided(_) => proposal.refused(),
            Entry::Hidden => proposal.hidden(),
            _ => {}
        }
        Ok(())
    })?;
    let text = held(&from, args, &wanted, &mut proposal, &logs)?;
    match &args.output {
        Some(path) => write(path, &text, screen)?,
        None => screen.text(&text)?,
    }
    Ok(exit)
}

/// What is read, and where its calls ran.
struct Sources {
    logs: Vec<PathBuf>,
    workspace: String,
    home: String,
}

impl Sources {
    fn of(args: &InitArgs) -> Result<Sources, Failure> {
        let watches = !args.command.is_empty();
        if args.audit_logs.is_empty() && args.tools.is_none() && !watches {
            let says = "say from what: `--audit-log LOG`, `--tools FILE`, or a server's command after `--`";
            return Err(Failure::Usage(says.to_owned()));
        }
        if args.audit_logs.iter().any(|log| log.to_str() == Some("-")) {
            return Err(Failure::Usage("a log is read more than once here: name its file".to_owned()));
        }
        let mut logs = args.audit_logs.clone();
        if let (true, true, Some(output)) = (watches, logs.is_empty(), &args.output) {
            logs.push(output.with_extension("audit.jsonl"));
        }
        let here = if watches { input::host_paths() } else { HostPaths::default() };
        let or = |given: &Option<String>, found: Option<String>, usual: &str| {
            given.clone().or(found).unwrap_or_else(|| usual.to_owned())
        };
        let workspace = or(&args.workspace, here.workspace, WORKSPACE);
        Ok(Sources { logs, workspace, home: or(&args.home, here.home, HOME) })
    }

    /// Where a session is recorded.
    fn session(&self) -> Result<&Path, Failure> {
        match self.logs.as_slice() {
            [log] => Ok(log),
            _ => Err(Failure::Usage("a session is recorded in one log".to_owned())),
        }
    }
}

/// Which calls of a log the policy is to permit.
struct Wanted {
    denied: bool,
    /// Calls that a person granted.
    granted: BTreeSet<String>,
}

impl Wanted {
    fn has(&self, decided: &Decided) -> bool {
        self.denied
            || match decided.effect {
                Effect::Allow => true,
                Effect::Ask => self.granted.contains(&decided.situation.call.call_id),
                Effect::Deny => false,
            }
    }
}

fn granted(logs: &Logs) -> Result<BTreeSet<String>, Failure> {
    let (mut log, mut granted) = (Log::default(), BTreeSet::new());
    logs.each(|line| {
        if let Entry::Granted { call } = log.read(&line.bytes) {
            granted.insert(call);
        }
        Ok(())
    })?;
    Ok(granted)
}

/// The proposal that permits every call of the logs: where an entry cannot be shown to, the tool is permitted by name.
fn held(
    from: &Sources,
    args: &InitArgs,
    wanted: &Wanted,
    proposal: &mut Proposal,
    logs: &Logs,
) -> Result<String, Failure> {
    loop {
        let text = proposal.text();
        let file = PolicyFile::new(format!("{}.yaml", args.name), text.clone());
        let mut replayed = Replayed::new(vec![file], &from.workspace, &from.home)?;
        let mut stopped: BTreeSet<String> = BTreeSet::new();
        let mut log = Log::default();
        logs.each(|line| {
            let entry = log.read(&line.bytes);
            let decision = replayed.take(&entry)?;
            if let (Entry::Decided(decided), Some(decision)) = (&entry, decision)
                && wanted.has(decided)
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

/// Nothing is written over by mistake, and nothing is watched for nothing.
fn free(path: &Path, force: bool) -> Result<(), Failure> {
    if path.exists() && !force {
        let says = format!("`{}` is there already: `--force` writes over it", path.display());
        return Err(Failure::Usage(says));
    }
    Ok(())
}

fn write(path: &Path, text: &str, screen: &mut Screen) -> Result<(), Failure> {
    let name = path.display();
    fs::write(path, text).map_err(|error| Failure::Outside(format!("cannot write `{name}`: {error}")))?;
    screen.note(format_args!("wrote {name}: read it before it is enforced"));
    Ok(())
}
