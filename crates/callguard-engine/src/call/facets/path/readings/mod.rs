//! From the text of a path to everything that it may mean.

use super::cx::{PathCx, Resolution};
use super::fold::{fold, without_windows_tail};
use super::lexical::{components, join, normalise};
use super::links;
use super::value::{PathAccess, PathValue, Reading, ReadingKind};
use percent::Decoded;
use std::borrow::Cow;

mod percent;
mod spellings;

pub(super) use spellings::expand_home;

/// `PATH_MAX` of Linux: no longer path can be opened by its name.
pub(super) const LONGEST_PATH: usize = 4096;
pub(super) const TOO_LONG: &str = "a path is longer than 4,096 bytes";
/// Every letter beyond ASCII is looked at in several forms.
const LONGEST_ODD_PATH: usize = 1024;
/// Ways of reading are few and each is done once; only a home that names itself makes more.
const MOST_SPELLINGS: usize = 32;
const LONGEST_SPELLING: usize = 4 * LONGEST_PATH;
/// Times that percent-encoding is undone, and magic links followed, before giving up.
const ROUNDS: usize = 8;

/// What looks like `/` or `\`, and stays itself under NFKC.
const SEPARATOR_LIKE: [char; 7] = ['\u{2044}', '\u{2215}', '\u{2216}', '\u{2571}', '\u{29f5}', '\u{29f8}', '\u{29f9}'];

/// Whose text a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// An argument of a tool, which may expand the home in it.
    Argument,
    /// A word of a command.
    Word,
    /// A word of a command that removes what bears the name, a link too.
    Removed,
}

pub(super) fn read(text: &str, access: PathAccess, cx: &PathCx, manner: Manner) -> PathValue {
    if text.len() > LONGEST_PATH {
        return PathValue::unknown(text, access, TOO_LONG);
    }
    if text.len() > LONGEST_ODD_PATH && !text.is_ascii() {
        return PathValue::unknown(text, access, "a path beyond ASCII is longer than 1,024 bytes");
    }
    let mut reader = Reader { cx, manner, spelled: Vec::new(), value: PathValue::unknown(text, access, "") };
    reader.value.doubt = None;
    if !reader.place_settled(text) {
        reader.spell(text);
        reader.place();
    }
    reader.value
}

struct Reader<'a> {
    cx: &'a PathCx,
    manner: Manner,
    spelled: Vec<Spelling>,
    value: PathValue,
}

/// One spelling of the text, not yet absolute.
#[derive(Clone, PartialEq, Eq)]
struct Spelling {
    text: String,
    folded: bool,
}

impl Reader<'_> {
    fn doubt(&mut self, reason: &'static str) {
        self.value.doubt.get_or_insert(reason);
    }

    /// Most paths are written as every way of reading gives them back. Whether this one is.
    fn place_settled(&mut self, text: &str) -> bool {
        let absolute = match &self.cx.cwd {
            _ if !is_plain(text) => return false,
            _ if text.starts_with('/') => text.to_owned(),
            Some(cwd) => join(cwd, text),
            None => return false,
        };
        let mut path = absolute.as_str();
        path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        if !is_settled(path) {
            return false;
        }
        let spelled = Reading::new(path.to_owned(), ReadingKind::Spelled);
        let folded = match path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Reading::new(path.to_ascii_lowercase(), ReadingKind::Folded),
            false => spelled.folded(),
        };
        self.value.readings.reserve_exact(2);
        self.follow(&absolute);
        self.value.readings.insert(0, spelled);
        if !self.value.readings.contains(&folded) {
            self.value.readings.push(folded);
        }
        self.value.readings.sort_by_key(|reading| reading.kind == ReadingKind::Folded);
        true
    }

    /// Collects every spelling: each way of reading is applied to what the others give, until nothing new comes.
    fn spell(&mut self, text: &str) {
        if is_plain(text) {
            let folded = text.to_ascii_lowercase();
            self.spelled.push(Spelling { text: text.to_owned(), folded: false });
            self.spelled.push(Spelling { text: folded, folded: true });
            return;
        }
        let text = match spellings::from_url(text) {
            Ok(None) => text.to_owned(),
            Ok(Some(path)) => path,
            Err(reason) => {
                self.doubt(reason);
                text.to_owned()
            }
        };
        let mut waiting = vec![Spelling { text, folded: false }];
        while let Some(next) = waiting.pop() {
            if self.spelled.contains(&next) {
                continue;
            }
            if self.spelled.len() == MOST_SPELLINGS || next.text.len() > LONGEST_SPELLING {
                self.doubt("a path with too many spellings");
                break;
            }
            if let Some(reason) = spellings::unreadable(&next.text) {
                self.doubt(reason);
            }
            waiting.extend(self.respell(&next));
            self.spelled.push(next);
        }
    }

    fn respell(&mut self, from: &Spelling) -> Vec<Spelling> {
        let mut found = Vec::new();
        let same = |text: String| Spelling { text, folded: from.folded };
        if !from.folded {
            let folded = fold(&from.text);
            if steps_up(&folded.replace(SEPARATOR_LIKE, "/")) > steps_up(&from.text) {
                self.doubt("a path holds a character that some take for `..`");
            }
            found.push(Spelling { text: folded, folded: true });
        }
        if from.text.trim() != from.text && !from.text.trim().is_empty() {
            found.push(same(from.text.trim().to_owned()));
        }
        if from.text.contains('\\') {
            found.push(same(from.text.replace('\\', "/")));
        }
        match percent::decode(&from.text, ROUNDS) {
            Decoded::Same => {}
            Decoded::Text(text) => {
                // It may be a URL only now.
                match spellings::from_url(&text) {
                    Ok(None) => {}
                    Ok(Some(path)) => found.push(same(path)),
                    Err(reason) => self.doubt(reason),
                }
                found.push(same(text));
            }
            Decoded::Malformed(reason) => self.doubt(reason),
        }
        if self.manner == Manner::Argument {
            match spellings::expand_home(&from.text, self.cx.home.as_deref()) {
                Ok(None) => {}
                Ok(Some(text)) => found.push(same(text)),
                Err(reason) => self.doubt(reason),
            }
        }
        found
    }

    /// Makes every spelling absolute, follows links, and keeps what is new.
    fn place(&mut self) {
        let spelled = std::mem::take(&mut self.spelled);
        if self.place_folded_already(&spelled) {
            return;
        }
        for spelling in spelled {
            let absolute = match (&self.cx.cwd, spelling.text.starts_with('/')) {
                (_, true) => spelling.text,
                (Some(cwd), false) => join(&if spelling.folded { fold(cwd) } else { cwd.clone() }, &spelling.text),
                (None, false) => {
                    self.doubt("a relative path, and where it starts is not known");
                    continue;
                }
            };
            if spelling.folded {
                let folded = fold_components(&absolute);
                self.lead_on(&folded, ReadingKind::Folded);
                self.push(folded, ReadingKind::Folded);
            } else {
                self.keep(&absolute);
            }
        }
        self.value.readings.sort_by_key(|reading| reading.kind == ReadingKind::Folded);
    }

    /// Most paths are written in the form that folding gives them: what is found out of one reading holds for the other.
    /// Whether this one is.
    fn place_folded_already(&mut self, spelled: &[Spelling]) -> bool {
        let [written, folded] = spelled else { return false };
        let absolute = match &self.cx.cwd {
            _ if written.text != folded.text || written.folded || !folded.folded => return false,
            _ if written.text.starts_with('/') => written.text.clone(),
            Some(cwd) => join(cwd, &written.text),
            None => return false,
        };
        let changes = |byte: u8| !byte.is_ascii() || byte.is_ascii_uppercase();
        let links = ["/proc", "/dev"].iter().any(|place| absolute.contains(place));
        if links || absolute.bytes().any(changes) || has_windows_tail(&absolute) {
            return false;
        }
        self.keep(&absolute);
        if let Some(own) = self.value.readings.first().map(Reading::folded) {
            let is_new = !self.value.readings.contains(&own);
            self.value.readings.extend(is_new.then_some(own));
        }
        self.value.readings.sort_by_key(|reading| reading.kind == ReadingKind::Folded);
        true
    }

    /// Keeps an absolute spelling and where it leads, for a kernel and for a tool that takes `..` out of the text first.
    fn keep(&mut self, absolute: &str) {
        let written = normalise(absolute);
        // What follows a link of `/proc` starts where it leads, a `..` too.
        let led = self.lead_on(absolute, ReadingKind::Spelled).or_else(|| self.lead_on(&written, ReadingKind::Spelled));
        self.push(written.clone(), ReadingKind::Spelled);
        self.follow(absolute);
        if steps_up(absolute) > 0 {
            self.follow(&written);
        }
        if let Some(led) = led {
            self.follow(&led);
        }
    }

    /// Where a path through `/proc` leads, kept as well.
    fn lead_on(&mut self, path: &str, kind: ReadingKind) -> Option<String> {
        match spellings::through_proc(path, self.cx.cwd.as_deref(), ROUNDS) {
            Ok(led) => {
                self.push(led.clone()?, kind);
                led
            }
            Err(reason) => {
                self.doubt(reason);
                None
            }
        }
    }

    fn push(&mut self, path: String, kind: ReadingKind) {
        if !self.value.readings.iter().any(|known| known.kind == kind && known.path == path) {
            self.value.readings.push(Reading::new(path, kind));
        }
    }

    fn follow(&mut self, absolute: &str) {
        const UNCLEAR: &str = "where its links lead could not be found out";
        let own = if self.manner == Manner::Removed { links::itself(absolute, self.cx) } else { None };
        let mut next = Cow::Borrowed(absolute);
        for _ in 0..ROUNDS {
            match self.cx.resolver.resolve(&next) {
                Resolution::NotAsked => return,
                Resolution::Failed(_) => return self.doubt(UNCLEAR),
                Resolution::Resolved { path, file } => {
                    let led = normalise(&path);
                    let is_link = own.as_ref().is_some_and(|own| *own != led);
                    let path = own.clone().filter(|_| is_link).unwrap_or(led);
                    self.push(fold_components(&fold(&path)), ReadingKind::Folded);
                    self.value.files.extend(file.filter(|_| !is_link));
                    let led = self.lead_on(&path, ReadingKind::Resolved);
                    self.push(path, ReadingKind::Resolved);
                    match led {
                        Some(led) => next = Cow::Owned(led),
                        None => return,
                    }
                }
            }
        }
        self.doubt(UNCLEAR);
    }
}

/// Whether a text has nothing to undo, replace or doubt: each way of reading it gives it back, but for its case.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'+' | b'@');
    !text.starts_with("//") && text.bytes().all(plain)
}

/// Whether an absolute path is normal, the same to Windows but for its case, and leads through no link of `/proc` or `/dev`.
fn is_settled(absolute: &str) -> bool {
    let mut before = None;
    for (at, byte) in absolute.bytes().enumerate() {
        let is_odd = match (byte, before) {
            (b'/', Some(b'/' | b'.' | b' ')) => true,
            (b'p' | b'P' | b'd' | b'D', Some(b'/')) => is_magic(absolute.get(at..).unwrap_or_default()),
            (_, None) => byte != b'/',
            _ => byte == b':' || !byte.is_ascii(),
        };
        if is_odd {
            return false;
        }
        before = Some(byte);
    }
    !matches!(before, None | Some(b'/' | b'.' | b' '))
}

/// Whether a name may be that of a directory with links that are none.
fn is_magic(path: &str) -> bool {
    let starts = |name: &str| path.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    starts("proc") || starts("dev")
}

/// How many components lead up.
fn steps_up(path: &str) -> usize {
    path.split(['/', '\\']).filter(|name| *name == "..").count()
}

/// Whether a name may have something at its end that Windows drops.
fn has_windows_tail(path: &str) -> bool {
    let next = path.bytes().skip(1).chain([b'/']);
    path.bytes().zip(next).any(|(byte, next)| match byte {
        b'.' | b' ' => next == b'/',
        _ => byte == b':' || !byte.is_ascii(),
    })
}

/// A folded absolute path, component by component, as Windows reads it.
fn fold_components(absolute: &str) -> String {
    if !has_windows_tail(absolute) {
        return normalise(absolute);
    }
    let spaced: Vec<&str> = absolute.split('/').map(|name| if name.trim_end() == ".." { ".." } else { name }).collect();
    let joined = spaced.join("/");
    let bare: Vec<&str> = components(&joined).into_iter().map(without_windows_tail).collect();
    format!("/{}", bare.join("/"))
}
