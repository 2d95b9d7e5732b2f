//! The tools for policies at the size that they are promised for: a log of a million events, policies of a thousand contracts.

use super::alone;
use crate::machine::Machine;
use crate::{process, target_dir};
use anyhow::{Context, Result, anyhow, bail};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What the part is called.
pub(super) const TOOLING: &str = "tooling";
const EVENTS: usize = 1_000_000;
const QUICK_EVENTS: usize = 20_000;
const CONTRACTS: usize = 1_000;
/// How many contracts two policies differ in.
const CHANGED: usize = 10;
/// Calls of one session, and sessions that go on at a time.
const SESSION: usize = 100;
const AT_A_TIME: usize = 50;
/// Each command runs so often.
const ROUNDS: usize = 3;
/// How often the memory of a command is looked at; the system keeps the most.
const LOOK: Duration = Duration::from_millis(5);
const ABOUT: &str = "Wall time of the whole command, release build, the middle of three runs; the most memory that was resident in any. \
The log is plain JSON lines as the file sink writes them: calls of a coding agent in sessions of a hundred, fifty at a time, each decided and ended; \
it is replayed under `template/coding-agent`. The policies have one contract for each of a few hundred tools and some about all.";

/// What a command is promised to take.
struct Promise {
    what: &'static str,
    arguments: Vec<String>,
    seconds: f64,
    mebibytes: Option<u64>,
    /// What it must print, so that what is measured is the work.
    prints: Vec<String>,
}

/// Writes what is needed, runs each command, and writes the report.
pub(super) fn measure(quick: bool) -> Result<()> {
    let (started, machine, before) = (jiff::Timestamp::now(), Machine::here()?, alone::load()?);
    process::run(&mut process::cargo(["build", "--quiet", "--release", "--locked", "--package", "callguard-cli"]))?;
    let program = target_dir().join("release/callguard");
    let folder = target_dir().join("bench-tooling");
    fs::create_dir_all(&folder)?;
    let figures = figures(&program, &folder, if quick { QUICK_EVENTS } else { EVENTS });
    // The log is most of a gigabyte.
    fs::remove_dir_all(&folder)?;
    let figures = figures?;
    print!("{figures}");
    if quick {
        return Ok(());
    }
    alone::write(TOOLING, "Tools for policies", ABOUT, &figures, started, &machine, &before)
}

fn figures(program: &Path, folder: &Path, events: usize) -> Result<String> {
    let mut text = "| command | seconds | at most | MiB | at most |\n|---|---:|---:|---:|---:|\n".to_owned();
    for Promise { what, arguments, seconds, mebibytes, prints } in promises(folder, events)? {
        let mut rounds = (0..ROUNDS).map(|_| timed(program, &arguments, &prints)).collect::<Result<Vec<_>>>()?;
        rounds.sort_by_key(|(took, _)| *took);
        let took = rounds.get(ROUNDS / 2).context("no round")?.0.as_secs_f64();
        let most = rounds.iter().map(|(_, memory)| *memory).max().unwrap_or_default() / 1024;
        let bound = mebibytes.map_or("–".to_owned(), |bound| bound.to_string());
        writeln!(text, "| {what} | {took:.2} | {seconds} | {most} | {bound} |")?;
    }
    Ok(text)
}

fn promises(folder: &Path, events: usize) -> Result<Vec<Promise>> {
    let place = |name: &str| folder.join(name);
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    let (old, new, log) = (place("old.yaml"), place("new.yaml"), place("audit.jsonl"));
    fs::write(&old, policy(CONTRACTS, 0)?)?;
    fs::write(&new, policy(CONTRACTS, CHANGED)?)?;
    write_log(&log, events)?;
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let replay = words(&["replay", "--policy", "template/coding-agent", "--json", "--audit-log", &text(&log)]);
    let diff = words(&["diff", "--fail-on", "never", &text(&old), &text(&new)]);
    let lint = words(&["lint", "--fail-on", "never", &text(&old)]);
    Ok(vec![
        Promise {
            what: "`replay` of a million events",
            arguments: replay,
            seconds: 30.0,
            // 200 MB, rounded down.
            mebibytes: Some(190),
            prints: vec![
                format!("\"judged\": {},", events / 2),
                format!("\"flipped\": {},", events / 2 / 100),
                "\"unreadable\": 0,".to_owned(),
            ],
        },
        Promise {
            what: "`diff` of a thousand contracts, ten changed",
            arguments: diff,
            seconds: 5.0,
            mebibytes: None,
            prints: words(&["large/c0"]),
        },
        Promise {
            what: "`lint` of a thousand contracts",
            arguments: lint,
            seconds: 2.0,
            mebibytes: None,
            prints: words(&["1000 notes"]),
        },
    ])
}

/// How long it takes, and the kibibytes that it had at most.
fn timed(program: &Path, arguments: &[String], prints: &[String]) -> Result<(Duration, u64)> {
    let clock = Instant::now();
    let mut command = Command::new(program);
    let mut child = command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // A thousand findings.
        .stderr(Stdio::null())
        .spawn()?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut pipe = child.stdout.take().context("no pipe")?;
    let reader = thread::spawn(move || io::read_to_string(&mut pipe));
    let mut most = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        // It may end between the two.
        most = most.max(resident(&fs::read_to_string(&status).unwrap_or_default()));
        thread::sleep(LOOK);
    };
    let took = clock.elapsed();
    let printed = reader.join().map_err(|_| anyhow!("the reader of `callguard` ended"))??;
    let shown = arguments.join(" ");
    if !ended.success() {
        bail!("`callguard {shown}` ended with {ended}");
    }
    match prints.iter().find(|part| !printed.contains(*part)) {
        Some(part) => bail!("`callguard {shown}` does not print `{part}`:\n{printed}"),
        None => Ok((took, most)),
    }
}

fn resident(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or_default()
}

/// Contracts like those of platform teams: each tool has a few of its own, some are about all.
fn policy(contracts: usize, changed: usize) -> Result<String> {
    let mut text =
        String::from("apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: large }\nspec:\n  preconditions:\n");
    for id in 0..contracts {
        let bound = id + if id < changed { 101 } else { 100 };
        let tool = format!("team{}__tool{}", id % 20, id % 250);
        let (tools, when) = match id % 5 {
            0 => (tool, format!("{{ args.amount: {{ greater_than: {bound} }} }}")),
            1 => (tool, format!("{{ environment: production, args.size: {{ at_least: {bound} }} }}")),
            2 => (tool, format!("{{ args.name: {{ starts_with: \"x{bound}\" }} }}")),
            3 => (format!("\"team{}__*\"", id % 20), format!("{{ principal.claims.level: {{ less_than: {bound} }} }}")),
            _ => (tool, format!("{{ call.commands: {{ runs: \"tool-{bound} --force\" }} }}")),
        };
        let action = if id % 3 == 0 { "ask" } else { "deny" };
        writeln!(text, "    - {{ id: c{id}, tools: {tools}, when: {when}, action: {action} }}")?;
    }
    Ok(text)
}

/// Two events for each call, the second once the next sessions have made theirs.
fn write_log(path: &Path, events: usize) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let calls = events / 2;
    let mut sequence = 0;
    for first in (0..calls).step_by(AT_A_TIME) {
        let calls = first..calls.min(first + AT_A_TIME);
        for action in ["call_allowed", "call_executed"] {
            for call in calls.clone() {
                writeln!(out, "{}", event(sequence, call, action))?;
                sequence += 1;
            }
        }
    }
    out.flush().context("the log is not written")
}

/// An event with every field that the file sink writes.
fn event(sequence: usize, call: usize, action: &str) -> String {
    let (tool, args) = called(call);
    let session = call / (SESSION * AT_A_TIME) * AT_A_TIME + call % AT_A_TIME;
    let at = jiff::Timestamp::UNIX_EPOCH + Duration::from_millis(1_767_614_400_000 + 40 * sequence as u64);
    let success = if action == "call_executed" { r#","tool_success":true"# } else { "" };
    format!(
        r#"{{"action":"{action}","call_id":"C{call}","chain":"01M85Q6AJYS22SKN3ZWC8FF1H7","contracts_considered":13,"contracts_evaluated":[],"decision":"allow","decision_name":"(default)","decision_source":"default","duration_us":120,"engine_version":"0.4.0","event_id":"E{sequence}","hash":"{:064x}","hooks_evaluated":0,"mode":"enforce","policy_error":false,"policy_version":"sha256:{:064x}","prev_hash":"{sequence:064x}","principal":{{"role":"developer","user_id":"u{}"}},"schema_version":1,"seq":{sequence},"session_id":"s{session}","side_effect":"read","timestamp":"{at}","tool":"{tool}","tool_args":{args}{success}}}"#,
        sequence + 1,
        7,
        session % 97,
    )
}

/// What a coding agent does; one call in a hundred is one that the template denies.
fn called(call: usize) -> (&'static str, String) {
    let (folder, file) = (call % 40, call % 700);
    match call % 100 {
        0 => ("bash", r#"{"command":"rm -rf build"}"#.to_owned()),
        1..30 => ("read_file", format!(r#"{{"path":"src/part{folder}/file{file}.rs"}}"#)),
        30..45 => ("bash", format!(r#"{{"command":"rg -n 'fn name{file}' src/part{folder} | head -20"}}"#)),
        45..55 => ("bash", format!(r#"{{"command":"cargo test -p part{folder} && git diff --stat"}}"#)),
        55..65 => ("bash", format!(r#"{{"command":"git add src/part{folder} && git commit -m 'Change {file}'"}}"#)),
        65..85 => {
            let text = format!("pub fn name{file}() {{}}\\n").repeat(20);
            ("edit_file", format!(r#"{{"path":"src/part{folder}/file{file}.rs","old":"{text}","new":"{text}"}}"#))
        }
        85..95 => ("list_directory", format!(r#"{{"path":"src/part{folder}"}}"#)),
        _ => ("fetch", format!(r#"{{"url":"https://docs.rs/part{folder}/{file}"}}"#)),
    }
}
