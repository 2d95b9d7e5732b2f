//! Names of tables and functions, and how operands are compared with them.

use crate::call::facets::OperandError;
use crate::call::facets::path::Glob;
use crate::decide::{Direction, Truth};
use crate::policy::model::SqlDialect;
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

/// A name as the database reads it, outermost part first. Parts are in lower case unless their case counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) parts: Vec<String>,
}

impl Name {
    /// `None` if a part is computed.
    pub(super) fn of(name: &ObjectName, dialect: SqlDialect) -> Option<Name> {
        let part = |part: &ObjectNamePart| part.as_ident().map(|ident| canonical(ident, dialect));
        name.0.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| Name { parts })
    }

    /// The innermost part, in lower case.
    pub(super) fn last_lower(&self) -> String {
        self.parts.last().map(|part| part.to_lowercase()).unwrap_or_default()
    }

    /// The one part of an unqualified name.
    pub(super) fn unqualified(&self) -> Option<&str> {
        if let [name] = self.parts.as_slice() { Some(name) } else { None }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.parts.join("."))
    }
}

/// PostgreSQL keeps the case of quoted names. In MySQL tables are files: their case counts on most systems. The others
/// compare without it.
pub(super) fn canonical(ident: &Ident, dialect: SqlDialect) -> String {
    let keeps_case = match dialect {
        SqlDialect::Postgres => ident.quote_style.is_some(),
        SqlDialect::MySql => true,
        SqlDialect::Sqlite | SqlDialect::MsSql => false,
    };
    if keeps_case { ident.value.clone() } else { ident.value.to_lowercase() }
}

/// The schemas that a name without one is found in, for tables or functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Table,
    Function,
}

impl Kind {
    fn default_schemas(self, dialect: SqlDialect) -> &'static [&'static str] {
        match (dialect, self) {
            (SqlDialect::Postgres, Kind::Table) => &["public"],
            (SqlDialect::Postgres, Kind::Function) => &["pg_catalog", "public"],
            (SqlDialect::Sqlite, _) => &["main"],
            (SqlDialect::MsSql, _) => &["dbo"],
            (SqlDialect::MySql, _) => &[],
        }
    }
}

/// An operand of `table` or `function`: `orders`, `public.orders`, `audit_*`.
#[derive(Clone, Debug)]
pub(super) struct NameTest {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    /// As PostgreSQL reads it: in lower case unless it is quoted.
    exact: Glob,
    /// As it is written.
    written: Glob,
    folded: Glob,
}

impl Part {
    fn matches(&self, text: &str, kind: Kind, dialect: SqlDialect) -> bool {
        match (dialect, kind) {
            (SqlDialect::MySql, Kind::Table) => self.written.matches(text),
            (SqlDialect::MySql, Kind::Function) => self.folded.matches(&text.to_lowercase()),
            _ => self.exact.matches(text),
        }
    }
}

impl NameTest {
    pub(super) fn parse(operator: &str, text: &str) -> Result<NameTest, OperandError> {
        let parts = split(text).ok_or_else(|| OperandError {
            message: format!("`{text}` is not a name that `{operator}` can take"),
            help: Some("write `name`, `schema.name`, or quote a part: `\"Odd name\"`".to_owned()),
        })?;
        Ok(NameTest { parts })
    }

    /// Whether it names `name`, read in `direction`. Without a schema a name is in the default one when excusing, and
    /// in any when restricting.
    pub(super) fn holds(&self, name: &Name, kind: Kind, dialect: SqlDialect, direction: Direction) -> Truth {
        match direction {
            Direction::Restricting => {
                let pairs = self.parts.iter().rev().zip(name.parts.iter().rev());
                Truth::from(pairs.fold(true, |all, (part, text)| all && part.folded.matches(&text.to_lowercase())))
            }
            Direction::Excusing => Truth::from(self.is_exactly(name, kind, dialect)),
        }
    }

    fn is_exactly(&self, name: &Name, kind: Kind, dialect: SqlDialect) -> bool {
        let schemas = kind.default_schemas(dialect);
        let in_default = |schema: &String| schemas.contains(&schema.as_str());
        let is = |part: &Part, text: &str| part.matches(text, kind, dialect);
        match (self.parts.as_slice(), name.parts.as_slice()) {
            ([part], [text]) => is(part, text),
            ([part], [schema, text]) => in_default(schema) && is(part, text),
            ([schema, part], [text]) => schemas.iter().any(|default| is(schema, default)) && is(part, text),
            (parts, texts) => parts.len() == texts.len() && parts.iter().zip(texts).all(|(part, text)| is(part, text)),
        }
    }
}

/// The parts of a dotted name; unquoted ones in lower case.
fn split(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, written, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (name, after) = quoted.split_once('"')?;
                (Glob::literal(name), Glob::literal(name), after)
            }
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                let (name, after) = rest.split_at_checked(end)?;
                if name.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '(' | ')' | ';' | ','))
                    || name.is_empty()
                {
                    return None;
                }
                (Glob::parse(&name.to_lowercase()), Glob::parse(name), after)
            }
        };
        parts.push(Part { folded: part.folded(), exact: part, written });
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() && parts.len() <= 3 => return Some(parts),
            None => return None,
        }
    }
}
