//! SQL as a call names it.

use super::super::{Facet, FacetValue};
use super::bounds::Budget;
use super::inspect::{Found, inspect};
use super::names::Name;
use super::postgres::LeftOut;
use super::tokens::{has_escaped_name, hides_a_statement, with_bars_as_or, with_tables_selected};
use crate::call::SideEffect;
use crate::decide::Truth;
use crate::policy::model::SqlDialect;
use sqlparser::dialect::{Dialect, MsSqlDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

/// Bytes of a script.
const LONGEST_SCRIPT: usize = 256 * 1024;
/// Parentheses within each other: the parser tries each in several ways.
const DEEPEST: usize = 16;
/// Levels that the parser goes down, a few for each that is seen.
const RECURSION: usize = 48;
/// Words and signs that join expressions or queries, which nest to one side however flat they are written.
const MOST_JOINS: usize = 1_000;
/// Joins, which nest where they have no condition; most statements within statements count for three.
const MOST_BARE: usize = 24;

/// A text of SQL.
#[derive(Clone, Copy, Debug)]
pub struct SqlScript;

impl SqlScript {
    /// Reads every top-level statement. The facet is open if there may be more, or other ones.
    pub fn parse(text: &str, dialect: SqlDialect) -> Facet<Statement> {
        let mut facet = Facet { values: Vec::new(), open: None };
        match read(text, dialect, &mut facet.values) {
            Ok(()) if facet.values.is_empty() => facet.open = Some("there is no SQL in it".to_owned()),
            Ok(()) => {}
            Err(why) => facet.open = Some(why.to_owned()),
        }
        facet
    }
}

/// One top-level statement.
#[derive(Clone)]
pub struct Statement {
    text: String,
    pub(super) dialect: SqlDialect,
    pub(super) found: Found,
}

impl Statement {
    /// The statement in one spelling, for equality and explanations.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The words of `statement` that it is, or holds, outermost first.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.found.words.iter().map(String::as_str)
    }

    /// The tables that it names, CTEs aside.
    pub fn tables(&self) -> impl Iterator<Item = String> {
        self.found.tables.iter().map(Name::to_string)
    }

    /// Whether it updates or deletes every row of a table.
    pub fn is_unbounded(&self) -> Truth {
        self.found.unbounded
    }

    /// What it amounts to, where that is known: read. `None`: no better than its tool says.
    pub fn side_effect(&self) -> Option<SideEffect> {
        self.found.reads().then_some(SideEffect::Read)
    }
}

impl std::fmt::Debug for Statement {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Statement").field("words", &self.found.words).finish_non_exhaustive()
    }
}

fn dialect_of(dialect: SqlDialect) -> Box<dyn Dialect> {
    match dialect {
        SqlDialect::Postgres => Box::new(PostgreSqlDialect {}),
        SqlDialect::MySql => Box::new(MySqlDialect {}),
        SqlDialect::Sqlite => Box::new(SQLiteDialect {}),
        SqlDialect::MsSql => Box::new(MsSqlDialect {}),
    }
}

fn read(text: &str, dialect: SqlDialect, into: &mut Vec<FacetValue<Statement>>) -> Result<(), &'static str> {
    check_text(text)?;
    // The parser is not ours: should it panic, what it was reading is not understood.
    let parsed = std::panic::catch_unwind(|| statements(text, dialect));
    let (statements, outcome) = parsed.map_err(|_| NOT_PARSED)?;
    into.extend(statements.into_iter().map(|value| FacetValue { value, restricting_only: false }));
    outcome
}

const NOT_PARSED: &str = "this SQL does not parse";

fn check_text(text: &str) -> Result<(), &'static str> {
    if text.len() > LONGEST_SCRIPT {
        Err("this SQL is longer than 256 KiB")
    } else if text.contains('\0') {
        Err("this SQL holds a NUL")
    } else if text.contains("/*!") || text.contains("/*M!") {
        Err("this SQL holds a conditional comment")
    } else {
        Ok(())
    }
}

/// The statements up to the first that does not parse, and whether there was none.
fn statements(text: &str, dialect: SqlDialect) -> (Vec<Statement>, Result<(), &'static str>) {
    let rules = dialect_of(dialect);
    let mut found = Vec::new();
    let tokens = match Tokenizer::new(rules.as_ref(), text).tokenize_with_location() {
        Ok(tokens) => tokens,
        Err(_) => return (found, Err(NOT_PARSED)),
    };
    if let Err(why) = check_shape(&tokens) {
        return (found, Err(why));
    }
    if has_escaped_name(&tokens) {
        return (found, Err("this SQL spells a name in escapes"));
    }
    let tokens = with_tables_selected(tokens);
    let tokens = if dialect == SqlDialect::MySql { with_bars_as_or(tokens) } else { tokens };
    let (tokens, left_out) =
        if dialect == SqlDialect::Postgres { LeftOut::of(tokens) } else { (tokens, LeftOut::default()) };
    // SQL Server needs nothing between statements.
    let unseparated = (dialect == SqlDialect::MsSql).then(|| tokens.clone());
    let budget = Budget::of(text);
    let mut parser = Parser::new(rules.as_ref()).with_recursion_limit(RECURSION).with_tokens_with_locations(tokens);
    loop {
        while parser.consume_token(&Token::SemiColon) {}
        if parser.peek_token().token == Token::EOF {
            return (found, Ok(()));
        }
        let begin = parser.index();
        let Ok(statement) = parser.parse_statement() else { return (found, Err(NOT_PARSED)) };
        let text = format!("{statement}{}", left_out.remark(begin..parser.index()));
        let statement = Statement { text, dialect, found: inspect(&statement, dialect, &budget) };
        let read = unseparated.as_ref().and_then(|tokens| tokens.get(begin..parser.index()));
        if read.is_some_and(|tokens| hides_a_statement(tokens, &statement.found.words)) {
            return (found, Err("this SQL may hold two statements where one is read"));
        }
        found.push(statement);
        if unseparated.is_none() && !matches!(parser.peek_token().token, Token::SemiColon | Token::EOF) {
            return (found, Err(NOT_PARSED));
        }
    }
}

/// Whether the tokens are shallow enough for the parser, and for what walks its trees.
fn check_shape(tokens: &[TokenWithSpan]) -> Result<(), &'static str> {
    let (mut depth, mut joins, mut bare) = (0_usize, 0_usize, 0_usize);
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => depth = depth.saturating_add(1),
            Token::RParen | Token::RBracket | Token::RBrace => depth = depth.saturating_sub(1),
            Token::SemiColon => (joins, bare) = (0, 0),
            token => {
                bare = bare.saturating_add(nests_bare(token));
                joins = joins.saturating_add(usize::from(joins_or_nests(token)));
            }
        }
        if depth > DEEPEST || joins > MOST_JOINS || bare > MOST_BARE {
            return Err("this SQL is nested too deeply");
        }
    }
    Ok(())
}

/// How much a word nests without a parenthesis.
fn nests_bare(token: &Token) -> usize {
    let Token::Word(word) = token else { return 0 };
    let is_one_of = |words: &[&str]| words.iter().any(|known| word.value.eq_ignore_ascii_case(known));
    if word.quote_style.is_some() {
        0
    } else if is_one_of(&["EXPLAIN", "DESCRIBE", "PREPARE", "BEGIN", "IF", "WHILE"]) {
        3
    } else {
        usize::from(is_one_of(&["JOIN", "INTERVAL", "DESC"]))
    }
}

fn joins_or_nests(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.value.to_ascii_uppercase().as_str(),
            "AND"
                | "OR"
                | "NOT"
                | "UNION"
                | "EXCEPT"
                | "INTERSECT"
                | "MINUS"
                | "CASE"
                | "IS"
                | "LIKE"
                | "ILIKE"
                | "IN"
                | "BETWEEN"
                | "COLLATE"
                | "XOR"
                | "DIV"
                | "AT"
                | "PRIOR"
                | "ALL"
        ),
        Token::Comma
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Whitespace(_)
        | Token::Period
        | Token::EOF
        | Token::Placeholder(_) => false,
        other => !matches!(other, Token::DollarQuotedString(_) | Token::EscapedStringLiteral(_)),
    }
}
