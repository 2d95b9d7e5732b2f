#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use super::*;
use crate::value::parse_json;
use proptest::prelude::*;

fn redact(text: &str) -> String {
    RedactionRules::default().redact_text(text).into_owned()
}

fn redact_json(text: &str) -> String {
    write_json(&RedactionRules::default().redact_value(&parse_json(text.as_bytes()).unwrap()))
}

#[test]
fn commands_lose_the_secrets_they_are_given() {
    for (text, wanted) in [
        ("curl -u user:s3cret https://x.example", "curl -u user:[REDACTED:password] https://x.example"),
        ("curl -uuser:s3cret https://x.example", "curl -uuser:[REDACTED:password] https://x.example"),
        ("curl --user 'user:s3 cret' https://x.example", "curl --user 'user:[REDACTED:password]' https://x.example"),
        ("curl --user=user:s3cret x", "curl --user=user:[REDACTED:password] x"),
        ("curl -sS -H 'Authorization: Bearer abc.def' x", "curl -sS -H 'Authorization: [REDACTED:authorization]' x"),
        ("curl -H \"X-Api-Key: abc\" x", "curl -H \"X-Api-Key: [REDACTED:api_key]\" x"),
        ("curl -b 'sid=1' x", "curl -b '[REDACTED:password]' x"),
        ("curl https://user:pw@host/x", "curl https://user:[REDACTED:connection_string]@host/x"),
        ("tool --password hunter2 --verbose", "tool --password [REDACTED:password] --verbose"),
        ("tool --password=hunter2 --verbose", "tool --password=[REDACTED:password] --verbose"),
        ("tool --api-key \"hunter 2\"", "tool --api-key \"[REDACTED:api_key]\""),
        ("mysql -u root -phunter2 db", "mysql -u root -p[REDACTED:password] db"),
        ("mysql -u root -p'hunter2' db", "mysql -u root -p'[REDACTED:password]' db"),
        ("sudo /usr/bin/mysqldump -phunter2 db", "sudo /usr/bin/mysqldump -p[REDACTED:password] db"),
        ("mongosh -u a -p hunter2", "mongosh -u a -p [REDACTED:password]"),
        ("redis-cli -a hunter2 get x", "redis-cli -a [REDACTED:password] get x"),
        ("sshpass -p hunter2 ssh host", "sshpass -p [REDACTED:password] ssh host"),
        ("docker login -u me -p hunter2 ghcr.io", "docker login -u me -p [REDACTED:password] ghcr.io"),
        ("TOKEN=x1 cmd", "TOKEN=[REDACTED:token] cmd"),
        ("env DB_PASSWORD=hunter2 cmd", "env DB_PASSWORD=[REDACTED:password] cmd"),
        ("export KEY=abc123", "export KEY=[REDACTED:key]"),
        ("export OPENAI_API_KEY=\"abc 123\"; run", "export OPENAI_API_KEY=\"[REDACTED:api_key]\"; run"),
        ("export STRIPE_KEY='a'", "export STRIPE_KEY='[REDACTED:key]'"),
        (
            "docker run -e MYSQL_ROOT_PASSWORD=hunter2 -p 8080:80 db",
            "docker run -e MYSQL_ROOT_PASSWORD=[REDACTED:password] -p 8080:80 db",
        ),
        (
            "aws configure set aws_secret_access_key abc",
            "aws configure set aws_secret_access_key [REDACTED:access_key]",
        ),
        ("openssl rsa -passin pass:hunter2 -in k", "openssl rsa -passin pass:[REDACTED:password] -in k"),
        ("psql 'host=db password=hunter2'", "psql 'host=db password=[REDACTED:connection_string]'"),
        ("curl 'https://x.example/?api_key=abc&q=1'", "curl 'https://x.example/?api_key=[REDACTED:api_key]&q=1'"),
        (
            "git clone https://x:ghp_16C7e42F292c6912E7710c838347Ae178B4a@github.com/a/b",
            "git clone https://x:[REDACTED:github_token]@github.com/a/b",
        ),
    ] {
        assert_eq!(redact(text), wanted);
        assert_eq!(redact(&redact(text)), wanted, "redacted twice");
    }
}

#[test]
fn honest_text_is_left_alone() {
    for text in [
        "mkdir -p /srv",
        "docker run -p 8080:80 nginx",
        "ssh -p 22 host",
        "psql -p 5432 db",
        "mysql -p db",
        "cp -u a:b c",
        "sudo -u user:group cmd",
        "grep -rn \"password\" src docs || true",
        "the token is required: ask for one",
        "token_count: 5",
        "max_tokens=4096",
        "monkey=see",
        "keyboard: qwerty",
        "PWD=/work/project",
        "curl -u $USER:$PASSWORD https://x.example",
        "TOKEN=$TOKEN cmd",
        "TOKEN=${TOKEN} cmd",
        "TOKEN=$(cat token.txt) cmd",
        "token: ${{ secrets.TOKEN }}",
        "token: {{ token }}",
        "--token <your token>",
        "--password-file /run/secrets/db",
        "token::new()",
        "PUBLIC_KEY=abc",
        "password: null",
        "{\"token_count\":5,\"monkey\":\"see\"}",
        "7 pass: 12 fail: 0",
        "don't use -p here; mysql is down",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn structure_is_hidden_by_its_names() {
    for (text, wanted) in [
        (r#"{"user":"jane","password":"hunter2"}"#, r#"{"user":"jane","password":"[REDACTED:password]"}"#),
        (r#"{"db":{"Api-Key":{"a":["b"]},"n":1}}"#, r#"{"db":{"Api-Key":"[REDACTED:api_key]","n":1}}"#),
        (
            r#"{"password":12345,"secret":null,"token":true}"#,
            r#"{"password":"[REDACTED:password]","secret":null,"token":true}"#,
        ),
        (
            r#"{"env":[{"name":"DB_PASSWORD","value":"hunter2"}]}"#,
            r#"{"env":[{"name":"DB_PASSWORD","value":"[REDACTED:password]"}]}"#,
        ),
        (r#"["curl","-u","jane:hunter2"]"#, r#"["curl","-u","jane:[REDACTED:password]"]"#),
        (r#"["mysql","-phunter2"]"#, r#"["mysql","-p[REDACTED:password]"]"#),
        (r#"["mkdir","-p","/srv"]"#, r#"["mkdir","-p","/srv"]"#),
        (
            r#"{"AKIAIOSFODNN7EXAMPLE":1,"AKIAIOSFODNN7EXAMPLF":2}"#,
            r#"{"[REDACTED:aws_access_key]":1,"[REDACTED:aws_access_key] (2)":2}"#,
        ),
        (
            r#"{"body":"{\"password\":{\"v\":\"hunter2\"},\"n\":1.50}"}"#,
            r#"{"body":"{\"password\":\"[REDACTED:password]\",\"n\":1.50}"}"#,
        ),
        (
            r#"{"body":"log {\"password\":\"hunter2\",\"u\":1}"}"#,
            r#"{"body":"log {\"password\":\"[REDACTED:password]\",\"u\":1}"}"#,
        ),
        (
            r#"{"body":"x \\\"token\\\": \\\"hunter2\\\", ok"}"#,
            r#"{"body":"x \\\"token\\\": \\\"[REDACTED:token]\\\", ok"}"#,
        ),
    ] {
        assert_eq!(redact_json(text), wanted);
    }
}

#[test]
fn a_policy_adds_rules_and_switches_the_built_in_ones_off() {
    let mut rules = RedactionRules::default();
    rules.hide_key("badge_number").unwrap();
    rules.keep_key("session_token").unwrap();
    rules.hide_pattern("EMP-[0-9]+").unwrap();
    rules.hide_kind(DetectKind::parse("email").unwrap());
    rules.cut_after(40).unwrap();
    assert_eq!(
        rules.redact_text("badgeNumber=7 session_token=7"),
        "badgeNumber=[REDACTED:badge_number] sess…[+11 characters]"
    );
    assert_eq!(rules.redact_text("EMP-12 a@b.example"), "[REDACTED:pattern] [REDACTED:email]");
    let none = RedactionRules::without_builtin();
    assert_eq!(
        none.redact_text("password=hunter2 curl -u a:b AKIAIOSFODNN7EXAMPLE"),
        "password=hunter2 curl -u a:b AKIAIOSFODNN7EXAMPLE"
    );
}

#[test]
fn rules_that_cannot_work_are_refused() {
    let mut rules = RedactionRules::default();
    for (pattern, message) in [
        ("a(", "the regex `a(` cannot be read: unclosed group"),
        ("a*", "the regex `a*` matches the empty text"),
        ("a{1000}{1000}", "the regex `a{1000}{1000}` is too large"),
        ("(a)\\1", "the regex `(a)\\1` cannot be read: backreferences are not supported"),
    ] {
        let error = rules.hide_pattern(pattern).unwrap_err();
        assert_eq!(error.message, message);
        assert!(error.help.is_some());
    }
    assert!(rules.cut_after(0).is_err() && rules.hide_key(" ").is_err() && rules.keep_key("").is_err());
}

#[test]
fn a_value_cannot_speak_through_a_message() {
    let rules = RedactionRules::default();
    for (text, wanted) in [
        ("plain", "\"plain\""),
        ("two\nlines\r\nand\ttabs", "\"two lines and tabs\""),
        ("a\u{202e}b\u{200b}c\u{0}d\u{feff}e\u{e0041}f\u{2066}", "\"abcdef\""),
        ("say \"hi\" \\", "\"say 'hi' \\\""),
        ("AKIA\u{200b}IOSFODNN7EXAMPLE", "\"[REDACTED:aws_access_key]\""),
        ("password=hunter2", "\"password=[REDACTED:password]\""),
    ] {
        assert_eq!(rules.quote_for_message(text), wanted);
    }
    assert_eq!(rules.quote_for_message(&"ä".repeat(121)), format!("\"{}…\"", "ä".repeat(120)));
    assert_eq!(rules.quote_for_message(&"ä".repeat(120)), format!("\"{}\"", "ä".repeat(120)));
    assert_eq!(rules.quote_field_for_message(["password", "value"], "hunter2"), "\"[REDACTED:password]\"");
    assert_eq!(rules.quote_field_for_message(["user"], "jane"), "\"jane\"");
    assert_eq!(rules.redact_field(["db", "password"], "hunter2"), "[REDACTED:password]");
    assert_eq!(rules.redact_field(["db", "host"], "db1"), "db1");
}

#[test]
fn hostile_texts_take_linear_time() {
    for unit in [
        "password=",
        "password='$(",
        "a: \"",
        "\\u0061",
        "curl -u ",
        "\\\\\"",
        "Authorization: ",
        "= ",
        "-----BEGIN PRIVATE KEY-----",
    ] {
        let text = unit.repeat((1 << 17) / unit.len());
        let _ = redact(&text);
    }
}

/// Tags by a sum over the bytes.
fn tagged() -> RedactionRules {
    let mut rules = RedactionRules::default();
    let sum = |bytes: &[u8]| bytes.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    rules.tag_with(Tagger::new(move |bytes| sum(bytes).to_be_bytes()));
    rules
}

/// The tags in a text.
fn tags(text: &str) -> Vec<&str> {
    let marker = regex::Regex::new(r"\[REDACTED:[a-z_]+:([0-9a-f]{16})\]").unwrap();
    marker.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect()
}

#[test]
fn equal_secrets_have_equal_tags_wherever_they_stand() {
    let rules = tagged();
    let wanted = "password=[REDACTED:password:00000043229baacb]";
    assert_eq!(rules.redact_text("password=hunter2"), wanted);
    let places = [
        r#"{"password":"hunter2"}"#,
        r#"{"secret_key":"hunter2"}"#,
        r#"{"cmd":"export API_KEY=hunter2; mysql -phunter2 db; curl -u me:hunter2 https://x.example"}"#,
        r#"["curl","-u","me:hunter2"]"#,
        r#"{"body":"{\"password\":\"hunter2\"}"}"#,
        r#"{"body":"x {\"password\":\"h\\u0075nter2\"} y"}"#,
        r#"{"headers":["Authorization: Bearer hunter2"]}"#,
        r#"{"url":"https://x.example/?api_key=hunter%32"}"#,
    ];
    for place in places {
        let out = write_json(&rules.redact_value(&parse_json(place.as_bytes()).unwrap()));
        assert!(!tags(&out).is_empty() && tags(&out).iter().all(|tag| *tag == "00000043229baacb"), "{out}");
        let again = rules.redact_value(&parse_json(out.as_bytes()).unwrap());
        assert_eq!(write_json(&again), out, "redacted twice");
    }
    let other = rules.redact_text("password=hunter3").into_owned();
    assert_ne!(tags(&other), tags(wanted));
    let whole = parse_json(br#"{"password":12345,"token":{"a":[1]},"note":"password=12345"}"#).unwrap();
    let out = write_json(&rules.redact_value(&whole));
    let found = tags(&out);
    assert!(found.len() == 3 && found[0] == found[2] && found[0] != found[1], "{out}");
}

#[test]
fn only_what_is_a_marker_with_a_tag_is_taken_for_one() {
    let rules = tagged();
    for text in [
        "[REDACTED:token:hunter2hunter22!]",
        "[REDACTED:token:0123456789abcde]",
        "[REDACTED:token:0123456789ABCDEF]",
        "[REDACTED:token:0123456789abcdef0]",
        "REDACTED:token:0123456789abcdef]",
    ] {
        assert!(!rules.redact_text(text).contains("23456789"), "{}", rules.redact_text(text));
        assert!(!rules.redact_text(text).contains("hunter"), "{}", rules.redact_text(text));
    }
    let mut twice = RedactionRules::without_builtin();
    twice.hide_pattern("se[a-z]+").unwrap();
    twice.tag_with(tagged().tagger.unwrap());
    let once = twice.redact_text("Authorization: Bearer sesame").into_owned();
    let again = rules.redact_text(&once).into_owned();
    assert_eq!(tags(&once), tags(&again), "{again}");
    assert!(format!("{rules:?}").contains("Tagger"));
}

/// Where secrets stand in arguments, texts and commands; `@` is the secret.
const PLACES: &[&str] = &[
    r#"{"password":"@"}"#,
    r#"{"headers":[{"name":"Authorization","value":"@"}]}"#,
    r#"{"a":{"clientSecret":["@"]}}"#,
    r#"{"cmd":"export API_KEY=@ && run"}"#,
    r#"{"cmd":["curl","-u","me:@","https://x.example"]}"#,
    r#"{"cmd":"mysql -p@ db"}"#,
    r#"{"cmd":"tool --token @ --verbose"}"#,
    r#"{"url":"https://me:@@host.example/x"}"#,
    r#"{"body":"{\"password\":\"@\"}"}"#,
    r#"{"body":"{\"body\":\"{\\\"password\\\":\\\"@\\\"}\"}"}"#,
    r#"{"log":"started {\"token\": \"@\"} ok"}"#,
    r#"["Authorization: Bearer @"]"#,
    r#""password: @""#,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_planted_secret_never_survives(
        place in prop::sample::select(PLACES), secret in "[A-Za-z0-9][A-Za-z0-9_!~+-]{6,30}[A-Za-z0-9]", padding in "[a-z ]{0,300}",
    ) {
        prop_assume!(!place.contains(&secret));
        let text = place.replace("@@", "\u{1}").replace('@', &secret).replace('\u{1}', &format!("{secret}@"));
        let planted = parse_json(text.as_bytes()).unwrap();
        let value = Value::List(vec![Value::from(padding.clone()), planted.clone()]);
        let rules = RedactionRules::default();
        let out = write_json(&rules.redact_value(&value));
        prop_assert!(!out.contains(&secret), "{}", out);
        let mut tagging = tagged();
        let out = write_json(&tagging.redact_value(&value));
        prop_assert!(!out.contains(&secret), "{}", out);
        tagging.hide_key("note").unwrap();
        let again = write_json(&tagging.redact_value(&parse_json(out.as_bytes()).unwrap()));
        prop_assert_eq!(&again, &out, "redacted twice");
        let text = write_json(&planted);
        prop_assert!(!rules.redact_text(&text).contains(&secret), "{}", rules.redact_text(&text));
    }

    #[test]
    fn any_text_is_redacted_without_panic(text in "\\PC{0,200}", json in crate::value::any_value()) {
        let rules = RedactionRules::default();
        let _ = rules.redact_text(&text);
        let _ = rules.quote_for_message(&text);
        let _ = rules.redact_value(&json);
    }
}
