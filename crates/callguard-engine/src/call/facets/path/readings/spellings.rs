//! Single ways of reading a path's text.

use super::super::fold::is_bidi_control;
use super::super::lexical::normalise;
use url::Url;

/// What no path that means what it says holds.
pub(super) fn unreadable(text: &str) -> Option<&'static str> {
    if text.chars().any(char::is_control) {
        return Some("a path holds a control character");
    }
    if text.chars().any(is_bidi_control) {
        return Some("a path holds a character that turns the direction of text");
    }
    if text.starts_with(r"\\") || text.starts_with("//?/") || text.starts_with("//./") || text.starts_with(r"\??\") {
        return Some("a network or device path of Windows");
    }
    let mut first = text.chars();
    if matches!((first.next(), first.next()), (Some(letter), Some(':')) if letter.is_ascii_alphabetic()) {
        return Some("a path with a drive letter");
    }
    None
}

/// The path within a `file:` URL; an error for a URL that names no local file.
pub(super) fn from_url(text: &str) -> Result<Option<String>, &'static str> {
    let Some((scheme, rest)) = scheme(text) else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("file") {
        let is_url = rest.starts_with("//") || rest.get(..5).is_some_and(|next| next.eq_ignore_ascii_case("file:"));
        return if is_url { Err("a URL where a path is expected") } else { Ok(None) };
    }
    if !rest.starts_with('/') {
        return Err("a `file:` URL without an absolute path");
    }
    let url = Url::parse(text).map_err(|_| "a `file:` URL that cannot be read")?;
    if url.host_str().is_some_and(|host| host != "localhost") {
        return Err("a `file:` URL of another host");
    }
    let lower = rest.to_ascii_lowercase();
    let encoded = ["%2e", "%2f", "%5c"].iter().any(|sign| lower.contains(sign));
    if encoded || rest.contains("..") || rest.contains(['\\', '?', '#']) || rest.contains(char::is_control) {
        return Err("a `file:` URL that its readers take differently");
    }
    Ok(Some(url.path().to_owned()))
}

/// A URL scheme of two letters or more, and what follows its colon.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let sound = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    sound.then_some((scheme, rest))
}

/// `~`, `$HOME`, `${HOME}` and `%USERPROFILE%` in place.
pub(in super::super) fn expand_home(text: &str, home: Option<&str>) -> Result<Option<String>, &'static str> {
    const NO_HOME: &str = "a path from the home directory, which is not known";
    if let Some(after) = text.strip_prefix('~') {
        let user = after.split('/').next().unwrap_or_default();
        if user.is_empty() {
            return home.map(|home| Some(format!("{home}{after}"))).ok_or(NO_HOME);
        }
        if user.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-' | '+')) {
            return Err("a path from another home directory");
        }
    }
    let replaced = replace_variables(text, home.unwrap_or_default());
    if replaced == text {
        return Ok(None);
    }
    if home.is_none() { Err(NO_HOME) } else { Ok(Some(replaced)) }
}

fn replace_variables(text: &str, home: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find(['$', '%']) {
        let Some((before, at)) = rest.split_at_checked(found) else { break };
        out.push_str(before);
        if let Some(after) = home_variable(at) {
            out.push_str(home);
            rest = after;
        } else {
            let mut next = at.chars();
            out.extend(next.next());
            rest = next.as_str();
        }
    }
    out.push_str(rest);
    out
}

/// Variables that mean the home, of shells, PowerShell and Windows. The bare ones end where a name can.
const HOMES: [&str; 7] =
    ["${HOME}", "%USERPROFILE%", "%HOMEDRIVE%%HOMEPATH%", "%HOMEPATH%", "%HOME%", "${env:USERPROFILE}", "${env:HOME}"];
const BARE_HOMES: [&str; 4] = ["$HOME", "$USERPROFILE", "$env:USERPROFILE", "$env:HOME"];

/// What follows a variable that means the home, if `text` starts with one.
fn home_variable(text: &str) -> Option<&str> {
    let after = |name: &&str| {
        let (head, after) = text.split_at_checked(name.len())?;
        head.eq_ignore_ascii_case(name).then_some(after)
    };
    let ends = |after: &&str| !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    HOMES.iter().find_map(after).or_else(|| BARE_HOMES.iter().filter_map(after).find(ends))
}

/// Where a path through `/proc/…/root`, `/proc/…/cwd` or a descriptor leads; an error if nobody can say.
pub(super) fn through_proc(path: &str, cwd: Option<&str>, rounds: usize) -> Result<Option<String>, &'static str> {
    let mut names = path.split('/').filter(|name| !matches!(*name, "" | "."));
    if !matches!(names.next(), Some("proc" | "dev")) {
        return Ok(None);
    }
    let mut current = path.to_owned();
    for _ in 0..rounds {
        match step_through_proc(&current, cwd)? {
            Some(next) => current = next,
            None => return Ok((current != path).then_some(current)),
        }
    }
    Err("a path through too many links of `/proc`")
}

fn step_through_proc(path: &str, cwd: Option<&str>) -> Result<Option<String>, &'static str> {
    const OPEN_FILE: &str = "a path through an open file of a process";
    let mut names = path.split('/').filter(|name| !matches!(*name, "" | "."));
    let (first, second, third) = (names.next(), names.next(), names.next());
    let tail = || names.clone().map(|name| format!("/{name}")).collect::<String>();
    match (first, second, third) {
        (Some("dev"), Some("fd"), Some(_)) => Err(OPEN_FILE),
        (Some("proc"), Some(process), Some(entry)) if is_process(process) => match entry {
            "root" => Ok(Some(normalise(&tail()))),
            "cwd" if process.parse::<u32>().is_ok() => Err("a path from the directory of another process"),
            "cwd" => cwd
                .map(|cwd| Some(normalise(&format!("{cwd}{}", tail()))))
                .ok_or("a path from a directory that is not known"),
            "fd" | "map_files" | "task" => Err(OPEN_FILE),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

fn is_process(name: &str) -> bool {
    name == "self" || name == "thread-self" || name.parse::<u32>().is_ok()
}
