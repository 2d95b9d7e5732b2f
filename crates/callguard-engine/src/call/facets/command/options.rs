//! A program's words sorted into subcommand, options and operands, by its own rules.

use super::catalog::{Effect, Flag, Operands, Others, Replaces, Role, Spec, Value};
use super::words::Word;
use compact_str::{CompactString, format_compact};
use smallvec::SmallVec;

/// The words of one command as its program reads them.
#[derive(Clone, Debug, Default)]
pub(super) struct Invocation {
    /// The innermost subcommand's rules, else the program's. `None`: nothing is known of it.
    pub(super) spec: Option<&'static Spec>,
    pub(super) subcommands: Vec<Word>,
    /// In their order.
    pub(super) flags: Vec<Found>,
    pub(super) operands: Vec<(Word, Role)>,
    /// There is an option that the rules do not know.
    pub(super) has_unknown_flag: bool,
    /// There is a word of which nothing is known: it may be an option, any one.
    pub(super) has_open_flag: bool,
    /// Globs that may match a file named like an option.
    pub(super) globs: Vec<Word>,
    /// Where it writes files that it names itself.
    pub(super) writes_below: Option<&'static str>,
    pub(super) effect: Effect,
}

/// An option that is there.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The first of its spellings; as written, if it is not known.
    pub(super) name: CompactString,
    pub(super) flag: Option<&'static Flag>,
    pub(super) role: Role,
    pub(super) value: Option<Word>,
    /// The words of a command that it takes.
    pub(super) command: Vec<Word>,
}

impl Invocation {
    /// Whether there may be options that were not found.
    pub(super) fn may_have_more_flags(&self) -> bool {
        self.has_unknown_flag || self.has_open_flag
    }

    /// Whether an option with this role is given.
    pub(super) fn has(&self, role: Role) -> bool {
        self.flags.iter().any(|found| found.role == role)
    }
}

impl Found {
    /// Every spelling of it.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &str> {
        let known = self.flag.iter().flat_map(|flag| &flag.spellings).map(CompactString::as_str);
        known.chain(std::iter::once(self.name.as_str()))
    }
}

/// Sorts the words after the program's name.
pub(super) fn sort(spec: Option<&'static Spec>, words: &[Word]) -> Invocation {
    let mut sorter = Sorter {
        specs: spec.into_iter().collect(),
        known: spec.is_some(),
        plain: SmallVec::new(),
        before_dashes: usize::MAX,
        only_operands: false,
        out: Invocation::default(),
    };
    sorter.out.flags.reserve_exact(words.iter().filter(|word| word.text.starts_with('-')).count());
    let mut rest = words.iter();
    if let Some(word) = words.first().filter(|word| is_bundle(spec, word)) {
        rest.next();
        sorter.bundle(&word.text, &mut rest);
    }
    while let Some(word) = rest.next() {
        sorter.take(word, &mut rest);
    }
    sorter.finish()
}

/// `tar xzf`: options without their dash.
fn is_bundle(spec: Option<&Spec>, word: &Word) -> bool {
    spec.is_some_and(|spec| spec.bundle)
        && word.known().is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

struct Sorter<'a> {
    /// The program's rules, and those of its subcommands so far, innermost last.
    specs: SmallVec<[&'static Spec; 4]>,
    /// Every subcommand so far is known.
    known: bool,
    plain: SmallVec<[&'a Word; 8]>,
    /// How many of them stand before `--`.
    before_dashes: usize,
    only_operands: bool,
    out: Invocation,
}

type Rest<'r, 'a> = &'r mut std::slice::Iter<'a, Word>;

impl<'a> Sorter<'a> {
    fn take(&mut self, word: &'a Word, rest: Rest<'_, 'a>) {
        let text = word.text.as_str();
        let spec = self.specs.last();
        let dashed = spec.and_then(|spec| spec.dashed.as_ref()).is_some_and(|dashed| dashed.is_match(text));
        if !self.only_operands && self.argument_file(word) {
            return;
        }
        if self.only_operands || text == "-" && word.open.is_none() || dashed && word.open.is_none() {
            self.plain.push(word);
        } else if text == "--" && word.open.is_none() {
            self.only_operands = true;
            self.before_dashes = self.plain.len();
        } else if text.starts_with("--") {
            self.long(word, rest);
        } else if text.starts_with('-') || text.starts_with('+') && self.is_option(text) {
            self.short(word, rest);
        } else {
            match &word.glob {
                Some(_) if word.text.is_empty() && !word.is_number() => self.out.globs.push(word.clone()),
                _ => self.out.has_open_flag |= word.may_be_option(),
            }
            self.operand(word);
        }
    }

    /// `@FILE`, whose words may be any options. Whether it is one.
    fn argument_file(&mut self, word: &Word) -> bool {
        let takes_files = self.specs.last().is_some_and(|spec| spec.argument_files);
        let file = if takes_files { word.after("@") } else { None };
        let is_one = file.is_some();
        if is_one {
            self.out.has_open_flag = true;
            self.out.flags.push(Found {
                name: "@".into(),
                flag: None,
                role: Role::Read,
                value: file,
                command: Vec::new(),
            });
        }
        is_one
    }

    /// Whether a word with a `+` is an option.
    fn is_option(&self, text: &str) -> bool {
        self.find(text).is_some() || text.len() > 1 && self.specs.last().is_some_and(|spec| spec.plus_options)
    }

    /// `+cmd`, as editors and pagers have it. Whether it is one.
    fn plus_command(&mut self, word: &Word) -> bool {
        let Some(harmless) = self.specs.last().and_then(|spec| spec.plus_commands.as_ref()) else { return false };
        let is_one = word.text.starts_with('+');
        if is_one {
            let is_harmless = word.known().is_some_and(|text| harmless.is_match(text));
            let role = if is_harmless { Role::Text } else { Role::Runs };
            self.out.flags.push(Found { name: "+".into(), flag: None, role, value: None, command: Vec::new() });
        }
        is_one
    }

    fn operand(&mut self, word: &'a Word) {
        if self.plus_command(word) {
            return;
        }
        if self.specs.last().is_some_and(|spec| spec.punctuation.iter().any(|known| *known == word.text))
            && word.open.is_none()
        {
            let name = word.text.clone();
            return self.out.flags.push(Found { name, flag: None, role: Role::Text, value: None, command: Vec::new() });
        }
        let innermost = self.specs.last().filter(|_| self.known && self.plain.is_empty());
        if let Some(spec) = innermost.filter(|spec| !spec.subcommands.is_empty())
            && self.out.subcommands.len() < self.specs.len()
        {
            self.out.subcommands.push(word.clone());
            match word.known().and_then(|name| spec.subcommands.get(name)) {
                Some(subcommand) => self.specs.push(subcommand),
                // A program whose operands are known takes it for itself.
                None => self.known = spec.operands.repeated.is_some(),
            }
            return;
        }
        self.plain.push(word);
        self.only_operands |= self.specs.last().is_some_and(|spec| spec.stops);
        if let Some(name) =
            self.specs.last().and_then(|spec| spec.plus.as_deref()).filter(|_| word.text.starts_with('+'))
        {
            self.add(self.find(name), name.into(), None);
        }
    }

    fn find(&self, spelling: &str) -> Option<&'static Flag> {
        self.listing().find_map(|spec| spec.flag(spelling))
    }

    /// The rules that may list an option here, innermost first.
    fn listing(&self) -> impl Iterator<Item = &'static Spec> {
        let is_past = self.specs.len() > 1;
        self.specs.iter().rev().copied().filter(move |spec| !(is_past && spec.globals_first))
    }

    /// `--name`, `--name=value`, and `--na` where only one long option starts so.
    fn long(&mut self, word: &'a Word, rest: Rest<'_, 'a>) {
        let (name, attached) = split_value(word);
        match self.find(name).or_else(|| self.abbreviated(name)) {
            Some(flag) => self.found(flag, attached, rest),
            None => self.unlisted(name.into(), attached, word),
        }
    }

    fn abbreviated(&self, name: &str) -> Option<&'static Flag> {
        let starts = |flag: &&Flag| flag.spellings.iter().any(|s| s.starts_with("--") && s.starts_with(name));
        let mut candidates = self.listing().flat_map(|spec| &spec.flags).filter(starts);
        let first = candidates.next()?;
        if candidates.next().is_some() || name.len() < 3 { None } else { Some(first) }
    }

    fn short(&mut self, word: &'a Word, rest: Rest<'_, 'a>) {
        let one_dash = self.specs.iter().any(|spec| spec.one_dash);
        let (name, attached) = split_value(word);
        if let Some(flag) = self.find(name).filter(|_| one_dash || name.len() > 2) {
            return self.found(flag, attached, rest);
        }
        let letters = word.text.get(1..).unwrap_or_default();
        if !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_digit()) {
            return self.add(None, "-NUMBER".into(), None);
        }
        if word.text.starts_with('+') && word.open.is_none() {
            return self.add(None, word.text.clone(), None);
        }
        if self.specs.iter().any(|spec| spec.unclustered) {
            return self.unlisted(word.text.clone(), attached, word);
        }
        self.cluster(word, letters, rest);
    }

    /// `-rf`, `-ofile`: letters until one takes a value.
    fn cluster(&mut self, word: &'a Word, letters: &str, rest: Rest<'_, 'a>) {
        let mut ahead = letters.chars();
        while let Some(letter) = ahead.next() {
            let Some(flag) = self.find(&format_compact!("-{letter}")) else {
                return self.unlisted(word.text.clone(), None, word);
            };
            let after = ahead.as_str();
            if flag.value == Value::None {
                self.found(flag, None, rest);
                continue;
            }
            let attached = (!after.is_empty() || word.open.is_some()).then(|| Word {
                text: after.strip_prefix('=').unwrap_or(after).into(),
                open: word.open,
                glob: None,
                has_slash: word.has_slash,
                many: word.many,
            });
            return self.found(flag, attached, rest);
        }
        self.out.has_open_flag |= word.open.is_some();
    }

    fn bundle(&mut self, letters: &str, rest: Rest<'_, 'a>) {
        for letter in letters.chars() {
            let name = format_compact!("-{letter}");
            match self.find(&name) {
                Some(flag) => self.found(flag, None, rest),
                None => self.unlisted(name, None, &Word::default()),
            }
        }
    }

    fn found(&mut self, flag: &'static Flag, attached: Option<Word>, rest: Rest<'_, 'a>) {
        let value = match flag.value {
            Value::Required => attached.or_else(|| rest.next().cloned()),
            Value::Optional | Value::None => attached,
        };
        let name = flag.spellings.first().cloned().unwrap_or_default();
        let is_package = flag.role == Role::Package;
        let takes_command = flag.role == Role::Command;
        self.add(Some(flag), name, value.clone());
        if let Some(role) = flag.second {
            let second = Found {
                name: CompactString::default(),
                flag: None,
                role,
                value: rest.next().cloned(),
                command: Vec::new(),
            };
            self.out.flags.push(second);
        }
        if takes_command {
            let more = rest.by_ref().take_while(|word| !matches!(word.known(), Some(";" | "+"))).cloned();
            let command = value.into_iter().chain(more).collect();
            if let Some(found) = self.out.flags.last_mut() {
                found.command = command;
            }
        }
        if is_package {
            self.plain.extend(rest.by_ref());
        }
    }

    fn add(&mut self, flag: Option<&'static Flag>, name: CompactString, value: Option<Word>) {
        let role = flag.map_or(Role::Text, |flag| flag.role);
        self.out.flags.push(Found { name, flag, role, value, command: Vec::new() });
    }

    /// An option that the rules do not list.
    fn unlisted(&mut self, name: CompactString, value: Option<Word>, word: &Word) {
        self.out.has_open_flag |= word.open.is_some() && value.is_none();
        let others = self.specs.last().map_or(Others::Unknown, |spec| spec.others);
        self.out.has_unknown_flag |= others == Others::Unknown;
        let role = if others == Others::Runs { Role::Runs } else { Role::Text };
        self.out.flags.push(Found { name, flag: None, role, value, command: Vec::new() });
    }

    fn finish(mut self) -> Invocation {
        self.out.spec = self.specs.last().copied().filter(|_| self.known);
        let Some(spec) = self.out.spec else {
            self.out.operands = self.plain.into_iter().map(|word| (word.clone(), Role::Text)).collect();
            return self.out;
        };
        let mut rules = &spec.operands;
        self.out.effect = spec.effect;
        self.out.writes_below = spec.writes_below.as_deref();
        for variant in &spec.when {
            if !self.out.flags.iter().any(|found| found.name == variant.flag) {
                continue;
            }
            rules = variant.operands.as_ref().unwrap_or(rules);
            self.out.effect = variant.effect.unwrap_or(self.out.effect);
            self.out.writes_below = variant.writes_below.as_deref().or(self.out.writes_below);
            for found in &mut self.out.flags {
                let changed = variant.roles.iter().find(|(name, _)| *name == found.name);
                found.role = changed.map_or(found.role, |(_, role)| *role);
            }
        }
        self.roles(rules);
        self.out
    }

    fn roles(&mut self, rules: &'static Operands) {
        let plain = std::mem::take(&mut self.plain);
        let all = match () {
            () if self.out.has(Role::OthersAreText) => Some(Role::Text),
            () if self.out.has(Role::OthersAreRead) => Some(Role::Read),
            () if self.out.has(Role::Package) => Some(Role::Text),
            () => rules.single.or(self.out.spec.and_then(|spec| spec.operands.single)).filter(|_| plain.len() == 1),
        };
        if let Some(role) = all {
            self.out.operands = plain.into_iter().map(|word| (word.clone(), role)).collect();
            return;
        }
        let out = &self.out;
        let replaces =
            |which| out.flags.iter().any(|found| found.flag.is_some_and(|flag| flag.replaces == Some(which)));
        let (first, last) = (replaces(Replaces::First), replaces(Replaces::Last));
        let (mut operands, too_many) = with_roles(rules, &plain, first, last);
        for (_, role) in operands.iter_mut().skip(self.before_dashes) {
            *role = match *role {
                Role::Pathspec => Role::Read,
                Role::PathspecWritten => Role::Write,
                other => other,
            };
        }
        for (word, role) in operands.iter_mut().filter(|(_, role)| *role == Role::Format) {
            *role = if word.text.starts_with('+') { Role::Text } else { Role::Writes };
        }
        self.out.operands = operands;
        let others = self.out.spec.map_or(Others::Unknown, |spec| spec.others);
        self.out.has_unknown_flag |= too_many && others == Others::Unknown;
    }
}

/// The operands with what each of them is, and whether there are more than the rules know.
fn with_roles(rules: &Operands, words: &[&Word], no_first: bool, no_last: bool) -> (Vec<(Word, Role)>, bool) {
    let first = rules.first.get(usize::from(no_first)..).unwrap_or_default();
    let last: &[Role] = if no_last { &[] } else { &rules.last };
    let head = words.len().saturating_sub(last.len());
    let too_many = first.len() < head && rules.repeated.is_none();
    let repeated = std::iter::repeat(rules.repeated.unwrap_or(Role::Text));
    let roles = first.iter().copied().chain(repeated).take(head).chain(last.iter().copied());
    (words.iter().map(|word| (*word).clone()).zip(roles).collect(), too_many)
}

fn split_value(word: &Word) -> (&str, Option<Word>) {
    match word.text.split_once('=') {
        Some((name, _)) => (name, word.after(&format_compact!("{name}="))),
        None => (&word.text, None),
    }
}
