//! Secrets in commands: `curl -u user:secret`, `mysql -psecret`, `--password secret`.
//!
//! The text need not be a command: it is cut into words as a shell would, and only the options of programs that are
//! named before them count. `mkdir -p /srv` names no password.

use super::names::Names;
use crate::audit::detect::reference;
use crate::audit::hits::Hit;
use std::ops::Range;

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

/// Every secret that a command in the text is given.
pub(super) fn hits(text: &str, names: &Names) -> Vec<Hit> {
    let mut hits = Vec::new();
    let mut reader = Reader::new(names);
    for word in Words::of(text) {
        match word {
            None => reader = Reader::new(names),
            Some(range) => hits.extend(
                reader
                    .word(text.get(range.clone()).unwrap_or_default())
                    .map(|part| Hit::new(range.start + part.range.start, range.start + part.range.end, part.label)),
            ),
        }
    }
    hits
}

/// The same for a command that is a list of words: for each word, the part to hide.
pub(super) fn argv_hits(words: &[&str], names: &Names) -> Vec<Option<Hit>> {
    let mut reader = Reader::new(names);
    let hit = |part: Part| Hit::new(part.range.start, part.range.end, part.label);
    words.iter().map(|word| reader.word(word).map(hit)).collect()
}

struct Part {
    range: Range<usize>,
    label: String,
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
    let name = word.trim_matches(['"', '\'']).rsplit(['/', '\\']).next()?;
    let name = name.strip_suffix(".exe").unwrap_or(name);
    RULES.iter().flat_map(|rule| rule.programs).chain(SETTERS).find(|program| **program == name).copied()
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
        let rest = self.text.get(self.at..)?;
        let gap = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let start = self.at + gap;
        let rest = rest.get(gap..)?;
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
