//! A program's words sorted into subcommand, options and operands, by its own rules.

use super::catalog::{Flag, Replaces, Role, Spec, Value};
use super::words::Word;

/// The words of one command as its program reads them.
#[derive(Debug, Default)]
pub(super) struct Invocation<'a> {
    /// The innermost subcommand's rules, else the program's. `None`: nothing is known of it.
    pub(super) spec: Option<&'static Spec>,
    pub(super) subcommands: Vec<&'a Word>,
    pub(super) flags: Vec<Found>,
    pub(super) operands: Vec<(&'a Word, Role)>,
    /// There is an option that the rules do not know.
    pub(super) has_unknown_flag: bool,
    /// There is a word of which nothing is known: it may be an option, any one.
    pub(super) has_open_flag: bool,
    /// Globs that may match a file named like an option.
    pub(super) globs: Vec<&'a Word>,
}

impl Invocation<'_> {
    /// Whether there may be options that were not found.
    pub(super) fn may_have_more_flags(&self) -> bool {
        self.has_unknown_flag || self.has_open_flag
    }
}

/// An option that is there.
#[derive(Debug)]
pub(super) struct Found {
    /// The first of its spellings; as written, if it is not known.
    pub(super) name: String,
    pub(super) flag: Option<&'static Flag>,
    pub(super) value: Option<Word>,
}

impl Found {
    /// Every spelling of it.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &str> {
        let known = self.flag.iter().flat_map(|flag| &flag.spellings).map(String::as_str);
        known.chain(std::iter::once(self.name.as_str()))
    }
}

/// Sorts the words after the program's name.
pub(super) fn sort<'a>(spec: Option<&'static Spec>, words: &'a [Word]) -> Invocation<'a> {
    let mut sorter = Sorter {
        specs: spec.into_iter().collect(),
        known: spec.is_some(),
        plain: Vec::new(),
        only_operands: false,
        out: Invocation::default(),
    };
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        sorter.take(word, &mut rest);
    }
    sorter.finish()
}

struct Sorter<'a> {
    /// The program's rules, and those of its subcommands so far, innermost last.
    specs: Vec<&'static Spec>,
    /// Every subcommand so far is known.
    known: bool,
    plain: Vec<&'a Word>,
    only_operands: bool,
    out: Invocation<'a>,
}

type Rest<'r, 'a> = &'r mut std::slice::Iter<'a, Word>;

impl<'a> Sorter<'a> {
    fn take(&mut self, word: &'a Word, rest: Rest<'_, 'a>) {
        let text = word.text.as_str();
        if self.only_operands || text == "-" && word.open.is_none() {
            self.plain.push(word);
        } else if text == "--" && word.open.is_none() {
            self.only_operands = true;
        } else if text.starts_with("--") {
            self.long(word, rest);
        } else if text.starts_with('-') {
            self.short(word, rest);
        } else {
            match &word.glob {
                Some(_) if word.text.is_empty() => self.out.globs.push(word),
                _ => self.out.has_open_flag |= word.may_be_option(),
            }
            self.operand(word);
        }
    }

    fn operand(&mut self, word: &'a Word) {
        if self.specs.last().is_some_and(|spec| spec.punctuation.contains(&word.text)) && word.open.is_none() {
            return self.out.flags.push(Found { name: word.text.clone(), flag: None, value: None });
        }
        let innermost = self.specs.last().filter(|_| self.known && self.plain.is_empty());
        if let Some(spec) = innermost.filter(|spec| !spec.subcommands.is_empty()) {
            self.out.subcommands.push(word);
            match word.known().and_then(|name| spec.subcommands.get(name)) {
                Some(subcommand) => self.specs.push(subcommand),
                None => self.known = false,
            }
            return;
        }
        self.plain.push(word);
        self.only_operands |= self.specs.last().is_some_and(|spec| spec.stops);
        if let Some(name) =
            self.specs.last().and_then(|spec| spec.plus.as_deref()).filter(|_| word.text.starts_with('+'))
        {
            let flag = self.find(|spelling| spelling == name);
            self.out.flags.push(Found { name: name.to_owned(), flag, value: None });
        }
    }

    fn find(&self, wanted: impl Fn(&str) -> bool) -> Option<&'static Flag> {
        let flags = self.specs.iter().rev().flat_map(|spec| &spec.flags);
        flags.into_iter().find(|flag| flag.spellings.iter().any(|spelling| wanted(spelling)))
    }

    /// `--name`, `--name=value`, and `--na` where only one long option starts so.
    fn long(&mut self, word: &'a Word, rest: Rest<'_, 'a>) {
        let (name, attached) = split_value(word);
        let exact = self.find(|spelling| spelling == name);
        match exact.or_else(|| self.abbreviated(&name)) {
            Some(flag) => self.found(flag, attached, rest),
            None => self.unknown(name, attached),
        }
    }

    fn abbreviated(&self, name: &str) -> Option<&'static Flag> {
        let starts = |flag: &&Flag| flag.spellings.iter().any(|s| s.starts_with("--") && s.starts_with(name));
        let mut candidates = self.specs.iter().rev().flat_map(|spec| &spec.flags).filter(starts);
        let first = candidates.next()?;
        if candidates.next().is_some() || name.len() < 3 { None } else { Some(first) }
    }

    fn short(&mut self, word: &'a Word, rest: Rest<'_, 'a>) {
        if self.specs.iter().any(|spec| spec.one_dash) {
            let (name, attached) = split_value(word);
            if let Some(flag) = self.find(|spelling| spelling == name) {
                return self.found(flag, attached, rest);
            }
        }
        let letters = word.text.strip_prefix('-').unwrap_or_default();
        if !letters.is_empty() && letters.bytes().all(|b| b.is_ascii_digit()) {
            return self.out.flags.push(Found { name: "-NUMBER".to_owned(), flag: None, value: None });
        }
        self.cluster(word, letters, rest);
    }

    /// `-rf`, `-ofile`: letters until one takes a value.
    fn cluster(&mut self, word: &'a Word, letters: &str, rest: Rest<'_, 'a>) {
        let mut ahead = letters.chars();
        while let Some(letter) = ahead.next() {
            let name = format!("-{letter}");
            let Some(flag) = self.find(|spelling| spelling == name) else {
                return self.unknown(word.text.clone(), None);
            };
            let after = ahead.as_str();
            if flag.value == Value::None {
                self.found(flag, None, rest);
                continue;
            }
            let attached = (!after.is_empty() || word.open.is_some()).then(|| Word {
                text: after.strip_prefix('=').unwrap_or(after).to_owned(),
                open: word.open,
                glob: None,
                has_slash: word.has_slash,
            });
            return self.found(flag, attached, rest);
        }
        self.out.has_open_flag |= word.open.is_some();
    }

    fn found(&mut self, flag: &'static Flag, attached: Option<Word>, rest: Rest<'_, 'a>) {
        let value = match flag.value {
            Value::Required => attached.or_else(|| rest.next().cloned()),
            Value::Optional | Value::None => attached,
        };
        let name = flag.spellings.first().cloned().unwrap_or_default();
        self.out.flags.push(Found { name, flag: Some(flag), value });
    }

    fn unknown(&mut self, name: String, value: Option<Word>) {
        self.out.has_unknown_flag = true;
        self.out.flags.push(Found { name, flag: None, value });
    }

    fn finish(mut self) -> Invocation<'a> {
        self.out.spec = self.specs.last().copied().filter(|_| self.known);
        let replaces =
            |which| self.out.flags.iter().any(|found| found.flag.is_some_and(|flag| flag.replaces == Some(which)));
        let Some(spec) = self.out.spec else {
            self.out.operands = self.plain.into_iter().map(|word| (word, Role::Text)).collect();
            return self.out;
        };
        let (first, last) = (replaces(Replaces::First), replaces(Replaces::Last));
        let (operands, too_many) = with_roles(spec, self.plain, first, last);
        self.out.operands = operands;
        self.out.has_unknown_flag |= too_many;
        self.out
    }
}

/// The operands with what each of them is, and whether there are more than the rules know.
fn with_roles<'a>(spec: &Spec, words: Vec<&'a Word>, no_first: bool, no_last: bool) -> (Vec<(&'a Word, Role)>, bool) {
    let first = spec.operands.first.iter().skip(usize::from(no_first)).copied();
    let last: &[Role] = if no_last { &[] } else { &spec.operands.last };
    let head = words.len().saturating_sub(last.len());
    let mut roles: Vec<Role> = first.take(head).collect();
    let too_many = roles.len() < head && spec.operands.repeated.is_none();
    roles.resize(head, spec.operands.repeated.unwrap_or(Role::Text));
    roles.extend(last);
    (words.into_iter().zip(roles).collect(), too_many)
}

fn split_value(word: &Word) -> (String, Option<Word>) {
    match word.text.split_once('=') {
        Some((name, _)) => (name.to_owned(), word.after(&format!("{name}="))),
        None => (word.text.clone(), None),
    }
}
