//! What is known of programs: their options, what their operands are, what they do. The data is in `programs/`.

use regex::Regex;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// One program, or one subcommand of it.
#[derive(Debug, Default)]
pub(super) struct Spec {
    /// It reads and changes nothing, as long as no option says otherwise.
    pub(super) reads: bool,
    /// What its operands are: those before the repeated one, the repeated one, those after it.
    pub(super) operands: Operands,
    pub(super) flags: Vec<Flag>,
    pub(super) subcommands: HashMap<String, Spec>,
    /// Options end at the first operand.
    pub(super) stops: bool,
    /// Long options take one dash.
    pub(super) one_dash: bool,
    /// Without an operand it runs what it reads on stdin.
    pub(super) runs_stdin: bool,
    /// The option that an operand starting with `+` stands for.
    pub(super) plus: Option<String>,
    /// Places that it reaches by its configuration.
    pub(super) hosts: Vec<String>,
    /// Its operands stand for all that is below them.
    pub(super) trees: bool,
    /// Words that are neither options nor operands.
    pub(super) punctuation: Vec<String>,
    /// The last operand may be a directory that the others are put into.
    pub(super) into: bool,
    /// What it works on where no operand says.
    pub(super) default_operand: Option<String>,
    /// Code of its own language that does no harm.
    pub(super) harmless: Vec<Regex>,
}

#[derive(Debug, Default)]
pub(super) struct Operands {
    pub(super) first: Vec<Role>,
    pub(super) repeated: Option<Role>,
    pub(super) last: Vec<Role>,
}

/// One option in all its spellings.
#[derive(Debug)]
pub(super) struct Flag {
    pub(super) spellings: Vec<String>,
    pub(super) value: Value,
    pub(super) role: Role,
    /// It stands for the first, or the last, operand.
    pub(super) replaces: Option<Replaces>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    None,
    Optional,
    Required,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replaces {
    First,
    Last,
}

/// What a word, or an option without one, means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing beyond the program.
    Text,
    /// A file that is read.
    Read,
    /// A file that is written, moved or removed.
    Write,
    /// Where the program works.
    Directory,
    /// A URL; a missing scheme is `http`.
    Url,
    /// A host, perhaps `user@host`.
    Host,
    /// A file, or `host:file`, that is read.
    ReadRemote,
    /// A file, or `host:file`, that is written.
    WriteRemote,
    /// The name of a git remote, or its URL.
    GitRemote,
    /// The name of a profile of a configured place.
    Profile,
    /// Data, or `@FILE` that is read.
    Upload,
    /// A script of the shell.
    Script,
    /// A program; what follows are its words.
    Program,
    /// `NAME=VALUE` before a program.
    Assignment,
    /// Code of another language.
    Code,
    /// Code of another language in a file.
    CodeFile,
    /// Makes what the program does unknowable.
    Runs,
    /// Makes it change something.
    Writes,
    /// Makes the operands what is below them too.
    Tree,
    /// Makes the operands written, and takes them back from reading.
    InPlace,
    /// `if=FILE`, `of=FILE`, as `dd` has them.
    KeyValue,
}

impl Role {
    fn parse(word: &str) -> Option<Role> {
        Some(match word {
            "" | "text" => Role::Text,
            "read" => Role::Read,
            "write" => Role::Write,
            "directory" => Role::Directory,
            "url" => Role::Url,
            "host" => Role::Host,
            "read-remote" => Role::ReadRemote,
            "write-remote" => Role::WriteRemote,
            "git-remote" => Role::GitRemote,
            "profile" => Role::Profile,
            "upload" => Role::Upload,
            "script" => Role::Script,
            "program" => Role::Program,
            "assignment" => Role::Assignment,
            "code" => Role::Code,
            "code-file" => Role::CodeFile,
            "runs" => Role::Runs,
            "writes" => Role::Writes,
            "tree" => Role::Tree,
            "in-place" => Role::InPlace,
            "key-value" => Role::KeyValue,
            _ => return None,
        })
    }
}

/// The program of that name, if it is known.
pub(super) fn program(name: &str) -> Option<&'static Spec> {
    let index = CATALOG.names.get(name)?;
    CATALOG.specs.get(*index)
}

/// Directories whose programs are what they are called.
pub(super) const SYSTEM_DIRECTORIES: [&str; 7] =
    ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"];

#[derive(Default)]
struct Catalog {
    specs: Vec<Spec>,
    names: HashMap<String, usize>,
}

const DATA: [&str; 4] = [
    include_str!("programs/shell.toml"),
    include_str!("programs/files.toml"),
    include_str!("programs/network.toml"),
    include_str!("programs/tools.toml"),
];

/// Empty, and so every program unknown, if the data did not parse; a test holds that it does.
static CATALOG: LazyLock<Catalog> = LazyLock::new(|| read_catalog(&DATA).unwrap_or_default());

/// The data as it is written.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WireSpec {
    /// Other names of the same program.
    names: Vec<String>,
    reads: bool,
    operands: Vec<String>,
    flags: BTreeMap<String, String>,
    sub: BTreeMap<String, WireSpec>,
    stops: bool,
    one_dash: bool,
    runs_stdin: bool,
    plus: Option<String>,
    hosts: Vec<String>,
    trees: bool,
    punctuation: Vec<String>,
    into: bool,
    default: Option<String>,
    harmless: Vec<String>,
}

fn read_catalog(texts: &[&str]) -> Result<Catalog, String> {
    let mut catalog = Catalog::default();
    for text in texts {
        let wire: BTreeMap<String, WireSpec> = toml::from_str(text).map_err(|error| error.to_string())?;
        for (name, wire) in wire {
            catalog.add(&name, wire)?;
        }
    }
    Ok(catalog)
}

impl Catalog {
    fn add(&mut self, name: &str, wire: WireSpec) -> Result<(), String> {
        let index = self.specs.len();
        for name in wire.names.iter().map(String::as_str).chain([name]) {
            if self.names.insert(name.to_owned(), index).is_some() {
                return Err(format!("`{name}` stands twice"));
            }
        }
        self.specs.push(Spec::from_wire(wire).map_err(|error| format!("{name}: {error}"))?);
        Ok(())
    }
}

impl Spec {
    /// Every role that an operand or option of it may have.
    pub(super) fn roles(&self) -> impl Iterator<Item = Role> {
        let operands = self.operands.first.iter().chain(&self.operands.repeated).chain(&self.operands.last);
        operands.copied().chain(self.flags.iter().map(|flag| flag.role))
    }

    fn from_wire(wire: WireSpec) -> Result<Spec, String> {
        let mut subcommands = HashMap::new();
        for (name, wire) in wire.sub {
            if !wire.names.is_empty() {
                return Err(format!("{name}: a subcommand has one name"));
            }
            let spec = Spec::from_wire(wire).map_err(|error| format!("{name}: {error}"))?;
            subcommands.insert(name, spec);
        }
        Ok(Spec {
            reads: wire.reads,
            operands: Operands::parse(&wire.operands)?,
            flags: flags(&wire.flags)?,
            subcommands,
            stops: wire.stops,
            one_dash: wire.one_dash,
            runs_stdin: wire.runs_stdin,
            plus: wire.plus,
            hosts: wire.hosts,
            trees: wire.trees,
            punctuation: wire.punctuation,
            into: wire.into,
            default_operand: wire.default,
            harmless: wire.harmless.iter().map(|code| whole(code)).collect::<Result<_, _>>()?,
        })
    }
}

/// A regular expression over the whole of a text.
fn whole(pattern: &str) -> Result<Regex, String> {
    Regex::new(&format!(r"\A(?:{pattern})\z")).map_err(|error| error.to_string())
}

fn flags(wire: &BTreeMap<String, String>) -> Result<Vec<Flag>, String> {
    let each = wire.iter().flat_map(|(names, role)| names.split('|').map(move |names| (names, role)));
    each.map(|(names, role)| Flag::parse(names, role)).collect()
}

impl Operands {
    fn parse(words: &[String]) -> Result<Operands, String> {
        let mut operands = Operands::default();
        for word in words {
            let (name, repeats) = match word.strip_suffix("...") {
                Some(name) => (name, true),
                None => (word.as_str(), false),
            };
            let role = Role::parse(name).ok_or_else(|| format!("no role `{name}`"))?;
            if repeats && operands.repeated.replace(role).is_some() {
                return Err("two repeated operands".to_owned());
            } else if !repeats && operands.repeated.is_some() {
                operands.last.push(role);
            } else if !repeats {
                operands.first.push(role);
            }
        }
        Ok(operands)
    }
}

impl Flag {
    /// `"-o --output" = "=write"`: `=` takes a value, `=?` may take one, `,first` or `,last` replaces an operand.
    fn parse(names: &str, text: &str) -> Result<Flag, String> {
        let (text, replaces) = match text.split_once(',') {
            Some((text, "first")) => (text, Some(Replaces::First)),
            Some((text, "last")) => (text, Some(Replaces::Last)),
            Some((_, other)) => return Err(format!("{names}: no such operand `{other}`")),
            None => (text, None),
        };
        let (value, role) = match (text.strip_prefix("=?"), text.strip_prefix('=')) {
            (Some(role), _) => (Value::Optional, role),
            (None, Some(role)) => (Value::Required, role),
            (None, None) => (Value::None, text),
        };
        let role = Role::parse(role).ok_or_else(|| format!("{names}: no role `{role}`"))?;
        Ok(Flag { spellings: names.split(' ').map(str::to_owned).collect(), value, role, replaces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_sound() {
        let catalog = read_catalog(&DATA).unwrap();
        assert!(catalog.specs.len() > 50);
        for (name, index) in &catalog.names {
            let mut seen: Vec<&str> = Vec::new();
            for spelling in catalog.specs[*index].flags.iter().flat_map(|flag| &flag.spellings) {
                assert!(spelling.starts_with('-') && !seen.contains(&spelling.as_str()), "{name} {spelling}");
                seen.push(spelling);
            }
        }
    }
}
