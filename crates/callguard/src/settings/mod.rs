//! How configuration files are read: mappings with fixed keys, and what stands under them. For CallGuard's own crates.

mod secret;

pub use secret::SecretSource;

use callguard_engine::diagnostic::{Code, Diagnostic, Severity, did_you_mean, sort_and_dedupe};
use callguard_engine::source::{Entry, Node};
use jiff::Span;
use std::time::Duration;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub struct Cx {
    /// In no order.
    pub findings: Vec<Diagnostic>,
    /// Keys under which a secret is written down. A finding on the same line would show it.
    pub written_down: Vec<&'static str>,
}

impl Cx {
    /// What is given where nothing is wrong; else every finding, none of which shows a secret.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn settled<T>(mut self, read: Option<T>) -> Result<T, Vec<Diagnostic>> {
        if !self.written_down.is_empty() {
            self.findings = self.written_down.iter().map(|key| written_down(key)).collect();
        }
        sort_and_dedupe(&mut self.findings);
        let is_wrong = self.findings.iter().any(|found| found.severity == Severity::Error);
        read.filter(|_| !is_wrong).ok_or(self.findings)
    }

    /// Something is wrong at a node.
    pub fn error(&mut self, node: &Node, code: Code, says: &str, help: &str) {
        self.findings.push(Diagnostic::error(code, node.span, says).help(help));
    }

    /// A word that is none of those known.
    pub fn unknown(&mut self, entry: &Entry, word: &str, what: &str, known: &[&str]) {
        let help = match did_you_mean(word, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are {}", known.join(", ")),
        };
        let says = format!("`{word}` is not a key of the {what}");
        self.findings.push(Diagnostic::error(Code::UnknownKey, entry.key_span, says).help(help));
    }

    /// A key whose feature is not compiled in.
    pub fn not_compiled(&mut self, entry: &Entry, feature: &str) {
        let says = format!("`{}` is not compiled in", entry.key);
        let help = format!("build with the feature `{}`", feature.trim_end_matches("_hec"));
        self.findings.push(Diagnostic::error(Code::UnknownKey, entry.key_span, says).help(help));
    }
}

/// A mapping whose keys are read one by one; what is left over is an error.
pub struct Section<'n> {
    node: &'n Node,
    entries: &'n [Entry],
    name: &'static str,
    asked: Vec<&'static str>,
}

impl<'n> Section<'n> {
    /// A mapping, or an error.
    pub fn of(node: &'n Node, name: &'static str, cx: &mut Cx) -> Option<Section<'n>> {
        let entries = match node.as_map() {
            Some(entries) => entries,
            None if node.is_null() => &[],
            None => {
                let says = format!("`{name}` takes a mapping, not {}", node.describe());
                cx.error(node, Code::WrongShape, &says, &format!("write keys below `{name}:`"));
                return None;
            }
        };
        Some(Section { node, entries, name, asked: Vec::new() })
    }

    /// What stands under a key.
    pub fn node(&mut self, key: &'static str, _: &mut Cx) -> Option<&'n Node> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// A mapping below this one.
    pub fn section(&mut self, key: &'static str, cx: &mut Cx) -> Option<Section<'n>> {
        let node = self.node(key, cx)?;
        Section::of(node, key, cx)
    }

    /// A list.
    pub fn list(&mut self, key: &'static str, cx: &mut Cx) -> &'n [Node] {
        let Some(node) = self.node(key, cx) else { return &[] };
        node.as_list().unwrap_or_else(|| {
            self.wrong(key, node, "a list", cx);
            &[]
        })
    }

    /// Text.
    pub fn text(&mut self, key: &'static str, cx: &mut Cx) -> Option<String> {
        let node = self.node(key, cx)?;
        let text = node.as_scalar().map(|scalar| scalar.text.clone()).filter(|text| !text.is_empty());
        if text.is_none() {
            self.wrong(key, node, "text", cx);
        }
        text
    }

    /// A list of texts.
    pub fn texts(&mut self, key: &'static str, cx: &mut Cx) -> Vec<String> {
        let mut found = Vec::new();
        for node in self.list(key, cx) {
            match node.as_scalar() {
                Some(scalar) => found.push(scalar.text.clone()),
                None => self.wrong(key, node, "text", cx),
            }
        }
        found
    }

    /// The entries of a mapping whose keys are the author's.
    pub fn named(&mut self, key: &'static str, cx: &mut Cx) -> &'n [Entry] {
        let Some(node) = self.node(key, cx) else { return &[] };
        node.as_map().unwrap_or_else(|| {
            self.wrong(key, node, "a mapping", cx);
            &[]
        })
    }

    /// Text that must be there.
    pub fn required(&mut self, key: &'static str, cx: &mut Cx) -> Option<String> {
        if !self.has(key) {
            self.asked.push(key);
            self.missing(key, cx);
            return None;
        }
        self.text(key, cx)
    }

    /// A key that must be there is not.
    pub fn missing(&self, key: &'static str, cx: &mut Cx) {
        let says = format!("`{}` has no `{key}`", self.name);
        cx.error(self.node, Code::MissingKey, &says, &format!("add `{key}`"));
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key == key)
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: &'static str, cx: &mut Cx) -> Option<bool> {
        let node = self.node(key, cx)?;
        let flag = node.as_bool();
        if flag.is_none() {
            self.wrong(key, node, "`true` or `false`", cx);
        }
        flag
    }

    /// A whole number from 1.
    pub fn count(&mut self, key: &'static str, cx: &mut Cx) -> Option<u64> {
        let node = self.node(key, cx)?;
        let count = node.as_number().and_then(|number| number.as_u64()).filter(|count| *count > 0);
        if count.is_none() {
            self.wrong(key, node, "a whole number from 1", cx);
        }
        count
    }

    /// `128MiB`, `64KiB`, `1GiB`, or bytes.
    pub fn size(&mut self, key: &'static str, cx: &mut Cx) -> Option<u64> {
        let node = self.node(key, cx)?;
        let size = node.as_scalar().and_then(|scalar| size(&scalar.text));
        if size.is_none() {
            self.wrong(key, node, "a size such as `128MiB`", cx);
        }
        size
    }

    /// `500ms`, `10s`, `5m`, `1h`, `7d`.
    pub fn duration(&mut self, key: &'static str, cx: &mut Cx) -> Option<Duration> {
        let node = self.node(key, cx)?;
        let time = node.as_scalar().and_then(|scalar| duration(&scalar.text));
        if time.is_none() {
            self.wrong(key, node, "a time such as `500ms`, `10s`, `5m`, `1h`, `7d`", cx);
        }
        time
    }

    /// One of these words.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], cx: &mut Cx) -> Option<T> {
        let node = self.node(key, cx)?;
        let word = node.as_scalar().map_or("", |scalar| scalar.text.as_str());
        let found = words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<String> = words.iter().map(|(known, _)| format!("`{known}`")).collect();
            self.wrong(key, node, &known.join(" or "), cx);
        }
        found
    }

    /// Every key that nobody asked for is an error.
    pub fn finish(self, cx: &mut Cx) {
        for entry in self.entries.iter().filter(|entry| !self.asked.contains(&entry.key.as_str())) {
            cx.unknown(entry, &entry.key, self.name, &self.asked);
        }
    }

    /// Something else was wanted under a key.
    pub fn wrong(&self, key: &str, node: &Node, wanted: &str, cx: &mut Cx) {
        let says = format!("`{key}` takes {wanted}, not {}", node.describe());
        cx.error(node, Code::WrongShape, &says, &format!("write {wanted} behind `{key}:`"));
    }
}

/// Without a place: the line would be shown, and the secret with it.
fn written_down(key: &str) -> Diagnostic {
    let says = format!("`{key}` is written down, and a secret does not stand in a configuration");
    Diagnostic::unplaced(Code::WrongShape, says).help("write `{ env: NAME }` or `{ file: PATH }`")
}

fn size(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits)?.trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(unit).filter(|size| *size > 0)
}

fn duration(text: &str) -> Option<Duration> {
    let span: Span = text.parse().ok()?;
    // A day has 24 hours here.
    let time = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?;
    Duration::try_from(time).ok().filter(|time| !time.is_zero())
}
