//! What the parser leaves out or takes for something else, seen in the tokens before and after it.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// `TABLE name`, where a query may stand, as `SELECT * FROM name`: the parser takes two tokens too many after it.
pub(super) fn with_tables_selected(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if keyword(&token.token) == Some(Keyword::TABLE) && stands_for_a_query(&out) {
            let selected = [Token::make_keyword("SELECT"), Token::Mul, Token::make_keyword("FROM")];
            out.extend(selected.map(|part| TokenWithSpan { token: part, span: token.span }));
        } else {
            out.push(token);
        }
    }
    out
}

/// `a || b` is `a OR b` in MySQL, unless a server is told otherwise.
pub(super) fn with_bars_as_or(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for token in tokens.iter_mut().filter(|token| token.token == Token::StringConcat) {
        token.token = Token::make_keyword("OR");
    }
    tokens
}

/// Whether a query may follow these tokens, and nothing else that starts with `TABLE`.
fn stands_for_a_query(before: &[TokenWithSpan]) -> bool {
    let mut before = significant(before).rev();
    match before.next() {
        None | Some(Token::SemiColon | Token::LParen) => true,
        Some(token) => match keyword(token) {
            Some(Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::MINUS | Keyword::EXPLAIN) => true,
            Some(Keyword::ANALYZE | Keyword::VERBOSE) => {
                before.take(2).any(|token| keyword(token) == Some(Keyword::EXPLAIN))
            }
            Some(Keyword::ALL | Keyword::DISTINCT) => before.next().and_then(keyword).is_some_and(|joins| {
                matches!(joins, Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::MINUS)
            }),
            // `WITH x AS (…) TABLE x`, `CREATE TABLE y AS TABLE x`.
            Some(Keyword::AS) => true,
            _ => *token == Token::RParen,
        },
    }
}

/// `U&"\0066oo"`: a name that is spelled in escapes, which the parser takes for two names.
pub(super) fn has_escaped_name(tokens: &[TokenWithSpan]) -> bool {
    tokens.windows(3).any(|three| match three {
        [first, second, third] => {
            second.token == Token::Ampersand
                && matches!(&first.token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case("u"))
                && matches!(&third.token, Token::Word(word) if word.quote_style == Some('"'))
        }
        _ => false,
    })
}

/// What begins a statement of SQL Server, and can be no name without brackets.
#[rustfmt::skip]
const BEGINS: [&str; 33] = [
    "ALTER", "BACKUP", "BULK", "CHECKPOINT", "COMMIT", "CREATE", "DBCC", "DECLARE", "DELETE", "DENY", "DROP", "EXEC",
    "EXECUTE", "GRANT", "INSERT", "KILL", "MERGE", "PRINT", "RAISERROR", "READTEXT", "RECONFIGURE", "RESTORE", "REVERT",
    "REVOKE", "ROLLBACK", "SAVE", "SETUSER", "SHUTDOWN", "TRUNCATE", "UPDATE", "UPDATETEXT", "USE", "WAITFOR",
];

/// Whether the tokens of what was read as one statement hold the beginning of another. SQL Server needs no `;` between
/// statements, and the parser would take the word for an alias. `words` are those of the statement.
pub(super) fn hides_a_statement(tokens: &[TokenWithSpan], words: &[String]) -> bool {
    if words.first().is_some_and(|word| matches!(word.as_str(), "grant" | "revoke" | "deny" | "create" | "alter")) {
        return false;
    }
    let (mut depth, mut before, mut first) = (0_usize, None, None);
    let tokens: Vec<&Token> = significant(tokens).collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::LParen => depth = depth.saturating_add(1),
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        let begins = beginning(token).filter(|_| depth == 0);
        let is_part = matches!(before.and_then(keyword), Some(Keyword::ON | Keyword::FOR | Keyword::THEN))
            || tokens.get(at.saturating_add(1)).and_then(|next| keyword(next)) == Some(Keyword::JOIN);
        if let Some(word) = begins.filter(|_| !is_part) {
            let named = words.iter().any(|known| *known == word || known == "execute" && word == "exec");
            if at > 0 && (!named || first.is_some()) {
                return true;
            }
            first = Some(word);
        }
        before = Some(*token);
    }
    false
}

/// The word, in lower case, if a statement begins with it.
fn beginning(token: &Token) -> Option<String> {
    let Token::Word(word) = token else { return None };
    let upper = word.value.to_ascii_uppercase();
    (word.quote_style.is_none() && BEGINS.contains(&upper.as_str())).then(|| upper.to_ascii_lowercase())
}

fn keyword(token: &Token) -> Option<Keyword> {
    match token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    }
}

fn significant(tokens: &[TokenWithSpan]) -> impl DoubleEndedIterator<Item = &Token> {
    tokens.iter().map(|token| &token.token).filter(|token| !matches!(token, Token::Whitespace(_) | Token::EOF))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::call::facets::sql::SqlScript;
    use crate::policy::model::SqlDialect;

    /// The words of each statement, and `?` where there may be more.
    fn words(text: &str, dialect: SqlDialect) -> String {
        let facet = SqlScript::parse(text, dialect);
        let mut all: Vec<String> =
            facet.values.iter().map(|one| one.value.words().collect::<Vec<_>>().join("+")).collect();
        all.extend(facet.open.map(|_| "?".to_owned()));
        all.join(" ")
    }

    #[test]
    fn a_statement_of_sql_server_needs_no_semicolon() {
        for (text, expected) in [
            ("SELECT 1 DELETE FROM orders", "select delete"),
            ("SELECT 1\nDROP TABLE t", "select drop"),
            ("SELECT count(*) EXEC xp_cmdshell 'x'", "select execute"),
            ("UPDATE a SET x = 1 WHERE id = 1 UPDATE b SET x = 1", "update update"),
            ("SELECT 1 SELECT 2", "select select"),
            ("SELECT 1 BEGIN DELETE FROM x END", "select delete commit"),
            // The parser takes these words for names.
            ("SELECT a FROM t SHUTDOWN", "?"),
            ("SELECT a FROM t KILL 5", "?"),
            ("SELECT a FROM t RECONFIGURE", "?"),
            ("SELECT 1 COMMIT", "?"),
            ("SELECT 1 WAITFOR DELAY '1'", "?"),
            ("SELECT 1 BACKUP DATABASE x TO DISK = 'y'", "?"),
            ("DELETE FROM a WHERE id = 1", "delete"),
            ("WITH x AS (SELECT 1 AS a) DELETE FROM t WHERE a = 1", "select+delete"),
            ("SELECT * FROM a INNER MERGE JOIN b ON a.id = b.id", "?"),
            ("SELECT [delete], [drop], [commit] FROM t", "select"),
            ("MERGE INTO o USING p ON o.a = p.a WHEN MATCHED THEN UPDATE SET a = 1", "merge+update"),
        ] {
            assert_eq!(words(text, SqlDialect::MsSql), expected, "{text}");
        }
    }

    #[test]
    fn a_hint_of_sql_server_that_locks_is_a_write() {
        let reads = |text: &str| {
            let facet = SqlScript::parse(text, SqlDialect::MsSql);
            facet.open.is_none() && facet.values.iter().all(|one| one.value.side_effect().is_some())
        };
        assert!(reads("SELECT a FROM t WITH (NOLOCK)"));
        assert!(!reads("SELECT a FROM t WITH (UPDLOCK, ROWLOCK)"));
        assert!(!reads("SELECT a FROM t (TABLOCKX)"));
    }

    #[test]
    fn a_table_alone_is_a_query() {
        for (text, expected) in [
            ("TABLE orders", "select"),
            ("TABLE orders; DROP TABLE orders", "select drop"),
            ("SELECT 1 UNION TABLE orders; COMMIT", "select commit"),
            ("SELECT 1 UNION ALL TABLE a.b", "select"),
            ("SELECT * FROM (TABLE orders) o", "select"),
            ("WITH d AS (DELETE FROM o RETURNING 1) TABLE d", "select+delete"),
            ("EXPLAIN TABLE orders", "explain+select"),
            ("CREATE TABLE x AS TABLE y", "create+select"),
            ("TRUNCATE TABLE orders", "truncate"),
            ("LOCK TABLE orders", "lock"),
        ] {
            assert_eq!(words(text, SqlDialect::Postgres), expected, "{text}");
        }
    }

    #[test]
    fn a_name_in_escapes_is_unknown() {
        assert_eq!(words(r#"SELECT U&"\0070g_sleep"(1)"#, SqlDialect::Postgres), "?");
        assert_eq!(words(r#"SELECT * FROM u&"\0075sers""#, SqlDialect::Postgres), "?");
        assert_eq!(words(r"SELECT U&'\0041', u & a FROM t", SqlDialect::Postgres), "select");
    }
}
