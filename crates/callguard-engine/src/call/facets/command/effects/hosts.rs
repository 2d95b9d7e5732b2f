//! The hosts and URLs of a command.

use super::super::super::path::{PathAccess, PathValue};
use super::super::super::url::{HostValue, UrlValue};
use super::super::reader::Cwds;
use super::super::words::{Open, Word};
use super::{Collector, MOST_HOSTS, Role, Touch, value};
use compact_str::format_compact;

const UNKNOWN: &str = "a host that cannot be known";

impl Collector<'_> {
    pub(super) fn open_hosts_if(&mut self, open: bool, why: &str) {
        if open {
            self.out.hosts.open.get_or_insert_with(|| why.to_owned());
            self.out.urls.open.get_or_insert_with(|| why.to_owned());
        }
    }

    /// Whether one more is looked at.
    pub(super) fn has_room_for_hosts(&mut self) -> bool {
        let has_room = self.out.hosts.values.len().max(self.out.urls.values.len()) < MOST_HOSTS;
        self.open_hosts_if(!has_room, "more hosts than are looked at");
        has_room
    }

    pub(super) fn host(&mut self, host: HostValue, touch: Touch) {
        if !self.has_room_for_hosts() {
            return;
        }
        self.out.hosts.values.push(value(if touch.certain { host } else { host.guessed() }));
    }

    fn url(&mut self, url: UrlValue, touch: Touch) {
        let url = if touch.certain { url } else { url.guessed() };
        let host = url.host().cloned();
        if let Some(doubt) = url.doubt() {
            // The URL's readers may disagree about its host.
            self.out.hosts.open.get_or_insert_with(|| doubt.to_owned());
        }
        self.out.hosts.values.extend(host.map(value));
        self.out.urls.values.push(value(url));
    }

    /// A URL whose scheme may be left out.
    pub(super) fn url_word(&mut self, word: &Word, touch: Touch) {
        match word.known() {
            // A file of this machine.
            Some(text) if text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")) => {
                if self.with_paths && !self.is_full() {
                    self.files = self.files.saturating_add(1);
                    self.out.paths.values.push(value(PathValue::parse(text, PathAccess::Read, self.cx)));
                }
            }
            _ if !self.has_room_for_hosts() => {}
            None => self.partly_known(word, touch),
            Some(text) if text.contains("://") => self.url(UrlValue::parse(text), touch),
            Some(text) => self.url(UrlValue::parse(&format!("http://{text}")), touch),
        }
    }

    /// A URL of which the end is not known: its host is, once a `/` ends it.
    fn partly_known(&mut self, word: &Word, touch: Touch) {
        let Some(url) = known_authority(word) else { return self.open_hosts_if(true, UNKNOWN) };
        let url = UrlValue::parse(&url);
        self.open_hosts_if(url.doubt().is_some() || url.host().is_none(), UNKNOWN);
        if let Some(host) = url.host() {
            self.host(host.clone(), touch);
        }
        self.out.urls.open.get_or_insert_with(|| "a URL that cannot be known".to_owned());
    }

    /// A host, perhaps after `user@`, before `:file`, or a URL.
    pub(super) fn host_word(&mut self, word: &Word, touch: Touch) {
        match word.known() {
            _ if !self.has_room_for_hosts() => {}
            None => self.open_hosts_if(true, UNKNOWN),
            Some(text) if text.contains("://") => self.url(UrlValue::parse(text), touch),
            Some(text) => {
                let host = text.rsplit('@').next().unwrap_or(text);
                self.host(HostValue::parse(without_file(host)), touch);
            }
        }
    }

    /// The name of a remote, or where it is.
    pub(super) fn git_remote(&mut self, word: &Word, cwds: &Cwds, touch: Touch) {
        let Some(text) = word.known() else {
            return if word.text.contains("://") {
                self.partly_known(word, touch)
            } else {
                self.open_hosts_if(true, UNKNOWN)
            };
        };
        if text.contains("://") {
            if self.has_room_for_hosts() {
                self.url(UrlValue::parse(text), touch);
            }
        } else if let Some((host, _)) = text.split_once(':').filter(|(host, _)| !host.contains('/')) {
            self.host_word(&Word::literal(host), touch);
        } else if text.contains('/') || text.starts_with(['.', '~']) {
            self.file(word, PathAccess::Unknown, cwds, touch);
        } else {
            self.host(HostValue::symbolic("git-remote", text), touch);
        }
    }

    pub(super) fn profile(&mut self, word: &Word, touch: Touch) {
        match word.known() {
            Some(name) => self.host(HostValue::symbolic("aws", name), touch),
            None => self.open_hosts_if(true, UNKNOWN),
        }
    }

    /// A word of a program that nobody knows.
    pub(super) fn guess(&mut self, word: &Word, access: PathAccess, cwds: &Cwds, touch: Touch) {
        // A text with blanks is no path.
        if word.text.contains([' ', '\n']) && !word.text.starts_with(['/', '~', '.']) {
            return;
        }
        for part in parts(word) {
            if part.text.contains("://") {
                self.url_word(&part, Touch::GUESS);
            } else {
                self.guess_path(&part, access, cwds, touch);
            }
        }
    }
}

/// `HOST PORT`, where there is one of each.
pub(super) fn with_port(operands: &[(Word, Role)]) -> Option<Word> {
    let [(host, Role::Host), (port, Role::Port)] = operands else { return None };
    let (host, port) = host.known().zip(port.known())?;
    let is_plain =
        !host.contains([':', '@', '/']) && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| Word::literal(format_compact!("{host}:{port}")))
}

/// The URL up to the `/` that ends its host, where that much is known.
fn known_authority(word: &Word) -> Option<String> {
    let text = word.text.as_str();
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let (authority, _) = rest.split_once('/').filter(|_| !word.many && word.open != Some(Open::Below))?;
    let is_plain = !authority.is_empty()
        && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
    let is_known = ["http", "https", "ftp", "ws", "wss"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    (is_plain && is_known).then(|| format!("{scheme}://{authority}/"))
}

/// `HOST` of `HOST:FILE`; a number after the `:` is a port.
fn without_file(text: &str) -> &str {
    match text.split_once(':') {
        Some((host, file))
            if !host.is_empty() && file.contains(|c: char| !c.is_ascii_digit()) && !file.contains(':') =>
        {
            host
        }
        _ => text,
    }
}

/// What a word may name: itself, or what follows `=`, `@`, or the letter of an option.
fn parts(word: &Word) -> Vec<Word> {
    let is_option = word.text.starts_with('-');
    let mut parts = Vec::new();
    if !is_option {
        parts.push(word.clone());
    }
    if let Some((name, _)) = word.text.split_once(['=', '@']) {
        let after = word.after(&format_compact!("{name}=")).or_else(|| word.after(&format_compact!("{name}@")));
        parts.extend(after.filter(|_| !name.contains('/')));
    } else if is_option {
        let attached = word.text.char_indices().nth(2).and_then(|(at, _)| word.text.split_at_checked(at));
        parts.extend(attached.and_then(|(letter, _)| word.after(letter)));
    }
    parts
}
