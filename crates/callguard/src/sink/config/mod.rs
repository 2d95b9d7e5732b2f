//! The `audit:` section of a configuration file: which sinks, and how.
//!
//! The same names and defaults as in Rust and Python. Secrets stand in the environment or in files, never in the section.

mod file;
#[cfg(feature = "delivery")]
mod remote;
#[cfg(test)]
mod tests;

use super::{AuditSink, FileAuditOptions, StdoutAuditSink};
use crate::pipeline::OnAuditFailure;
use crate::redaction_key::{RedactionKey, RedactionKeyError};
use crate::settings::{Cx, SecretSource, Section};
use callguard_engine::diagnostic::{Code, Diagnostic, Render, render};
use callguard_engine::source::{Node, Sources, read_documents};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// An `audit:` section that was read: what it says holds, what it names was not opened yet.
#[derive(Debug)]
pub struct AuditConfig {
    on_failure: OnAuditFailure,
    intent_first: bool,
    redaction_key: Option<SecretSource>,
    sinks: Vec<SinkConfig>,
}

/// One sink of a section.
#[derive(Debug)]
enum SinkConfig {
    Stdout,
    File {
        path: PathBuf,
        options: Box<FileAuditOptions>,
        key: Option<SecretSource>,
    },
    #[cfg(feature = "delivery")]
    Remote(Box<remote::RemoteConfig>),
}

/// Everything that is wrong with a section, with the places.
#[derive(Debug)]
pub struct AuditConfigError {
    findings: Vec<Diagnostic>,
    sources: Arc<Sources>,
}

impl AuditConfigError {
    /// What is wrong, in the order of the file.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// The file that the places lie in.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }
}

impl fmt::Display for AuditConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.findings.iter().map(|found| render(found, &self.sources, Render::default()));
        out.write_str(&shown.collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for AuditConfigError {}

/// Why a sink or a key that a section names cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot be opened: {why}")]
pub struct AuditOpenError {
    what: String,
    why: String,
}

impl AuditOpenError {
    fn sink(word: &str, why: String) -> AuditOpenError {
        AuditOpenError { what: format!("the audit sink `{word}`"), why }
    }
}

impl AuditConfig {
    /// Reads a file that holds a section `audit:`. `name` is what messages call it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(name: &str, text: &str) -> Result<AuditConfig, AuditConfigError> {
        let mut sources = Sources::default();
        let file = sources.add(name, text);
        let (documents, findings) = read_documents(&sources, file);
        let mut cx = Cx { findings, ..Cx::default() };
        let config = match documents.as_slice() {
            [document] => document_of(document, &mut cx),
            _ => {
                let says = format!("`{name}` holds {} documents, not one", documents.len());
                cx.findings.push(Diagnostic::unplaced(Code::WrongShape, says).help("begin it with `audit:`"));
                None
            }
        };
        cx.settled(config).map_err(|findings| AuditConfigError { findings, sources: Arc::new(sources) })
    }

    /// Reads the section itself, as it stands in the file of another kind.
    #[doc(hidden)]
    pub fn of_section(section: &Node, cx: &mut Cx) -> Option<AuditConfig> {
        config_of(section, cx)
    }

    /// What happens to calls when the audit cannot be written.
    pub fn on_failure(&self) -> OnAuditFailure {
        self.on_failure
    }

    /// Whether what may change something runs only once every sink has its decision.
    pub fn intent_first(&self) -> bool {
        self.intent_first
    }

    /// The key that gives what is hidden its tag, if one is named.
    ///
    /// # Errors
    /// It cannot be read, or is none.
    pub fn redaction_key(&self) -> Result<Option<RedactionKey>, AuditOpenError> {
        let read = self.redaction_key.as_ref().map(|source| match source {
            SecretSource::File(path) => RedactionKey::read(path),
            SecretSource::Env(name) => RedactionKey::from_env(name),
        });
        let failed =
            |error: RedactionKeyError| AuditOpenError { what: "the redaction key".to_owned(), why: error.to_string() };
        read.transpose().map_err(failed)
    }

    /// Whether events go to standard output.
    pub fn uses_stdout(&self) -> bool {
        self.sinks.iter().any(|sink| matches!(sink, SinkConfig::Stdout))
    }

    /// Opens every sink, with the secrets that it names.
    ///
    /// # Errors
    /// One cannot be opened; which, and why.
    pub fn open(&self) -> Result<Vec<Box<dyn AuditSink>>, AuditOpenError> {
        self.sinks.iter().map(SinkConfig::open).collect()
    }
}

impl SinkConfig {
    fn open(&self) -> Result<Box<dyn AuditSink>, AuditOpenError> {
        match self {
            SinkConfig::Stdout => Ok(Box::new(StdoutAuditSink)),
            SinkConfig::File { path, options, key } => file::open(path, options, key.as_ref())
                .map(|sink| Box::new(sink) as Box<dyn AuditSink>)
                .map_err(|why| AuditOpenError::sink("file", why)),
            #[cfg(feature = "delivery")]
            SinkConfig::Remote(remote) => remote
                .open()
                .map(|sink| Box::new(sink) as Box<dyn AuditSink>)
                .map_err(|why| AuditOpenError::sink(remote.word(), why)),
        }
    }
}

fn document_of(document: &Node, cx: &mut Cx) -> Option<AuditConfig> {
    let mut whole = Section::of(document, "file", cx)?;
    let section = whole.node("audit", cx);
    whole.finish(cx);
    let Some(section) = section else {
        cx.error(document, Code::MissingKey, "the file has no `audit`", "add `audit:` with a list of `sinks`");
        return None;
    };
    config_of(section, cx)
}

fn config_of(section: &Node, cx: &mut Cx) -> Option<AuditConfig> {
    let mut section = Section::of(section, "audit", cx)?;
    let on_failure = section.word("on_failure", &OnAuditFailure::ALL, cx).unwrap_or_default();
    let intent_first = section.flag("intent_first", cx).unwrap_or_default();
    let key = section.node("redaction_key", cx);
    let redaction_key = key.and_then(|node| SecretSource::read(node, "redaction_key", cx));
    let mut sinks = Vec::new();
    for node in section.list("sinks", cx) {
        sinks.extend(sink_of(node, cx));
    }
    section.finish(cx);
    Some(AuditConfig { on_failure, intent_first, redaction_key, sinks })
}

/// One sink: a word, or a mapping of one key.
fn sink_of(node: &Node, cx: &mut Cx) -> Option<SinkConfig> {
    if node.as_scalar().is_some_and(|word| word.text == "stdout") {
        return Some(SinkConfig::Stdout);
    }
    let Some([entry]) = node.as_map() else {
        let says = format!("a sink is a mapping of one key, not {}", node.describe());
        cx.error(node, Code::WrongShape, &says, &format!("one of {}", SINKS.join(", ")));
        return None;
    };
    match entry.key.as_str() {
        "stdout" => Some(SinkConfig::Stdout),
        "file" => file::read(&entry.value, cx),
        word if REMOTE.contains(&word) => remote_of(word, entry, cx),
        word => {
            cx.unknown(entry, word, "sink", &SINKS);
            None
        }
    }
}

const SINKS: [&str; 7] = ["stdout", "file", "webhook", "splunk_hec", "datadog", "otlp", "syslog"];
const REMOTE: [&str; 5] = ["webhook", "splunk_hec", "datadog", "otlp", "syslog"];

#[cfg(feature = "delivery")]
fn remote_of(word: &str, entry: &callguard_engine::source::Entry, cx: &mut Cx) -> Option<SinkConfig> {
    remote::read(word, entry, cx).map(|remote| SinkConfig::Remote(Box::new(remote)))
}

#[cfg(not(feature = "delivery"))]
fn remote_of(word: &str, entry: &callguard_engine::source::Entry, cx: &mut Cx) -> Option<SinkConfig> {
    cx.not_compiled(entry, word);
    None
}
