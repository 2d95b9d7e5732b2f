//! Rules as plain data: a conjunction of leaves over the fields of a call.

use crate::calls::Call;

/// A rule that forbids: it applies where every leaf holds.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// The tool that it is about.
    pub tool: String,
    /// What must hold, all of it.
    pub leaves: Vec<Leaf>,
    /// What the agent reads.
    pub message: String,
}

/// A field and a test of it.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Which field.
    pub field: Field,
    /// What is asked of it.
    pub test: Test,
}

/// The fields that rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `args.command`
    Command,
    /// `args.path`
    Path,
    /// `args.host`
    Host,
    /// `args.content`
    Content,
    /// `args.amount`
    Amount,
    /// `environment`
    Environment,
    /// `principal.role`
    Role,
}

/// What a leaf asks.
#[derive(Clone, Debug)]
pub enum Test {
    /// It has this part.
    Contains(String),
    /// It starts with this.
    StartsWith(String),
    /// It ends with this.
    EndsWith(String),
    /// It is one of these.
    In(Vec<String>),
    /// It is greater.
    Above(u64),
    /// The regex is found in it; every match has the literal.
    Matches {
        /// The regex.
        regex: String,
        /// What every match contains.
        literal: String,
    },
    /// As a whole it is like this: `*` is anything.
    Like(String),
}

/// Every field of a call.
pub const FIELDS: [Field; 7] =
    [Field::Command, Field::Path, Field::Host, Field::Content, Field::Amount, Field::Environment, Field::Role];

impl Field {
    /// The selector in our language.
    pub fn selector(self) -> &'static str {
        match self {
            Field::Command => "args.command",
            Field::Path => "args.path",
            Field::Host => "args.host",
            Field::Content => "args.content",
            Field::Amount => "args.amount",
            Field::Environment => "environment",
            Field::Role => "principal.role",
        }
    }
}

impl Rule {
    /// A rule on the tool that is called.
    pub fn new(id: String, leaves: Vec<Leaf>, message: String) -> Rule {
        Rule { id, tool: crate::TOOL.to_owned(), leaves, message }
    }

    /// Whether it applies to `call`, the slow and obvious way.
    pub fn applies(&self, call: &Call) -> bool {
        self.tool == call.tool && self.leaves.iter().all(|leaf| leaf.holds(call))
    }

    /// Whether a leaf that reads an argument holds: the rule comes into question.
    pub fn comes_near(&self, call: &Call) -> bool {
        let of_argument = |leaf: &&Leaf| !matches!(leaf.field, Field::Environment | Field::Role);
        self.leaves.iter().filter(of_argument).any(|leaf| leaf.holds(call))
    }
}

impl Leaf {
    /// `field: test`.
    pub fn new(field: Field, test: Test) -> Leaf {
        Leaf { field, test }
    }

    /// Whether it holds. A missing field holds nothing.
    pub fn holds(&self, call: &Call) -> bool {
        if let Test::Above(least) = self.test {
            return call.amount.is_some_and(|amount| amount > least);
        }
        let Some(text) = call.text(self.field) else { return false };
        match &self.test {
            Test::Contains(part) => text.contains(part.as_str()),
            Test::StartsWith(part) => text.starts_with(part.as_str()),
            Test::EndsWith(part) => text.ends_with(part.as_str()),
            Test::In(words) => words.iter().any(|word| word == text),
            Test::Above(_) => false,
            Test::Matches { regex, literal } => {
                let there = text.to_ascii_lowercase().contains(&literal.to_ascii_lowercase());
                there && regex::Regex::new(regex).is_ok_and(|regex| regex.is_match(text))
            }
            Test::Like(glob) => regex::Regex::new(&like_as_regex(glob)).is_ok_and(|regex| regex.is_match(text)),
        }
    }
}

/// The regex of a `*` pattern.
pub fn like_as_regex(glob: &str) -> String {
    let parts: Vec<String> = glob.split('*').map(regex::escape).collect();
    format!("(?s)^{}$", parts.join(".*"))
}
