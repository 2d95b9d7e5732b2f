//! What a call touches, runs, connects to and queries, gathered from its arguments by their types.

use super::facets::Facet;
use super::facets::command::CommandLine;
use super::facets::patch;
use super::facets::path::{PathAccess, PathCx, PathValue};
use super::facets::sql::{SqlScript, Statement};
use super::facets::url::{HostValue, UrlValue};
use super::{SideEffect, Tool, ToolEnvelope, arguments};
use crate::policy::model::{ArgType, FieldPath, Segment, SqlDialect};
use crate::value::{Object, Value};
use std::cell::OnceCell;

/// The facets of a call, gathered at the first look.
pub struct CallFacets<'a> {
    call: &'a ToolEnvelope,
    tool: &'a Tool,
    places: &'a dyn Fn() -> PathCx,
    cache: &'a FacetCache,
}

/// What was gathered of one call under one policy; empty before the first look.
#[derive(Default)]
pub struct FacetCache {
    kept: OnceCell<Box<Kept>>,
}

#[derive(Default)]
struct Kept {
    places: OnceCell<PathCx>,
    gathered: OnceCell<Gathered>,
}

impl FacetCache {
    fn kept(&self) -> &Kept {
        self.kept.get_or_init(Box::default)
    }
}

impl std::fmt::Debug for FacetCache {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("FacetCache")
            .field("gathered", &self.kept.get().is_some_and(|kept| kept.gathered.get().is_some()))
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Gathered {
    paths: Facet<PathValue>,
    commands: Facet<CommandLine>,
    urls: Facet<UrlValue>,
    hosts: Facet<HostValue>,
    sql: Facet<Statement>,
}

impl<'a> CallFacets<'a> {
    /// The facets of `call`, gathered into `cache` when they are first looked at; `places` says where paths start.
    pub fn new(
        call: &'a ToolEnvelope,
        tool: &'a Tool,
        places: &'a dyn Fn() -> PathCx,
        cache: &'a FacetCache,
    ) -> CallFacets<'a> {
        CallFacets { call, tool, places, cache }
    }

    /// Where paths start.
    pub fn places(&self) -> &PathCx {
        self.cache.kept().places.get_or_init(self.places)
    }

    /// `call.paths`
    pub fn paths(&self) -> &Facet<PathValue> {
        &self.gathered().paths
    }

    /// `call.commands`
    pub fn commands(&self) -> &Facet<CommandLine> {
        &self.gathered().commands
    }

    /// `call.urls`
    pub fn urls(&self) -> &Facet<UrlValue> {
        &self.gathered().urls
    }

    /// `call.hosts`
    pub fn hosts(&self) -> &Facet<HostValue> {
        &self.gathered().hosts
    }

    /// `call.sql`
    pub fn sql(&self) -> &Facet<Statement> {
        &self.gathered().sql
    }

    /// `call.side_effect`: what commands and statements amount to, else as declared; or why it cannot be known.
    pub fn side_effect(&self) -> Result<SideEffect, &'static str> {
        let all = self.gathered();
        if all.commands.values.is_empty() && all.sql.values.is_empty() {
            let open = all.commands.open.is_some() || all.sql.open.is_some();
            return if open { Err("what it runs or queries cannot be read") } else { Ok(self.tool.side_effect) };
        }
        if all.sql.open.is_some() || all.commands.open.is_some() {
            return Err("what it runs or queries is only partly understood");
        }
        let commands = all.commands.values.iter().map(|line| line.value.side_effect());
        let statements = all.sql.values.iter().map(|statement| statement.value.side_effect());
        let effects: Option<Vec<SideEffect>> = commands.chain(statements).collect();
        let most = effects.ok_or("what it runs or queries is only partly understood")?.into_iter().max();
        Ok(most.unwrap_or(self.tool.side_effect))
    }

    /// Where relative paths of this call start: its typed `cwd`, else what the host says.
    pub fn start(call: &ToolEnvelope, tool: &Tool) -> Option<String> {
        let runs = tool.args.iter().any(|(_, kind)| *kind == ArgType::Command);
        let typed = call.args.iter().find(|(name, _)| {
            let declared = declared_type(tool, &[Place::Key(name)]);
            let named = if tool.typed_by_name { arguments::type_of(name) } else { None };
            arguments::is_start(name, runs) && declared.or(named) == Some(ArgType::Path)
        });
        let typed = typed.and_then(|(_, value)| value.as_str());
        typed.or(call.cwd.as_deref()).map(str::to_owned)
    }

    fn gathered(&self) -> &Gathered {
        self.cache.kept().gathered.get_or_init(|| self.gather())
    }

    fn gather(&self) -> Gathered {
        let mut found = Gathered::default();
        let mut rest: Vec<(Vec<Place<'_>>, &Value)> =
            self.call.args.iter().map(|(key, value)| (vec![Place::Key(key)], value)).collect();
        rest.reverse();
        while let Some((place, value)) = rest.pop() {
            let declared = declared_type(self.tool, &place);
            let kind = declared.or_else(|| self.by_name(last_key(&place)));
            match (kind, value) {
                (None, Value::String(text)) => self.guess(text, &mut found),
                (Some(kind), value) if declared.is_some() || !is_object(value) => {
                    self.typed(kind, value, &mut found);
                    if declared.is_none() && kind == ArgType::Path {
                        self.guess_addresses(value, &mut found);
                    }
                }
                (_, Value::List(items)) => {
                    rest.extend(
                        items.iter().enumerate().rev().map(|(index, item)| (below(&place, Place::Index(index)), item)),
                    );
                }
                (kind, Value::Object(object)) => {
                    if let Some(kind) = kind.filter(|_| !self.holds_typed(object)) {
                        mistyped(kind, &mut found);
                    }
                    let mut inner: Vec<_> =
                        object.iter().map(|(key, item)| (below(&place, Place::Key(key)), item)).collect();
                    inner.reverse();
                    rest.extend(inner);
                }
                _ => {}
            }
        }
        found
    }

    /// The type that an argument's name speaks for, unless the policy wants no catalog.
    fn by_name(&self, name: &str) -> Option<ArgType> {
        if self.tool.typed_by_name { arguments::type_of(name) } else { None }
    }

    /// Whether something in the object has a type of its own: then the object is a record, and no odd path or URL.
    fn holds_typed(&self, object: &Object) -> bool {
        object.iter().any(|(key, _)| self.by_name(key).is_some())
    }

    /// An undeclared string that looks like a path or a URL counts where it restricts, and only there.
    fn guess(&self, text: &str, found: &mut Gathered) {
        if text.contains("://") {
            let url = UrlValue::parse(text);
            if url.doubt().is_none() {
                self.add_url(text, url, true, found);
            }
        } else if ["/", "~/", "./", "../"].iter().any(|start| text.starts_with(start)) || matches!(text, "~" | "..") {
            found.paths.add(PathValue::parse(text, PathAccess::Unknown, self.places()), true);
        }
    }

    /// What is called `source` and begins with `https://` is a path by its name alone.
    fn guess_addresses(&self, value: &Value, found: &mut Gathered) {
        let texts = match value {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let addresses = texts.iter().filter_map(Value::as_str).filter(|text| text.contains("://"));
        addresses.for_each(|text| self.guess(text, found));
    }

    fn typed(&self, kind: ArgType, value: &Value, found: &mut Gathered) {
        match (kind, value) {
            (_, Value::Null) => {}
            (ArgType::Command, Value::List(words)) => match argv(words) {
                Some(words) => self.add_command(CommandLine::from_argv(&words, self.places()), found),
                None => mistyped(kind, found),
            },
            (_, Value::List(items)) => items.iter().for_each(|item| match item {
                Value::String(text) => self.typed_text(kind, text, found),
                _ => mistyped(kind, found),
            }),
            (_, Value::String(text)) => self.typed_text(kind, text, found),
            _ => mistyped(kind, found),
        }
    }

    fn typed_text(&self, kind: ArgType, text: &str, found: &mut Gathered) {
        let path = |access| PathValue::parse(text, access, self.places());
        match kind {
            ArgType::Path if self.tool.side_effect <= SideEffect::Read => {
                found.paths.add(path(PathAccess::Read), false)
            }
            ArgType::Path => found.paths.add(path(PathAccess::Unknown), false),
            ArgType::PathRead => found.paths.add(path(PathAccess::Read), false),
            ArgType::PathWrite => found.paths.add(path(PathAccess::Write), false),
            ArgType::Command => self.add_command(CommandLine::parse(text, self.places()), found),
            ArgType::Url => self.add_url(text, UrlValue::parse(text), false, found),
            ArgType::Host => found.hosts.add(HostValue::parse(text), false),
            ArgType::Sql(dialect) => found.sql.extend(sql(text, dialect)),
            ArgType::Patch => self.add_patch(text, found),
            ArgType::Text | ArgType::Email | ArgType::Secret | ArgType::Number | ArgType::Opaque => {}
        }
    }

    fn add_patch(&self, text: &str, found: &mut Gathered) {
        let written = |name: &str| PathValue::parse(name, PathAccess::Write, self.places());
        let patched = patch::read(text);
        for file in &patched.files {
            let path = written(&file.name);
            found.paths.add(file.or.as_deref().map_or(path.clone(), |or| path.or(written(or))), false);
        }
        if let Some(why) = patched.doubt {
            found.paths.opened(why);
        }
    }

    fn add_url(&self, text: &str, url: UrlValue, guessed: bool, found: &mut Gathered) {
        if text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")) {
            found.paths.add(PathValue::parse(text, PathAccess::Unknown, self.places()), guessed);
        }
        // In doubt another reader of the same text may connect elsewhere.
        match (url.doubt(), url.host()) {
            (Some(why), _) if !guessed => found.hosts.opened(why),
            (None, Some(host)) => found.hosts.add(host.clone(), guessed),
            _ => {}
        }
        found.urls.add(url, guessed);
    }

    fn add_command(&self, line: CommandLine, found: &mut Gathered) {
        let touched = line.touched(self.places());
        found.paths.extend(touched.paths);
        found.hosts.extend(touched.hosts);
        found.urls.extend(touched.urls);
        found.commands.add(line, false);
    }
}

/// The words of an argv list, if all are strings.
pub(crate) fn argv(words: &[Value]) -> Option<Vec<String>> {
    words.iter().map(|word| word.as_str().map(str::to_owned)).collect()
}

fn sql(text: &str, dialect: SqlDialect) -> Facet<Statement> {
    SqlScript::parse(text, dialect)
}

fn mistyped(kind: ArgType, found: &mut Gathered) {
    const WHY: &str = "an argument is not of its declared type";
    match kind {
        ArgType::Path | ArgType::PathRead | ArgType::PathWrite | ArgType::Patch => found.paths.opened(WHY),
        ArgType::Command => {
            found.commands.opened(WHY);
            found.paths.opened(WHY);
            found.hosts.opened(WHY);
            found.urls.opened(WHY);
        }
        ArgType::Url => {
            found.urls.opened(WHY);
            found.hosts.opened(WHY);
        }
        ArgType::Host => found.hosts.opened(WHY),
        ArgType::Sql(_) => found.sql.opened(WHY),
        ArgType::Text | ArgType::Email | ArgType::Secret | ArgType::Number | ArgType::Opaque => {}
    }
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Key(&'a str),
    Index(usize),
}

fn below<'a>(place: &[Place<'a>], next: Place<'a>) -> Vec<Place<'a>> {
    place.iter().copied().chain([next]).collect()
}

fn last_key<'a>(place: &[Place<'a>]) -> &'a str {
    let key = place.iter().rev().find_map(|step| match step {
        Place::Key(key) => Some(*key),
        Place::Index(_) => None,
    });
    key.unwrap_or_default()
}

fn is_object(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::List(items) => items.iter().any(|item| matches!(item, Value::Object(_) | Value::List(_))),
        _ => false,
    }
}

fn declared_type(tool: &Tool, place: &[Place<'_>]) -> Option<ArgType> {
    tool.args.iter().find(|(path, _)| is_at(path, place)).map(|(_, kind)| *kind)
}

fn is_at(path: &FieldPath, place: &[Place<'_>]) -> bool {
    let same = |segment: &Segment, step: &Place<'_>| match (segment, step) {
        (Segment::Key(wanted), Place::Key(key)) => wanted == key,
        (Segment::Index(wanted), Place::Index(index)) => wanted == index,
        (Segment::Every, Place::Index(_)) => true,
        _ => false,
    };
    path.segments.len() == place.len() && path.segments.iter().zip(place).all(|(segment, step)| same(segment, step))
}
