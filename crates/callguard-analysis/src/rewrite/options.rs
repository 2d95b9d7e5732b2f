//! Options in another order and spelling.

use super::Way;
use super::draw::Draw;
use super::line::{Line, is_plain};

pub(super) const WAYS: &[Way] = &[
    ("options apart", apart),
    ("other spelling of an option", spelled),
    ("option at the end", at_the_end),
    ("option twice", twice),
    ("end of options", ended),
    ("directory of the program", |text, draw| {
        let directory = draw.one(&["/bin/", "/usr/bin/", "/usr/local/bin/", "//bin/./"]);
        let (mut line, words) = known(text)?;
        line.tokens[words[0]].text.insert_str(0, directory);
        Some(line.text())
    }),
];

/// Programs of which a few options are known: each in its spellings, none of them takes a value. Their order is free.
const PROGRAMS: &[(&str, &[&[&str]])] = &[
    ("rm", &[&["-r", "-R", "--recursive", "--recurs", "--rec"], &["-f", "--force", "--forc"], &["-v", "--verbose"]]),
    ("cp", &[&["-r", "-R", "--recursive"], &["-f", "--force"], &["-v", "--verbose"], &["-p"]]),
    ("mv", &[&["-f", "--force"], &["-v", "--verbose"], &["-n", "--no-clobber"]]),
    ("ln", &[&["-s", "--symbolic", "--symb"], &["-f", "--force"], &["-v", "--verbose"]]),
    ("cat", &[&["-n", "--number"], &["-A", "--show-all"], &["-s", "--squeeze-blank"]]),
    ("chmod", &[&["-R", "--recursive"], &["-v", "--verbose"]]),
    ("chown", &[&["-R", "--recursive"], &["-v", "--verbose"]]),
    ("shred", &[&["-u"], &["-z", "--zero"], &["-f", "--force"]]),
    ("tee", &[&["-a", "--append", "--app"], &["-i", "--ignore-interrupts"]]),
    ("curl", &[&["-s", "--silent"], &["-L", "--location"], &["-k", "--insecure"]]),
    ("wget", &[&["-q", "--quiet"]]),
    ("head", &[&["-q", "--quiet"]]),
    ("tail", &[&["-q", "--quiet"]]),
    ("sort", &[&["-u", "--unique"], &["-r", "--reverse"]]),
    ("truncate", &[&["-c", "--no-create"]]),
];

/// The line and the words of its one command, if its program is known by its plain name.
fn known(text: &str) -> Option<(Line, Vec<usize>)> {
    let line = Line::parse(text)?;
    let words = line.command()?;
    options(&line.tokens[words[0]].text)?;
    Some((line, words))
}

fn options(program: &str) -> Option<&'static [&'static [&'static str]]> {
    PROGRAMS.iter().find(|(name, _)| *name == program).map(|(_, options)| *options)
}

fn spellings(program: &str, option: &str) -> Option<&'static [&'static str]> {
    options(program)?.iter().find(|spellings| spellings.contains(&option)).copied()
}

/// Where the options stand that are known, one a word.
fn single(line: &Line, words: &[usize]) -> Vec<usize> {
    let program = &line.tokens[words[0]].text;
    let before_end = words.iter().skip(1).take_while(|at| line.tokens[**at].text != "--");
    before_end.filter(|at| spellings(program, &line.tokens[**at].text).is_some()).copied().collect()
}

/// `-rf` is `-r -f`.
fn apart(text: &str, _: &mut Draw<'_>) -> Option<String> {
    let (mut line, words) = known(text)?;
    let program = line.tokens[words[0]].text.clone();
    let is_cluster = |word: &str| {
        let letters = word.strip_prefix('-').unwrap_or_default();
        letters.len() > 1 && letters.chars().all(|letter| spellings(&program, &format!("-{letter}")).is_some())
    };
    let at = *words.iter().skip(1).find(|at| is_cluster(&line.tokens[**at].text))?;
    let letters: Vec<String> = line.tokens[at].text.chars().skip(1).map(|letter| format!("-{letter}")).collect();
    line.tokens[at].text = letters.join(" ");
    Some(line.text())
}

fn spelled(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let (mut line, words) = known(text)?;
    let at = *pick(&single(&line, &words), draw)?;
    line.tokens[at].text = draw.one(spellings(&line.tokens[words[0]].text, &line.tokens[at].text)?).to_owned();
    Some(line.text())
}

fn at_the_end(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let (mut line, words) = known(text)?;
    if line.tokens.iter().any(|token| token.is_operator || token.text == "--") {
        return None;
    }
    let option = line.tokens.remove(*pick(&single(&line, &words), draw)?);
    line.tokens.push(option);
    Some(line.text())
}

fn twice(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let (mut line, words) = known(text)?;
    let at = *pick(&single(&line, &words), draw)?;
    let option = line.tokens[at].text.clone();
    line.tokens[at].text = format!("{option} {option}");
    Some(line.text())
}

/// `--` before the operands, where every option is known.
fn ended(text: &str, _: &mut Draw<'_>) -> Option<String> {
    let (mut line, words) = known(text)?;
    let singles = single(&line, &words);
    let (_, arguments) = words.split_first()?;
    let first = arguments.iter().position(|at| !singles.contains(at))?;
    let rest = &arguments[first..];
    if rest.iter().any(|at| !is_plain(&line.tokens[*at].text) || line.tokens[*at].text.starts_with('-')) {
        return None;
    }
    line.tokens[*rest.first()?].text.insert_str(0, "-- ");
    Some(line.text())
}

fn pick<'a>(places: &'a [usize], draw: &mut Draw<'_>) -> Option<&'a usize> {
    places.get(draw.below(places.len()))
}
