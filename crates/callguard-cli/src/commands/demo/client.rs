//! The demo's MCP client: speaks to `callguard mcp run` over pipes, as any client does.

use super::calls::DemoCall;
use crate::program::Program;
use crate::screen::Failure;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The connection.
pub(crate) struct Client {
    child: Child,
    to_guard: ChildStdin,
    from_guard: BufReader<ChildStdout>,
    next_id: u64,
}

/// What came of a call.
pub(crate) struct Answer {
    /// `allow`, `deny`, `ask`, or `redact` of an allowed call whose result was changed.
    pub decision: String,
    text: String,
    meta: Option<Value>,
}

impl Client {
    /// Starts the guard before the demo's server, in the workspace.
    pub(crate) fn start(program: &Program, policy: &str, workspace: &Path, audit: &Path) -> Result<Client, Failure> {
        let words = program.words().map_err(failed)?;
        let Some((me, before)) = words.split_first() else {
            return Err(Failure::Outside("nothing to start".to_owned()));
        };
        let mut command = Command::new(me);
        command.args(before).args(["mcp", "run", "--policy", policy, "--audit"]).arg(audit).arg("--").args(&words);
        command.args(["mcp", "demo-server"]).arg(workspace).current_dir(workspace);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let (Some(to_guard), Some(from_guard)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Outside("the guard has no pipes".to_owned()));
        };
        let mut client = Client { child, to_guard, from_guard: BufReader::new(from_guard), next_id: 0 };
        client.hello()?;
        Ok(client)
    }

    fn hello(&mut self) -> Result<(), Failure> {
        let client_info = json!({ "name": "callguard-demo", "version": env!("CARGO_PKG_VERSION") });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client_info });
        self.request("initialize", &params)?;
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
    }

    /// Makes a call.
    pub(crate) fn call(&mut self, call: &DemoCall) -> Result<Answer, Failure> {
        let answer = self.request("tools/call", &json!({ "name": call.tool, "arguments": call.args() }))?;
        Answer::read(&answer)
    }

    fn request(&mut self, method: &str, params: &Value) -> Result<Value, Failure> {
        self.next_id = self.next_id.saturating_add(1);
        let id = self.next_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))?;
        loop {
            let mut line = String::new();
            if self.from_guard.read_line(&mut line).map_err(failed)? == 0 {
                return Err(Failure::Outside("the guard ended before it answered".to_owned()));
            }
            let message: Value = serde_json::from_str(&line).map_err(failed)?;
            if message.get("id") == Some(&json!(id)) {
                return Ok(message);
            }
        }
    }

    fn send(&mut self, message: &Value) -> Result<(), Failure> {
        writeln!(self.to_guard, "{message}").and_then(|()| self.to_guard.flush()).map_err(failed)
    }

    /// Ends the session, and waits until the audit is written.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Client { mut child, to_guard, .. } = self;
        drop(to_guard);
        let status = child.wait().map_err(failed)?;
        if status.success() { Ok(()) } else { Err(Failure::Outside(format!("the guard ended with {status}"))) }
    }
}

impl Answer {
    fn read(answer: &Value) -> Result<Answer, Failure> {
        let Some(result) = answer.get("result") else {
            return Err(Failure::Outside(format!("the guard answered with an error: {answer}")));
        };
        let text = result.pointer("/content/0/text").and_then(Value::as_str).unwrap_or_default().to_owned();
        let meta = result.pointer("/_meta/callguard~1decision").cloned();
        let decision = meta.as_ref().and_then(|meta| meta.get("decision")).and_then(Value::as_str);
        let decision = match decision {
            Some(decision) => decision.to_owned(),
            None if text.contains(" removed]") => "redact".to_owned(),
            None => "allow".to_owned(),
        };
        Ok(Answer { decision, text, meta })
    }

    /// What the model reads instead of a result, or a result that was changed.
    pub(crate) fn note(&self) -> Option<&str> {
        match self.decision.as_str() {
            "allow" => None,
            "redact" => self.text.lines().find(|line| line.contains(" removed]")),
            _ => Some(&self.text),
        }
    }

    /// One line of `--json`.
    pub(crate) fn as_json(&self, call: &DemoCall) -> Value {
        json!({ "tool": call.tool, "args": call.args(), "decision": self.decision, "text": self.text, "meta": self.meta })
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Outside(format!("the demo cannot go on: {error}"))
}
