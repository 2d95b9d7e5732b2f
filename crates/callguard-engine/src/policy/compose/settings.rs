//! Settings: what is not said is inherited, the strictest of several bases; what is said looser lints.

use super::Specs;
use super::library::{DocId, Library};
use super::reach::Reach;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{Default as ByDefault, Mode, SymlinkMode};
use crate::policy::read::{ReadSpec, Setting};
use crate::source::{Span, Spanned};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// The settings of a document with what it inherits; `None`: nobody says.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) mode: Setting<Mode>,
    pub(super) default: Setting<ByDefault>,
    pub(super) unknown_tools: Setting<ByDefault>,
    pub(super) catalog: Setting<bool>,
    pub(super) workspace: Setting<String>,
    pub(super) home: Setting<String>,
    pub(super) resolve_symlinks: Setting<SymlinkMode>,
    pub(super) timezone: Setting<TimeZone>,
}

impl Settings {
    /// Whether the policy decides or only records.
    pub(super) fn mode(&self) -> Mode {
        self.mode.as_ref().map_or(Mode::Enforce, |mode| mode.value)
    }
}

/// The settings of every document that a policy reaches.
pub(super) fn inherit(
    library: &Library,
    reach: &Reach,
    specs: &Specs,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<DocId, Settings> {
    let mut all: BTreeMap<DocId, Settings> = BTreeMap::new();
    for id in &reach.bases_first {
        let (Some(document), Some(spec)) = (library.document(*id), specs.get(id)) else { continue };
        let bases =
            document.bases.iter().filter_map(|(base, span)| Some(Base { settings: all.get(base)?, span: *span }));
        let bases: Vec<Base<'_>> = bases.collect();
        let settings = effective(spec, &bases, diagnostics);
        for (base, _) in reach.beneath(*id) {
            if let (Some(settings), Some(base_spec)) = (all.get(base), specs.get(base)) {
                refuse_loosening(spec, settings, base_spec.locked, diagnostics);
                refuse_builtin_off(spec, base_spec.locked, diagnostics);
            }
        }
        all.insert(*id, settings);
    }
    all
}

/// A base's settings, and where the policy says that it extends it.
struct Base<'a> {
    settings: &'a Settings,
    span: Span,
}

fn effective(spec: &ReadSpec, bases: &[Base<'_>], diagnostics: &mut Vec<Diagnostic>) -> Settings {
    let own = Settings::of(spec);
    Settings {
        mode: own.mode.or_else(|| strictest(bases, |base| &base.mode, strict_mode)),
        default: own.default.or_else(|| strictest(bases, |base| &base.default, strict_default)),
        unknown_tools: own.unknown_tools.or_else(|| strictest(bases, |base| &base.unknown_tools, strict_default)),
        catalog: own.catalog.or_else(|| strictest(bases, |base| &base.catalog, |typed| u8::from(*typed))),
        resolve_symlinks: own
            .resolve_symlinks
            .or_else(|| strictest(bases, |base| &base.resolve_symlinks, strict_links)),
        workspace: own.workspace.or_else(|| agreed("filesystem.workspace", bases, |base| &base.workspace, diagnostics)),
        home: own.home.or_else(|| agreed("filesystem.home", bases, |base| &base.home, diagnostics)),
        timezone: own.timezone.or_else(|| agreed("timezone", bases, |base| &base.timezone, diagnostics)),
    }
}

impl Settings {
    /// What the document itself says.
    fn of(spec: &ReadSpec) -> Settings {
        Settings {
            mode: spec.mode.clone(),
            default: spec.default.clone(),
            unknown_tools: spec.unknown_tools.clone(),
            catalog: spec.catalog.clone(),
            workspace: spec.workspace.clone(),
            home: spec.home.clone(),
            resolve_symlinks: spec.resolve_symlinks.clone(),
            timezone: spec.timezone.clone(),
        }
    }
}

fn strict_mode(mode: &Mode) -> u8 {
    u8::from(*mode == Mode::Enforce)
}

fn strict_default(default: &ByDefault) -> u8 {
    u8::from(*default == ByDefault::Deny)
}

fn strict_links(links: &SymlinkMode) -> u8 {
    match links {
        SymlinkMode::Never => 0,
        SymlinkMode::Auto => 1,
        SymlinkMode::Always => 2,
    }
}

fn strictest<T: Clone>(
    bases: &[Base<'_>],
    get: impl Fn(&Settings) -> &Setting<T>,
    strict: impl Fn(&T) -> u8,
) -> Setting<T> {
    let said = bases.iter().filter_map(|base| get(base.settings).as_ref());
    said.max_by_key(|setting| strict(&setting.value)).cloned()
}

/// What every base that says something says; where two differ, the policy must say it itself.
fn agreed<T: Clone + PartialEq>(
    key: &str,
    bases: &[Base<'_>],
    get: impl Fn(&Settings) -> &Setting<T>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Setting<T> {
    let mut said = bases.iter().filter_map(|base| Some((get(base.settings).as_ref()?, base.span)));
    let (first, _) = said.next()?;
    if let Some((other, span)) = said.find(|(other, _)| other.value != first.value) {
        let message = format!("this base and another say different things of `{key}`");
        let found = Diagnostic::error(Code::BasesDisagree, span, message);
        let found = found.related(first.span, "what the other says").related(other.span, "what this one says");
        diagnostics.push(found.help(format!("set `{key}` in the policy that extends both")));
    }
    Some(first.clone())
}

/// Reports what `spec` says looser than a base of it: a lint, or an error where the base is locked.
fn refuse_loosening(spec: &ReadSpec, base: &Settings, locked: bool, diagnostics: &mut Vec<Diagnostic>) {
    let mut check = Check { locked, diagnostics };
    check.ordered("mode", &spec.mode, &base.mode, &Mode::Enforce, strict_mode);
    check.ordered("default", &spec.default, &base.default, &ByDefault::Allow, strict_default);
    let unknown = base.unknown_tools.clone().or_else(|| base.default.clone());
    check.ordered("unknown_tools", &spec.unknown_tools, &unknown, &ByDefault::Allow, strict_default);
    check.ordered("catalog", &spec.catalog, &base.catalog, &true, |typed| u8::from(*typed));
    let links = &spec.resolve_symlinks;
    check.ordered("filesystem.resolve_symlinks", links, &base.resolve_symlinks, &SymlinkMode::Auto, strict_links);
    check.fixed("filesystem.workspace", &spec.workspace, &base.workspace);
    check.fixed("filesystem.home", &spec.home, &base.home);
    check.fixed("timezone", &spec.timezone, &base.timezone);
}

struct Check<'d> {
    locked: bool,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Check<'_> {
    /// A setting with an order of strictness; what a locked base leaves out is locked at its default.
    fn ordered<T>(&mut self, key: &str, own: &Setting<T>, base: &Setting<T>, unsaid: &T, strict: impl Fn(&T) -> u8) {
        let Some(own) = own else { return };
        let before = match base {
            Some(base) => &base.value,
            None if self.locked => unsaid,
            None => return,
        };
        if strict(&own.value) >= strict(before) {
            return;
        }
        if self.locked {
            self.refuse(key, own.span, base.as_ref().map(|base| base.span));
            return;
        }
        let found = Diagnostic::warning(Code::Loosened, own.span, format!("`{key}` is looser here than in a base"));
        let found = base.iter().fold(found, |found, base| found.related(base.span, "what the base says"));
        self.diagnostics.push(found.help(format!("leave out `{key}` to inherit it")));
    }

    /// A setting without an order: a locked base's stays as it is.
    fn fixed<T: PartialEq>(&mut self, key: &str, own: &Setting<T>, base: &Setting<T>) {
        if let (true, Some(Spanned { value, span }), Some(base)) = (self.locked, own, base)
            && *value != base.value
        {
            self.refuse(key, *span, Some(base.span));
        }
    }

    fn refuse(&mut self, key: &str, span: Span, base: Option<Span>) {
        let found = Diagnostic::error(Code::Locked, span, format!("a base has locked `{key}`"));
        let found = base.into_iter().fold(found, |found, base| found.related(base, "what the base says"));
        self.diagnostics.push(found.help(format!("leave out `{key}` to inherit it")));
    }
}

fn refuse_builtin_off(spec: &ReadSpec, locked: bool, diagnostics: &mut Vec<Diagnostic>) {
    if let (true, Some(span)) = (locked, spec.redaction.builtin_off) {
        let mut check = Check { locked, diagnostics };
        check.refuse("redaction.builtin", span, None);
    }
}
