//! Asks a server which tools it has, as a client would that wants nothing else.

use super::envelope::{self, Envelope, Message};
use super::frame::{Frame, FrameLimits, FrameReader};
use super::process::Server;
use crate::error::{Cause, GatewayError};
use callguard::engine::value::{JsonLimits, Object, Value, parse_json_with, write_json};
use std::ffi::OsString;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::process::Command;

/// Pages of tools at most: a cursor that never ends is no list.
const PAGES: u32 = 1_000;
/// One definition, at most.
const LIMITS: JsonLimits = JsonLimits { bytes: 1 << 20, depth: 64 };
/// The last version with a handshake, and the first without.
const LEGACY: &str = "2025-11-25";
const MODERN: &str = "2026-07-28";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// JSON-RPC's code for a method that a side does not have.
const METHOD_NOT_FOUND: i32 = -32601;

/// Starts a server, asks for every page of its tools within `patience`, and ends it. Each tool is its definition as the
/// server gives it, in the server's order.
///
/// # Errors
/// The server cannot be started, does not answer in time, or answers what is no list of tools.
pub async fn list_tools(
    command: impl Into<OsString>,
    args: impl IntoIterator<Item = OsString>,
    patience: Duration,
) -> Result<Vec<Object>, GatewayError> {
    let command = command.into();
    let name = command.to_string_lossy().into_owned();
    let mut process = Command::new(command);
    process.args(args);
    let started = Server::start(process);
    let (server, input, output) = started.map_err(|source| Cause::NotStarted { command: name.clone(), source })?;
    let asked = tokio::time::timeout(patience, Inquiry::new(output, input).tools()).await;
    server.end().await.map_err(Cause::Watch)?;
    let why = match asked {
        Ok(Ok(tools)) => return Ok(tools),
        Ok(Err(why)) => why,
        Err(_late) => format!("it did not answer within {} s", patience.as_secs()),
    };
    Err(Cause::NotListed { command: name, why }.into())
}

/// One question after the other over a server's pipes.
struct Inquiry<R, W> {
    frames: FrameReader<R>,
    out: W,
    asked: u32,
}

/// An answer's `result`, or the message of its `error`.
type Answer = Result<Object, String>;

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Inquiry<R, W> {
    fn new(from_server: R, to_server: W) -> Inquiry<R, W> {
        Inquiry { frames: FrameReader::new(from_server, FrameLimits::default()), out: to_server, asked: 0 }
    }

    async fn tools(mut self) -> Result<Vec<Object>, String> {
        let meta = match self.ask("initialize", &handshake()).await? {
            Ok(_) => {
                let initialized = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n";
                self.say(initialized).await.or(Err(ended("tools/list")))?;
                None
            }
            // A server of the modern era has no handshake: everything is in each request.
            Err(_) => Some(modern_meta()),
        };
        let (mut tools, mut cursor) = (Vec::new(), None);
        for _ in 0..PAGES {
            let page = self.ask("tools/list", &page_params(meta.as_ref(), cursor)).await?;
            let page = page.map_err(|message| format!("it refuses `tools/list`: {message}"))?;
            tools.extend(definitions(&page)?);
            cursor = match page.get("nextCursor") {
                Some(Value::String(cursor)) => Some(cursor.clone()),
                _ => return Ok(tools),
            };
        }
        Err(format!("its list of tools has no end ({PAGES} pages)"))
    }

    async fn ask(&mut self, method: &str, params: &Object) -> Result<Answer, String> {
        self.asked = self.asked.saturating_add(1);
        let id = self.asked.to_string();
        let params = write_json(&Value::Object(params.clone()));
        let request = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{method}\",\"params\":{params}}}\n");
        self.say(&request).await.or(Err(ended(method)))?;
        loop {
            let line = match self.frames.next().await {
                Ok(Some(Frame::Line(line))) => line,
                Ok(Some(Frame::TooLong { .. })) => return Err("it sent a frame that is too large".to_owned()),
                Ok(None) => return Err(ended(method)),
                Err(error) => return Err(format!("what it says cannot be read: {error}")),
            };
            let Ok(Message::Single(message)) = envelope::peek(&line) else { continue };
            match message.id {
                Some(theirs) if message.method.is_some() => {
                    self.serve(theirs.get(), &message).await.or(Err(ended(method)))?
                }
                Some(answered) if answered.get() == id => return answer(&message, method),
                _ => {}
            }
        }
    }

    /// A server may ask its client too; here it learns that there is nothing to be had.
    async fn serve(&mut self, id: &str, message: &Envelope<'_>) -> io::Result<()> {
        let said = match message.method.as_deref() {
            Some("ping") => "\"result\":{}".to_owned(),
            _ => format!("\"error\":{{\"code\":{METHOD_NOT_FOUND},\"message\":\"Method not found\"}}"),
        };
        self.say(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},{said}}}\n")).await
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.out.write_all(line.as_bytes()).await?;
        self.out.flush().await
    }
}

fn ended(method: &str) -> String {
    format!("it ended before it answered `{method}`")
}

fn answer(message: &Envelope<'_>, method: &str) -> Result<Answer, String> {
    let read =
        |raw: &str| parse_json_with(raw.as_bytes(), JsonLimits { bytes: FrameLimits::default().bytes, ..LIMITS });
    match (message.result, message.error) {
        (Some(result), None) => match read(result.get()) {
            Ok(Value::Object(result)) => Ok(Ok(result)),
            Ok(_) => Err(format!("its answer to `{method}` is no object")),
            Err(error) => Err(format!("its answer to `{method}` cannot be read: {error}")),
        },
        (None, Some(error)) => {
            let members = envelope::members(error.get());
            let says = members.as_deref().and_then(|members| envelope::only(members, "message"));
            Ok(Err(says.and_then(envelope::string).unwrap_or_else(|| "no reason is given".to_owned())))
        }
        _ => Err(format!("its answer to `{method}` is neither a result nor an error")),
    }
}

fn definitions(page: &Object) -> Result<Vec<Object>, String> {
    let Some(Value::List(tools)) = page.get("tools") else {
        return Err("its answer to `tools/list` has no list `tools`".to_owned());
    };
    let definition = |tool: &Value| match tool {
        Value::Object(tool) if matches!(tool.get("name"), Some(Value::String(_))) => Ok(tool.clone()),
        _ => Err("it lists a tool without a name".to_owned()),
    };
    tools.iter().map(definition).collect()
}

fn handshake() -> Object {
    object([
        ("protocolVersion", Value::from(LEGACY)),
        ("capabilities", Value::Object(Object::default())),
        ("clientInfo", client_info()),
    ])
}

fn modern_meta() -> Object {
    object([
        ("io.modelcontextprotocol/protocolVersion", Value::from(MODERN)),
        ("io.modelcontextprotocol/clientInfo", client_info()),
        ("io.modelcontextprotocol/clientCapabilities", Value::Object(Object::default())),
    ])
}

fn client_info() -> Value {
    Value::Object(object([("name", Value::from("callguard")), ("version", Value::from(VERSION))]))
}

fn page_params(meta: Option<&Object>, cursor: Option<String>) -> Object {
    let mut params = Object::default();
    if let Some(cursor) = cursor {
        params.insert("cursor", Value::from(cursor));
    }
    if let Some(meta) = meta {
        params.insert("_meta", Value::Object(meta.clone()));
    }
    params
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Object {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use tokio::io::{AsyncBufReadExt, BufReader};

    /// Answers each request with the next line of the script; `ID` stands for the request's id.
    async fn asked(script: &'static [&'static str]) -> (Result<Vec<Object>, String>, Vec<String>) {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (from_server, to_server) = tokio::io::split(ours);
        let server = tokio::spawn(async move {
            let (read, mut write) = tokio::io::split(theirs);
            let (mut lines, mut heard) = (BufReader::new(read).lines(), Vec::new());
            for answer in script {
                let line = loop {
                    match lines.next_line().await.unwrap() {
                        Some(line) if line.contains("\"id\"") => break line,
                        Some(line) => heard.push(line),
                        None => return heard,
                    }
                };
                let id = line.split("\"id\":").nth(1).unwrap().split(',').next().unwrap().to_owned();
                heard.push(line);
                write.write_all(format!("{}\n", answer.replace("ID", &id)).as_bytes()).await.unwrap();
            }
            heard
        });
        let found = Inquiry::new(from_server, to_server).tools().await;
        (found, server.await.unwrap())
    }

    fn names(tools: &[Object]) -> Vec<&str> {
        tools.iter().filter_map(|tool| tool.get("name")?.as_str()).collect()
    }

    const HELLO: &str = r#"{"jsonrpc":"2.0","id":ID,"result":{"protocolVersion":"2025-11-25"}}"#;

    #[tokio::test]
    async fn every_page_is_asked_for() {
        let (found, heard) = asked(&[
            HELLO,
            r#"{"id":ID,"result":{"tools":[{"name":"a"}],"nextCursor":"2"}}"#,
            r#"{"id":ID,"result":{"tools":[{"name":"b","x":1.50}]}}"#,
        ])
        .await;
        assert_eq!(names(&found.unwrap()), ["a", "b"]);
        assert!(heard[1].contains("notifications/initialized") && heard[3].contains(r#""cursor":"2""#), "{heard:?}");
    }

    #[tokio::test]
    async fn what_the_server_asks_meanwhile_is_answered() {
        let (found, heard) = asked(&[
            "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}",
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            r#"{"method":"notifications/message"}
{"id":ID,"result":{"tools":[]}}"#,
        ])
        .await;
        assert_eq!(found.unwrap().len(), 0);
        assert!(heard[1].contains(r#""id":"p","result":{}"#), "{heard:?}");
    }

    #[tokio::test]
    async fn a_server_without_a_handshake_is_asked_in_the_modern_way() {
        let (found, heard) = asked(&[
            r#"{"id":ID,"error":{"code":-32601,"message":"Method not found"}}"#,
            r#"{"id":ID,"result":{"resultType":"complete","tools":[{"name":"a"}]}}"#,
        ])
        .await;
        assert_eq!(names(&found.unwrap()), ["a"]);
        assert!(heard[1].contains("io.modelcontextprotocol/protocolVersion\":\"2026-07-28"), "{heard:?}");
    }

    #[tokio::test]
    async fn what_is_no_list_is_told() {
        for (answer, why) in [
            (r#"{"id":ID,"result":{"tools":{}}}"#, "has no list `tools`"),
            (r#"{"id":ID,"result":{"tools":[{"title":"x"}]}}"#, "a tool without a name"),
            (r#"{"id":ID,"result":[]}"#, "is no object"),
            (r#"{"id":ID,"error":{"code":1,"message":"closed today"}}"#, "refuses `tools/list`: closed today"),
        ] {
            let script: &'static [&'static str] = Box::leak(Box::new([HELLO, answer]));
            let (found, _) = asked(script).await;
            assert!(found.clone().unwrap_err().contains(why), "{found:?}");
        }
        let (found, _) = asked(&[HELLO]).await;
        assert!(found.unwrap_err().contains("ended before it answered `tools/list`"));
    }
}
