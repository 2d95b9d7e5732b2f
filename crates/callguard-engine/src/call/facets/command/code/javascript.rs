//! JavaScript: listed globals, no way to a constructor or a module, JSON files that are named literally.

use super::Touched;
use super::lexer::{Rules, Token, plain, tokens};

const RULES: Rules =
    Rules { quotes: "\"'", hash_comments: false, slash_comments: true, regexes: true, python: false, templates: true };

const GLOBALS: &str = "\
 console JSON Math Number String Boolean Array Object Date RegExp Map Set BigInt Symbol parseInt parseFloat isNaN
 isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI undefined NaN Infinity Error true false null
 const let var function return if else for of in while do break continue switch case default new typeof void throw try
 catch finally async await Intl URL URLSearchParams Buffer TextEncoder TextDecoder structuredClone";

const KEYWORDS_REFUSED: &[&str] =
    &["class", "with", "import", "export", "debugger", "this", "arguments", "eval", "super", "delete", "instanceof"];

/// Properties that lead to a constructor of functions, or to modules.
const REFUSED: &[&str] = &[
    "constructor",
    "prototype",
    "__proto__",
    "mainModule",
    "binding",
    "dlopen",
    "getBuiltinModule",
    "_load",
    "require",
    "createRequire",
    "children",
    "parent",
    "cache",
    "extensions",
    "main",
    "resolve",
    "kill",
    "chdir",
    "setuid",
    "env_",
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "callee",
    "caller",
    "getPrototypeOf",
    "setPrototypeOf",
    "defineProperty",
    "getOwnPropertyDescriptor",
    "getOwnPropertyDescriptors",
    "assign",
    "bind",
    "call",
    "apply",
];

const PROCESS: &[&str] = &[
    "version",
    "versions",
    "argv",
    "platform",
    "arch",
    "cwd",
    "stdout",
    "stderr",
    "env",
    "exit",
    "uptime",
    "memoryUsage",
    "hrtime",
    "pid",
    "title",
    "execPath",
];

const MOST_NESTED: usize = 3;

pub(super) fn read(code: &str) -> Option<Touched> {
    let mut touched = Touched::default();
    let mut names = Vec::new();
    read_into(code, 0, &mut names, &mut touched)?;
    Some(touched)
}

fn read_into(code: &str, depth: usize, names: &mut Vec<String>, touched: &mut Touched) -> Option<()> {
    if depth > MOST_NESTED {
        return None;
    }
    let mut tokens = tokens(code, RULES)?;
    tokens.retain(|token| *token != Token::Newline);
    declared(&tokens, names);
    let token = |at: usize| tokens.get(at);
    let mut at = 0;
    while let Some(current) = token(at) {
        let before = at.checked_sub(1).and_then(token);
        at = at.saturating_add(1);
        match current {
            Token::Template(holes) => {
                for hole in holes {
                    read_into(hole, depth.saturating_add(1), names, touched)?;
                }
            }
            Token::Sign('[') if opens_member(before) => {
                (token(at) == Some(&Token::Number) && token(at.saturating_add(1)) == Some(&Token::Sign(']')))
                    .then_some(())?;
            }
            Token::Name(name) if before == Some(&Token::Sign('.')) => {
                (!REFUSED.contains(&name.as_str())).then_some(())?;
            }
            Token::Name(name) if name == "require" => at = require(&tokens, at, touched)?,
            Token::Name(name) if name == "process" => {
                let property = at.checked_add(1).and_then(token);
                let known = matches!(property, Some(Token::Name(name)) if PROCESS.contains(&name.as_str()));
                (token(at) == Some(&Token::Sign('.')) && known).then_some(())?;
                at = at.saturating_add(2);
            }
            // The key of an object; elsewhere a colon ends a choice.
            Token::Name(name)
                if token(at) == Some(&Token::Sign(':'))
                    && matches!(before, Some(Token::Sign('{' | ',')))
                    && !REFUSED.contains(&name.as_str()) => {}
            Token::Name(name) => is_known(name, names).then_some(())?,
            Token::Sign('\\') => return None,
            _ => {}
        }
    }
    Some(())
}

fn is_known(name: &str, names: &[String]) -> bool {
    !KEYWORDS_REFUSED.contains(&name)
        && !REFUSED.contains(&name)
        && (GLOBALS.split_whitespace().any(|known| known == name) || names.iter().any(|known| known == name))
}

/// Whether a `[` after this token takes a property, not begins a list.
fn opens_member(before: Option<&Token>) -> bool {
    match before {
        Some(Token::Name(name)) => !matches!(name.as_str(), "return" | "of" | "in" | "typeof" | "case"),
        Some(Token::Sign(sign)) => matches!(sign, ')' | ']' | '}' | '.' | '?'),
        Some(Token::Text(_) | Token::Template(_) | Token::Number | Token::Regex) => true,
        Some(Token::Newline) | None => false,
    }
}

/// Variables and parameters that the code declares.
fn declared(tokens: &[Token], names: &mut Vec<String>) {
    for (at, token) in tokens.iter().enumerate() {
        let Token::Name(name) = token else { continue };
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let declares = matches!(before, Some(Token::Name(word)) if matches!(word.as_str(), "const" | "let" | "var"));
        let after = tokens.get(at.saturating_add(1));
        let arrow = after == Some(&Token::Sign('=')) && tokens.get(at.saturating_add(2)) == Some(&Token::Sign('>'));
        if declares || arrow || is_parameter(tokens, at) {
            names.push(name.clone());
        }
    }
}

/// `(a, b) =>`: the parentheses hold names and commas alone, and an arrow follows.
fn is_parameter(tokens: &[Token], at: usize) -> bool {
    let plain = |token: &Token| matches!(token, Token::Name(_) | Token::Sign(','));
    let end = tokens.iter().skip(at).position(|token| !plain(token)).map(|length| at.saturating_add(length));
    let start = tokens.iter().take(at).rev().position(|token| !plain(token)).and_then(|length| at.checked_sub(length));
    let (Some(end), Some(open)) = (end, start.and_then(|start| start.checked_sub(1))) else { return false };
    let sign = |at: usize, wanted: char| tokens.get(at) == Some(&Token::Sign(wanted));
    sign(open, '(') && sign(end, ')') && sign(end.saturating_add(1), '=') && sign(end.saturating_add(2), '>')
}

/// `require("./a.json")`, `require("path")`, `require("fs").readFileSync("a", …)`: what follows the name.
fn require(tokens: &[Token], start: usize, touched: &mut Touched) -> Option<usize> {
    let mut ahead = tokens.iter().skip(start);
    let (Some(Token::Sign('(')), Some(Token::Text(module)), Some(Token::Sign(')'))) =
        (ahead.next(), ahead.next(), ahead.next())
    else {
        return None;
    };
    let module = plain(module)?;
    let end = start.checked_add(3)?;
    match module.strip_prefix("node:").unwrap_or(module) {
        "path" | "os" | "url" | "querystring" => Some(end),
        "fs" => {
            let (dot, name, open, path) = (ahead.next()?, ahead.next()?, ahead.next()?, ahead.next()?);
            let (Token::Name(name), Token::Text(path)) = (name, path) else { return None };
            // More of the path may follow.
            let is_whole = matches!(ahead.next(), Some(Token::Sign(',' | ')')));
            (dot == &Token::Sign('.') && open == &Token::Sign('(') && is_whole).then_some(())?;
            let path = plain(path)?.to_owned();
            match name.as_str() {
                "readFileSync" | "existsSync" | "statSync" | "readdirSync" => touched.reads.push(path),
                "writeFileSync" | "appendFileSync" | "mkdirSync" | "unlinkSync" => touched.writes.push(path),
                "rmSync" | "rmdirSync" => touched.writes_below.push(path),
                _ => return None,
            }
            end.checked_add(4)
        }
        path if path.starts_with(['.', '/']) && path.ends_with(".json") => {
            touched.reads.push(path.to_owned());
            Some(end)
        }
        _ => None,
    }
}
