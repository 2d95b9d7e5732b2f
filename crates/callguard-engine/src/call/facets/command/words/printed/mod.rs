//! What a substitution comes to, where its program prints nothing but what its words say: `$(date +%F)`, `$(basename "$f")`.

#[cfg(test)]
mod tests;

use super::braces::next_unquoted;
use super::{NUMBER, Open, Scope, Word, expand};
use compact_str::CompactString;

/// Substitutions within each other that are followed.
const DEEPEST: u8 = 3;
/// Words that are looked at.
const MOST_WORDS: usize = 64;
/// Numbers that are written out, as `seq` gives them.
const MOST_NUMBERS: u64 = 64;

/// Programs whose output is known by their words. The first of them are the shell's own, whatever `PATH` says.
const BUILTINS: [&str; 2] = ["echo", "printf"];
const PROGRAMS: [&str; 10] = ["date", "basename", "dirname", "seq", "mktemp", "nproc", "id", "uname", "whoami", "git"];

/// Lines that print one name without a `/`.
const NAMES: [&str; 8] = [
    "uname -s",
    "uname -m",
    "uname -r",
    "whoami",
    "id -un",
    "git rev-parse HEAD",
    "git rev-parse --short HEAD",
    "git rev-parse --verify HEAD",
];

/// Whether `PATH` says which program that is.
pub(in super::super) fn needs_path(name: &str) -> bool {
    !BUILTINS.contains(&name)
}

/// Whether a function of that name would change what substitutions come to.
pub(in super::super) fn is_printer(name: &str) -> bool {
    BUILTINS.contains(&name) || PROGRAMS.contains(&name)
}

/// What the one simple command of a substitution prints, its last newlines left out.
pub(super) fn printed(script: &str, scope: Scope<'_>) -> Option<Word> {
    let script = script.trim();
    let program = script.split([' ', '\t']).next()?;
    let is_known = BUILTINS.contains(&program) || !scope.path_changed && PROGRAMS.contains(&program);
    if !is_known || !scope.prints || scope.depth >= DEEPEST {
        return None;
    }
    let scope = Scope { depth: scope.depth.saturating_add(1), ..scope };
    let mut words = Vec::new();
    for source in sources(script)?.into_iter().skip(1) {
        let found = expand(source, scope);
        if found.doubt.is_some() || words.len() > MOST_WORDS {
            return None;
        }
        words.extend(found.words);
    }
    scope.followed.set(true);
    by(program, &words)
}

/// The sources of the words of a simple command. `None`: it is more than that.
fn sources(script: &str) -> Option<Vec<&str>> {
    const ENDS: [char; 11] = [' ', '\t', '\n', '|', ';', '&', '<', '>', '(', ')', '#'];
    let mut sources = Vec::new();
    let mut rest = script;
    while let Some(end) = next_unquoted(rest, &ENDS) {
        let (source, after) = rest.split_at_checked(end)?;
        rest = after.strip_prefix([' ', '\t'])?.trim_start_matches([' ', '\t']);
        sources.push(source);
    }
    sources.push(rest);
    (sources.len() <= MOST_WORDS).then_some(sources)
}

/// What a program prints that is given these words, its last newlines left out.
pub(in super::super) fn by(program: &str, words: &[Word]) -> Option<Word> {
    match program {
        "echo" => echo(words),
        "printf" => format(words),
        "date" => date(words),
        "basename" => basename(words),
        "dirname" => dirname(words),
        "seq" => numbers(words),
        "mktemp" => temporary(words),
        "nproc" if words.is_empty() => Some(Word::number()),
        "id" if matches!(words, [only] if matches!(only.known(), Some("-u" | "-g"))) => Some(Word::number()),
        _ => {
            let known: Vec<&str> = words.iter().map(Word::known).collect::<Option<_>>()?;
            let line = std::iter::once(program).chain(known).collect::<Vec<_>>().join(" ");
            NAMES.contains(&line.as_str()).then(|| pattern("", "?*", ""))
        }
    }
}

fn echo(words: &[Word]) -> Option<Word> {
    if let [word] = words
        && word.is_number()
    {
        return Some(word.clone());
    }
    let known: Vec<&str> = words.iter().map(Word::known).collect::<Option<_>>()?;
    // Some shells undo escapes.
    let is_plain =
        !known.first().is_some_and(|first| first.starts_with('-')) && !known.iter().any(|it| it.contains('\\'));
    is_plain.then(|| literal(&known.join(" ")))
}

/// `printf '%s\n' a b`: the format is used again as long as words are left.
fn format(words: &[Word]) -> Option<Word> {
    let (format, mut rest) = words.split_first()?;
    let format = format.known().filter(|format| !format.starts_with('-'))?;
    let mut out = Built::default();
    loop {
        let before = rest.len();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => out.push(match letters.next()? {
                    'n' => '\n',
                    't' => '\t',
                    '\\' => '\\',
                    _ => return None,
                }),
                '%' => rest = conversion(&mut letters, rest, &mut out)?,
                letter => out.push(letter),
            }
        }
        if rest.is_empty() || rest.len() == before {
            return rest.is_empty().then(|| out.finish());
        }
    }
}

/// One conversion of a format; gives the words that are left.
fn conversion<'w>(letters: &mut std::str::Chars<'_>, words: &'w [Word], out: &mut Built) -> Option<&'w [Word]> {
    let spec = letters.as_str();
    let width = spec.len().saturating_sub(spec.trim_start_matches(|c: char| c.is_ascii_digit()).len());
    let padding = spec.get(..width).unwrap_or_default();
    letters.by_ref().take(width).for_each(drop);
    let (word, rest) = words.split_first().map_or((None, words), |(word, rest)| (Some(word), rest));
    match letters.next()? {
        '%' if width == 0 => {
            out.push('%');
            return Some(words);
        }
        's' if width == 0 => match word {
            None => {}
            Some(word) if word.is_number() => out.number(),
            Some(word) => word.known()?.chars().for_each(|c| out.push(c)),
        },
        'd' if width == 0 || padding.starts_with('0') => match word {
            Some(word) if word.is_number() => out.number(),
            Some(word) => {
                let digits = word.known().filter(|text| is_digits(text) && (width == 0 || text.len() <= 18))?;
                match padding.parse::<usize>() {
                    Ok(width) if width < 64 => format!("{digits:0>width$}").chars().for_each(|c| out.push(c)),
                    _ if width == 0 && !(digits.len() > 1 && digits.starts_with('0')) => {
                        digits.chars().for_each(|c| out.push(c));
                    }
                    _ => return None,
                }
            }
            None => out.push('0'),
        },
        _ => return None,
    }
    Some(rest)
}

/// A text that is put together, of which parts may be numbers or names.
#[derive(Default)]
struct Built {
    text: CompactString,
    glob: String,
    is_open: bool,
}

impl Built {
    fn push(&mut self, c: char) {
        if !self.is_open {
            self.text.push(c);
        }
        if matches!(c, '*' | '?' | '[' | '\\') {
            self.glob.push('\\');
        }
        self.glob.push(c);
    }

    fn number(&mut self) {
        self.open(NUMBER);
    }

    fn open(&mut self, glob: &str) {
        self.is_open = true;
        self.glob.push_str(glob);
    }

    fn finish(self) -> Word {
        if !self.is_open {
            return literal(&self.text);
        }
        let has_slash = self.glob.contains('/');
        Word { text: self.text, open: Some(Open::Pattern), glob: Some(self.glob.into()), has_slash, many: false }
    }
}

/// `+%Y-%m-%d`: digits, and names of days and months, none of which holds a `/`.
fn date(words: &[Word]) -> Option<Word> {
    let mut out = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.known()? {
            "-u" | "--utc" | "--universal" => {}
            "-d" | "--date" | "-r" | "--reference" => drop(rest.next()?),
            "-I" => out = Some(pattern("", NUMBER, "")),
            text if text.starts_with("--date=") => {}
            text => out = Some(date_as(text.strip_prefix('+').filter(|_| out.is_none())?)?),
        }
    }
    out
}

fn date_as(format: &str) -> Option<Word> {
    let mut out = Built::default();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        match letters.next()? {
            '%' => out.push('%'),
            '-' => match letters.next()? {
                'd' | 'e' | 'm' | 'H' | 'I' | 'k' | 'l' | 'M' | 'S' | 'j' => out.number(),
                _ => return None,
            },
            'Y' | 'm' | 'd' | 'H' | 'I' | 'M' | 'S' | 's' | 'N' | 'j' | 'y' | 'C' | 'G' | 'g' | 'V' | 'U' | 'W'
            | 'u' | 'w' | 'F' | 'T' | 'R' => out.number(),
            'a' | 'A' | 'b' | 'B' | 'h' | 'z' => out.open("?*"),
            _ => return None,
        }
    }
    Some(out.finish())
}

/// The operands after a `--`, if there are no options.
fn operands(words: &[Word]) -> Option<&[Word]> {
    let words = match words.split_first() {
        Some((first, rest)) if first.known() == Some("--") => return Some(rest),
        _ => words,
    };
    (!words.iter().any(Word::may_be_option)).then_some(words)
}

fn basename(words: &[Word]) -> Option<Word> {
    let (path, suffix) = match operands(words)? {
        [path] => (path, ""),
        [path, suffix] => (path, suffix.known()?),
        _ => return None,
    };
    if let Some(text) = path.known() {
        let name = text.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty())?;
        return Some(literal(name.strip_suffix(suffix).filter(|left| !left.is_empty()).unwrap_or(name)));
    }
    let glob = path.glob.as_deref().filter(|_| path.open == Some(Open::Pattern))?;
    let name = glob.rsplit('/').next().filter(|name| !name.is_empty() && !name.starts_with(['.', '\\']))?;
    // What is a class may hold more than a name; a number is one, and stays alone.
    if name == NUMBER && suffix.is_empty() {
        return Some(Word::number());
    }
    if name.contains(['[', '\\']) || suffix.contains(['*', '?', '[', '\\']) {
        return None;
    }
    let tail = name.rsplit(['*', '?']).next().unwrap_or_default();
    let left = match name.strip_suffix(suffix) {
        Some(left) => left,
        None if tail.len() >= suffix.len() => name,
        None => return None,
    };
    Some(if left.contains(['*', '?']) { pattern("", left, "") } else { literal(left) })
}

fn dirname(words: &[Word]) -> Option<Word> {
    let [path] = operands(words)? else { return None };
    let text = match (path.known(), &path.glob) {
        (Some(text), _) => text,
        (None, Some(glob)) if path.open == Some(Open::Pattern) => glob,
        _ => return None,
    };
    let above = match text.trim_end_matches('/').rsplit_once('/') {
        None if text.starts_with('/') => "/",
        None => ".",
        Some((above, _)) if above.trim_end_matches('/').is_empty() => "/",
        Some((above, _)) => above.trim_end_matches('/'),
    };
    let is_open = path.open.is_some() && above.contains(['*', '?', '[', '\\']);
    (!is_open).then(|| literal(above))
}

/// `seq LAST`, `seq FIRST LAST`, `seq FIRST STEP LAST`, in digits.
fn numbers(words: &[Word]) -> Option<Word> {
    // Wide ones are filled up with zeros.
    if words.iter().any(|word| word.text.starts_with('0')) {
        return None;
    }
    let known: Vec<u64> = words
        .iter()
        .map(|word| word.known().filter(|text| is_digits(text) && text.len() <= 18)?.parse().ok())
        .collect::<Option<_>>()?;
    let (first, step, last) = match known.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] => (*first, *step, *last),
        _ => return None,
    };
    let count = last.checked_sub(first)?.checked_div(step)?.checked_add(1).filter(|count| *count <= MOST_NUMBERS)?;
    let lines = (0..count).map(|at| first.saturating_add(at.saturating_mul(step)).to_string());
    Some(Word::literal(lines.collect::<Vec<_>>().join("\n")))
}

/// Whether what `seq` is given makes it print numbers and nothing else.
pub(in super::super) fn prints_numbers(words: &[Word]) -> bool {
    let number = |word: &Word| word.is_number() || word.known().is_some_and(|text| text == "-w" || is_digits(text));
    !words.is_empty() && words.iter().all(number)
}

/// `mktemp -d -p build`, `mktemp build/x.XXXXXX`.
fn temporary(words: &[Word]) -> Option<Word> {
    let (mut directory, mut template) = (None, None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let text = word.known()?;
        match text {
            "-d" | "-q" | "-u" | "--directory" | "--quiet" | "-dq" | "-qd" => {}
            "-p" => directory = Some(rest.next()?.known()?),
            "-dp" => directory = Some(rest.next()?.known()?),
            text if text.starts_with("--tmpdir=") => directory = text.strip_prefix("--tmpdir="),
            text if text.starts_with('-') || template.is_some() => return None,
            text => template = Some(text),
        }
    }
    let template = match (directory, template) {
        (None, None) => return None,
        (Some(_), template) => template.unwrap_or("tmp.XXXXXXXXXX"),
        (None, Some(template)) => template,
    };
    if directory.is_some_and(str::is_empty) || directory.is_some() && template.starts_with('/') {
        return None;
    }
    let left = template.trim_end_matches('X');
    if template.len().saturating_sub(left.len()) < 3 {
        return None;
    }
    let above = directory.map(|directory| format!("{directory}/")).unwrap_or_default();
    Some(pattern(&format!("{above}{left}"), "?*", ""))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A text as a substitution gives it.
fn literal(text: &str) -> Word {
    Word::literal(text.trim_end_matches('\n'))
}

/// A name of which a glob is known between two texts.
fn pattern(before: &str, glob: &str, after: &str) -> Word {
    let mut out = Built::default();
    before.chars().for_each(|c| out.push(c));
    out.open(glob);
    after.chars().for_each(|c| out.push(c));
    out.finish()
}
