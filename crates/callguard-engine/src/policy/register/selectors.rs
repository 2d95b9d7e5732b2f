//! The register of selectors: the one place that says which there are, where they may stand and what they yield.
//!
//! The reader, "did you mean", the JSON Schema and `docs/reference/selectors.md` all come from it.

use super::Place;
pub use super::SelectorGroup;
use crate::policy::model::{
    FactType, FieldPath, PathFacet, PrincipalField, Segment, Selector, SessionField, TimeField,
};

/// One selector, or a family of them.
#[derive(Debug)]
pub struct SelectorRow {
    /// As written; `X` stands for a way that the policy chooses.
    pub name: &'static str,
    /// One line on what it yields.
    pub doc: &'static str,
    /// Under which heading the reference lists it.
    pub group: SelectorGroup,
    /// What its values are.
    pub shape: Shape,
    /// Which of the values of that shape there can be.
    pub domain: Domain,
    /// Where it may stand.
    pub places: &'static [Place],
    /// The selector.
    pub form: Form,
}

/// What the values of a selector are, as far as it is known when a policy loads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Any JSON value.
    Any,
    /// A name: a string that is neither a path nor a URL.
    Name,
    /// Any string.
    Text,
    /// One of a few words.
    Word,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A date, `2026-01-31`.
    Date,
    /// A list of names.
    Names,
    /// A list of anything.
    List,
    /// An object.
    Object,
    /// Paths.
    Paths,
    /// Command lines.
    Commands,
    /// URLs.
    Urls,
    /// Hosts.
    Hosts,
    /// SQL statements.
    Statements,
}

/// Which values a selector can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Any of its shape.
    Free,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A whole number from the first to the last; no last: without end.
    Whole(u64, Option<u64>),
}

/// How a row becomes a selector.
#[derive(Debug)]
pub enum Form {
    /// It is written as its name.
    Fixed(Selector),
    /// Its root, then a way into a value: `args.a.b[0]`.
    Open(fn(FieldPath) -> Selector),
    /// `session.calls_of["tool"]`.
    PerTool(fn(String) -> Selector),
}

use Domain::{Free, Whole, Words};
use Form::{Fixed, Open, PerTool};
use SelectorGroup as G;

/// Every selector, in the order of the reference.
pub static SELECTORS: &[SelectorRow] = &[
    row(G::Tool, "tool", Shape::Name, ANYWHERE, Fixed(Selector::Tool), "the tool's name as called"),
    row(
        G::Tool,
        "tool.side_effect",
        Shape::Word,
        ANYWHERE,
        Fixed(Selector::ToolSideEffect),
        "the declared side effect",
    )
    .words(&SIDE_EFFECTS),
    row(G::Tool, "tool.server", Shape::Name, KEYED, Fixed(Selector::ToolServer), "the server that offers the tool"),
    row(G::Tool, "tool.labels", Shape::Names, ANYWHERE, Fixed(Selector::ToolLabels), "the tool's declared labels"),
    row(G::Arguments, "args.X", Shape::Any, SUMMED, Open(Selector::Args), "an argument (a list is one value)"),
    row(
        G::Arguments,
        "args.**",
        Shape::Text,
        ANYWHERE,
        Fixed(Selector::ArgsEvery),
        "every string anywhere in the arguments",
    ),
    row(
        G::Host,
        "environment",
        Shape::Name,
        FILLED,
        Fixed(Selector::Environment),
        "where the call runs: `production`, `staging`",
    ),
    row(G::Host, "metadata.X", Shape::Any, FILLED, Open(Selector::Metadata), "whatever else the host says of the call"),
    row(
        G::Host,
        "facts.X",
        Shape::Any,
        FACTS,
        Open(Selector::Facts),
        "a declared fact, supplied by the host at run time",
    ),
    principal("principal.user_id", PrincipalField::UserId, "the person who is asking"),
    principal("principal.service_id", PrincipalField::ServiceId, "the service that is asking"),
    principal("principal.org_id", PrincipalField::OrgId, "the organisation or tenant"),
    principal("principal.role", PrincipalField::Role, "the role that the principal acts in"),
    row(
        G::Principal,
        "principal.roles",
        Shape::Names,
        FILLED,
        Fixed(Selector::Principal(PrincipalField::Roles)),
        "every role that the principal has",
    ),
    principal("principal.environment", PrincipalField::Environment, "the environment that the principal belongs to"),
    principal("principal.ticket_ref", PrincipalField::TicketRef, "the ticket that the principal works on"),
    row(
        G::Principal,
        "principal.claims.X",
        Shape::Any,
        FILLED,
        Open(claims),
        "whatever else the principal's token says",
    ),
    time("time.hour", TimeField::Hour, Shape::Number, "the hour, 0 to 23, in `timezone`").domain(Whole(0, Some(23))),
    time("time.minute_of_day", TimeField::MinuteOfDay, Shape::Number, "minutes since midnight, 0 to 1439")
        .domain(Whole(0, Some(1439))),
    time("time.weekday", TimeField::Weekday, Shape::Word, "`monday` to `sunday`").words(&WEEKDAYS),
    time("time.date", TimeField::Date, Shape::Date, "the date, `2026-01-31`"),
    counter("session.attempts", SessionField::Attempts, "tries so far, this one included"),
    counter("session.calls", SessionField::Calls, "runs before this call"),
    row(
        G::Session,
        "session.calls_of[\"TOOL\"]",
        Shape::Number,
        SESSION,
        PerTool(calls_of),
        "runs of one tool before this call",
    )
    .domain(Whole(0, None)),
    counter(
        "session.consecutive_failures",
        SessionField::ConsecutiveFailures,
        "runs that erred since the last success",
    ),
    names("session.labels", SessionField::Labels, "labels that the session has gained"),
    names("session.tools_called", SessionField::ToolsCalled, "tools that have run in this session"),
    row(
        G::Output,
        "output",
        Shape::Any,
        RESULT,
        Fixed(Selector::Output(FieldPath { segments: Vec::new() })),
        "the result as a whole",
    ),
    row(G::Output, "output.X", Shape::Any, RESULT_SUMMED, Open(Selector::Output), "a field of the structured result"),
    row(
        G::Output,
        "output.text",
        Shape::Text,
        RESULT,
        Fixed(Selector::OutputText),
        "the text of the result or the error",
    ),
    row(G::Output, "output.is_error", Shape::Boolean, RESULT, Fixed(Selector::OutputIsError), "whether the tool erred"),
    call("call.paths", Selector::Paths(PathFacet::Any), Shape::Paths, "every path that the call touches"),
    call("call.paths.read", Selector::Paths(PathFacet::Read), Shape::Paths, "paths that it reads"),
    call("call.paths.write", Selector::Paths(PathFacet::Write), Shape::Paths, "paths that it writes, moves or removes"),
    call("call.commands", Selector::Commands, Shape::Commands, "command lines that it runs"),
    call("call.urls", Selector::Urls, Shape::Urls, "URLs that it opens"),
    call("call.hosts", Selector::Hosts, Shape::Hosts, "hosts that it connects to"),
    call("call.sql", Selector::Sql, Shape::Statements, "SQL statements that it runs"),
    call(
        "call.side_effect",
        Selector::CallSideEffect,
        Shape::Word,
        "the declared side effect, or what its commands and statements amount to",
    )
    .words(&SIDE_EFFECTS),
];

/// `time.weekday`.
pub const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// `tool.side_effect`, from least to most.
pub const SIDE_EFFECTS: [&str; 4] = ["pure", "read", "write", "irreversible"];

const ANYWHERE: &[Place] = &[Place::Precondition, Place::Session, Place::Postcondition];
const KEYED: &[Place] = &[Place::Precondition, Place::Session, Place::Postcondition, Place::Per];
const FILLED: &[Place] = &[Place::Precondition, Place::Session, Place::Postcondition, Place::Per, Place::Requires];
const FACTS: &[Place] = &[Place::Precondition, Place::Session, Place::Postcondition, Place::Requires];
const SUMMED: &[Place] = &[Place::Precondition, Place::Session, Place::Postcondition, Place::Sum];
const SESSION: &[Place] = &[Place::Session];
const RESULT: &[Place] = &[Place::Postcondition];
const RESULT_SUMMED: &[Place] = &[Place::Postcondition, Place::Sum];

const fn row(
    group: SelectorGroup,
    name: &'static str,
    shape: Shape,
    places: &'static [Place],
    form: Form,
    doc: &'static str,
) -> SelectorRow {
    SelectorRow { name, doc, group, shape, domain: Free, places, form }
}

const fn principal(name: &'static str, field: PrincipalField, doc: &'static str) -> SelectorRow {
    row(G::Principal, name, Shape::Name, FILLED, Fixed(Selector::Principal(field)), doc)
}

const fn time(name: &'static str, field: TimeField, shape: Shape, doc: &'static str) -> SelectorRow {
    row(G::Time, name, shape, ANYWHERE, Fixed(Selector::Time(field)), doc)
}

const fn counter(name: &'static str, field: SessionField, doc: &'static str) -> SelectorRow {
    row(G::Session, name, Shape::Number, SESSION, Fixed(Selector::Session(field)), doc).domain(Whole(0, None))
}

const fn names(name: &'static str, field: SessionField, doc: &'static str) -> SelectorRow {
    row(G::Session, name, Shape::Names, SESSION, Fixed(Selector::Session(field)), doc)
}

const fn call(name: &'static str, selector: Selector, shape: Shape, doc: &'static str) -> SelectorRow {
    row(G::Call, name, shape, ANYWHERE, Fixed(selector), doc)
}

fn claims(path: FieldPath) -> Selector {
    Selector::Principal(PrincipalField::Claims(path))
}

fn calls_of(tool: String) -> Selector {
    Selector::Session(SessionField::CallsOf(tool))
}

impl SelectorRow {
    const fn domain(mut self, domain: Domain) -> SelectorRow {
        self.domain = domain;
        self
    }

    const fn words(self, words: &'static [&'static str]) -> SelectorRow {
        self.domain(Words(words))
    }

    /// What it starts with: its name without the part that the policy chooses.
    pub fn stem(&self) -> &'static str {
        match self.form {
            Fixed(_) => self.name,
            Open(_) => self.name.strip_suffix(".X").unwrap_or(self.name),
            PerTool(_) => self.name.split_once('[').map_or(self.name, |(stem, _)| stem),
        }
    }

    fn yields(&self, selector: &Selector) -> bool {
        match (&self.form, selector) {
            (Fixed(fixed), selector) => fixed == selector,
            (PerTool(_), selector) => matches!(selector, Selector::Session(SessionField::CallsOf(_))),
            (Open(make), selector) => {
                std::mem::discriminant(&make(FieldPath::default())) == std::mem::discriminant(selector)
                    && open_path(selector).is_some()
            }
        }
    }
}

/// The row that a selector belongs to.
pub fn row_of(selector: &Selector) -> Option<&'static SelectorRow> {
    SELECTORS.iter().find(|row| row.yields(selector))
}

/// The name of a selector without a part that the policy chooses.
pub fn fixed_name(selector: &Selector) -> Option<&'static str> {
    SELECTORS.iter().find(|row| matches!(&row.form, Fixed(fixed) if fixed == selector)).map(|row| row.name)
}

/// The way into a value that the policy chose, if the selector has one.
pub fn open_path(selector: &Selector) -> Option<&FieldPath> {
    match selector {
        Selector::Args(path) | Selector::Metadata(path) | Selector::Facts(path) | Selector::Output(path) => Some(path),
        Selector::Principal(PrincipalField::Claims(path)) => Some(path),
        _ => None,
    }
}

/// What the values of a fact are. `None` for a part of a fact whose type has no parts.
pub(crate) fn shape_of_fact(fact: FactType, path: &FieldPath) -> Option<Shape> {
    match (path.segments.get(1), fact) {
        (None, FactType::String) => Some(Shape::Text),
        (None, FactType::Number) => Some(Shape::Number),
        (None, FactType::Boolean) => Some(Shape::Boolean),
        (None, FactType::List) => Some(Shape::List),
        (None, FactType::Object) => Some(Shape::Object),
        (Some(Segment::Key(_)), FactType::Object) => Some(Shape::Any),
        (Some(Segment::Index(_) | Segment::Every), FactType::List) => Some(Shape::Any),
        (Some(_), _) => None,
    }
}

impl Shape {
    /// What a value of it is, in a message: "a number".
    pub fn describe(self) -> &'static str {
        match self {
            Shape::Any => "any value",
            Shape::Name | Shape::Text => "a string",
            Shape::Word => "one of a few words",
            Shape::Number => "a number",
            Shape::Boolean => "`true` or `false`",
            Shape::Date => "a date",
            Shape::Names | Shape::List => "a list",
            Shape::Object => "an object",
            Shape::Paths => "paths",
            Shape::Commands => "command lines",
            Shape::Urls => "URLs",
            Shape::Hosts => "hosts",
            Shape::Statements => "SQL statements",
        }
    }

    /// Whether it is a facet's.
    pub fn is_facet(self) -> bool {
        matches!(self, Shape::Paths | Shape::Commands | Shape::Urls | Shape::Hosts | Shape::Statements)
    }
}
