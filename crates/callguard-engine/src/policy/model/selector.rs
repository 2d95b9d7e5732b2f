//! Selectors: where a condition looks.

use crate::policy::register::selectors::{SelectorRow, fixed_name, open_path, row_of};
use crate::value::{Value, write_json};
use std::fmt::{self, Display};

/// Where a condition, a message or a limit looks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Selector {
    /// `tool`: the name.
    Tool,
    /// `tool.side_effect`, as declared.
    ToolSideEffect,
    /// `tool.server`.
    ToolServer,
    /// `tool.labels`.
    ToolLabels,
    /// `args.a.b[0].c`, `args.items[*].price`.
    Args(FieldPath),
    /// `args.**`: every string anywhere.
    ArgsEvery,
    /// `environment`.
    Environment,
    /// `metadata.X`.
    Metadata(FieldPath),
    /// `facts.X`; the first segment is the fact's name.
    Facts(FieldPath),
    /// `principal.X`.
    Principal(PrincipalField),
    /// `time.X`.
    Time(TimeField),
    /// `session.X`; session contracts only.
    Session(SessionField),
    /// `output` or `output.X`; postconditions only.
    Output(FieldPath),
    /// `output.text`: the text of the result or error.
    OutputText,
    /// `output.is_error`.
    OutputIsError,
    /// `call.paths`, `call.paths.read`, `call.paths.write`.
    Paths(PathFacet),
    /// `call.commands`.
    Commands,
    /// `call.urls`.
    Urls,
    /// `call.hosts`.
    Hosts,
    /// `call.sql`.
    Sql,
    /// `call.side_effect`: the declared one, or what commands and statements amount to.
    CallSideEffect,
}

/// A way into a JSON value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldPath {
    /// The steps, outermost first; none means the value itself.
    pub segments: Vec<Segment>,
}

/// One step into a JSON value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Segment {
    /// The entry under a key.
    Key(String),
    /// The element at an index.
    Index(usize),
    /// Every element of a list: the selector has many values.
    Every,
}

/// A part of the principal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrincipalField {
    /// `principal.user_id`
    UserId,
    /// `principal.service_id`
    ServiceId,
    /// `principal.org_id`
    OrgId,
    /// `principal.role`
    Role,
    /// `principal.roles`
    Roles,
    /// `principal.environment`
    Environment,
    /// `principal.ticket_ref`
    TicketRef,
    /// `principal.claims.X`
    Claims(FieldPath),
}

/// A part of the call's time, in the policy's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeField {
    /// `time.hour`, 0 to 23.
    Hour,
    /// `time.minute_of_day`, 0 to 1439.
    MinuteOfDay,
    /// `time.weekday`, `monday` to `sunday`.
    Weekday,
    /// `time.date`, `2026-01-31`.
    Date,
}

/// What a session contract sees of its session, this call not included (in attempts it is).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionField {
    /// `session.attempts`
    Attempts,
    /// `session.calls`
    Calls,
    /// `session.calls_of["tool"]`
    CallsOf(String),
    /// `session.consecutive_failures`
    ConsecutiveFailures,
    /// `session.labels`
    Labels,
    /// `session.tools_called`
    ToolsCalled,
}

/// Which paths of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathFacet {
    /// `call.paths`
    Any,
    /// `call.paths.read`
    Read,
    /// `call.paths.write`
    Write,
}

impl Selector {
    /// Whether it is a facet: typed values gathered from the arguments.
    pub fn is_facet(&self) -> bool {
        matches!(self, Selector::Paths(_) | Selector::Commands | Selector::Urls | Selector::Hosts | Selector::Sql)
    }

    /// Whether it has many values, each tested by itself.
    pub fn is_many(&self) -> bool {
        match self {
            Selector::ArgsEvery => true,
            Selector::Args(path) | Selector::Metadata(path) | Selector::Facts(path) | Selector::Output(path) => {
                path.is_many()
            }
            Selector::Principal(PrincipalField::Claims(path)) => path.is_many(),
            _ => self.is_facet(),
        }
    }
}

impl Selector {
    /// The names that the policy's author wrote on the way into a value, outermost first.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let path = match self {
            Selector::Args(path) | Selector::Metadata(path) | Selector::Facts(path) | Selector::Output(path) => {
                Some(path)
            }
            Selector::Principal(PrincipalField::Claims(path)) => Some(path),
            _ => None,
        };
        path.into_iter().flat_map(|path| &path.segments).filter_map(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            Segment::Index(_) | Segment::Every => None,
        })
    }
}

impl FieldPath {
    /// A path of one key.
    pub fn key(name: impl Into<String>) -> FieldPath {
        FieldPath { segments: vec![Segment::Key(name.into())] }
    }

    /// Whether `[*]` stands in it.
    pub fn is_many(&self) -> bool {
        self.segments.contains(&Segment::Every)
    }
}

impl Display for FieldPath {
    /// As in a selector, after its root: `.a["odd.key"][0][*]`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.segments.iter().try_for_each(|segment| match segment {
            Segment::Key(key) if is_plain_key(key) => write!(out, ".{key}"),
            Segment::Key(key) => write!(out, "[{}]", quoted(key)),
            Segment::Index(index) => write!(out, "[{index}]"),
            Segment::Every => out.write_str("[*]"),
        })
    }
}

fn is_plain_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(is_plain_key_char)
}

/// Whether a letter may stand in a key without quotes.
pub(crate) fn is_plain_key_char(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '-'
}

fn quoted(key: &str) -> String {
    write_json(&Value::from(key))
}

impl Display for Selector {
    /// As a policy writes it: what is shown reads back as the same selector.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, open_path(self)) {
            (Selector::Session(SessionField::CallsOf(tool)), _) => write!(out, "session.calls_of[{}]", quoted(tool)),
            (Selector::Output(path), _) if is_taken(path) => match path.segments.first() {
                Some(Segment::Key(key)) => write!(out, "output[{}]", quoted(key)),
                _ => out.write_str("output"),
            },
            (_, Some(path)) => write!(out, "{}{path}", row_of(self).map_or("", SelectorRow::stem)),
            (_, None) => out.write_str(fixed_name(self).unwrap_or_default()),
        }
    }
}

/// Whether the path as a plain key would be the selector `output.text` or `output.is_error`.
fn is_taken(path: &FieldPath) -> bool {
    matches!(path.segments.as_slice(), [Segment::Key(key)] if key == "text" || key == "is_error")
}
