//! Case, blanks and comments of SQL, and statements beside it.

use super::Way;

pub(super) const WAYS: &[Way] = &[
    ("case of SQL", |text, draw| {
        let upper = draw.chance(50);
        is_plain(text).then(|| if upper { text.to_uppercase() } else { text.to_lowercase() })
    }),
    ("mixed case of SQL", |text, draw| {
        let mixed = |c: char| if draw.chance(50) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        is_plain(text).then(|| text.chars().map(mixed).collect())
    }),
    ("blanks of SQL", |text, draw| {
        let blank = draw.one(&["\n", "\t", "  ", "\r\n", " \u{b}", "/**/", " /* x */ ", " -- x\n"]);
        is_plain(text).then(|| text.replace(' ', blank))
    }),
    ("comment before SQL", |text, draw| {
        text.contains(char::is_alphanumeric)
            .then(|| format!("{}{text}", draw.one(&["/* x */", "-- x\n", "\n\t ", "/* /* x */ */ ", "/**/"])))
    }),
    ("statement before", |text, draw| {
        text.contains(char::is_alphanumeric)
            .then(|| format!("{}{text}", draw.one(&["SELECT 1; ", "select 1;\n", "BEGIN; ", "SET x = 1; ", "; "])))
    }),
    ("statement after", |text, draw| {
        text.contains(char::is_alphanumeric)
            .then(|| format!("{text}{}", draw.one(&["; SELECT 1", ";", ";;", "; COMMIT", " ; select 1 -- x"])))
    }),
    ("explained", |text, _| {
        let first = text.split_whitespace().next().unwrap_or_default().to_uppercase();
        let runs = matches!(first.as_str(), "DELETE" | "UPDATE" | "INSERT" | "MERGE");
        runs.then(|| format!("EXPLAIN ANALYZE {text}"))
    }),
];

/// Whether it begins as a statement does, after comments of its own.
pub(super) fn is_sql(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT",
        "REVOKE", "COPY", "CALL", "DO", "SET", "SHOW", "EXPLAIN", "BEGIN", "COMMIT", "VALUES", "TABLE",
    ];
    let first = text.split(|letter: char| !letter.is_ascii_alphabetic()).find(|word| !word.is_empty());
    first.is_some_and(|first| WORDS.contains(&first.to_ascii_uppercase().as_str()))
}

/// Whether nothing in it is a text or a comment: then case and blanks mean nothing.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !["'", "\"", "`", "$", "--", "/*", "#", "\\"].iter().any(|part| text.contains(part))
}
