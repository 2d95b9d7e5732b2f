//! Functions of Python's library that name files and programs: called by their whole name, with texts that are plain.

use super::Touched;
use super::lexer::{Token, plain};

/// What an argument is to a function.
#[derive(Clone, Copy)]
enum Part {
    Read,
    ReadBelow,
    Write,
    WriteBelow,
    /// A file, or a directory that the one before is put into.
    Into,
}

/// Modules of which nothing but these functions is known, and which no other name may stand for.
pub(super) const MODULES: [&str; 2] = ["shutil", "subprocess"];

/// What a function does with its first arguments. `None`: it is none of these.
fn parts(module: &str, function: &str) -> Option<&'static [Part]> {
    Some(match (module, function) {
        ("os", "listdir" | "scandir") => &[Part::Read],
        ("os", "walk") => &[Part::ReadBelow],
        ("os", "makedirs" | "mkdir" | "remove" | "unlink" | "rmdir") => &[Part::Write],
        ("os", "rename" | "replace") => &[Part::WriteBelow, Part::WriteBelow],
        ("shutil", "copy" | "copy2" | "copyfile") => &[Part::Read, Part::Into],
        ("shutil", "copytree") => &[Part::ReadBelow, Part::WriteBelow],
        ("shutil", "move") => &[Part::WriteBelow, Part::Into],
        ("shutil", "rmtree") => &[Part::WriteBelow],
        _ => return None,
    })
}

/// A call of `MODULE.FUNCTION`, of which what follows starts at `start`. Where its known arguments end, if it is one of
/// these and they are.
pub(super) fn call(
    module: &str,
    function: &str,
    tokens: &[Token],
    start: usize,
    touched: &mut Touched,
) -> Option<usize> {
    if (module, function) == ("shutil", "which") {
        return Some(start);
    }
    if module == "subprocess" {
        return run(function, tokens, start, touched);
    }
    let mut at = start;
    let mut last = String::new();
    for (count, part) in parts(module, function)?.iter().enumerate() {
        let opens = if count == 0 { '(' } else { ',' };
        (tokens.get(at) == Some(&Token::Sign(opens))).then_some(())?;
        let Some(Token::Text(text)) = tokens.get(at.checked_add(1)?) else { return None };
        at = at.checked_add(2)?;
        // More of the text may follow.
        matches!(tokens.get(at), Some(Token::Sign(',' | ')'))).then_some(())?;
        let path = plain(text)?.to_owned();
        match part {
            Part::Read => touched.reads.push(path.clone()),
            Part::ReadBelow => touched.reads_below.push(path.clone()),
            Part::Write => touched.writes.push(path.clone()),
            Part::WriteBelow => touched.writes_below.push(path.clone()),
            Part::Into => {
                let name = last.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                touched.writes_below.push(format!("{path}/{name}"));
                touched.writes.push(path.clone());
            }
        }
        last = path;
    }
    Some(at)
}

/// `subprocess.run(["ls", "src"], check=True)`.
fn run(function: &str, tokens: &[Token], start: usize, touched: &mut Touched) -> Option<usize> {
    const HARMLESS: [&str; 5] = ["check", "text", "capture_output", "timeout", "universal_newlines"];
    if !matches!(function, "run" | "call" | "check_call" | "check_output") {
        return None;
    }
    let mut ahead = tokens.get(start..)?.iter();
    (ahead.next() == Some(&Token::Sign('(')) && ahead.next() == Some(&Token::Sign('['))).then_some(())?;
    let mut words = Vec::new();
    loop {
        let Token::Text(text) = ahead.next()? else { return None };
        words.push(plain(text)?.to_owned());
        match ahead.next()? {
            Token::Sign(',') => {}
            Token::Sign(']') => break,
            _ => return None,
        }
    }
    loop {
        match (ahead.next()?, ahead.clone().next()) {
            (Token::Sign(')'), _) => break,
            (Token::Sign(','), Some(Token::Name(name))) if HARMLESS.contains(&name.as_str()) => {
                ahead.next();
                let value = (ahead.next()?, ahead.next()?);
                let is_plain = match value.1 {
                    Token::Number => true,
                    Token::Name(name) => matches!(name.as_str(), "True" | "False" | "None"),
                    _ => false,
                };
                (value.0 == &Token::Sign('=') && is_plain).then_some(())?;
            }
            _ => return None,
        }
    }
    touched.runs.push(words);
    Some(tokens.len().saturating_sub(ahead.len()))
}

/// What follows `Path("x")`: a search below it, or a change of it. Where that ends; `start` if there is none.
pub(super) fn of_path(path: &str, tokens: &[Token], start: usize, touched: &mut Touched) -> Option<usize> {
    let (Some(Token::Sign('.')), Some(Token::Name(name))) = (tokens.get(start), tokens.get(start.checked_add(1)?))
    else {
        return Some(start);
    };
    let after = start.checked_add(2)?;
    match name.as_str() {
        "rglob" | "glob" => {
            let (open, pattern, close) =
                (tokens.get(after), tokens.get(after.checked_add(1)?), tokens.get(after.checked_add(2)?));
            let Some(Token::Text(pattern)) = pattern else { return None };
            let is_below = !pattern.starts_with('/') && !pattern.contains("..") && plain(pattern).is_some();
            (open == Some(&Token::Sign('(')) && close == Some(&Token::Sign(')')) && is_below).then_some(())?;
            touched.reads_below.push(path.to_owned());
        }
        "iterdir" => touched.reads_below.push(path.to_owned()),
        "write_text" | "write_bytes" | "mkdir" | "touch" | "unlink" | "rmdir" => touched.writes.push(path.to_owned()),
        _ => return Some(start),
    }
    Some(after)
}
