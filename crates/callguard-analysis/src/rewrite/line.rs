//! A command line taken apart as far as rewriting needs: words, and what stands between them.

/// A line of words and operators.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) tokens: Vec<Token>,
}

/// A word or an operator, with the blanks before it.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) gap: String,
    pub(super) text: String,
    pub(super) is_operator: bool,
}

/// Where they stand, words are no words.
const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "for", "in", "do", "done", "while", "until", "case", "esac", "select",
    "function", "coproc", "time", "!", "{", "}", "[[", "]]",
];

impl Line {
    /// Nothing where the line holds more than words, quotes and plain operators.
    pub(super) fn parse(text: &str) -> Option<Line> {
        let mut tokens: Vec<Token> = Vec::new();
        let (mut gap, mut rest) = (String::new(), text);
        while let Some(first) = rest.chars().next() {
            if matches!(first, ' ' | '\t') {
                gap.push(first);
                rest = &rest[1..];
                continue;
            }
            let is_operator = is_sign(first);
            let length =
                if is_operator { rest.find(|c| !is_sign(c)).unwrap_or(rest.len()) } else { word_length(rest)? };
            let (token, after) = rest.split_at(length);
            if token.contains("<<") || KEYWORDS.contains(&token) {
                return None;
            }
            tokens.push(Token { gap: std::mem::take(&mut gap), text: token.to_owned(), is_operator });
            rest = after;
        }
        Some(Line { tokens })
    }

    pub(super) fn text(&self) -> String {
        self.tokens.iter().flat_map(|token| [token.gap.as_str(), &token.text]).collect()
    }

    /// Words that nothing is done to yet, and that mean the same in quotes.
    pub(super) fn plain_words(&self) -> Vec<usize> {
        let fits = |at: &usize| {
            let token = &self.tokens[*at];
            let before = at.checked_sub(1).map(|before| &self.tokens[before]);
            let after = self.tokens.get(at + 1);
            let is_descriptor = after.is_some_and(|after| after.gap.is_empty() && after.text.starts_with(['<', '>']))
                || before
                    .is_some_and(|before| before.is_operator && before.text.ends_with('&') && before.text.len() > 1);
            let assigns = token.text.contains('=') && self.is_before_program(*at);
            !token.is_operator && is_plain(&token.text) && !is_descriptor && !assigns
        };
        (0..self.tokens.len()).filter(fits).collect()
    }

    /// Whether nothing but assignments and redirections stand between the start of the command and this word.
    fn is_before_program(&self, at: usize) -> bool {
        let words = self.tokens[..at].iter().rev().take_while(|token| !is_separator(token));
        words.filter(|token| !token.is_operator).all(|token| token.text.contains('='))
    }

    /// The words of the one command that the line is, redirections aside.
    pub(super) fn command(&self) -> Option<Vec<usize>> {
        if self.tokens.iter().any(is_separator) {
            return None;
        }
        let redirected = |at: &usize| at.checked_sub(1).is_some_and(|before| self.tokens[before].is_operator);
        let words: Vec<usize> =
            (0..self.tokens.len()).filter(|at| !self.tokens[*at].is_operator && !redirected(at)).collect();
        let program = &self.tokens[*words.first()?].text;
        (is_plain(program) && !program.contains('=')).then_some(words)
    }
}

/// A word that is its own text.
pub(super) fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_./:=,%@+-".contains(c))
}

fn is_separator(token: &Token) -> bool {
    token.is_operator && !token.text.contains(['<', '>'])
}

fn is_sign(c: char) -> bool {
    matches!(c, ';' | '&' | '|' | '<' | '>' | '\n')
}

/// Up to the next blank or operator outside quotes; nothing where there is more than quotes.
fn word_length(text: &str) -> Option<usize> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            ' ' | '\t' => return Some(at),
            c if is_sign(c) => return Some(at),
            '\\' => drop(chars.next()?),
            '\'' => drop(chars.find(|(_, c)| *c == '\'')?),
            '"' => loop {
                match chars.next()?.1 {
                    '"' => break,
                    '\\' => drop(chars.next()?),
                    '$' | '`' => return None,
                    _ => {}
                }
            },
            '$' | '`' | '(' | ')' | '#' => return None,
            _ => {}
        }
    }
    Some(text.len())
}

/// In single quotes, whatever it is.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let line = Line::parse("X=1 rm -rf 'a b' \"c\" 2>&1 >x; cat ~/y").unwrap();
        assert_eq!(line.text(), "X=1 rm -rf 'a b' \"c\" 2>&1 >x; cat ~/y");
        let plain: Vec<&str> = line.plain_words().iter().map(|at| line.tokens[*at].text.as_str()).collect();
        assert_eq!(plain, ["rm", "-rf", "x", "cat"]);
        assert!(line.command().is_none());
        assert_eq!(Line::parse("rm -r a > b").unwrap().command().unwrap().len(), 3);
        for odd in ["echo $x", "echo `x`", "(ls)", "if a; then b; fi", "cat <<E", "echo 'x", "ls # x"] {
            assert!(Line::parse(odd).is_none(), "{odd}");
        }
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
