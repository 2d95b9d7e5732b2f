//! Asks a stdio MCP server for its tools.

use crate::screen::Failure;
use callguard_analysis::lint::Inventory;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long a server may take to say all that it is asked.
const PATIENCE: Duration = Duration::from_secs(60);
/// Pages of tools that are asked for.
const MOST_PAGES: u64 = 100;
/// The revision of MCP that is asked for; a server answers with the one it speaks.
const PROTOCOL: &str = "2025-06-18";

/// Starts the server, asks, and ends it.
pub(crate) fn tools(program: &str, args: &[String]) -> Result<Inventory, Failure> {
    let started =
        Command::new(program).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child =
        started.map_err(|error| Failure::Outside(format!("cannot start the server `{program}`: {error}")))?;
    let listed = Conversation::with(&mut child).and_then(|mut server| server.list());
    // It was started to be asked; whether it still runs is no matter.
    let _ended = child.kill().and_then(|()| child.wait());
    listed.map_err(|why| Failure::Outside(format!("the server `{program}` does not list its tools: {why}")))
}

/// What is said to a server and heard from it.
struct Conversation {
    to: ChildStdin,
    from: Receiver<Json>,
    until: Instant,
    last: u64,
}

impl Conversation {
    fn with(child: &mut Child) -> Result<Conversation, String> {
        let pipes = child.stdin.take().zip(child.stdout.take());
        let (to, from) = pipes.ok_or_else(|| "it has no standard input and output".to_owned())?;
        let (heard, hears) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(from).lines().map_while(Result::ok);
            // What is no JSON is not said to us.
            let messages = lines.filter_map(|line| serde_json::from_str::<Json>(&line).ok());
            for message in messages {
                if heard.send(message).is_err() {
                    return;
                }
            }
        });
        Ok(Conversation { to, from: hears, until: Instant::now() + PATIENCE, last: 0 })
    }

    fn list(&mut self) -> Result<Inventory, String> {
        let client = json!({ "name": "callguard", "version": env!("CARGO_PKG_VERSION") });
        self.ask("initialize", json!({ "protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": client }))?;
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        let mut inventory = Inventory::default();
        let mut params = json!({});
        for _ in 0..MOST_PAGES {
            let page = self.ask("tools/list", params)?;
            let more = Inventory::of(&page).ok_or_else(|| "what it answers is no list of tools".to_owned())?;
            inventory.tools.extend(more.tools);
            match page.get("nextCursor").filter(|cursor| cursor.is_string()) {
                Some(cursor) => params = json!({ "cursor": cursor }),
                None => return Ok(inventory),
            }
        }
        Err(format!("it has more than {MOST_PAGES} pages of them"))
    }

    /// The result of a request.
    fn ask(&mut self, method: &str, params: Json) -> Result<Json, String> {
        self.last = self.last.saturating_add(1);
        let id = self.last;
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))?;
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            let message = self.from.recv_timeout(left).map_err(|_| format!("it does not answer `{method}`"))?;
            if message.get("id") != Some(&Json::from(id)) || message.get("method").is_some() {
                continue;
            }
            if let Some(error) = message.get("error") {
                let said = error.get("message").and_then(Json::as_str).unwrap_or("no reason given");
                return Err(format!("it refuses `{method}`: {said}"));
            }
            return Ok(message.get("result").cloned().unwrap_or_default());
        }
    }

    fn say(&mut self, message: &Json) -> Result<(), String> {
        let said = writeln!(self.to, "{message}").and_then(|()| self.to.flush());
        said.map_err(|error| format!("it does not listen: {error}"))
    }
}
