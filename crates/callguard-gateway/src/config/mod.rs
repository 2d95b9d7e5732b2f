//! `kind: Gateway`: what a gateway is, in a file.
//!
//! Secrets stand in the environment or in files, never in the document.

mod certificates;
mod identity;
mod jwt;
mod listen;
mod read;
#[cfg(test)]
mod tests;
mod upstream;

pub(crate) use certificates::{CertificateRule, NameKind};
pub(crate) use identity::IdentityConfig;
pub(crate) use jwt::{ClaimPath, IssuerConfig, KeysConfig};

use crate::mcp::Route;
use callguard::engine::diagnostic::{Diagnostic, Render, render};
use callguard::engine::source::Sources;
use callguard::settings::SecretSource;
use callguard::sink::AuditConfig;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A gateway's configuration: what it says holds, what it names was not opened yet.
#[derive(Debug)]
pub struct GatewayConfig {
    /// The file it stands in.
    pub(crate) file: PathBuf,
    pub(crate) fixed: Fixed,
    pub(crate) audit: Option<AuditConfig>,
    pub(crate) hosts: Vec<String>,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) environment: Option<String>,
    /// What is judged besides calls of tools.
    pub(crate) governs: Vec<Route>,
    pub(crate) policies: Vec<String>,
    pub(crate) upstreams: BTreeMap<String, UpstreamConfig>,
    pub(crate) identity: IdentityConfig,
    /// Where clients reach the gateway: scheme and host, without a path.
    pub(crate) public_url: Option<String>,
    pub(crate) decisions: Option<DecisionsConfig>,
    /// Groups whose people answer for calls that ask.
    pub(crate) approvers: Vec<String>,
    pub(crate) limits: Limits,
}

/// What agents are given that ask for decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DecisionsConfig {
    /// How long a permit waits for what came of its call.
    pub(crate) lease: Duration,
    pub(crate) permits: usize,
    pub(crate) permits_of_one: usize,
}

/// What only a new start changes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fixed {
    pub(crate) listen: Listen,
    pub(crate) store: Option<String>,
    /// The section `audit` as it was written.
    pub(crate) audit: Option<callguard::Value>,
    pub(crate) is_tls: bool,
    pub(crate) connections: usize,
    pub(crate) admin: Option<AdminConfig>,
    pub(crate) has_approvals: bool,
}

/// What operators ask a gateway, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdminConfig {
    /// An address of its own; else that of the gateway.
    pub(crate) listen: Option<SocketAddr>,
}

/// Where a gateway listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Tcp(address) => write!(out, "{address}"),
            Listen::Unix(path) => write!(out, "unix:{}", path.display()),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct TlsFiles {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) clients: Option<ClientCertificates>,
}

/// Which certificates clients show.
#[derive(Clone, Debug)]
pub(crate) struct ClientCertificates {
    /// Who signs them.
    pub(crate) ca: PathBuf,
    /// Which of them were taken back.
    pub(crate) crl: Option<PathBuf>,
    /// Whether a connection without one is refused.
    pub(crate) is_required: bool,
}

impl TlsFiles {
    /// Every file of them.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let clients = self.clients.iter().flat_map(|clients| std::iter::once(&clients.ca).chain(&clients.crl));
        [&self.cert, &self.key].into_iter().chain(clients).cloned()
    }
}

/// A server behind the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UpstreamConfig {
    pub(crate) name: String,
    pub(crate) way: WayConfig,
    pub(crate) pins: Option<PathBuf>,
    /// What decides besides the gateway's own, for this server alone.
    pub(crate) policies: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WayConfig {
    Http { url: hyper::Uri, headers: Vec<(String, SecretSource)>, ca_file: Option<PathBuf> },
    Process(ProcessConfig),
}

/// A server that is a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProcessConfig {
    pub(crate) program: String,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<(String, EnvValue)>,
}

/// What a variable of a server's holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EnvValue {
    Text(String),
    Secret(SecretSource),
}

impl EnvValue {
    pub(crate) fn reveal(&self) -> Result<String, String> {
        match self {
            EnvValue::Text(text) => Ok(text.clone()),
            EnvValue::Secret(source) => source.reveal_text().map(|text| text.trim_end().to_owned()),
        }
    }
}

/// Sizes and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) body: usize,
    pub(crate) body_time: Duration,
    pub(crate) header_time: Duration,
    pub(crate) connections: usize,
    pub(crate) sessions: usize,
    pub(crate) sessions_of_one: usize,
    pub(crate) session_idle: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body: 4 << 20,
            body_time: Duration::from_secs(30),
            header_time: Duration::from_secs(30),
            connections: 10_000,
            sessions: 1_000,
            sessions_of_one: 100,
            session_idle: Duration::from_secs(30 * 60),
        }
    }
}

/// Everything that is wrong with a configuration, with the places.
#[derive(Debug)]
pub struct ConfigError {
    findings: Vec<Diagnostic>,
    sources: Arc<Sources>,
}

impl ConfigError {
    /// What is wrong, in the order of the file.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// The file that the places lie in.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.findings.iter().map(|found| render(found, &self.sources, Render::default()));
        out.write_str(&shown.collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for ConfigError {}

impl GatewayConfig {
    /// Reads a configuration. Paths in it start at the folder of `file`.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(file: &Path, text: &str) -> Result<GatewayConfig, ConfigError> {
        read::read(file, text)
    }

    /// Where it listens, for people.
    pub fn listen(&self) -> String {
        self.fixed.listen.to_string()
    }

    /// Whether it shows metrics.
    pub fn has_metrics(&self) -> bool {
        self.fixed.admin.is_some()
    }

    /// The name by which clients call it, where the configuration says it.
    pub(crate) fn public_host(&self) -> Option<String> {
        let url = url::Url::parse(self.public_url.as_deref()?).ok()?;
        url.host_str().map(str::to_owned)
    }

    /// The names of the servers behind it.
    pub fn upstreams(&self) -> impl Iterator<Item = &str> {
        self.upstreams.keys().map(String::as_str)
    }

    /// The policies that decide for every server, as `policy_files` takes them.
    pub fn policies(&self) -> &[String] {
        &self.policies
    }

    /// All that decide together: the gateway's own, and those with what each server adds.
    pub fn policy_sets(&self) -> Vec<Vec<String>> {
        let with_more = self.upstreams.values().filter(|upstream| !upstream.policies.is_empty());
        std::iter::once(self.policies.clone()).chain(with_more.map(|upstream| self.policies_for(upstream))).collect()
    }

    /// The gateway's own, and those of this server.
    pub(crate) fn policies_for(&self, upstream: &UpstreamConfig) -> Vec<String> {
        self.policies.iter().chain(&upstream.policies).cloned().collect()
    }
}
