#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use super::*;
use crate::value::{JsonLimits, parse_json, parse_json_with};

fn value(json: &str) -> Value {
    parse_json(json.as_bytes()).unwrap()
}

fn schema(json: &str) -> ToolSchema {
    ToolSchema::compile(&value(json)).unwrap_or_else(|error| panic!("{json}: {error:?}"))
}

fn check(schema: &ToolSchema, args: &str) -> Result<(), String> {
    let Value::Object(args) = value(args) else { panic!("not an object") };
    schema.check(&args)
}

/// Whether `{"n": VALUE}` satisfies a schema of `n`.
fn holds(keywords: &str, number: &str) -> bool {
    check(&schema(&format!(r#"{{"properties":{{"n":{keywords}}}}}"#)), &format!(r#"{{"n":{number}}}"#)).is_ok()
}

#[test]
fn numbers_are_compared_as_decimals() {
    for (keywords, number, wanted) in [
        (r#"{"maximum":1000}"#, "1000", true),
        (r#"{"maximum":1000}"#, "1000.0", true),
        (r#"{"maximum":1000}"#, "1e3", true),
        (r#"{"maximum":1000}"#, "1000.0000000000000001", false),
        (r#"{"maximum":1000.0000000000000001}"#, "1000.0000000000000001", true),
        (r#"{"maximum":1000}"#, "1e400", false),
        (r#"{"maximum":0.5}"#, "1e2000000", false),
        (r#"{"maximum":1e400}"#, "1e399", true),
        (r#"{"maximum":1e400}"#, "1.0000000000000000000001e400", false),
        (r#"{"minimum":0}"#, "-1e-400", false),
        (r#"{"minimum":0}"#, "-0", true),
        (r#"{"exclusiveMinimum":0}"#, "1e-400", true),
        (r#"{"exclusiveMinimum":0}"#, "-0.0", false),
        (r#"{"exclusiveMaximum":9007199254740993}"#, "9007199254740992", true),
        (r#"{"exclusiveMaximum":9007199254740993}"#, "9007199254740993", false),
        (r#"{"multipleOf":0.01}"#, "19.99", true),
        (r#"{"multipleOf":0.01}"#, "1070468.14", true),
        (r#"{"multipleOf":0.01}"#, "19.999", false),
        (r#"{"multipleOf":0.01}"#, "1e400", true),
        (r#"{"multipleOf":3}"#, "1e400", false),
        (r#"{"const":0.1}"#, "0.10", true),
        (r#"{"const":0.1}"#, "0.10000000000000000001", false),
        (r#"{"const":1e400}"#, "10e399", true),
        (r#"{"const":1e400}"#, "7", false),
        (r#"{"enum":[1e400,2]}"#, "18446744073709551616", false),
        (r#"{"enum":[1e400,2]}"#, "2.0", true),
        (r#"{"enum":[{"a":1,"b":[2]}]}"#, r#"{"b":[2.0],"a":1e0}"#, true),
        (r#"{"uniqueItems":true}"#, "[1,1.0]", false),
        (r#"{"uniqueItems":true}"#, r#"[1,"1",true,1.0000000000000000001]"#, true),
        (r#"{"type":"integer"}"#, "1.0", true),
        (r#"{"type":"integer"}"#, "1e400", true),
        (r#"{"type":"integer"}"#, "1.5", false),
        (r#"{"type":"integer"}"#, "1e-400", false),
        (r#"{"type":["string","null"]}"#, "null", true),
        (r#"{"type":"array","items":{"type":"number","maximum":1}}"#, "[1,1.0000000000000000001]", false),
        (r#"{"type":"array","minItems":1,"items":{"type":"integer"}}"#, "[1e400]", true),
        (r#"{"minimum":5}"#, r#""text""#, true),
    ] {
        assert_eq!(holds(keywords, number), wanted, "{keywords} {number}");
    }
}

#[test]
fn a_message_has_the_words_of_the_schema_only() {
    let transfer = schema(
        r##"{"type":"object","required":["amount","to"],"additionalProperties":false,
        "properties":{"amount":{"type":"number","exclusiveMinimum":0,"maximum":1000},"to":{"type":"string","pattern":"^acct_[0-9]+$"},
        "tags":{"items":{"$ref":"#/$defs/tag"}},"when":{"format":"date"}},
        "$defs":{"tag":{"type":"object","properties":{"name":{"maxLength":3}}}}}"##,
    );
    for (args, wanted) in [
        (r#"{"amount":10,"to":"acct_1","tags":[{"name":"abc"}],"when":"2026-01-31"}"#, None),
        (r#"{"to":"acct_1"}"#, Some("the arguments must have `amount`")),
        (r#"{"amount":99999,"to":"acct_1"}"#, Some("`amount` must satisfy `maximum` of the tool's schema")),
        (r#"{"amount":"sesame","to":"acct_1"}"#, Some("`amount` must satisfy `type` of the tool's schema")),
        (r#"{"amount":1,"to":"sesame"}"#, Some("`to` must satisfy `pattern` of the tool's schema")),
        (
            r#"{"amount":1,"to":"acct_1","sesame":1}"#,
            Some("the arguments must satisfy `additionalProperties` of the tool's schema"),
        ),
        (
            r#"{"amount":1,"to":"acct_1","tags":[{"name":"sesame"}]}"#,
            Some("`name` must satisfy `maxLength` of the tool's schema"),
        ),
        (r#"{"amount":1,"to":"acct_1","when":"sesame"}"#, Some("`when` must satisfy `format` of the tool's schema")),
    ] {
        assert_eq!(check(&transfer, args).err().as_deref(), wanted, "{args}");
    }
    assert!(!format!("{transfer:?}").contains("acct"));
}

#[test]
fn what_cannot_check_does_not_load() {
    for (json, message) in [
        ("true", "a schema is a mapping of keywords"),
        ("{}", "the schema checks nothing"),
        (r#"{"title":"x"}"#, "the schema checks nothing"),
        (r#"{"type":"string"}"#, "the schema's `type` is not `object`, but arguments always are"),
        (r#"{"type":"object","requried":["a"]}"#, "`/requried` is not a keyword of tool schemas"),
        (r#"{"properties":{"a":{"maxmum":1}}}"#, "`/properties/a/maxmum` is not a keyword of tool schemas"),
        (r#"{"type":"object","definitions":{}}"#, "`/definitions` is not a keyword of tool schemas"),
        (
            r#"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}"#,
            "`http://json-schema.org/draft-07/schema#` is not the draft of tool schemas",
        ),
        (
            r#"{"$ref":"https://example.com/schema.json"}"#,
            "`$ref: https://example.com/schema.json` points outside the schema, and nothing is fetched",
        ),
        (
            r#"{"$ref":"file:///etc/passwd"}"#,
            "`$ref: file:///etc/passwd` points outside the schema, and nothing is fetched",
        ),
        (r##"{"$ref":"#/$defs/x","$defs":{"y":{"type":"object"}}}"##, "`$ref: #/$defs/x` names no schema"),
        (r##"{"$ref":"#"}"##, "`#` refers to itself without looking at a part of the value"),
        (
            r##"{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}"##,
            "`#/$defs/a` refers to itself without looking at a part of the value",
        ),
        (
            r#"{"properties":{"a":{"$id":"https://x.example/a","type":"string"}}}"#,
            "`/properties/a` has an `$id` of its own",
        ),
    ] {
        let error = ToolSchema::compile(&value(json)).err().unwrap_or_else(|| panic!("{json} loads"));
        assert_eq!(error.message, message);
        assert!(error.help.is_some());
    }
    for (json, part) in [
        (r#"{"type":"objekt"}"#, "not `object`"),
        (r#"{"properties":{"a":{"type":"strnig"}}}"#, "/properties/a/type"),
        (r#"{"properties":{"a":{"pattern":"(?=x)"}}}"#, "cannot be used"),
        (r#"{"properties":{"a":{"pattern":"(a)\\1"}}}"#, "cannot be used"),
        (r#"{"properties":{"a":{"pattern":"(a{1000}){1000}"}}}"#, "cannot be used"),
        (r#"{"properties":{"a":{"format":"emial"}}}"#, "cannot be used"),
        (r#"{"properties":{"a":{"multipleOf":0}}}"#, "cannot be used"),
        (r#"{"properties":{"a":{"multipleOf":1.234567890123456789}}}"#, "cannot be used"),
        (r#"{"properties":{"a":{"minimum":"1"}}}"#, "cannot be used"),
        (r#"{"properties":{"a":{"enum":[]}}}"#, "cannot be used"),
        (r#"{"properties":{"a":{"minLength":1.5}}}"#, "cannot be used"),
        (r#"{"properties":{"a":{"items":[{"type":"string"}]}}}"#, "cannot be used"),
    ] {
        let error = ToolSchema::compile(&value(json)).err().unwrap_or_else(|| panic!("{json} loads"));
        assert!(error.message.contains(part), "{json}: {}", error.message);
        assert!(!error.message.contains('\n'), "{}", error.message);
    }
}

#[test]
fn declared_arguments_are_found_through_everything_about_the_same_value() {
    let one = schema(
        r##"{"properties":{"a":{"properties":{"inner":{}}}},"allOf":[{"properties":{"b":{}}},{"$ref":"#/$defs/c"}],
        "if":{"properties":{"d":{}}},"then":{"required":["d"]},"patternProperties":{"^x-":{}},"$defs":{"c":{"properties":{"c":{}}},"e":{"properties":{"e":{}}}}}"##,
    );
    for name in ["a", "b", "c", "d", "x-y"] {
        assert!(one.declares(name), "{name}");
    }
    for name in ["inner", "e", "", "y"] {
        assert!(!one.declares(name), "{name}");
    }
}

#[test]
fn recursion_is_bounded_in_depth_and_time() {
    let tree = schema(
        r##"{"anyOf":[{"$ref":"#/$defs/n"}],"$defs":{"n":{"properties":{"c":{"anyOf":[{"$ref":"#/$defs/n"},{"$ref":"#/$defs/m"}]}}},
        "m":{"properties":{"c":{"anyOf":[{"$ref":"#/$defs/m"},{"$ref":"#/$defs/n"}]}},"required":["c"]}}}"##,
    );
    let deep = |bottom: &str| format!("{}{bottom}{}", r#"{"c":"#.repeat(62), "}".repeat(62));
    assert_eq!(check(&tree, &deep("{}")), Ok(()));
    let refusing = schema(
        r##"{"allOf":[{"$ref":"#/$defs/n"}],"$defs":{"n":{"properties":{"c":{"anyOf":[{"$ref":"#/$defs/n"},{"$ref":"#/$defs/m"}]},"x":false}},
        "m":{"properties":{"c":{"anyOf":[{"$ref":"#/$defs/m"},{"$ref":"#/$defs/n"}]},"x":false},"required":["c"]}}}"##,
    );
    assert!(check(&refusing, &deep(r#"{"x":1}"#)).is_err());
    let chain: Vec<String> = (0..40).map(|at| format!(r##""a{at}":{{"$ref":"#/$defs/a{}"}}"##, at + 1)).collect();
    let long = format!(r##"{{"$ref":"#/$defs/a0","$defs":{{{},"a40":{{"type":"object"}}}}}}"##, chain.join(","));
    assert!(ToolSchema::compile(&value(&long)).is_err());
    let doubling: Vec<String> = (0..30)
        .map(|at| {
            format!(
                r##""a{at}":{{"properties":{{"x":{{"$ref":"#/$defs/a{0}"}},"y":{{"$ref":"#/$defs/a{0}"}}}}}}"##,
                at + 1
            )
        })
        .collect();
    let wide = format!(r##"{{"$ref":"#/$defs/a0","$defs":{{{},"a30":{{"type":"object"}}}}}}"##, doubling.join(","));
    let error = ToolSchema::compile(&value(&wide)).unwrap_err();
    assert_eq!(error.message, "the schema makes more than 20000 once its references are followed");
    let chain: Vec<String> =
        (0..200).map(|at| format!(r##""a{at}":{{"properties":{{"x":{{"$ref":"#/$defs/a{}"}}}}}}"##, at + 1)).collect();
    let long = format!(r##"{{"$ref":"#/$defs/a0","$defs":{{{},"a200":{{"type":"object"}}}}}}"##, chain.join(","));
    let error = ToolSchema::compile(&value(&long)).unwrap_err();
    assert_eq!(error.message, "the schema is deeper than 128 once its references are followed");
}

#[test]
fn the_deepest_schemas_fit_a_small_stack() {
    let defs = |count: usize, link: fn(usize) -> String, last: &str| {
        let links: Vec<String> = (0..count).map(|at| format!(r#""a{at}":{}"#, link(at + 1))).collect();
        format!(r##"{{"$ref":"#/$defs/a0","$defs":{{{},"a{count}":{last}}}}}"##, links.join(","))
    };
    // As many schemas of one value as may be, then one level down; and as deep as may be without coming back.
    let chains = defs(
        15,
        |at| format!(r##"{{"allOf":[{{"$ref":"#/$defs/a{at}"}}]}}"##),
        r##"{"properties":{"c":{"$ref":"#/$defs/a0"}}}"##,
    );
    let depths =
        defs(63, |at| format!(r##"{{"properties":{{"c":{{"$ref":"#/$defs/a{at}"}}}}}}"##), r#"{"type":"object"}"#);
    let deep = format!("{}{}", r#"{"c":"#.repeat(63) + "{}", "}".repeat(63));
    let run = move || {
        for text in [chains, depths] {
            assert_eq!(check(&schema(&text), &deep), Ok(()));
        }
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn patterns_take_linear_time() {
    let one = schema(r#"{"properties":{"a":{"pattern":"^(a+)+$"}}}"#);
    let text = format!(r#"{{"a":"{}b"}}"#, "a".repeat(500_000));
    let Value::Object(args) = parse_json_with(text.as_bytes(), JsonLimits::RESULT).unwrap() else {
        panic!("not an object")
    };
    assert!(one.check(&args).is_err());
}
