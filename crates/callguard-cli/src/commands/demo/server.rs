//! The demo's MCP server: reads and writes files below one folder. It runs no command: `bash` only says what it would run.

use crate::exit::Exit;
use crate::screen::Failure;
use serde_json::{Value, json};
use std::io::{BufRead, Write, stdin, stdout};
use std::path::{Component, Path, PathBuf};

/// Serves `root` on standard input and output until the client is gone.
pub(crate) fn run(root: &Path) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::Outside(format!("the demo's server cannot go on: {error}"));
    for line in stdin().lock().lines() {
        let line = line.map_err(failed)?;
        let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
        if let Some(answer) = answer(root, &message) {
            writeln!(stdout().lock(), "{answer}").and_then(|()| stdout().lock().flush()).map_err(failed)?;
        }
    }
    Ok(Exit::Ok)
}

/// The answer to a request; notifications have none.
fn answer(root: &Path, message: &Value) -> Option<Value> {
    let id = message.get("id")?;
    let params = message.get("params").cloned().unwrap_or_default();
    let result = match message.get("method").and_then(Value::as_str)? {
        "initialize" => Ok(hello(&params)),
        "ping" => Ok(json!({})),
        "tools/list" => Ok(json!({ "tools": tools() })),
        "tools/call" => call(root, &params),
        other => Err((-32601, format!("there is no method {other}"))),
    };
    Some(match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err((code, message)) => json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } }),
    })
}

fn hello(params: &Value) -> Value {
    let version = params.get("protocolVersion").cloned().unwrap_or_else(|| json!("2025-11-25"));
    let server = json!({ "name": "callguard-demo-files", "version": env!("CARGO_PKG_VERSION") });
    json!({ "protocolVersion": version, "capabilities": { "tools": {} }, "serverInfo": server })
}

const TOOLS: &[(&str, &str, &[&str])] = &[
    ("list_directory", "Lists a folder.", &["path"]),
    ("read_file", "Reads a file.", &["path"]),
    ("write_file", "Writes a file.", &["path", "content"]),
    ("bash", "Says what command it would run.", &["command"]),
];

fn tools() -> Vec<Value> {
    let one = |(name, description, args): &(&str, &str, &[&str])| {
        let properties: serde_json::Map<_, _> =
            args.iter().map(|arg| ((*arg).to_owned(), json!({ "type": "string" }))).collect();
        let schema = json!({ "type": "object", "properties": properties, "required": args });
        json!({ "name": name, "description": description, "inputSchema": schema })
    };
    TOOLS.iter().map(one).collect()
}

fn call(root: &Path, params: &Value) -> Result<Value, (i32, String)> {
    let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
    let arg = |key: &str| params.pointer(&format!("/arguments/{key}")).and_then(Value::as_str).unwrap_or_default();
    let done = match name {
        "list_directory" => list(&below(root, arg("path"))),
        "read_file" => std::fs::read_to_string(below(root, arg("path"))),
        "write_file" => write(&below(root, arg("path")), arg("content")),
        "bash" => Ok(format!("would run: {}", arg("command"))),
        _ => return Err((-32602, format!("Unknown tool: {name}"))),
    };
    Ok(match done {
        Ok(text) => json!({ "content": [{ "type": "text", "text": text }] }),
        Err(error) => json!({ "content": [{ "type": "text", "text": error.to_string() }], "isError": true }),
    })
}

/// The path below the folder: what leads out of it ends at the folder.
fn below(root: &Path, path: &str) -> PathBuf {
    let mut found = root.to_path_buf();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => found.push(name),
            Component::ParentDir if found != root => {
                found.pop();
            }
            _ => {}
        }
    }
    found
}

fn list(folder: &Path) -> std::io::Result<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()?;
    names.sort();
    Ok(names.join("\n"))
}

fn write(path: &Path, content: &str) -> std::io::Result<String> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, content)?;
    Ok("written".to_owned())
}
