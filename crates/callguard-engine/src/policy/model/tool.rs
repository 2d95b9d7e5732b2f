//! What the policy says of tools.

use super::{Default, FieldPath};
use crate::call::SideEffect;
use crate::call::schema::ToolSchema;

/// Which tools a contract is about. All parts must hold.
#[derive(Clone, Debug, std::default::Default)]
pub struct ToolMatcher {
    /// One of these matches; empty: every tool.
    pub include: Vec<ToolGlob>,
    /// None of these matches.
    pub exclude: Vec<ToolGlob>,
    /// One of these is the tool's side effect; empty: any.
    pub side_effect: Vec<SideEffect>,
    /// One of these matches the tool's server; empty: any.
    pub server: Vec<ToolGlob>,
    /// The tool has every one of these labels.
    pub labels: Vec<String>,
}

/// A glob over tool names: `*` stays within a segment (segments end at `__`, `/`, `:`), `**` crosses; a lone `*` is
/// every tool.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ToolGlob {
    pattern: String,
    /// Where its first `*` stands.
    star: Option<usize>,
}

/// An entry of `tools`.
#[derive(Clone, Debug)]
pub struct ToolDeclaration {
    /// The names it declares.
    pub names: Vec<ToolGlob>,
    /// What running it does; undeclared tools are irreversible.
    pub side_effect: Option<SideEffect>,
    /// Whether a second run changes nothing.
    pub idempotent: Option<bool>,
    /// Labels of the tool.
    pub labels: Vec<String>,
    /// Whether a `cd` lasts into the next call.
    pub persistent: bool,
    /// Types of arguments.
    pub args: Vec<(FieldPath, ArgType)>,
    /// Overrides `spec.default` for these tools.
    pub default: Option<Default>,
    /// An argument that is not declared is refused.
    pub closed_args: bool,
    /// What the arguments must look like.
    pub schema: Option<ToolSchema>,
}

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ArgType {
    /// Words; feeds no facet.
    Text,
    /// A path, read or written.
    Path,
    /// A path that is read.
    PathRead,
    /// A path that is written.
    PathWrite,
    /// A command line, or an argv list.
    Command,
    /// A URL.
    Url,
    /// A host, or host:port.
    Host,
    /// SQL in a dialect.
    Sql(SqlDialect),
    /// A patch: its files are written.
    Patch,
    /// An e-mail address.
    Email,
    /// A secret: never shown.
    Secret,
    /// A number.
    Number,
    /// Nothing is known of it; feeds no facet.
    Opaque,
}

/// A dialect of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SqlDialect {
    /// `sql`
    Postgres,
    /// `sql.mysql`
    MySql,
    /// `sql.sqlite`
    Sqlite,
    /// `sql.mssql`
    MsSql,
}

impl ToolGlob {
    /// A glob of that pattern; the reader has checked that it is not empty.
    pub fn new(pattern: impl Into<String>) -> ToolGlob {
        let pattern = pattern.into();
        ToolGlob { star: pattern.find('*'), pattern }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.pattern
    }

    /// Whether it names one tool and no more.
    pub fn is_literal(&self) -> bool {
        self.star.is_none()
    }

    /// How many of its bytes are not wildcards: the more, the more specific.
    pub fn literal_len(&self) -> usize {
        self.pattern.bytes().filter(|byte| *byte != b'*').count()
    }

    /// Whether it matches `name`.
    pub fn matches(&self, name: &str) -> bool {
        let Some(star) = self.star else { return self.pattern == name };
        let start = self.pattern.get(..star).unwrap_or_default();
        self.pattern == "*" || (name.starts_with(start) && glob_matches(&tokens(&self.pattern), name))
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Token<'a> {
    Text(&'a str),
    Within,
    Across,
}

fn tokens(pattern: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = pattern;
    while let Some((text, tail)) = rest.split_once('*') {
        found.push(Token::Text(text));
        let after = tail.trim_start_matches('*');
        found.push(if after.len() == tail.len() { Token::Within } else { Token::Across });
        rest = after;
    }
    found.push(Token::Text(rest));
    found
}

/// Keeps, for each token, the places in the name that the pattern can have reached: linear in both.
fn glob_matches(pattern: &[Token<'_>], name: &str) -> bool {
    let mut reached = vec![0];
    for token in pattern {
        reached = match *token {
            Token::Text(text) => reached.into_iter().filter_map(|at| after_text(name, at, text)).collect(),
            Token::Within => spread(&reached, name, |at| !in_separator(name.as_bytes(), at)),
            Token::Across => spread(&reached, name, |_| true),
        };
    }
    reached.contains(&name.len())
}

fn after_text(name: &str, at: usize, text: &str) -> Option<usize> {
    let rest = name.get(at..)?.strip_prefix(text)?;
    Some(name.len().saturating_sub(rest.len()))
}

/// Every place that can be reached from `reached` over bytes that may be passed.
fn spread(reached: &[usize], name: &str, may_pass: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut places = Vec::new();
    let mut carried = false;
    for at in 0..=name.len() {
        carried = carried || reached.binary_search(&at).is_ok();
        if carried {
            places.push(at);
        }
        carried = carried && at < name.len() && may_pass(at);
    }
    places
}

/// Whether the byte belongs to `__`, `/` or `:`.
fn in_separator(name: &[u8], at: usize) -> bool {
    let byte = |at: usize| name.get(at).copied();
    match byte(at) {
        Some(b'/' | b':') => true,
        Some(b'_') => byte(at.saturating_add(1)) == Some(b'_') || at.checked_sub(1).and_then(byte) == Some(b'_'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::ToolGlob;

    #[test]
    fn a_star_stays_within_a_segment() {
        let table = [
            ("*", "mcp__fs__read", true),
            ("mcp__*__read", "mcp__fs__read", true),
            ("mcp__*__read", "mcp__fs__x__read", false),
            ("mcp__*", "mcp__fs__read", false),
            ("mcp__**", "mcp__fs__read", true),
            ("**read", "mcp__fs__read", true),
            ("mcp_*", "mcp__fs", false),
            ("read_*", "read_file", true),
            ("read_*", "read_", true),
            ("a/*", "a/b/c", false),
            ("*_file", "read_file", true),
            ("*", "", true),
            ("bash", "Bash", false),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(ToolGlob::new(pattern).matches(name), expected, "`{pattern}` on `{name}`");
        }
    }
}
