//! Everything a condition can look at, for one call under one policy.

use super::Direction;
use super::operators::Operators;
use crate::audit::output::Output;
use crate::call::facets::command::CommandLine;
use crate::call::facets::path::{PathCx, PathValue};
use crate::call::facets::sql::Statement;
use crate::call::facets::url::{HostValue, UrlValue};
use crate::call::facets::{Facet, FacetValue};
use crate::call::{CallFacets, Tool, ToolEnvelope};
use crate::policy::model::{FieldPath, PathFacet, Policy, PrincipalField, Segment, Selector, SessionField, TimeField};
use crate::session::SessionView;
use crate::value::{Number, Value};
use jiff::Zoned;
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Answers of the host to declared facts, by name: the value, or why there is none.
pub type FactAnswers = BTreeMap<String, Result<Value, String>>;

/// What is known of the session.
#[derive(Clone, Copy, Debug)]
pub enum SessionState<'a> {
    /// As the store shows it.
    Known(&'a SessionView),
    /// The store could not answer, and why.
    Failed(&'a str),
}

/// Everything a condition can look at.
pub struct Scene<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The call.
    pub call: &'a ToolEnvelope,
    /// The tool, as declared.
    pub tool: &'a Tool,
    /// What the arguments touch.
    pub facets: &'a CallFacets<'a>,
    /// What the host answered.
    pub facts: &'a FactAnswers,
    /// The session.
    pub session: SessionState<'a>,
    /// The result, for postconditions.
    pub output: Option<&'a Output>,
    /// The host's operators.
    pub operators: &'a Operators,
}

/// How a leaf is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// In which direction, every `not` above it counted.
    pub direction: Direction,
    /// Whether it stands beneath an odd number of `not`.
    pub beneath_not: bool,
    /// Whether the contract in question is observed: only then are observed labels seen.
    pub observed: bool,
}

impl Reading {
    /// At the top of a condition.
    pub fn top(direction: Direction, observed: bool) -> Reading {
        Reading { direction, beneath_not: false, observed }
    }

    /// Beneath one more `not`.
    #[must_use]
    pub fn turned(self) -> Reading {
        Reading { direction: self.direction.turned(), beneath_not: !self.beneath_not, ..self }
    }

    /// Whether the whole condition permits or excuses.
    pub fn is_for_excuse(self) -> bool {
        (self.direction == Direction::Excusing) != self.beneath_not
    }
}

/// What a selector found.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    /// The values, each tested by itself.
    pub items: SmallVec<[Item<'a>; 1]>,
    /// Why there may be more, if there may.
    pub open: Option<String>,
    /// Whether the selector has many values; else there is exactly one item.
    pub many: bool,
    /// Whether a list that the selector goes through is missing, which is not the same as empty.
    pub absent: bool,
}

/// One value.
#[derive(Clone, Debug)]
pub enum Item<'a> {
    /// Absent, or null.
    Missing,
    /// There is one, and it cannot be known: why.
    Unknown(String),
    /// A JSON value.
    Json(Cow<'a, Value>),
    /// A path.
    Path(&'a PathValue),
    /// A command line.
    Command(&'a CommandLine),
    /// A URL.
    Url(&'a UrlValue),
    /// A host.
    Host(&'a HostValue),
    /// A statement.
    Statement(&'a Statement),
}

impl Item<'_> {
    /// The same without what it borrows; only JSON is ever made by reading a text.
    fn into_owned<'b>(self) -> Item<'b> {
        match self {
            Item::Missing => Item::Missing,
            Item::Json(value) => Item::Json(Cow::Owned(value.into_owned())),
            Item::Unknown(why) => Item::Unknown(why),
            _ => Item::Unknown("a facet is no part of a result".to_owned()),
        }
    }
}

impl<'a> Scene<'a> {
    /// What `selector` finds.
    pub fn values(&'a self, selector: &Selector, reading: Reading) -> Values<'a> {
        let call = self.call;
        if let Some(text) = self.plain_text(selector) {
            return one_text(text);
        }
        match selector {
            Selector::Tool | Selector::ToolSideEffect | Selector::ToolServer | Selector::Environment => missing(),
            Selector::ToolLabels => one_list(self.tool.labels.iter().map(String::as_str)),
            Selector::Args(path) => walk(call.args.iter(), path),
            Selector::ArgsEvery => every_string(call.args.iter().map(|(_, value)| value)),
            Selector::Metadata(path) => walk(call.metadata.iter(), path),
            Selector::Facts(path) => self.fact(path),
            Selector::Principal(field) => self.principal(field),
            Selector::Time(field) => one(self.time(*field)),
            Selector::Session(field) => self.session_field(field, reading),
            Selector::Output(path) => self.output(|output| output_field(output, &path.segments)),
            Selector::OutputText => self.output(|output| one(Value::String(output.text().into_owned()))),
            Selector::OutputIsError => self.output(|output| one(Value::Bool(output.is_error))),
            Selector::Paths(which) => self.path_values(*which, reading),
            Selector::Commands => facet(self.facets.commands(), reading, Item::Command),
            Selector::Urls => facet(self.facets.urls(), reading, Item::Url),
            Selector::Hosts => facet(self.facets.hosts(), reading, Item::Host),
            Selector::Sql => facet(self.facets.sql(), reading, Item::Statement),
            Selector::CallSideEffect => match self.facets.side_effect() {
                Ok(effect) => one_text(Some(effect.as_str())),
                Err(why) => unknown(why.to_owned()),
            },
        }
    }

    /// What a selector of one string finds, without a copy: the string, or nothing. `None` of other selectors.
    pub(crate) fn plain_text(&self, selector: &Selector) -> Option<Option<&'a str>> {
        let who = &self.call.principal;
        Some(match selector {
            Selector::Tool => Some(&self.call.tool),
            Selector::ToolSideEffect => Some(self.tool.side_effect.as_str()),
            Selector::ToolServer => self.call.server.as_deref(),
            Selector::Environment => self.call.environment.as_deref(),
            Selector::Principal(field) => match field {
                PrincipalField::UserId => who.user_id.as_deref(),
                PrincipalField::ServiceId => who.service_id.as_deref(),
                PrincipalField::OrgId => who.org_id.as_deref(),
                PrincipalField::Role => who.role.as_deref(),
                PrincipalField::Environment => who.environment.as_deref(),
                PrincipalField::TicketRef => who.ticket_ref.as_deref(),
                PrincipalField::Roles | PrincipalField::Claims(_) => return None,
            },
            _ => return None,
        })
    }

    /// What is found in the result: missing before there is one, unknown where it cannot be read.
    fn output(&self, find: impl FnOnce(&'a Output) -> Values<'a>) -> Values<'a> {
        match self.output {
            None => missing(),
            Some(output) => output.unknown().map_or_else(|| find(output), |why| unknown(why.to_owned())),
        }
    }

    /// The one value of a selector that has only one, if it is JSON; used by operands, messages and counters.
    pub fn single(&'a self, selector: &Selector, reading: Reading) -> Item<'a> {
        let values = self.values(selector, reading);
        match (values.items.into_iter().next(), values.open) {
            (Some(item), _) => item,
            (None, Some(why)) => Item::Unknown(why),
            (None, None) => Item::Missing,
        }
    }

    /// Where paths start.
    pub fn paths(&self) -> &PathCx {
        self.facets.places()
    }

    /// The call's time in the policy's zone.
    pub fn now(&self) -> Zoned {
        self.call.timestamp.to_zoned(self.policy.timezone.clone())
    }

    fn fact(&'a self, path: &FieldPath) -> Values<'a> {
        let Some((Segment::Key(name), rest)) = path.segments.split_first() else { return missing() };
        match self.facts.get(name) {
            Some(Ok(Value::Null)) => unknown(format!("the host knows nothing of the fact `{name}`")),
            Some(Ok(value)) => walk_value(value, rest),
            Some(Err(why)) => unknown(format!("the fact `{name}` failed: {why}")),
            None => unknown(format!("the host did not supply the fact `{name}`")),
        }
    }

    fn principal(&'a self, field: &PrincipalField) -> Values<'a> {
        let who = &self.call.principal;
        match field {
            PrincipalField::Roles if who.roles.is_empty() => missing(),
            PrincipalField::Roles => one_list(who.roles.iter().map(String::as_str)),
            PrincipalField::Claims(path) => walk(who.claims.iter(), path),
            _ => missing(),
        }
    }

    fn time(&self, field: TimeField) -> Value {
        let now = self.now();
        let number = |value: i64| Value::Number(Number::from(u64::try_from(value).unwrap_or_default()));
        match field {
            TimeField::Hour => number(now.hour().into()),
            TimeField::MinuteOfDay => {
                number(i64::from(now.hour()).saturating_mul(60).saturating_add(now.minute().into()))
            }
            TimeField::Weekday => Value::from(weekday(now.weekday())),
            TimeField::Date => Value::String(now.date().to_string()),
        }
    }

    fn session_field(&'a self, field: &SessionField, reading: Reading) -> Values<'a> {
        let view = match self.session {
            SessionState::Known(view) => view,
            SessionState::Failed(why) => return unknown(format!("the session is unknown: {why}")),
        };
        let number = |value: u64| one(Value::from(value));
        match field {
            SessionField::Attempts => number(view.attempts),
            SessionField::Calls => number(view.calls),
            SessionField::CallsOf(tool) => number(view.calls_of.get(tool).copied().unwrap_or_default()),
            SessionField::ConsecutiveFailures => number(view.consecutive_failures),
            SessionField::ToolsCalled => one_list(view.tools_called()),
            SessionField::Labels => one_list(view.labels.iter().filter_map(|label| {
                let hidden = label.observed && !reading.observed;
                let excuses = reading.direction == Direction::Excusing;
                (!(hidden || label.doubtful && excuses)).then_some(label.name.as_str())
            })),
        }
    }

    fn path_values(&'a self, which: PathFacet, reading: Reading) -> Values<'a> {
        let wanted = |path: &PathValue| match which {
            PathFacet::Any => true,
            PathFacet::Read => path.access().reads(),
            PathFacet::Write => path.access().writes(),
        };
        let mut values = facet(self.facets.paths(), reading, Item::Path);
        values.items.retain(|item| !matches!(item, Item::Path(path) if !wanted(path)));
        values
    }
}

fn facet<'a, T>(facet: &'a Facet<T>, reading: Reading, item: fn(&'a T) -> Item<'a>) -> Values<'a> {
    // What was only guessed never permits or excuses.
    let counts = |value: &FacetValue<T>| {
        let excuses = reading.is_for_excuse() && reading.direction == Direction::Excusing;
        !(value.restricting_only && excuses)
    };
    let items = facet.values.iter().filter(|value| counts(value)).map(|value| item(&value.value)).collect();
    Values { items, open: facet.open.clone(), many: true, absent: false }
}

/// The whole result, or what stands in its structure.
fn output_field<'a>(output: &'a Output, path: &[Segment]) -> Values<'a> {
    if path.is_empty() {
        return walk_value(&output.value, path);
    }
    match output.structured() {
        Cow::Borrowed(value) => walk_value(value, path),
        Cow::Owned(value) => {
            let Values { items, open, many, absent } = walk_value(&value, path);
            Values { items: items.into_iter().map(Item::into_owned).collect(), open, many, absent }
        }
    }
}

fn missing<'a>() -> Values<'a> {
    Values { items: smallvec![Item::Missing], open: None, many: false, absent: false }
}

fn unknown<'a>(why: String) -> Values<'a> {
    Values { items: smallvec![Item::Unknown(why)], open: None, many: false, absent: false }
}

fn one<'a>(value: Value) -> Values<'a> {
    Values { items: smallvec![Item::Json(Cow::Owned(value))], open: None, many: false, absent: false }
}

fn one_text<'a>(text: Option<&str>) -> Values<'a> {
    text.map_or_else(missing, |text| one(Value::from(text)))
}

fn one_list<'a, 'b>(items: impl Iterator<Item = &'b str>) -> Values<'a> {
    one(Value::List(items.map(Value::from).collect()))
}

fn every_string<'a>(values: impl Iterator<Item = &'a Value>) -> Values<'a> {
    let items = values.flat_map(Value::strings).map(|text| Item::Json(Cow::Owned(Value::from(text)))).collect();
    Values { items, open: None, many: true, absent: false }
}

/// Walks into an object's entries; a path without steps is refused by the reader of policies.
fn walk<'a>(mut entries: impl Iterator<Item = (&'a str, &'a Value)>, path: &FieldPath) -> Values<'a> {
    let Some((Segment::Key(first), rest)) = path.segments.split_first() else { return missing() };
    let found = entries.find(|(key, _)| key == first).map(|(_, value)| value);
    match found {
        Some(value) => walk_value(value, rest),
        None if path.is_many() => Values { items: SmallVec::new(), open: None, many: true, absent: true },
        None => missing(),
    }
}

fn walk_value<'a>(root: &'a Value, path: &[Segment]) -> Values<'a> {
    let many = path.contains(&Segment::Every);
    let mut found = Values { items: SmallVec::new(), open: None, many, absent: false };
    let mut rest: Vec<(&'a Value, &[Segment])> = vec![(root, path)];
    while let Some((value, segments)) = rest.pop() {
        match (segments.split_first(), value) {
            (None, Value::Null) => found.items.push(Item::Missing),
            (None, value) => found.items.push(Item::Json(Cow::Borrowed(value))),
            (Some((Segment::Every, after)), Value::List(items)) => {
                rest.extend(items.iter().rev().map(|item| (item, after)));
            }
            (Some((Segment::Every, _)), Value::Null) => found.absent = true,
            (Some((Segment::Every, _)), other) => {
                found.open = Some(format!("a list is expected where there is {}", with_article(other.type_name())));
            }
            (Some((segment, after)), value) => match step(value, segment) {
                Step::To(next) => rest.push((next, after)),
                Step::Missing if after.contains(&Segment::Every) => found.absent = true,
                Step::Missing => found.items.push(Item::Missing),
                Step::WrongType(why) => found.items.push(Item::Unknown(why)),
            },
        }
    }
    found
}

enum Step<'a> {
    To(&'a Value),
    Missing,
    WrongType(String),
}

fn step<'a>(value: &'a Value, segment: &Segment) -> Step<'a> {
    match (segment, value) {
        (_, Value::Null) => Step::Missing,
        (Segment::Key(key), Value::Object(object)) => object.get(key).map_or(Step::Missing, Step::To),
        (Segment::Index(index), Value::List(items)) => items.get(*index).map_or(Step::Missing, Step::To),
        (Segment::Key(_), other) => Step::WrongType(wrong_type("an object", other)),
        (_, other) => Step::WrongType(wrong_type("a list", other)),
    }
}

fn wrong_type(expected: &str, found: &Value) -> String {
    format!("{expected} is expected where there is {}", with_article(found.type_name()))
}

/// `an object`, `a string`.
pub(super) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

fn weekday(day: jiff::civil::Weekday) -> &'static str {
    use jiff::civil::Weekday;
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}
