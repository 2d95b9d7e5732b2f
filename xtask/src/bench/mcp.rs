//! What `callguard mcp run` adds to a `tools/call` over stdio: the same server with it and without, call by call in turns.

use crate::{process, root, target_dir, tools};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

/// The policy that guards: the template, with more tries than the thousand that it allows a session.
const POLICY: &str = "apiVersion: callguard/v1
kind: Policy
metadata: { name: bench }
spec:
  extends: [template/file-agent]
  overrides:
    - { id: file-agent/too-many-tries, limit: { attempts: 1000000 } }
";
/// What the report calls it.
const TEMPLATE: &str = "template/file-agent";
/// Calls of each kind that count, and those before them that warm up.
const CALLS: usize = 5_000;
const WARM_UP: usize = 500;
const QUICK: usize = 200;

/// All servers that were measured, the one that the target is about first.
#[derive(Serialize)]
pub(super) struct Mcp {
    policy: &'static str,
    calls: usize,
    servers: Vec<Server>,
}

#[derive(Serialize)]
struct Server {
    name: &'static str,
    direct: Micros,
    guarded: Micros,
}

/// Of the time from the request's write to the answer's line, in microseconds.
#[derive(Serialize)]
struct Micros {
    p50: f64,
    p90: f64,
    p99: f64,
}

impl Mcp {
    /// What the guard adds at the middle call of the small server.
    pub(super) fn added_micros(&self) -> f64 {
        self.servers.first().map_or(f64::NAN, |server| server.guarded.p50 - server.direct.p50)
    }

    pub(super) fn markdown(&self, text: &mut String) -> Result<()> {
        writeln!(text, "\n## `callguard mcp run`\n")?;
        writeln!(
            text,
            "A `tools/call` that reads a file over stdio, direct and guarded by `{}` with the audit to a file, {} calls of each \
             in turns; microseconds of wall time.\n",
            self.policy, self.calls
        )?;
        writeln!(
            text,
            "| server | direct p50 | p99 | guarded p50 | p99 | added p50 | p99 |\n|---|---:|---:|---:|---:|---:|---:|"
        )?;
        for Server { name, direct, guarded } in &self.servers {
            let (added, late) = (guarded.p50 - direct.p50, guarded.p99 - direct.p99);
            writeln!(
                text,
                "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | {added:.1} | {late:.1} |",
                direct.p50, direct.p99, guarded.p50, guarded.p99
            )?;
        }
        Ok(())
    }
}

pub(super) fn measure(quick: bool) -> Result<Mcp> {
    process::run(&mut process::cargo(["build", "--quiet", "--release", "--locked", "--package", "callguard-cli"]))?;
    let program = target_dir().join("release/callguard");
    let folder = target_dir().join("bench-mcp");
    let workspace = folder.join("workspace");
    fs::create_dir_all(&workspace)?;
    fs::write(workspace.join("README.md"), "# Greeter\n\nSays hello.\n")?;
    let bench = Bench { program, workspace, folder, calls: if quick { QUICK } else { CALLS } };
    let demo =
        [bench.program.to_string_lossy().into_owned(), "mcp".into(), "demo-server".into(), bench.shown_workspace()];
    let node = tools::node_modules("mcp-node", &root().join("tests/mcp"))?.join("node_modules");
    let script = node.join("@modelcontextprotocol/server-filesystem/dist/index.js");
    let official = ["node".to_owned(), script.to_string_lossy().into_owned(), bench.shown_workspace()];
    let servers = vec![
        bench.server("small file server in Rust", &demo, "read_file", Path::new("README.md"))?,
        bench.server(
            "official filesystem server in Node",
            &official,
            "read_text_file",
            &bench.workspace.join("README.md"),
        )?,
    ];
    let mcp = Mcp { policy: TEMPLATE, calls: bench.calls, servers };
    for Server { name, direct, guarded } in &mcp.servers {
        println!(
            "{name}: direct p50 {:.1} p90 {:.1} p99 {:.1} us; guarded p50 {:.1} p90 {:.1} p99 {:.1} us; added p50 {:.1} us",
            direct.p50,
            direct.p90,
            direct.p99,
            guarded.p50,
            guarded.p90,
            guarded.p99,
            guarded.p50 - direct.p50
        );
    }
    Ok(mcp)
}

struct Bench {
    program: PathBuf,
    workspace: PathBuf,
    folder: PathBuf,
    calls: usize,
}

impl Bench {
    fn shown_workspace(&self) -> String {
        self.workspace.to_string_lossy().into_owned()
    }

    fn server(&self, name: &'static str, command: &[String], tool: &str, path: &Path) -> Result<Server> {
        let audit = self.folder.join("audit.jsonl");
        if audit.exists() {
            fs::remove_file(&audit)?;
        }
        let mut guarded = vec![self.program.to_string_lossy().into_owned()];
        let policy = self.folder.join("policy.yaml");
        fs::write(&policy, POLICY)?;
        guarded.extend(["mcp", "run", "--policy"].map(str::to_owned));
        guarded.extend([policy.to_string_lossy().into_owned(), "--audit".to_owned()]);
        guarded.extend([audit.to_string_lossy().into_owned(), "--".to_owned()]);
        guarded.extend(command.iter().cloned());
        let arguments = json!({ "path": path });
        let mut direct = Client::start(command, &self.workspace)?;
        let mut behind = Client::start(&guarded, &self.workspace)?;
        let (mut plain, mut judged) = (Vec::new(), Vec::new());
        for place in 0..WARM_UP + self.calls {
            let (left, right) = (direct.call(tool, &arguments)?, behind.call(tool, &arguments)?);
            if place >= WARM_UP {
                plain.push(left);
                judged.push(right);
            }
        }
        direct.finish()?;
        behind.finish()?;
        audited(&audit, WARM_UP + self.calls)?;
        Ok(Server { name, direct: micros(plain), guarded: micros(judged) })
    }
}

/// Holds that every call was decided and recorded: what is measured is the guard at work.
fn audited(audit: &Path, calls: usize) -> Result<()> {
    let text = fs::read_to_string(audit).context("there is no audit")?;
    let allowed = text.lines().filter(|line| line.contains("\"call_allowed\"")).count();
    if allowed < calls {
        bail!("{calls} calls were made and {allowed} are in the audit");
    }
    Ok(())
}

fn micros(mut nanos: Vec<u128>) -> Micros {
    nanos.sort_unstable();
    let at = |percent: usize| {
        let place = nanos.len().saturating_sub(1) * percent / 100;
        nanos.get(place).map_or(f64::NAN, |nanos| *nanos as f64 / 1e3)
    };
    Micros { p50: at(50), p90: at(90), p99: at(99) }
}

/// An MCP client that does nothing but wait.
struct Client {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    next_id: u64,
}

impl Client {
    fn start(command: &[String], workspace: &Path) -> Result<Client> {
        let (program, arguments) = command.split_first().context("an empty command")?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(workspace)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| format!("{program} does not start"))?;
        let (to, from) = (child.stdin.take().context("no pipe")?, child.stdout.take().context("no pipe")?);
        let mut client = Client { child, to, from: BufReader::new(from), next_id: 0 };
        let info = json!({ "name": "callguard-bench", "version": "0" });
        client
            .ask("initialize", &json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": info }))?;
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string())?;
        Ok(client)
    }

    /// Calls, and says how many nanoseconds the answer took.
    fn call(&mut self, tool: &str, arguments: &Value) -> Result<u128> {
        let (answer, nanos) = self.ask("tools/call", &json!({ "name": tool, "arguments": arguments }))?;
        if !answer.contains("Says hello.") {
            bail!("the call fails: {}", answer.trim());
        }
        Ok(nanos)
    }

    fn ask(&mut self, method: &str, params: &Value) -> Result<(String, u128)> {
        self.next_id += 1;
        let id = self.next_id;
        let line = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string();
        let clock = Instant::now();
        self.send(&line)?;
        loop {
            let mut answer = String::new();
            if self.from.read_line(&mut answer)? == 0 {
                bail!("the server has ended: {}", self.child.wait()?);
            }
            let nanos = clock.elapsed().as_nanos();
            if serde_json::from_str::<Value>(&answer)?["id"] == json!(id) {
                return Ok((answer, nanos));
            }
        }
    }

    fn send(&mut self, line: &str) -> Result<()> {
        let mut bytes = line.as_bytes().to_vec();
        bytes.push(b'\n');
        self.to.write_all(&bytes).and_then(|()| self.to.flush()).context("the server has ended")
    }

    /// Ends the session, and waits until the audit is written.
    fn finish(self) -> Result<()> {
        let Client { mut child, to, .. } = self;
        drop(to);
        let status = child.wait()?;
        if !status.success() {
            bail!("a server ended with {status}");
        }
        Ok(())
    }
}
