//! Files that stand between the machine and others: `host:file`, what a URL names, bash's own connections.

use super::super::super::path::PathAccess;
use super::super::super::url::HostValue;
use super::super::reader::Cwds;
use super::super::words::Word;
use super::{Collector, Touch};

/// Whether bash opens a connection for a redirection to this name.
pub(super) fn is_connection(text: &str) -> bool {
    text.starts_with("/dev/tcp/") || text.starts_with("/dev/udp/")
}

impl Collector<'_> {
    /// `/dev/tcp/HOST/PORT`. Whether it is one.
    pub(super) fn connection(&mut self, word: &Word) -> bool {
        if !is_connection(&word.text) {
            return false;
        }
        let mut parts = word.text.split('/').skip(3);
        match (word.known(), parts.next(), parts.next()) {
            (Some(_), Some(host), Some(port)) => self.host(HostValue::parse(&format!("{host}:{port}")), Touch::CERTAIN),
            _ => self.open_hosts_if(true, "a host that cannot be known"),
        }
        true
    }

    /// A file, or `host:file`.
    pub(super) fn remote_file(&mut self, word: &Word, access: PathAccess, cwds: &Cwds, touch: Touch) {
        if word.text.contains("://") {
            return self.url_word(word, touch);
        }
        match word.text.split_once(':').filter(|(host, _)| !host.contains('/')) {
            Some((host, _)) => self.host_word(&Word::literal(host), touch),
            None => {
                self.open_hosts_if(
                    word.open.is_some() && word.text.is_empty() && word.glob.is_none(),
                    "a host that cannot be known",
                );
                self.file(word, access, cwds, touch);
            }
        }
    }

    /// The file that a download is put into: the last part of its URL.
    pub(super) fn named_by_url(&mut self, url: &Word, cwds: &Cwds, touch: Touch) {
        let Some(text) = url.known() else { return self.unknown_file(PathAccess::Write) };
        let after_scheme = text.split_once("://").map_or(text, |(_, after)| after);
        let path = after_scheme.split(['?', '#']).next().unwrap_or_default();
        let name = path.split_once('/').and_then(|(_, path)| path.rsplit('/').next()).filter(|name| !name.is_empty());
        self.file(&Word::literal(name.unwrap_or("index.html")), PathAccess::Write, cwds, touch);
    }

    /// A name that is looked up, or `@SERVER`; not the type of a record.
    pub(super) fn dns_word(&mut self, word: &Word, touch: Touch) {
        match word.known() {
            None => self.open_hosts_if(true, "a host that cannot be known"),
            Some(text) if text.starts_with('+') => {}
            Some(text) => {
                let name = text.trim_start_matches('@');
                if name.contains(['.', ':']) {
                    self.host(HostValue::parse(name), touch);
                }
            }
        }
    }
}
