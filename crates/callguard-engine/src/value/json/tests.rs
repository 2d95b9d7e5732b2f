#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods, reason = "a test may")]

use super::*;
use crate::value::{Number, Value};
use proptest::prelude::*;

fn kind(text: impl AsRef<[u8]>) -> Result<(), JsonErrorKind> {
    parse_json(text.as_ref()).map(|_| ()).map_err(|error| error.kind())
}

#[test]
fn reads_every_type_and_keeps_order() {
    let text = r#"{"z":null,"a":[true,false,-0,1.50e+3,"\u00e4\ud83d\ude00\/"],"m":{},"n":[]}"#;
    let value = parse_json(text.as_bytes()).unwrap();
    assert_eq!(write_json(&value), "{\"z\":null,\"a\":[true,false,-0,1.50e+3,\"ä😀/\"],\"m\":{},\"n\":[]}");
}

#[test]
fn refuses_what_two_readers_could_read_differently() {
    use JsonErrorKind::*;
    let cases: &[(&[u8], JsonErrorKind, usize)] = &[
        (br#"{"a":1,"a":2}"#, DuplicateKey, 7),
        (br#"{"a":1, "\u0061":2}"#, DuplicateKey, 8),
        (br#"[{"x":{"k":1,"k":1}}]"#, DuplicateKey, 13),
        (b"\"\xff\"", NotUtf8, 1),
        (b"[\"\\n\", \"\\n\xc3\x28\"]", NotUtf8, 10),
        (br#""\ud800""#, LoneSurrogate, 7),
        (br#""\udc00""#, LoneSurrogate, 6),
        (br#""\ud800A""#, LoneSurrogate, 7),
        (br#""\ud800\n""#, LoneSurrogate, 8),
        (br#""\ud800\u0041""#, LoneSurrogate, 12),
        (b"\xEF\xBB\xBF{}", ByteOrderMark, 0),
        (b"01", Number, 1),
        (b"-01", Number, 2),
        (b"1.", Truncated, 2),
        (b"1e", Truncated, 2),
        (b"[1.]", Number, 3),
        (b"[1e]", Number, 3),
        (b".5", Syntax, 0),
        (b"+1", Syntax, 0),
        (b"-", Truncated, 1),
        (b"0x10", TrailingData, 1),
        (b"NaN", Syntax, 0),
        (b"Infinity", Syntax, 0),
        (b"-Infinity", Number, 1),
        (b"1e9999999999999999999", Number, 0),
        (b"{} {}", TrailingData, 3),
        (b"[] // no", TrailingData, 3),
        (b"[1, /* no */ 2]", Syntax, 4),
        (b"[1,]", Syntax, 3),
        (br#"{"a":1,}"#, Syntax, 7),
        (b"{'a':1}", Syntax, 1),
        (b"{a:1}", Syntax, 1),
        (b"\"a\nb\"", Syntax, 2),
        (br#""\x41""#, Syntax, 2),
        (b"", Truncated, 0),
        (b"  ", Truncated, 2),
        (b"[1", Truncated, 2),
        (b"{\"a\"", Truncated, 4),
        (b"nul", Truncated, 3),
        (b"True", Syntax, 0),
        (b"{\"a\":1}\0", TrailingData, 7),
    ];
    for (text, kind, offset) in cases {
        let error = parse_json(text).expect_err(&String::from_utf8_lossy(text));
        assert_eq!((error.kind(), error.offset()), (*kind, *offset), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn depth_and_size_have_limits() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(kind(nested(64)), Ok(()));
    assert_eq!(kind(nested(65)), Err(JsonErrorKind::TooDeep));
    assert_eq!(kind("[".repeat(1_000_000)), Err(JsonErrorKind::TooDeep));
    assert_eq!(kind(r#"{"a":"#.repeat(100_000)), Err(JsonErrorKind::TooDeep));
    assert_eq!(kind(format!("\"{}\"", "a".repeat((1 << 20) - 2))), Ok(()));
    assert_eq!(kind(format!("\"{}\"", "a".repeat((1 << 20) - 1))), Err(JsonErrorKind::TooLarge));
    let limits = JsonLimits { bytes: 10, depth: 0 };
    assert!(parse_json_with(b"12", limits).is_ok());
    assert_eq!(parse_json_with(b"[]", limits).unwrap_err().kind(), JsonErrorKind::TooDeep);
}

#[test]
fn an_object_of_many_keys_takes_linear_time() {
    let entries: Vec<String> = (0..100_000).map(|at| format!("\"key-{at}\":{at}")).collect();
    let limits = JsonLimits::RESULT;
    let text = format!("{{{}}}", entries.join(","));
    let Value::Object(object) = parse_json_with(text.as_bytes(), limits).unwrap() else { panic!("not an object") };
    assert_eq!(object.len(), 100_000);
    let twice = format!("{{{},\"key-7\":1}}", entries.join(","));
    let error = parse_json_with(twice.as_bytes(), limits).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (JsonErrorKind::DuplicateKey, text.len()));
}

#[test]
fn an_error_says_nothing_of_the_text() {
    for text in ["{\"sesame\":1,\"sesame\":2}", "[sesame]", "\"sesame\u{1}\"", "{\"sesame\" 1}", "\"\\sesame\""] {
        let error = parse_json(text.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("sesame"), "{error}");
    }
}

#[test]
fn numbers_keep_their_value_through_serde_json() {
    for text in ["-0", "1e400", "1E+2", "0.10", "123456789012345678901234567890.5", "1e-5000"] {
        let value = Value::Number(Number::parse(text).unwrap());
        let json = serde_json::Value::from(&value);
        assert!(json.is_number());
        assert_eq!(Value::try_from(&json).unwrap(), value);
    }
}

#[test]
fn a_private_key_of_serde_json_is_a_key_like_any_other() {
    let text = r#"{"$serde_json::private::Number":"1"}"#;
    let value = parse_json(text.as_bytes()).unwrap();
    assert_eq!(value.type_name(), "object");
    assert_eq!(write_json(&value), text);
    assert!(serde_json::Value::from(&value).is_object());
}

pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let number = "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number.prop_map(|text| Value::Number(Number::parse(&text).unwrap())),
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 64, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::List),
            prop::collection::vec((any::<String>(), inner), 0..20)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_to_the_byte(value in any_value()) {
        let text = write_json(&value);
        let limits = JsonLimits { bytes: usize::MAX, depth: 64 };
        let again = parse_json_with(text.as_bytes(), limits).unwrap();
        prop_assert_eq!(&again, &value);
        prop_assert_eq!(write_json(&again), text.clone());
        let json: serde_json::Value = (&value).into();
        prop_assert_eq!(Value::try_from(&json).unwrap(), value);
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = parse_json(&bytes);
    }

    #[test]
    fn what_serde_json_reads_is_read_alike(text in "[\\[\\]{}:,\"a-b\\\\u0-9.eE+ -]{0,24}") {
        let theirs: Result<serde_json::Value, _> = serde_json::from_str(&text);
        match (parse_json(text.as_bytes()), theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(serde_json::Value::from(&ours), theirs),
            (Ok(_), Err(error)) => prop_assert!(false, "only we read it: {}", error),
            (Err(error), Ok(_)) => prop_assert_eq!(error.kind(), JsonErrorKind::DuplicateKey),
            (Err(_), Err(_)) => {}
        }
    }
}
