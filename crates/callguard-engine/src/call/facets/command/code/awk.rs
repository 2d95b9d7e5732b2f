//! AWK: everything but programs, pipes, other files to read, and extensions.

use super::Touched;
use super::lexer::{Rules, Token, plain, tokens};

const RULES: Rules =
    Rules { quotes: "\"", hash_comments: true, slash_comments: false, regexes: true, python: false, templates: false };

/// Names that run a program, read another file, or change which files are read.
const REFUSED: [&str; 5] = ["system", "getline", "ARGV", "ARGC", "PROCINFO"];

pub(super) fn read(code: &str) -> Option<Touched> {
    let tokens = tokens(code, RULES)?;
    let mut touched = Touched::default();
    let mut printing = Printing::No;
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            Token::Name(name) if REFUSED.contains(&name.as_str()) => return None,
            Token::Name(name) if name == "print" || name == "printf" => printing = Printing::Within(0),
            Token::Newline | Token::Sign(';' | '{' | '}') => printing = Printing::No,
            Token::Sign('@') => return None,
            Token::Sign('|') if rest.next() != Some(&Token::Sign('|')) => return None,
            Token::Sign('(') => printing = printing.deeper(),
            Token::Sign(')') => printing = printing.up(),
            Token::Sign('>') if printing == Printing::Within(0) => {
                if rest.peek() == Some(&&Token::Sign('>')) {
                    rest.next();
                }
                let Some(Token::Text(file)) = rest.next() else { return None };
                let file = plain(file).filter(|file| !file.starts_with("/inet") && !file.starts_with("/dev/fd"))?;
                // More of the name may follow.
                if !matches!(rest.peek(), None | Some(Token::Newline | Token::Sign(';' | '}'))) {
                    return None;
                }
                touched.writes.push(file.to_owned());
            }
            _ => {}
        }
    }
    Some(touched)
}

/// Whether a `>` here would redirect what is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Printing {
    No,
    Within(usize),
}

impl Printing {
    fn deeper(self) -> Printing {
        match self {
            Printing::No => Printing::No,
            Printing::Within(depth) => Printing::Within(depth.saturating_add(1)),
        }
    }

    fn up(self) -> Printing {
        match self {
            Printing::No => Printing::No,
            Printing::Within(depth) => Printing::Within(depth.saturating_sub(1)),
        }
    }
}
