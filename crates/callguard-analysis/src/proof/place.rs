//! Fields of a situation: where a leaf looks, and how a value gets there.

use super::situation::{CounterName, Situation};
use super::values::Domain;
use callguard_engine::policy::model::{FieldPath, PrincipalField, Segment, Selector, SessionField};
use callguard_engine::value::{Object, Value};
use std::fmt::{self, Display};

/// A field whose values are told apart by themselves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    /// Inside the arguments, the metadata or the claims: keys, outermost first.
    Inside(Root, Vec<String>),
    Environment,
    Server,
    /// A text of the principal.
    Who(Who),
    Roles,
    /// The time of the call.
    Time,
    Attempts,
    Calls,
    Failures,
    CallsOf(String),
    Labels,
    Counter(CounterName),
}

/// Objects that a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Root {
    Args,
    Metadata,
    Claims,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Who {
    User,
    Service,
    Org,
    Role,
    Environment,
    Ticket,
}

impl Place {
    /// The field of a selector; `None` of one that looks at many, at what is gathered, or at what the host answers.
    pub(crate) fn of(selector: &Selector) -> Option<Place> {
        Some(match selector {
            Selector::Args(path) => Place::Inside(Root::Args, keys(path)?),
            Selector::Metadata(path) => Place::Inside(Root::Metadata, keys(path)?),
            Selector::Environment => Place::Environment,
            Selector::ToolServer => Place::Server,
            Selector::Time(_) => Place::Time,
            Selector::Principal(field) => match field {
                PrincipalField::UserId => Place::Who(Who::User),
                PrincipalField::ServiceId => Place::Who(Who::Service),
                PrincipalField::OrgId => Place::Who(Who::Org),
                PrincipalField::Role => Place::Who(Who::Role),
                PrincipalField::Environment => Place::Who(Who::Environment),
                PrincipalField::TicketRef => Place::Who(Who::Ticket),
                PrincipalField::Roles => Place::Roles,
                PrincipalField::Claims(path) => Place::Inside(Root::Claims, keys(path)?),
                _ => return None,
            },
            Selector::Session(field) => match field {
                SessionField::Attempts => Place::Attempts,
                SessionField::Calls => Place::Calls,
                SessionField::ConsecutiveFailures => Place::Failures,
                SessionField::CallsOf(tool) => Place::CallsOf(tool.clone()),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// What can stand there.
    pub(crate) fn domain(&self) -> Domain {
        match self {
            Place::Inside(..) => Domain::Json,
            Place::Environment | Place::Server | Place::Who(_) => Domain::Text,
            Place::Roles => Domain::Names,
            Place::Attempts => Domain::Count(1),
            Place::Calls | Place::Failures | Place::CallsOf(_) | Place::Counter(_) => Domain::Count(0),
            // These have classes of their own.
            Place::Time | Place::Labels => Domain::Text,
        }
    }

    /// The field that it stands in, if that is one too.
    pub(crate) fn parent(&self) -> Option<Place> {
        let Place::Inside(root, keys) = self else { return None };
        let (_, above) = keys.split_last()?;
        (!above.is_empty()).then(|| Place::Inside(*root, above.to_vec()))
    }

    /// Puts a value there. `None` leaves the place as it is.
    pub(crate) fn put(&self, value: Option<&Value>, situation: &mut Situation) {
        let Some(value) = value else { return };
        let call = &mut situation.call;
        let count = || match value {
            Value::Number(number) => number.as_u64().unwrap_or_default(),
            _ => 0,
        };
        let text = || value.as_str().map(str::to_owned);
        match self {
            Place::Inside(Root::Args, keys) => put_inside(&mut call.args, keys, value),
            Place::Inside(Root::Metadata, keys) => put_inside(&mut call.metadata, keys, value),
            Place::Inside(Root::Claims, keys) => put_inside(&mut call.principal.claims, keys, value),
            Place::Environment => call.environment = text(),
            Place::Server => call.server = text(),
            Place::Who(who) => *who.field(&mut call.principal) = text(),
            Place::Roles => {
                let Value::List(items) = value else { return };
                call.principal.roles = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            }
            Place::Attempts => situation.session.attempts = count(),
            Place::Calls => situation.session.calls = count(),
            Place::Failures => situation.session.consecutive_failures = count(),
            Place::CallsOf(tool) => {
                if count() > 0 {
                    situation.session.calls_of.insert(tool.clone(), count());
                }
            }
            Place::Counter(name) => drop(situation.counters.insert(name.clone(), count())),
            Place::Time | Place::Labels => {}
        }
    }
}

impl Who {
    pub(crate) const ALL: [Who; 6] = [Who::User, Who::Service, Who::Org, Who::Role, Who::Environment, Who::Ticket];

    pub(crate) fn field(self, who: &mut callguard_engine::call::Principal) -> &mut Option<String> {
        match self {
            Who::User => &mut who.user_id,
            Who::Service => &mut who.service_id,
            Who::Org => &mut who.org_id,
            Who::Role => &mut who.role,
            Who::Environment => &mut who.environment,
            Who::Ticket => &mut who.ticket_ref,
        }
    }
}

/// The keys of a path without indices.
fn keys(path: &FieldPath) -> Option<Vec<String>> {
    let each = path.segments.iter().map(|segment| match segment {
        Segment::Key(key) => Some(key.clone()),
        Segment::Index(_) | Segment::Every => None,
    });
    each.collect::<Option<Vec<_>>>().filter(|keys| !keys.is_empty())
}

/// Puts a value under keys. What stands on the way and is no object stays.
fn put_inside(object: &mut Object, keys: &[String], value: &Value) {
    let Some((first, rest)) = keys.split_first() else { return };
    if rest.is_empty() {
        // An object that has got entries already keeps them.
        let keeps =
            matches!((object.get(first), value), (Some(Value::Object(_)), Value::Object(new)) if new.is_empty());
        if !keeps {
            object.insert(first.clone(), value.clone());
        }
        return;
    }
    if object.get(first).is_none() {
        object.insert(first.clone(), Value::Object(Object::default()));
    }
    let below = object.iter_mut().find(|(key, _)| *key == first.as_str()).map(|(_, value)| value);
    if let Some(Value::Object(inner)) = below {
        put_inside(inner, rest, value);
    }
}

impl Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Inside(root, keys) => {
                let root = match root {
                    Root::Args => "args",
                    Root::Metadata => "metadata",
                    Root::Claims => "principal.claims",
                };
                write!(out, "{root}.{}", keys.join("."))
            }
            Place::Environment => out.write_str("environment"),
            Place::Server => out.write_str("tool.server"),
            Place::Who(who) => write!(
                out,
                "principal.{}",
                match who {
                    Who::User => "user_id",
                    Who::Service => "service_id",
                    Who::Org => "org_id",
                    Who::Role => "role",
                    Who::Environment => "environment",
                    Who::Ticket => "ticket_ref",
                }
            ),
            Place::Roles => out.write_str("principal.roles"),
            Place::Time => out.write_str("time"),
            Place::Attempts => out.write_str("session.attempts"),
            Place::Calls => out.write_str("session.calls"),
            Place::Failures => out.write_str("session.consecutive_failures"),
            Place::CallsOf(tool) => write!(out, "session.calls_of[{tool}]"),
            Place::Labels => out.write_str("session.labels"),
            Place::Counter(name) => write!(out, "the counter of {}", name.contract),
        }
    }
}

/// What a selector of one field finds; a time is always there.
pub(crate) fn look(selector: &Selector, situation: &Situation) -> Option<Value> {
    let call = &situation.call;
    let who = &call.principal;
    let text = |text: &Option<String>| text.clone().map(Value::String);
    match Place::of(selector)? {
        Place::Inside(Root::Args, keys) => below(&call.args, &keys),
        Place::Inside(Root::Metadata, keys) => below(&call.metadata, &keys),
        Place::Inside(Root::Claims, keys) => below(&who.claims, &keys),
        Place::Environment => text(&call.environment),
        Place::Server => text(&call.server),
        Place::Who(field) => text(field.field(&mut who.clone())),
        Place::Roles => {
            let roles = who.roles.iter().map(|role| Value::from(role.as_str()));
            (!who.roles.is_empty()).then(|| Value::List(roles.collect()))
        }
        _ => Some(Value::Bool(true)),
    }
}

fn below(object: &Object, keys: &[String]) -> Option<Value> {
    let (first, rest) = keys.split_first()?;
    let found = object.get(first)?;
    match (rest.is_empty(), found) {
        (true, found) => Some(found.clone()),
        (false, Value::Object(inner)) => below(inner, rest),
        (false, _) => None,
    }
}
