//! The data as it is written, checked as it is read.

use super::{Catalog, Effect, Family, Flag, Operands, Others, Replaces, Role, Spec, Value, Variant};
use crate::call::SideEffect;
use crate::call::facets::command::code::Language;
use compact_str::CompactString;
use regex::Regex;
use std::collections::BTreeMap;

/// An entry as it is written. What each key means is said in `programs/README.md`.
#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WireSpec {
    names: Vec<String>,
    about: String,
    effect: Option<String>,
    operands: Vec<String>,
    single: Vec<String>,
    plain: String,
    valued: String,
    optional: String,
    flags: BTreeMap<String, String>,
    like: Option<String>,
    others: Option<String>,
    sub: BTreeMap<String, WireSpec>,
    same: Vec<String>,
    when: BTreeMap<String, WireVariant>,
    stops: bool,
    one_dash: bool,
    unclustered: bool,
    bundle: bool,
    argument_files: bool,
    dashed: Option<String>,
    runs_stdin: bool,
    obeys_stdin: bool,
    shell: bool,
    language: Option<String>,
    plus: Option<String>,
    plus_options: bool,
    plus_commands: Option<String>,
    hosts: Option<Vec<String>>,
    trees: bool,
    punctuation: Vec<String>,
    into: bool,
    formats: bool,
    default: Option<String>,
    tree_default: Option<String>,
    writes_below: Option<String>,
    no_follow: bool,
    removes_links: bool,
    replaces: bool,
    named_by_url: bool,
    elsewhere: bool,
    starts_at: Option<String>,
    appends: bool,
    each: bool,
    reading: Option<String>,
    settings: Option<String>,
    command_settings: Option<String>,
    globals_first: bool,
    works_there: bool,
    transparent: bool,
    examples: Vec<String>,
}

#[derive(Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WireVariant {
    effect: Option<String>,
    operands: Option<Vec<String>>,
    writes_below: Option<String>,
    roles: BTreeMap<String, String>,
}

type Entries = BTreeMap<String, WireSpec>;

/// Reads every family. An error says the file, the entry and what is wrong with it.
pub(super) fn read(families: &[Family]) -> Result<Catalog, String> {
    let mut catalog = Catalog::default();
    for family in families {
        let entries: Entries = toml::from_str(family.text).map_err(|error| format!("{}.toml: {error}", family.file))?;
        for (name, wire) in &entries {
            let at = |problem| format!("{}.toml: [{name}] {problem}", family.file);
            if wire.about.is_empty() || wire.examples.is_empty() {
                return Err(at("needs `about` and `examples`".to_owned()));
            }
            let spec = spec(wire, None, &entries).map_err(at)?;
            catalog.add(name, &wire.names, family.file, spec).map_err(at)?;
        }
    }
    Ok(catalog)
}

impl Catalog {
    fn add(&mut self, name: &str, names: &[String], family: &'static str, spec: Spec) -> Result<(), String> {
        for name in std::iter::once(name).chain(names.iter().map(String::as_str)) {
            if self.names.insert(name.to_owned(), self.specs.len()).is_some() {
                return Err(format!("names `{name}`, which another entry has"));
            }
        }
        self.entries.push((name.to_owned(), names.to_vec(), family));
        self.specs.push(spec);
        Ok(())
    }
}

fn spec(wire: &WireSpec, outer: Option<&Spec>, entries: &Entries) -> Result<Spec, String> {
    let mut spec = Spec {
        about: wire.about.clone(),
        effect: match (&wire.effect, outer) {
            (Some(word), _) => effect(word)?,
            (None, outer) => outer.map(|outer| outer.effect).unwrap_or_default(),
        },
        operands: operands(&wire.operands, &wire.single)?,
        flags: flags(wire, entries)?,
        others: others(wire.others.as_deref())?,
        stops: wire.stops,
        one_dash: wire.one_dash,
        unclustered: wire.unclustered,
        bundle: wire.bundle,
        argument_files: wire.argument_files,
        dashed: wire.dashed.as_deref().map(whole).transpose()?,
        runs_stdin: wire.runs_stdin || wire.obeys_stdin,
        obeys_stdin: wire.obeys_stdin,
        shell: wire.shell,
        language: wire.language.as_deref().map(language).transpose()?,
        plus: wire.plus.clone(),
        plus_options: wire.plus_options,
        plus_commands: wire.plus_commands.as_deref().map(whole).transpose()?,
        hosts: wire.hosts.clone().or_else(|| outer.map(|outer| outer.hosts.clone())).unwrap_or_default(),
        trees: wire.trees,
        punctuation: wire.punctuation.clone(),
        into: wire.into,
        formats: wire.formats,
        default_operand: wire.default.clone(),
        tree_default: wire.tree_default.clone(),
        writes_below: wire.writes_below.clone(),
        no_follow: wire.no_follow || wire.removes_links,
        removes_links: wire.removes_links,
        replaces: wire.replaces,
        named_by_url: wire.named_by_url,
        elsewhere: wire.elsewhere,
        starts_at: wire.starts_at.clone(),
        appends: wire.appends,
        each: wire.each,
        reading: wire.reading.as_deref().map(whole).transpose()?,
        settings: wire.settings.as_deref().map(whole).transpose()?,
        command_settings: wire.command_settings.as_deref().map(whole).transpose()?,
        works_there: wire.works_there || outer.is_some_and(|outer| outer.works_there),
        globals_first: wire.globals_first,
        transparent: wire.transparent,
        examples: wire.examples.clone(),
        same: same(&wire.same)?,
        ..Spec::default()
    };
    spec.when = wire.when.iter().map(|(flag, variant)| self::variant(flag, variant)).collect::<Result<_, _>>()?;
    for (name, inner) in &wire.sub {
        let inner_spec = self::spec(inner, Some(&spec), entries).map_err(|problem| format!("[{name}] {problem}"))?;
        for name in std::iter::once(name).chain(&inner.names) {
            if spec.subcommands.insert(name.clone(), inner_spec.clone()).is_some() {
                return Err(format!("has the subcommand `{name}` twice"));
            }
        }
    }
    check(&spec)?;
    for (at, flag) in spec.flags.iter().enumerate() {
        for spelling in &flag.spellings {
            spec.spellings.entry(spelling.clone()).or_insert(at);
        }
    }
    Ok(spec)
}

fn check(spec: &Spec) -> Result<(), String> {
    let known = |name: &str| spec.flags.iter().any(|flag| flag.spellings.first().is_some_and(|first| first == name));
    let roles = spec.when.iter().flat_map(|variant| variant.roles.iter().map(|(flag, _)| flag));
    match spec.when.iter().map(|variant| &variant.flag).chain(roles).find(|flag| !known(flag)) {
        Some(flag) => Err(format!("changes by `{flag}`, which is the first spelling of no option")),
        None => Ok(()),
    }
}

/// Groups of names, each of which is one subcommand.
fn same(groups: &[String]) -> Result<Vec<Vec<String>>, String> {
    let groups: Vec<Vec<String>> =
        groups.iter().map(|names| names.split_whitespace().map(str::to_owned).collect()).collect();
    let mut seen: Vec<&String> = Vec::new();
    for name in groups.iter().flatten() {
        if seen.contains(&name) {
            return Err(format!("has `{name}` twice in `same`"));
        }
        seen.push(name);
    }
    if groups.iter().any(|names| names.len() < 2) { Err("has one name in `same`".to_owned()) } else { Ok(groups) }
}

fn effect(word: &str) -> Result<Effect, String> {
    if word == "unknown" {
        return Ok(Effect::Unknown);
    }
    let known = SideEffect::ALL.into_iter().find(|effect| effect.as_str() == word);
    known.map(Effect::Known).ok_or_else(|| format!("no effect `{word}`"))
}

fn others(word: Option<&str>) -> Result<Others, String> {
    match word {
        None => Ok(Others::Unknown),
        Some("plain") => Ok(Others::Plain),
        Some("runs") => Ok(Others::Runs),
        Some(word) => Err(format!("no `others = \"{word}\"`")),
    }
}

fn language(word: &str) -> Result<Language, String> {
    Language::parse(word).ok_or_else(|| format!("no language `{word}`"))
}

/// A regular expression over the whole of a text.
fn whole(pattern: &str) -> Result<Regex, String> {
    Regex::new(&format!(r"\A(?:{pattern})\z")).map_err(|error| error.to_string())
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| format!("no role `{word}`"))
}

fn variant(flag: &str, wire: &WireVariant) -> Result<Variant, String> {
    Ok(Variant {
        flag: flag.to_owned(),
        effect: wire.effect.as_deref().map(effect).transpose()?,
        operands: wire.operands.as_deref().map(|words| operands(words, &[])).transpose()?,
        writes_below: wire.writes_below.clone(),
        roles: wire.roles.iter().map(|(flag, word)| Ok((flag.clone(), role(word)?))).collect::<Result<_, String>>()?,
    })
}

fn operands(words: &[String], single: &[String]) -> Result<Operands, String> {
    let mut operands = Operands::default();
    for word in words {
        let (name, repeats) = match word.strip_suffix("...") {
            Some(name) => (name, true),
            None => (word.as_str(), false),
        };
        let role = role(name)?;
        if repeats && operands.repeated.replace(role).is_some() {
            return Err("has two repeated operands".to_owned());
        } else if !repeats && operands.repeated.is_some() {
            operands.last.push(role);
        } else if !repeats {
            operands.first.push(role);
        }
    }
    operands.single = single.first().map(|word| role(word)).transpose()?;
    Ok(operands)
}

/// Its own options, then those of the entry that it is like, then what every program has.
fn flags(wire: &WireSpec, entries: &Entries) -> Result<Vec<Flag>, String> {
    let mut found = own_flags(wire)?;
    if let Some(path) = &wire.like {
        let mut steps = path.split('.');
        let first = steps.next().and_then(|name| entries.get(name));
        let other = steps.try_fold(first, |at, name| at.map(|at| at.sub.get(name))).flatten();
        let other = other.ok_or_else(|| format!("is like `{path}`, which is not in its file"))?;
        let more = own_flags(other)?;
        found = with(found, more);
    }
    if !wire.operands.is_empty() || !wire.flags.is_empty() || !wire.sub.is_empty() || !wire.plain.is_empty() {
        let standard = ["--help", "--version"].map(|name| Flag::new(vec![name.into()], Value::None, Role::Help));
        found = with(found, standard.to_vec());
    }
    Ok(found)
}

/// Adds the options of which no spelling is taken.
fn with(mut flags: Vec<Flag>, more: Vec<Flag>) -> Vec<Flag> {
    for mut flag in more {
        flag.spellings.retain(|spelling| !flags.iter().any(|known| known.spellings.contains(spelling)));
        if !flag.spellings.is_empty() {
            flags.push(flag);
        }
    }
    flags
}

fn own_flags(wire: &WireSpec) -> Result<Vec<Flag>, String> {
    let mut flags = Vec::new();
    for (names, role) in &wire.flags {
        for names in names.split('|') {
            flags.push(Flag::parse(names, role)?);
        }
    }
    for (list, value) in
        [(&wire.plain, Value::None), (&wire.valued, Value::Required), (&wire.optional, Value::Optional)]
    {
        for names in list.split([',', '\n']).filter(|names| !names.trim().is_empty()) {
            let spellings = names.split_whitespace().map(CompactString::from).collect();
            flags.push(Flag::new(spellings, value, Role::Text));
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for spelling in flags.iter().flat_map(|flag| &flag.spellings) {
        if !spelling.starts_with(['-', '+']) {
            return Err(format!("has the option `{spelling}`, which has no dash"));
        }
        if seen.contains(&spelling.as_str()) {
            return Err(format!("has the option `{spelling}` twice"));
        }
        seen.push(spelling);
    }
    Ok(flags)
}

impl Flag {
    fn new(spellings: Vec<CompactString>, value: Value, role: Role) -> Flag {
        Flag { spellings, value, role, second: None, replaces: None }
    }

    /// `"-o --output" = "=write"`: `=` takes a value, `=?` may take one, `+` a second one, `,first` or `,last`
    /// replaces an operand.
    fn parse(names: &str, text: &str) -> Result<Flag, String> {
        let problem = |what: String| format!("{names}: {what}");
        let (text, replaces) = match text.split_once(',') {
            Some((text, "first")) => (text, Some(Replaces::First)),
            Some((text, "last")) => (text, Some(Replaces::Last)),
            Some((_, other)) => return Err(problem(format!("no operand `{other}`"))),
            None => (text, None),
        };
        let (value, text) = match (text.strip_prefix("=?"), text.strip_prefix('=')) {
            (Some(text), _) => (Value::Optional, text),
            (None, Some(text)) => (Value::Required, text),
            (None, None) => (Value::None, text),
        };
        let (first, second) = match text.split_once('+') {
            Some((first, second)) => (first, Some(role(second).map_err(problem)?)),
            None => (text, None),
        };
        let spellings = names.split_whitespace().map(CompactString::from).collect();
        Ok(Flag { spellings, value, role: role(first).map_err(problem)?, second, replaces })
    }
}
