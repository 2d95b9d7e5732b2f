//! What in a definition is meant for the model and not for whoever accepts it.
//!
//! The kinds are those of published attacks on tool descriptions: text that no person sees (Unicode tags, zero-width and
//! bidirectional characters, terminal escapes, comments) and text that gives the model orders beyond the tool. A
//! finding is a reason to look, and no proof.

use callguard::{Object, Value};
use regex::Regex;
use std::fmt;
use std::sync::LazyLock;

/// Characters of a finding that are shown.
const SHOWN: usize = 120;

/// What a definition holds that deserves a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The tool.
    pub tool: String,
    /// Where in its definition: `inputSchema.properties.path.description`.
    pub field: String,
    /// What it is.
    pub kind: FindingKind,
    /// The text around it, with what cannot be seen written out.
    pub excerpt: String,
}

/// What is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// Characters that are not seen, or turn the order of what is.
    Invisible,
    /// Control characters, such as those that terminals obey.
    Control,
    /// Comments and tags that a model reads as structure.
    Markup,
    /// An order to the model that is not about what the tool does.
    Orders,
    /// Something to be read or sent that the tool has no need of.
    Secrets,
}

impl FindingKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            FindingKind::Invisible => "invisible_characters",
            FindingKind::Control => "control_characters",
            FindingKind::Markup => "hidden_markup",
            FindingKind::Orders => "orders_to_the_model",
            FindingKind::Secrets => "asks_for_secrets",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            FindingKind::Invisible => "characters that nobody sees",
            FindingKind::Control => "control characters",
            FindingKind::Markup => "text that is hidden or set apart for the model",
            FindingKind::Orders => "orders to the model",
            FindingKind::Secrets => "asks for secrets",
        })
    }
}

/// Looks at every text of a definition, names of parameters among them.
pub fn scan(tool: &Object) -> Vec<Finding> {
    let name = super::name(tool).unwrap_or_default();
    let mut found = Vec::new();
    let mut rest: Vec<(String, &Value)> = Vec::new();
    rest.extend(tool.iter().map(|(key, value)| (key.to_owned(), value)));
    while let Some((field, value)) = rest.pop() {
        match value {
            Value::String(text) => look(name, &field, text, &mut found),
            Value::List(items) => rest.extend(items.iter().map(|item| (field.clone(), item))),
            Value::Object(object) => {
                for (key, value) in object.iter() {
                    look(name, &format!("{field} (a name)"), key, &mut found);
                    rest.push((format!("{field}.{key}"), value));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    found.sort_by(|one, other| one.field.cmp(&other.field));
    found
}

fn look(tool: &str, field: &str, text: &str, found: &mut Vec<Finding>) {
    let mut add = |kind, at: usize| {
        let excerpt = excerpt(text, at);
        found.push(Finding { tool: tool.to_owned(), field: field.to_owned(), kind, excerpt });
    };
    if let Some((at, _)) = text.char_indices().find(|(at, letter)| is_invisible(text, *at, *letter)) {
        add(FindingKind::Invisible, at);
    }
    let is_control = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    if let Some(at) = text.find(is_control) {
        add(FindingKind::Control, at);
    }
    // Orders are read as if nothing were hidden between their letters.
    let plain: String = text
        .char_indices()
        .filter(|(at, letter)| !is_invisible(text, *at, *letter))
        .map(|(_, letter)| letter)
        .collect();
    for (kind, pattern) in &*PATTERNS {
        if let Some(at) = pattern.find(&plain) {
            let excerpt = excerpt(&plain, at.start());
            found.push(Finding { tool: tool.to_owned(), field: field.to_owned(), kind: *kind, excerpt });
        }
    }
}

/// Joiners are honest between letters of scripts that need them and within emoji.
fn is_invisible(text: &str, at: usize, letter: char) -> bool {
    match letter {
        '\u{200c}' | '\u{200d}' => text
            .get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|before| before.is_ascii() || before == '\u{200c}' || before == '\u{200d}'),
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{3164}' | '\u{ffa0}' | '\u{feff}' => true,
        '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// A text for a terminal: on one line, with what cannot be seen written out.
pub fn visible(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => shown.push(' '),
            letter if letter.is_control() || is_invisible("", 0, letter) => shown.extend(letter.escape_unicode()),
            letter => shown.push(letter),
        }
    }
    shown
}

fn excerpt(text: &str, at: usize) -> String {
    let from = text.get(..at).map_or(0, |before| before.char_indices().rev().nth(20).map_or(0, |(place, _)| place));
    visible(&text.get(from..).unwrap_or_default().chars().take(SHOWN).collect::<String>())
}

#[expect(clippy::expect_used, reason = "the patterns are constants, and a test compiles them")]
static PATTERNS: LazyLock<Vec<(FindingKind, Regex)>> = LazyLock::new(|| {
    let patterns = [
        (FindingKind::Markup, r"(?is)<!--.*?-->|<!\[CDATA\["),
        (
            FindingKind::Markup,
            r"(?i)</?\s*(important|system|instructions?|secret|hidden|assistant|admin|critical|s)\s*>|<\|[a-z_]+\|>|\[/?INST\]|<<SYS>>",
        ),
        (
            FindingKind::Orders,
            r"(?i)\b(ignore|disregard|forget|override)\b[^.\n]{0,40}\b(previous|prior|earlier|above|all|other|any|your)\b[^.\n]{0,30}\b(instructions?|rules?|prompts?|guidelines?|policies)\b",
        ),
        (
            FindingKind::Orders,
            r"(?i)\b(do not|don't|never|must not|without)\b[^.\n]{0,30}\b(tell|telling|mention|mentioning|inform|informing|notify|notifying|show|showing|reveal|revealing|let|alert|alerting|ask|asking)\b[^.\n]{0,30}\b(the )?(user|human|person|operator)\b",
        ),
        (
            FindingKind::Orders,
            r"(?i)\b(before|after|when(ever)?|instead of)\b[^.\n]{0,20}\b(using|calling|invoking|running)\b[^.\n]{0,20}\b(any|other|another|every|all)\b[^.\n]{0,20}\btools?\b",
        ),
        (FindingKind::Orders, r"(?i)\b(system prompt|developer message|hidden instructions?|jailbreak)\b"),
        (
            FindingKind::Secrets,
            r"(?i)(~/\.(ssh|aws|gnupg|kube|config)\b|\bid_(rsa|ed25519|ecdsa)\b|/etc/(passwd|shadow)\b|\.aws/credentials|\bmcp\.json\b|\bprivate key\b[^.\n]{0,40}\b(read|send|pass|include|provide)\b)",
        ),
        (
            FindingKind::Secrets,
            r"(?i)\b(send|forward|upload|post|exfiltrate|append|include|pass|copy)\b[^.\n]{0,60}\b(conversation|chat history|previous messages|credentials|api[ _-]?keys?|tokens?|passwords?|environment variables?)\b",
        ),
    ];
    patterns.map(|(kind, pattern)| (kind, Regex::new(pattern).expect("a constant pattern"))).into()
});
