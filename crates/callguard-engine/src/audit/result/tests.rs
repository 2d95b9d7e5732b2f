#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::policy::model::Segment;
use crate::value::parse_json;
use proptest::prelude::*;

fn path(text: &str) -> FieldPath {
    let part = |part: &str| match part {
        "*" => Segment::Every,
        part => part.parse().map_or_else(|_| Segment::Key(part.to_owned()), Segment::Index),
    };
    FieldPath { segments: text.split('/').map(part).collect() }
}

fn detecting(kinds: &[&str], with: &str) -> ResultRedaction {
    let mut redaction = ResultRedaction::default();
    kinds.iter().for_each(|kind| redaction.detect(DetectKind::parse(kind).unwrap()));
    redaction.with(with).unwrap();
    redaction
}

fn fields(paths: &[&str]) -> ResultRedaction {
    let mut redaction = ResultRedaction::default();
    paths.iter().for_each(|text| redaction.field(path(text)).unwrap());
    redaction.with("[gone]").unwrap();
    redaction
}

fn apply(redaction: &ResultRedaction, json: &str) -> Result<Option<String>, CannotRedact> {
    Ok(redaction.apply(&parse_json(json.as_bytes()).unwrap())?.map(|value| write_json(&value)))
}

#[test]
fn what_is_found_is_replaced_wherever_it_stands() {
    let redaction = detecting(&["us_ssn", "credit_card"], "[{kind} removed]");
    for (json, wanted) in [
        (r#""SSN 078-05-1120""#, Some(r#""SSN [us_ssn removed]""#)),
        (r#"{"a":[{"b":"078-05-1120"}]}"#, Some(r#"{"a":[{"b":"[us_ssn removed]"}]}"#)),
        (r#"{"078-05-1120":1,"219-09-9999":2}"#, Some(r#"{"[us_ssn removed]":1,"[us_ssn removed] (2)":2}"#)),
        (r#"{"card":4111111111111111}"#, Some(r#"{"card":"[credit_card removed]"}"#)),
        (r#""{\"ssn\":\"078-05-1120\",\"n\":1.50}""#, Some(r#""{\"ssn\":\"[us_ssn removed]\",\"n\":1.50}""#)),
        (r#""{\"ssn\":\"\\u0030\\u00378-05-1120\"}""#, Some(r#""{\"ssn\":\"[us_ssn removed]\"}""#)),
        (r#""{\"card\":4111111111111111}""#, Some(r#""{\"card\":\"[credit_card removed]\"}""#)),
        (r#""log: {\"ssn\":\"\\u003078-05-1120\"}""#, Some(r#""log: {\"ssn\":\"[us_ssn removed]\"}""#)),
        (
            r#""078-05-1120, 4111 1111 1111 1111, 078-05-1120""#,
            Some(r#""[us_ssn removed], [credit_card removed], [us_ssn removed]""#),
        ),
        (r#"{"ok":[1,true,null,"no data"]}"#, None),
        (r#""{\"ok\" : 1}""#, None),
    ] {
        assert_eq!(apply(&redaction, json), Ok(wanted.map(str::to_owned)), "{json}");
    }
}

#[test]
fn overlapping_findings_leave_nothing_of_any() {
    let mut redaction = detecting(&["email"], "<{kind}>");
    redaction.pattern("[a-z]+ doe").unwrap();
    redaction.pattern("doe@example").unwrap();
    assert_eq!(apply(&redaction, r#""jane doe@example.com!""#), Ok(Some(r#""<pattern>!""#.to_owned())));
}

#[test]
fn fields_are_replaced_whole() {
    let one = fields(&["user/ssn", "items/*/secret", "list/0"]);
    for (json, wanted) in [
        (r#"{"user":{"ssn":{"a":1},"name":"x"}}"#, Some(r#"{"user":{"ssn":"[gone]","name":"x"}}"#)),
        (
            r#"{"items":[{"secret":1},{"x":2},{"secret":null}],"list":[1,2]}"#,
            Some(r#"{"items":[{"secret":"[gone]"},{"x":2},{"secret":null}],"list":["[gone]",2]}"#),
        ),
        (
            r#"{"content":[{"type":"text","text":"{\"user\":{\"ssn\":1}}"}],"structuredContent":{"user":{"ssn":1}}}"#,
            Some(
                r#"{"content":[{"type":"text","text":"{\"user\":{\"ssn\":\"[gone]\"}}"}],"structuredContent":{"user":{"ssn":"[gone]"}}}"#,
            ),
        ),
        (r#""{\"user\":{\"ssn\":1}}""#, Some(r#""{\"user\":{\"ssn\":\"[gone]\"}}""#)),
        (r#""plain text""#, None),
        (r#""[info] plain text""#, None),
        (r#"{"user":null}"#, None),
        (r#"{"other":1}"#, None),
    ] {
        assert_eq!(apply(&one, json), Ok(wanted.map(str::to_owned)), "{json}");
    }
}

#[test]
fn a_field_that_cannot_be_looked_for_withholds_the_result() {
    let one = fields(&["user/ssn"]);
    for json in [
        r#"{"user":"078-05-1120"}"#,
        r#"{"user":[{"ssn":1}]}"#,
        r#"[{"user":{"ssn":1}}]"#,
        r#""{\"user\":{\"ssn\":1},\"user\":{}}""#,
        r#""{\"user\":{\"ssn\":1}, cut here""#,
    ] {
        assert!(apply(&one, json).is_err(), "{json}");
    }
    let deep = (0..10).fold("1".to_owned(), |inner, _| write_json(&Value::List(vec![Value::String(inner)])));
    assert_eq!(apply(&one, &write_json(&Value::String(deep))), Err(CannotRedact::nested()));
}

#[test]
fn texts_are_cut_after_they_are_searched() {
    let mut redaction = detecting(&["us_ssn"], "#");
    redaction.truncate(5).unwrap();
    assert_eq!(apply(&redaction, r#""ab 078-05-1120""#), Ok(Some(r#""ab #""#.to_owned())));
    assert_eq!(
        apply(&redaction, r#"["äöüßé","äöüßéx"]"#),
        Ok(Some(r#"["äöüßé","äöüßé…[1 more characters]"]"#.to_owned()))
    );
    assert_eq!(apply(&redaction, r#""short""#), Ok(None));
}

#[test]
fn what_cannot_work_is_refused() {
    let mut redaction = ResultRedaction::default();
    assert!(redaction.is_empty());
    assert!(redaction.field(FieldPath::default()).is_err());
    assert!(redaction.truncate(0).is_err());
    assert!(redaction.pattern("x*").is_err());
    assert_eq!(redaction.with("a {king}").unwrap_err().message, "a replacement has no `{king}`");
    assert_eq!(redaction.with("a {").unwrap_err().message, "a replacement has a brace that belongs to nothing");
    assert!(redaction.with(&"x".repeat(201)).is_err());
    assert!(redaction.with("{{{kind}}}").is_ok());
    redaction.detect(DetectKind::SECRET);
    assert!(!redaction.is_empty());
    assert_eq!(apply(&redaction, r#""AKIAIOSFODNN7EXAMPLE""#), Ok(Some(r#""{aws_access_key}""#.to_owned())));
}

/// Plants `secret` somewhere in `value`.
fn plant(value: Value, secret: &str, escaped: usize) -> Value {
    let mut planted = Value::String(format!("before {secret} after"));
    for _ in 0..escaped {
        planted = Value::String(write_json(&Value::List(vec![value.clone(), planted])));
    }
    Value::List(vec![value, planted])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_planted_secret_never_survives(value in crate::value::any_value(), escaped in 0_usize..4, key in any::<bool>()) {
        let secret = "AKIAIOSFODNN7EXAMPLE";
        let redaction = detecting(&["secret"], "[{kind}]");
        let mut result = plant(value, secret, escaped);
        if key {
            result = Value::Object([(format!("k {secret}"), result)].into_iter().collect());
        }
        let out = redaction.apply(&result).unwrap().unwrap();
        prop_assert!(!write_json(&out).contains(secret));
        prop_assert_eq!(redaction.apply(&out), Ok(None));
    }
}
