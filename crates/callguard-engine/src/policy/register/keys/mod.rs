//! Every mapping of the language: its keys, what each takes, and what it means.

mod contract;
mod document;
mod gateway;
mod test;
mod tool;

pub use contract::{
    ASK, EXAMPLES, LIMIT, OVERRIDE, POSTCONDITION, PRECONDITION, RESULT_REDACTION, SESSION_CONTRACT, contract,
};
pub use document::{AUDIT_REDACTION, FILESYSTEM, METADATA, POLICY, SPEC};
pub use gateway::{GATEWAY, GATEWAY_SPEC};
pub use test::{
    EXAMPLE_CALL, EXAMPLE_LINK, EXAMPLE_PRINCIPAL, EXAMPLE_SESSION, POLICY_TEST, TEST_CASE, TEST_EXPECT, TEST_STEP,
};
pub use tool::{TOOL_DECLARATION, TOOL_MATCHER};

/// The keys of one mapping.
#[derive(Debug)]
pub struct KeyTable {
    /// What the mapping is called in messages and schemas: `precondition`.
    pub name: &'static str,
    /// One line on what it is.
    pub doc: &'static str,
    /// Its keys, in the order of the reference.
    pub keys: &'static [Key],
}

/// One key of a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// One line on what it means.
    pub doc: &'static str,
    /// What may stand under it.
    pub shape: Shape,
    /// Whether the mapping is wrong without it.
    pub required: bool,
    /// What holds without it, as it would be written.
    pub default: Option<&'static str>,
}

/// What may stand under a key.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Shape {
    /// A scalar, taken as written: `no` is the word.
    Text,
    /// A name or id in `kebab-case`.
    Name,
    /// Text with `{selector}` placeholders, at most 500 characters.
    Message,
    /// `true` or `false`.
    Bool,
    /// A whole number from 0.
    Count,
    /// A number, exact.
    Number,
    /// `500ms`, `10s`, `5m`, `1h`, `7d`.
    Duration,
    /// `2026-01-31`.
    Date,
    /// One of these words.
    Word(&'static [Word]),
    /// A glob over tool names; `!` before it excludes.
    ToolGlob,
    /// A regex.
    Regex,
    /// A selector.
    Selector,
    /// A way into arguments or results: `edits[*].file`.
    Field,
    /// A kind of content that `detects` knows.
    DetectKind,
    /// A type of argument.
    ArgType,
    /// An IANA time zone.
    TimeZone,
    /// A condition.
    Condition,
    /// Any JSON value.
    Json,
    /// `null`: what a default says is taken away.
    Null,
    /// A list.
    ListOf(&'static Shape),
    /// One, or a list of them.
    OneOrMany(&'static Shape),
    /// A mapping with keys of the author's choosing.
    MapOf(&'static Shape),
    /// A mapping with fixed keys.
    Table(&'static KeyTable),
    /// A list of mappings with fixed keys.
    TableList(&'static KeyTable),
    /// Any one of these.
    OneOf(&'static [Shape]),
}

/// A word that a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// As written.
    pub word: &'static str,
    /// One line on what it means.
    pub doc: &'static str,
}

impl KeyTable {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}

const fn key(name: &'static str, shape: Shape, doc: &'static str) -> Key {
    Key { name, doc, shape, required: false, default: None }
}

const fn word(word: &'static str, doc: &'static str) -> Word {
    Word { word, doc }
}

impl Key {
    const fn required(mut self) -> Key {
        self.required = true;
        self
    }

    const fn default(mut self, default: &'static str) -> Key {
        self.default = Some(default);
        self
    }
}

/// The tables that a document starts with, by its `kind`.
pub const KINDS: &[(&str, &KeyTable)] = &[("Policy", &POLICY), ("PolicyTest", &POLICY_TEST), ("Gateway", &GATEWAY)];

/// What `apiVersion` must say.
pub const API_VERSION: &str = "callguard/v1";

const TEXTS: Shape = Shape::ListOf(&Shape::Text);
const ONE_OR_MANY_TEXTS: Shape = Shape::OneOrMany(&Shape::Text);
const API_VERSIONS: Shape = Shape::Word(&[word(API_VERSION, "the first version of the language")]);
const MODES: Shape =
    Shape::Word(&[word("enforce", "decide"), word("observe", "decide, record what would have happened, let it run")]);
const ALLOW_OR_DENY: Shape = Shape::Word(&[word("allow", "it runs"), word("deny", "it does not run")]);
const SIDE_EFFECTS: &[Word] = &[
    word("pure", "touches nothing outside the call"),
    word("read", "reads"),
    word("write", "changes something that can be changed back"),
    word("irreversible", "changes something for good; what undeclared tools are"),
];
