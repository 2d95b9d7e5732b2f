//! Detours and other spellings of a path.

use super::Way;
use super::draw::Draw;
use super::line::Line;

/// For an argument that is a path.
pub(super) const WAYS: &[Way] = &[
    ("detour", detour),
    ("home", home),
    ("percent-encoded", |path, draw| {
        let fits = !path.contains(['%', '$', '~', '\\']) && path.is_ascii();
        fits.then(|| encoded(path, draw))
    }),
    ("percent-encoded twice", |path, _| {
        (path.contains("..") && !path.contains('%')).then(|| path.replace("..", "%252e%252e"))
    }),
    ("file URL", |path, draw| {
        let fits = path.starts_with('/') && !path.contains(['%', ' ', '?', '#', '\\']);
        fits.then(|| format!("{}{path}", draw.one(&["file://", "file://localhost", "FILE://", "file:"])))
    }),
    ("backslashes", |path, _| (!path.contains(':')).then(|| path.replace('/', "\\"))),
    ("case of a path", |path, _| is_by_name(path).then(|| swapped(path))),
    ("full width", |path, draw| {
        let letters: Vec<(usize, char)> = path.char_indices().filter(|(_, c)| c.is_ascii_lowercase()).collect();
        let (at, letter) = *letters.get(draw.below(letters.len()))?;
        let wide = char::from_u32(u32::from(letter) + 0xfee0)?;
        is_by_name(path).then(|| format!("{}{wide}{}", &path[..at], &path[at + 1..]))
    }),
    ("invisible character", |path, draw| {
        let fits = is_by_name(path) && path.is_ascii() && path.len() > 1;
        let (before, after) = path.split_at(if fits { 1 + draw.below(path.len() - 1) } else { 0 });
        fits.then(|| format!("{before}{}{after}", draw.one(&['\u{200b}', '\u{2060}', '\u{ad}'])))
    }),
    ("tail of Windows", |path, draw| {
        let tail = draw.one(&[".", " ", "::$DATA"]);
        (is_by_name(path) && !path.ends_with(['/', '.'])).then(|| format!("{path}{tail}"))
    }),
];

/// For a word of a command that is a path.
pub(super) const IN_COMMANDS: &[Way] = &[
    ("detour in a command", |text, draw| in_command(text, draw, detour)),
    ("home in a command", |text, draw| in_command(text, draw, home)),
];

/// For an argument that is a path, on the disk of the published bypasses.
pub(super) const OF_BYPASSES: &[Way] = &[("link", linked)];

/// For a word of a command that is a path, there.
pub(super) const IN_COMMANDS_OF_BYPASSES: &[Way] =
    &[("link in a command", |text, draw| in_command(text, draw, linked))];

fn in_command(text: &str, draw: &mut Draw<'_>, way: fn(&str, &mut Draw<'_>) -> Option<String>) -> Option<String> {
    let mut line = Line::parse(text)?;
    let is_path = |at: &usize| {
        let token = &line.tokens[*at];
        let plain = token.text.chars().all(|c| c.is_ascii_alphanumeric() || "_./~-".contains(c));
        let is_program =
            *at == 0 || line.tokens[*at - 1].is_operator && !line.tokens[*at - 1].text.contains(['<', '>']);
        !token.is_operator && plain && token.text.starts_with(['/', '~']) && !is_program
    };
    let words: Vec<usize> = (0..line.tokens.len()).filter(is_path).collect();
    let at = *words.get(draw.below(words.len()))?;
    line.tokens[at].text = way(&line.tokens[at].text, draw)?;
    Some(line.text())
}

/// Directories that are no links, from which one gets up.
const THERE: &[&str] = &["/work/project", "/home/agent", "/etc", "/work", "/work/project/src", "/work/project/docs"];

/// Another way to the same absolute path.
fn detour(path: &str, draw: &mut Draw<'_>) -> Option<String> {
    if !path.starts_with('/') || path.starts_with("//") {
        return None;
    }
    let slashes: Vec<usize> = path.match_indices('/').map(|(at, _)| at).collect();
    let slash = slashes[draw.below(slashes.len())];
    let (before, after) = path.split_at(slash);
    let up = |from: &str| "/..".repeat(from.matches('/').count());
    Some(match draw.below(7) {
        0 => format!("{before}/.{after}"),
        1 => format!("{before}/{after}"),
        2 => format!("{before}/././/{}", &after[1..]),
        3 => {
            let from = draw.one(THERE);
            format!("{from}{}{path}", up(from))
        }
        4 => format!("/proc/self/root{path}"),
        5 => format!("/../../..{path}"),
        _ => format!("../..{path}"),
    })
}

/// By way of a link of the published bypasses.
fn linked(path: &str, _: &mut Draw<'_>) -> Option<String> {
    let links = [("/etc/", "/work/project/link_etc/"), ("/home/agent/", "/work/project/link_home/")];
    let (place, link) = links.into_iter().find(|(place, _)| path.starts_with(place))?;
    Some(path.replacen(place, link, 1))
}

fn home(path: &str, draw: &mut Draw<'_>) -> Option<String> {
    let below = path.strip_prefix("/home/agent/").or_else(|| path.strip_prefix("~/"));
    match below {
        Some(below) => {
            Some(format!("{}/{below}", draw.one(&["~", "$HOME", "${HOME}", "/home/agent", "~agent", "/home/agent/."])))
        }
        None if path.starts_with('/') => Some(format!("{}/../..{path}", draw.one(&["~", "$HOME", "${HOME}"]))),
        None => None,
    }
}

fn encoded(path: &str, draw: &mut Draw<'_>) -> String {
    let share = draw.one(&[10, 50, 100]);
    path.chars().map(|c| if draw.chance(share) { format!("%{:02X}", u32::from(c)) } else { c.to_string() }).collect()
}

/// Whether the path is known by its names, without links and encodings: those would not be found by other names.
fn is_by_name(path: &str) -> bool {
    !["link", "chain", "hard", "%", "/proc", "HOME", "~", "$", ":"].iter().any(|part| path.contains(part))
}

fn swapped(path: &str) -> String {
    path.chars().map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
}
