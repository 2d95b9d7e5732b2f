//! Code of other languages given inline: what little of it is understood, and does no harm.
//!
//! Each reader takes what it knows in full and refuses the rest: a name it has not been told of, a quote that does not
//! end, anything that could start a program, load code or reach a host.

mod awk;
mod javascript;
mod lexer;
mod library;
mod python;
mod sed;
mod simple;
mod sql;

#[cfg(test)]
mod tests;

use crate::policy::model::SqlDialect;

/// Languages of which something is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Awk,
    Sed,
    Python,
    Javascript,
    Perl,
    Ruby,
    Php,
    Dc,
    Sql(SqlDialect),
}

/// The files that code reads and writes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    pub(super) reads: Vec<String>,
    pub(super) writes: Vec<String>,
    /// Directories that are read with all below them.
    pub(super) reads_below: Vec<String>,
    /// Directories that are written with all below them.
    pub(super) writes_below: Vec<String>,
    /// The words of programs that it runs.
    pub(super) runs: Vec<Vec<String>>,
}

/// Longer code is not looked at.
const LONGEST: usize = 8 * 1024;

impl Language {
    pub(super) fn parse(name: &str) -> Option<Language> {
        Some(match name {
            "awk" => Language::Awk,
            "sed" => Language::Sed,
            "python" => Language::Python,
            "javascript" => Language::Javascript,
            "perl" => Language::Perl,
            "ruby" => Language::Ruby,
            "php" => Language::Php,
            "dc" => Language::Dc,
            "postgres" => Language::Sql(SqlDialect::Postgres),
            "mysql" => Language::Sql(SqlDialect::MySql),
            "sqlite" => Language::Sql(SqlDialect::Sqlite),
            _ => return None,
        })
    }

    /// What the code touches, if it is understood and runs nothing else.
    pub(super) fn read(self, code: &str) -> Option<Touched> {
        if code.len() > LONGEST || code.contains('\0') {
            return None;
        }
        match self {
            Language::Awk => awk::read(code),
            Language::Sed => sed::read(code),
            Language::Python => python::read(code),
            Language::Javascript => javascript::read(code),
            Language::Dc => calculates(code).then(Touched::default),
            Language::Sql(dialect) => sql::reads(code, dialect).then(Touched::default),
            Language::Perl | Language::Ruby | Language::Php => simple::is_harmless(self, code).then(Touched::default),
        }
    }
}

/// Whether `dc` only calculates: no `!`, which runs a program, and neither texts nor what is read, which may hold one.
fn calculates(code: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_digit() || byte.is_ascii_whitespace() || b"._ABCDEF+-*/%~^|vpnfcdrkKoOXqZziI".contains(&byte)
    };
    code.bytes().all(plain)
}
