//! `callguard demo`: a small MCP file server, guarded by a shipped policy, and a session that shows what that means.

mod calls;
mod client;
pub(crate) mod server;

use crate::args::DemoArgs;
use crate::exit::Exit;
use crate::program::Program;
use crate::screen::{Failure, Screen, style};
use client::Client;
use std::path::{Path, PathBuf};

/// The policy that the demo shows.
const POLICY: &str = "template/file-agent";

pub(crate) fn run(args: &DemoArgs, program: &Program, screen: &mut Screen) -> Result<Exit, Failure> {
    let folder = Folder::new()?;
    let workspace = folder.fill()?;
    let audit = args.audit.clone().unwrap_or_else(|| folder.audit());
    // The guard starts in the workspace, which goes with the demo.
    let audit = std::path::absolute(&audit).map_err(|error| cannot("find", &audit, &error))?;
    if !args.json {
        introduce(screen)?;
    }
    let mut client = Client::start(program, POLICY, &workspace, &audit)?;
    let mut tally = Tally::default();
    for call in calls::SESSION {
        let answer = client.call(call)?;
        tally.count(&answer.decision);
        match args.json {
            true => screen.line(answer.as_json(call))?,
            false => show(call, &answer, screen)?,
        }
    }
    client.finish()?;
    if !args.json {
        conclude(&tally, &audit, screen)?;
    }
    Ok(Exit::Ok)
}

fn introduce(screen: &mut Screen) -> Result<(), Failure> {
    let (dim, bold) = (style::DIM, style::BOLD);
    screen.line(format_args!("{bold}An agent works on files, guarded by {POLICY}.{bold:#}"))?;
    screen.line(format_args!("{dim}Each line is a real MCP call: client -> callguard mcp run -> server.{dim:#}\n"))
}

fn show(call: &calls::DemoCall, answer: &client::Answer, screen: &mut Screen) -> Result<(), Failure> {
    let word = answer.decision.as_str();
    let style = style::of(word);
    screen.line(format_args!("{style}{word:6}{style:#}  {:14}  {}", call.tool, call.shown()))?;
    match answer.note() {
        Some(note) => screen.line(format_args!("{}{:24}{note}{:#}", style::DIM, "", style::DIM)),
        None => Ok(()),
    }
}

fn conclude(tally: &Tally, audit: &Path, screen: &mut Screen) -> Result<(), Failure> {
    screen.line(format_args!(
        "\n{} calls: {} allowed, {} denied, {} for a person to decide, {} with secrets removed from the result",
        tally.calls, tally.allowed, tally.denied, tally.asked, tally.redacted
    ))?;
    screen.line(format_args!("audit   {}", audit.display()))?;
    screen.line("policy  callguard template show file-agent")
}

#[derive(Default)]
struct Tally {
    calls: u32,
    allowed: u32,
    denied: u32,
    asked: u32,
    redacted: u32,
}

impl Tally {
    fn count(&mut self, decision: &str) {
        self.calls = self.calls.saturating_add(1);
        let count = match decision {
            "allow" => &mut self.allowed,
            "ask" => &mut self.asked,
            "redact" => &mut self.redacted,
            _ => &mut self.denied,
        };
        *count = count.saturating_add(1);
    }
}

/// The demo's folder: the workspace goes with it, the audit file stays.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Result<Folder, Failure> {
        let name = format!("callguard-demo-{}", ulid::Ulid::new().to_string().to_lowercase());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).map_err(|error| cannot("create", &path, &error))?;
        Ok(Folder { path })
    }

    fn audit(&self) -> PathBuf {
        self.path.join("audit.jsonl")
    }

    fn fill(&self) -> Result<PathBuf, Failure> {
        let workspace = self.path.join("workspace");
        for (name, text) in calls::FILES {
            let path = workspace.join(name);
            let folder = path.parent().unwrap_or(&workspace);
            std::fs::create_dir_all(folder).map_err(|error| cannot("create", folder, &error))?;
            std::fs::write(&path, text).map_err(|error| cannot("write", &path, &error))?;
        }
        Ok(workspace)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies in the temporary folder, which is made for that.
        let _left = std::fs::remove_dir_all(self.path.join("workspace"));
    }
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::Outside(format!("cannot {what} `{}`: {error}", path.display()))
}
