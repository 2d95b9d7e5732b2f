//! Typed tests: of facets, and of plain strings read as what the test is about.

use super::element::{Answer, directed, expected};
use super::scene::{Item, Reading, Scene};
use super::{Direction, Truth};
use crate::call::facets::command::{CommandLine, CommandTest};
use crate::call::facets::path::{PathAccess, PathValue};
use crate::call::facets::sql::{SqlScript, SqlTest};
use crate::call::facets::url::{HostValue, UrlTest, UrlValue};
use crate::policy::model::{SqlDialect, Test, TypedTest};
use crate::value::Value;

const PARTLY: &str = "it is only partly understood";

impl Scene<'_> {
    /// A facet's value: its own group, and equality by its canonical text.
    pub(super) fn facet(&self, item: &Item<'_>, test: &Test, reading: Reading) -> Answer {
        let Test::Typed(typed) = test else { return self.facet_text(item, test, reading) };
        directed(typed.negated, reading.direction, |direction| match (item, &typed.positive) {
            (Item::Path(path), TypedTest::Path(test)) => self.path(path, test, direction),
            (Item::Url(url), TypedTest::Url(test)) => held(test.holds(url, direction), url.doubt()),
            (Item::Host(host), TypedTest::Url(test)) => held(test.holds_host(host, direction), host.doubt()),
            (Item::Command(line), TypedTest::Command(test)) => self.command(line, test, direction),
            (Item::Statement(statement), TypedTest::Sql(test)) => held(test.holds(statement, direction), None),
            _ => Answer::unknown("the operator does not apply to this facet"),
        })
    }

    fn facet_text(&self, item: &Item<'_>, test: &Test, reading: Reading) -> Answer {
        let Some(text) = item.facet_text() else { return Answer::unknown(PARTLY) };
        match test {
            Test::Equals(_) | Test::In(_) | Test::Custom(_) => self.json(&Value::from(text), test, reading),
            _ => Answer::unknown("the operator does not apply to this facet"),
        }
    }

    /// A typed operator on a plain value: the string is read as the type first.
    pub(super) fn typed(&self, value: &Value, test: &TypedTest, direction: Direction) -> Answer {
        match (test, value) {
            (TypedTest::Path(test), Value::String(text)) => {
                self.path(&PathValue::parse(text, PathAccess::Unknown, self.paths()), test, direction)
            }
            (TypedTest::Url(test), Value::String(text)) => url(text, test, direction),
            (TypedTest::Command(test), Value::String(text)) => {
                self.command(&CommandLine::parse(text, self.paths()), test, direction)
            }
            (TypedTest::Command(test), Value::List(words)) => match crate::call::argv(words) {
                Some(words) => self.command(&CommandLine::from_argv(&words, self.paths()), test, direction),
                None => Answer::unknown("an argv list holds something else than strings"),
            },
            (TypedTest::Sql(test), Value::String(text)) => sql(text, test, direction),
            (_, other) => expected("a string", other),
        }
    }

    fn path(&self, path: &PathValue, test: &crate::call::facets::path::PathTest, direction: Direction) -> Answer {
        held(test.holds(path, direction, self.paths()), path.doubt())
    }

    fn command(&self, line: &CommandLine, test: &CommandTest, direction: Direction) -> Answer {
        held(test.holds(line, direction, self.paths()), line.not_understood())
    }
}

fn held(truth: Truth, doubt: Option<&str>) -> Answer {
    Answer::named(truth, doubt.unwrap_or(PARTLY))
}

/// A URL where the text is one, else a host.
fn url(text: &str, test: &UrlTest, direction: Direction) -> Answer {
    if text.contains("://") || !test.applies_to_hosts() {
        let url = UrlValue::parse(text);
        return held(test.holds(&url, direction), url.doubt());
    }
    let host = HostValue::parse(text);
    held(test.holds_host(&host, direction), host.doubt())
}

/// Every statement of the text where it must excuse, any where it may restrict.
fn sql(text: &str, test: &SqlTest, direction: Direction) -> Answer {
    let script = SqlScript::parse(text, SqlDialect::Postgres);
    let each = script.values.iter().map(|statement| held(test.holds(&statement.value, direction), None));
    let open = script.open.as_ref().map(|why| Answer::unknown(why.clone()));
    match direction {
        Direction::Restricting => each.chain(open).fold(false.into(), Answer::or),
        Direction::Excusing => each.chain(open).fold((!script.values.is_empty()).into(), Answer::and),
    }
}
