#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

use super::{Scope, parse_selector};
use crate::policy::model::{FactType, Segment, Selector};
use crate::policy::register::Place;
use crate::policy::register::selectors::{Form, SELECTORS, row_of};
use std::collections::BTreeMap;
use std::fmt::Write as _;

fn facts() -> BTreeMap<String, FactType> {
    let facts = [("frozen", FactType::Boolean), ("teams", FactType::List), ("user", FactType::Object)];
    facts.map(|(name, fact)| (name.to_owned(), fact)).into()
}

fn parse(text: &str, place: Place) -> Result<Selector, super::SelectorError> {
    parse_selector(text, &Scope { place, facts: &facts() })
}

const ALL_PLACES: [Place; 6] =
    [Place::Precondition, Place::Session, Place::Postcondition, Place::Requires, Place::Per, Place::Sum];

#[test]
fn every_row_is_read_where_it_may_stand_and_nowhere_else() {
    for row in SELECTORS {
        let example = match row.name {
            "facts.X" => "facts.frozen".to_owned(),
            name => name.replace('X', "some_key").replace("TOOL", "read_file"),
        };
        for place in ALL_PLACES {
            let read = parse(&example, place);
            let may = row.places.contains(&place) && (row.name != "args.**" || place.takes_many());
            assert_eq!(read.is_ok(), may, "`{example}` {}", place.describe());
        }
    }
}

#[test]
fn what_is_shown_reads_back() {
    const TEXTS: &[&str] = &[
        "tool",
        "args.a.b",
        "args.items[0]",
        "args[\"odd.key\"]",
        "args[\"a\\\"b\\\\\"].c",
        "args.items[*].price",
        "args.**",
        "args[\"\"]",
        "args.größe",
        "metadata.x[3]",
        "facts.frozen",
        "facts.teams[*]",
        "facts.user.name",
        "principal.claims.plan[\"x y\"]",
        "session.calls_of[\"mcp__x__y\"]",
        "output",
        "output.a",
        "output[0].b",
        "output.text",
        "output[\"text\"]",
        "output[\"is_error\"]",
        "output.text.inner",
        "call.paths.read",
        "args.a-b_c9",
        "args[\"a\\nb\"]",
    ];
    for text in TEXTS {
        let place = match text.split(['.', '[']).next() {
            Some("output") => Place::Postcondition,
            _ => Place::Session,
        };
        let selector = parse(text, place).unwrap_or_else(|error| panic!("`{text}`: {}", error.message));
        assert_eq!(selector.to_string(), *text);
        assert!(row_of(&selector).is_some(), "{text}");
    }
    assert_eq!(parse("args[\"plain\"]", Place::Session).unwrap().to_string(), "args.plain");
}

#[test]
fn quoted_keys_are_json_strings() {
    let Selector::Args(path) = parse("args[\"\\u00e9\\\"\"]", Place::Session).unwrap() else { panic!() };
    assert_eq!(path.segments, [Segment::Key("é\"".to_owned())]);
}

#[test]
fn what_is_no_selector_says_why() {
    const WRONG: &[&str] = &[
        "",
        " tool",
        "tool ",
        "args",
        "args.",
        "args..path",
        "args.items[x].price",
        "args.items[01]",
        "args.items[-1]",
        "args.items[]",
        "args.items[",
        "args['x']",
        "args[\"x\"",
        "args[\"x\\\"]",
        "args.*",
        "args.**.x",
        "args.a.**",
        "args[0]",
        "args[*]",
        "args.a b",
        "args.$ref",
        "args.items[99999999999999999999999]",
        "metadata",
        "facts",
        "principal",
        "principal.claims",
        "principal.rol",
        "principal.userId",
        "principal.role.x",
        "user.role",
        "role",
        "user_id",
        "paths",
        "arguments.path",
        "path",
        "enviroment",
        "env",
        "time.month",
        "time",
        "session.call",
        "session.calls_of",
        "session.calls_of.mail",
        "session.calls_of[0]",
        "output.txt",
        "call",
        "call.path",
        "call.paths.x",
        "facts.frozn",
        "facts.other",
        "facts.frozen.x",
        "facts.teams.x",
        "facts.user[0]",
        "result.text",
        "TOOL",
    ];
    let mut report = String::new();
    for text in WRONG {
        match parse(text, Place::Precondition) {
            Ok(selector) => panic!("`{text}` is read as {selector:?}"),
            Err(error) => {
                let under = text.get(error.offset..error.offset.saturating_add(error.len)).unwrap_or("?");
                writeln!(report, "{text}\n    {} `{under}`: {}", error.code, error.message).unwrap();
                if let Some(help) = error.help {
                    writeln!(report, "    help: {help}").unwrap();
                }
            }
        }
    }
    for (text, place) in [
        ("session.calls", Place::Precondition),
        ("output.text", Place::Session),
        ("args.path", Place::Requires),
        ("args.user", Place::Per),
        ("environment", Place::Sum),
        ("args.items[*].price", Place::Sum),
        ("metadata.tags[*]", Place::Per),
    ] {
        let error = parse(text, place).unwrap_err();
        writeln!(report, "{text}\n    {}: {}\n    help: {}", error.code, error.message, error.help.unwrap()).unwrap();
    }
    insta::assert_snapshot!("wrong", report);
}

#[test]
fn depth_is_bounded() {
    let text = format!("args{}", ".a".repeat(65));
    assert!(parse(&text, Place::Session).unwrap_err().message.contains("64"));
    assert!(parse(&format!("args{}", ".a".repeat(64)), Place::Session).is_ok());
}

#[test]
fn names_in_the_register_are_unique_and_fixed_ones_read_as_themselves() {
    for (at, row) in SELECTORS.iter().enumerate() {
        assert!(SELECTORS.iter().skip(at + 1).all(|other| other.name != row.name), "{}", row.name);
        if let Form::Fixed(selector) = &row.form {
            assert_eq!(selector.to_string(), row.name);
        }
    }
}
