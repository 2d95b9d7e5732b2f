//! Selectors: where a condition looks.

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
            Segment::Key(key) => write!(out, "[\"{}\"]", key.escape_default()),
            Segment::Index(index) => write!(out, "[{index}]"),
            Segment::Every => out.write_str("[*]"),
        })
    }
}

fn is_plain_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
}

impl Display for Selector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Args(path) => write!(out, "args{path}"),
            Selector::Metadata(path) => write!(out, "metadata{path}"),
            Selector::Facts(path) => write!(out, "facts{path}"),
            Selector::Output(path) => write!(out, "output{path}"),
            Selector::Principal(PrincipalField::Claims(path)) => write!(out, "principal.claims{path}"),
            Selector::Session(SessionField::CallsOf(tool)) => write!(out, "session.calls_of[\"{tool}\"]"),
            fixed => out.write_str(fixed.fixed_name().unwrap_or_default()),
        }
    }
}

impl Selector {
    /// The selectors without a part that the policy names, in the order of the reference.
    pub const FIXED: &[(&str, Selector)] = &[
        ("tool", Selector::Tool),
        ("tool.side_effect", Selector::ToolSideEffect),
        ("tool.server", Selector::ToolServer),
        ("tool.labels", Selector::ToolLabels),
        ("args.**", Selector::ArgsEvery),
        ("environment", Selector::Environment),
        ("principal.user_id", Selector::Principal(PrincipalField::UserId)),
        ("principal.service_id", Selector::Principal(PrincipalField::ServiceId)),
        ("principal.org_id", Selector::Principal(PrincipalField::OrgId)),
        ("principal.role", Selector::Principal(PrincipalField::Role)),
        ("principal.roles", Selector::Principal(PrincipalField::Roles)),
        ("principal.environment", Selector::Principal(PrincipalField::Environment)),
        ("principal.ticket_ref", Selector::Principal(PrincipalField::TicketRef)),
        ("time.hour", Selector::Time(TimeField::Hour)),
        ("time.minute_of_day", Selector::Time(TimeField::MinuteOfDay)),
        ("time.weekday", Selector::Time(TimeField::Weekday)),
        ("time.date", Selector::Time(TimeField::Date)),
        ("session.attempts", Selector::Session(SessionField::Attempts)),
        ("session.calls", Selector::Session(SessionField::Calls)),
        ("session.consecutive_failures", Selector::Session(SessionField::ConsecutiveFailures)),
        ("session.labels", Selector::Session(SessionField::Labels)),
        ("session.tools_called", Selector::Session(SessionField::ToolsCalled)),
        ("output", Selector::Output(FieldPath { segments: Vec::new() })),
        ("output.text", Selector::OutputText),
        ("output.is_error", Selector::OutputIsError),
        ("call.paths", Selector::Paths(PathFacet::Any)),
        ("call.paths.read", Selector::Paths(PathFacet::Read)),
        ("call.paths.write", Selector::Paths(PathFacet::Write)),
        ("call.commands", Selector::Commands),
        ("call.urls", Selector::Urls),
        ("call.hosts", Selector::Hosts),
        ("call.sql", Selector::Sql),
        ("call.side_effect", Selector::CallSideEffect),
    ];

    fn fixed_name(&self) -> Option<&'static str> {
        Selector::FIXED.iter().find(|(_, selector)| selector == self).map(|(name, _)| *name)
    }
}
