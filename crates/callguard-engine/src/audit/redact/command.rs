//! Secrets in commands: `curl -u user:secret`, `mysql -psecret`, `--password secret`.
//!
//! The text need not be a command: it is cut into words as a shell would, and only the options of programs that are
//! named before them count. `mkdir -p /srv` names no password.

use super::names::Names;
use crate::audit::detect::reference;
use crate::audit::hits::Hit;
use foldhash::fast::FixedState;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

/// How a program is given a secret.
#[derive(Clone, Copy)]
enum Given {
    /// The next word, or the rest of this one.
    Whole,
    /// The rest of this word only: `-psecret`.
    Attached,
    /// Behind a sign in the next word, or in the rest of this one: `user:secret`.
    Behind(char),
}

/// A program, the subcommand without which the option means something else, its option, how the secret is given.
struct Rule {
    programs: &'static [&'static str],
    subcommand: Option<&'static str>,
    options: &'static [&'static str],
    given: Given,
}

const MYSQL: &[&str] = &[
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mysqlimport",
    "mysqlcheck",
    "mysqlshow",
    "mysqlpump",
    "mysqlsh",
    "mariadb",
    "mariadb-dump",
    "mariadb-admin",
    "mariadb-import",
    "mycli",
];
const MONGO: &[&str] = &["mongo", "mongosh", "mongodump", "mongorestore", "mongoexport", "mongoimport"];
const CONTAINERS: &[&str] = &["docker", "podman", "nerdctl", "skopeo", "buildah", "helm", "oras", "crane"];

const RULES: &[Rule] = &[
    rule(&["curl"], &["-u", "--user", "-U", "--proxy-user"], Given::Behind(':')),
    rule(&["curl"], &["--oauth2-bearer", "--pass", "--proxy-pass", "-b"], Given::Whole),
    rule(&["http", "https", "xh", "xhs"], &["-a", "--auth"], Given::Behind(':')),
    rule(MYSQL, &["-p"], Given::Attached),
    rule(MONGO, &["-p"], Given::Whole),
    rule(&["redis-cli", "valkey-cli"], &["-a", "--pass"], Given::Whole),
    rule(&["sshpass"], &["-p"], Given::Whole),
    rule(&["ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldapwhoami"], &["-w"], Given::Whole),
    rule(&["smbclient", "rpcclient", "smbmap", "net"], &["-U"], Given::Behind('%')),
    rule(&["sqlcmd", "bcp"], &["-P"], Given::Whole),
    rule(&["openssl"], &["-passin", "-passout", "-pass"], Given::Behind(':')),
    rule(&["openssl"], &["-k"], Given::Whole),
    rule(&["zip", "unzip", "mosquitto_pub", "mosquitto_sub"], &["-P"], Given::Whole),
    rule(&["7z", "7za", "7zz", "rar", "unrar"], &["-p"], Given::Attached),
    rule(&["rar", "unrar"], &["-hp"], Given::Attached),
    rule(&["lftp"], &["-u"], Given::Behind(',')),
    Rule { programs: CONTAINERS, subcommand: Some("login"), options: &["-p"], given: Given::Whole },
    Rule { programs: &["az"], subcommand: Some("login"), options: &["-p"], given: Given::Whole },
];

/// Programs that set a name to the word behind it: `aws configure set aws_secret_access_key …`.
const SETTERS: &[&str] = &["aws", "npm", "pip", "git", "setx", "gh", "gcloud", "poetry"];

const fn rule(programs: &'static [&'static str], options: &'static [&'static str], given: Given) -> Rule {
    Rule { programs, subcommand: None, options, given }
}

/// Every secret that a command in the text is given. A line without an option and without one of the words at `setters`,
/// which stand where programs set something, gives none.
pub(super) fn hits(text: &str, setters: &[usize], names: &Names, hits: &mut Vec<Hit>) {
    let mut setters = setters.iter().peekable();
    let mut start = 0;
    while start < text.len() {
        let end = end_of_line(text.as_bytes(), start);
        let line = text.get(start..end).unwrap_or_default();
        let mut sets = false;
        while setters.next_if(|at| **at < end).is_some() {
            sets = true;
        }
        if sets || has_option(line.as_bytes(), names) {
            hits.extend(in_line(line, names).map(|part| part.hit(start)));
        }
        start = end + 1;
    }
}

/// A line goes on where a backslash stands before its end.
fn end_of_line(text: &[u8], start: usize) -> usize {
    let mut ends = memchr::memchr2_iter(b'\n', b'\r', text.get(start..).unwrap_or_default()).map(|at| start + at);
    let before = |at: usize, byte: u8| at > start && text.get(at - 1) == Some(&byte);
    let stops = |at: &usize| match text.get(*at) {
        Some(b'\r') => !before(*at, b'\\') || text.get(at + 1) != Some(&b'\n'),
        _ => !(before(*at, b'\\') || before(*at, b'\r') && before(at - 1, b'\\')),
    };
    ends.find(stops).unwrap_or(text.len())
}

/// Whether a word of the line is an option that may be followed by a secret.
fn has_option(line: &[u8], names: &Names) -> bool {
    memchr::memchr_iter(b'-', line).any(|at| {
        let begins = at.checked_sub(1).and_then(|before| line.get(before)).is_none_or(|byte| ends_word(*byte));
        begins && line.get(at..).is_some_and(|option| telling(option, names))
    })
}

/// Whether an option, with whatever stands behind it, is one of [`RULES`] or has a name that may hide.
fn telling(option: &[u8], names: &Names) -> bool {
    let length = option.iter().position(|byte| ends_word(*byte) || *byte == b'=').unwrap_or(option.len());
    let named = || {
        let name = option.get(..length).and_then(|option| option.strip_prefix(b"--"))?;
        std::str::from_utf8(name).ok().filter(|name| names.may_hide(name))
    };
    static FIRST: LazyLock<HashSet<u8, FixedState>> = LazyLock::new(|| {
        let options = RULES.iter().flat_map(|rule| rule.options);
        options.filter_map(|option| option.as_bytes().get(1).copied()).filter(|byte| *byte != b'-').collect()
    });
    match option.get(1) {
        Some(b'-') => named().is_some() || LONG_OPTIONS.iter().any(|long| option.starts_with(long.as_bytes())),
        Some(letter) => FIRST.contains(letter),
        None => false,
    }
}

/// Options of [`RULES`] whose names do not tell.
const LONG_OPTIONS: [&str; 3] = ["--user", "--proxy-user", "--oauth2-bearer"];

fn ends_word(byte: u8) -> bool {
    byte == b' ' || byte == b'\t' || BREAKS.as_bytes().contains(&byte)
}

fn in_line(line: &str, names: &Names) -> impl Iterator<Item = Part> {
    let mut reader = Reader::new(names);
    Words::of(line).filter_map(move |word| {
        let Some(range) = word else {
            reader = Reader::new(names);
            return None;
        };
        let part = reader.word(line.get(range.clone()).unwrap_or_default())?;
        Some(Part { range: range.start + part.range.start..range.start + part.range.end, label: part.label })
    })
}

/// The same for a command that is a list of words: for each word, the part to hide.
pub(super) fn argv_hits(words: &[&str], names: &Names) -> Vec<Option<Hit>> {
    let mut reader = Reader::new(names);
    words.iter().map(|word| reader.word(word).map(|part| part.hit(0))).collect()
}

struct Part {
    range: Range<usize>,
    label: String,
}

impl Part {
    fn hit(self, from: usize) -> Hit {
        Hit::new(from + self.range.start, from + self.range.end, self.label)
    }
}

/// Reads one command, word by word.
struct Reader<'n> {
    names: &'n Names,
    /// The last known program.
    program: Option<&'static str>,
    subcommands: Vec<&'static str>,
    /// What the next word is.
    next: Option<(Given, String)>,
}

impl<'n> Reader<'n> {
    fn new(names: &'n Names) -> Reader<'n> {
        Reader { names, program: None, subcommands: Vec::new(), next: None }
    }

    fn word(&mut self, word: &str) -> Option<Part> {
        if let Some((given, label)) = self.next.take() {
            let option = word.starts_with('-') && word.len() > 1 && matches!(given, Given::Whole);
            if !option {
                return part(word, 0, given, label);
            }
        }
        if let Some(program) = known(word) {
            (self.program, self.subcommands) = (Some(program), Vec::new());
        } else if word == "login" {
            self.subcommands.push("login");
        }
        self.option(word).or_else(|| {
            self.name(word);
            None
        })
    }

    /// An option of the program: the secret is in this word, or comes next.
    fn option(&mut self, word: &str) -> Option<Part> {
        let program = self.program.filter(|_| word.starts_with('-'))?;
        let applies = |rule: &&Rule| {
            rule.programs.contains(&program) && rule.subcommand.is_none_or(|need| self.subcommands.contains(&need))
        };
        for rule in RULES.iter().filter(applies) {
            for option in rule.options {
                let Some(rest) = word.strip_prefix(option) else { continue };
                let long = option.starts_with("--") || option.len() > 2;
                match (rest, rule.given) {
                    ("", Given::Attached) => {}
                    ("", given) => self.next = Some((given, "password".to_owned())),
                    (rest, given) if rest.starts_with('=') => {
                        return part(word, option.len() + 1, given, "password".to_owned());
                    }
                    (_, given) if !long || matches!(given, Given::Attached) => {
                        return part(word, option.len(), given, "password".to_owned());
                    }
                    _ => {}
                }
            }
        }
        None
    }

    /// `--password`, of any program; `set NAME`, of some.
    fn name(&mut self, word: &str) {
        let setter = self.program.is_some_and(|program| SETTERS.contains(&program));
        let name = word.strip_prefix("--").or(Some(word).filter(|word| setter && !word.starts_with('-')));
        if let Some(hidden) = name.filter(|name| !name.contains('=')).and_then(|name| self.names.hidden(name)) {
            self.next = Some((Given::Whole, hidden.to_owned()));
        }
    }
}

/// The part of a word that is the secret.
fn part(word: &str, from: usize, given: Given, label: String) -> Option<Part> {
    let value = word.get(from..)?;
    let skip = match given {
        Given::Behind(sign) => value.find(sign)? + sign.len_utf8(),
        Given::Whole | Given::Attached => 0,
    };
    let secret = value.get(skip..)?;
    let bare = secret.trim_matches(['"', '\'']);
    // `<your token>` is a place for one.
    if bare.is_empty() || bare.starts_with('<') || reference(bare.as_bytes()) {
        return None;
    }
    let start = from + skip + secret.len() - secret.trim_start_matches(['"', '\'']).len();
    Some(Part { range: start..start + bare.len(), label })
}

/// The program that a word runs, if its options are known.
fn known(word: &str) -> Option<&'static str> {
    static KNOWN: LazyLock<HashSet<&str, FixedState>> =
        LazyLock::new(|| RULES.iter().flat_map(|rule| rule.programs).chain(SETTERS).copied().collect());
    let bare = word.trim_matches(['"', '\'']);
    let name = bare.get(memchr::memrchr2(b'/', b'\\', bare.as_bytes()).map_or(0, |last| last + 1)..)?;
    KNOWN.get(name.strip_suffix(".exe").unwrap_or(name)).copied()
}

/// Words as a shell cuts them; `None` between commands. Quotes do not reach over lines.
struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Words<'t> {
    fn of(text: &'t str) -> Words<'t> {
        Words { text, at: 0 }
    }
}

impl Iterator for Words<'_> {
    type Item = Option<Range<usize>>;

    fn next(&mut self) -> Option<Option<Range<usize>>> {
        let whole = self.text.get(self.at..)?;
        let mut rest = whole.trim_start_matches([' ', '\t']);
        while let Some(next) = rest.strip_prefix("\\\n").or_else(|| rest.strip_prefix("\\\r\n")) {
            rest = next.trim_start_matches([' ', '\t']);
        }
        let start = self.at + whole.len() - rest.len();
        let first = rest.chars().next()?;
        if BREAKS.contains(first) {
            self.at = start + first.len_utf8();
            return Some(None);
        }
        let length = word_length(rest);
        self.at = start + length;
        Some(Some(start..start + length))
    }
}

/// What ends a command.
const BREAKS: &str = "\n\r;|&()`";

fn word_length(text: &str) -> usize {
    let mut quote = None;
    let mut last = ' ';
    for (at, letter) in text.char_indices() {
        match quote {
            _ if matches!(letter, '\n' | '\r') => return at,
            Some(open) if letter == open && last != '\\' => quote = None,
            Some(_) => {}
            // A quote within a word of letters is an apostrophe.
            None if matches!(letter, '"' | '\'') && !last.is_alphanumeric() => quote = Some(letter),
            None if letter == ' ' || letter == '\t' || BREAKS.contains(letter) => return at,
            None => {}
        }
        last = letter;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_of_the_rules_is_worth_reading_its_line() {
        for option in RULES.iter().flat_map(|rule| rule.options) {
            let line = format!("program {option} value");
            assert!(has_option(line.as_bytes(), &Names::default()) || has_option(line.as_bytes(), &Names::builtin()));
            let builtin = option.starts_with("--") && !LONG_OPTIONS.contains(option);
            assert!(!builtin || Names::builtin().may_hide(option), "{option}");
        }
        for line in ["rm -rf x", "git commit -m 'a - b'", "x --namespace y --wait=false", "a-p b", "->", "- item"] {
            assert!(!has_option(line.as_bytes(), &Names::builtin()), "{line}");
        }
    }
}
