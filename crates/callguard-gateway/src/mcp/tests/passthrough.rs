//! What no policy governs comes out as it went in.

use super::harness::wire;
use proptest::prelude::*;

const ODD: &[&str] = &[
    "",
    "  \t",
    "{}",
    "  { \"jsonrpc\" : \"2.0\" ,\t\"method\" : \"notifications/x\" }  ",
    "{\"method\":\"custom/\\u0066oo\",\"params\":[1,2],\"zzz\":{\"a\":1,\"a\":2}}",
    "{\"method\":\"x\",\"params\":{\"n\":123456789012345678901234567890.10e-400,\"s\":\"\\ud800 \\u0000 \u{2028}\"}}",
    "{\"id\":9007199254740993,\"method\":\"big/id\"}",
    "{\"id\":\"\\u00e9 \u{e9}\",\"method\":\"server/discover\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}",
    "{\"id\":-0,\"method\":\"resources/read\",\"params\":{\"uri\":\"tools/call\",\"method\":\"tools/call\",\"name\":\"hidden\"}}",
    "{\"id\":7,\"result\":{\"roots\":[{\"uri\":\"file:///\"}]}}",
    "{\"id\":8,\"error\":{\"code\":1,\"message\":\"no\"}}",
    "{\"method\":\"notifications/progress\",\"params\":{\"progressToken\":1,\"progress\":0.1}}",
    "{\"method\":\"notifications/cancelled\",\"params\":[\"odd\"]}",
];

#[tokio::test]
async fn odd_frames_reach_the_server_as_they_are() {
    for end in ["\n", "\r\n"] {
        let mut wire = wire();
        for frame in ODD {
            let sent = format!("{frame}{end}");
            wire.client.say(&sent).await;
            assert_eq!(String::from_utf8(wire.server.bytes().await).unwrap(), sent);
        }
    }
}

#[tokio::test]
async fn odd_frames_reach_the_client_as_they_are() {
    let mut wire = wire();
    for id in ["7", "8"] {
        wire.client.line(&format!("{{\"id\":{id},\"method\":\"x\"}}")).await;
        wire.server.heard().await;
    }
    for frame in ODD.iter().chain(&["{\"id\":null,\"error\":{\"code\":-32700,\"message\":\"x\"}}"]) {
        let sent = format!("{frame}\r\n");
        wire.server.say(&sent).await;
        assert_eq!(String::from_utf8(wire.client.bytes().await).unwrap(), sent);
    }
}

fn json() -> impl Strategy<Value = String> {
    let space = prop::sample::select(vec!["", " ", "\t", "  "]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?",
        string(),
    ];
    (leaf, space).prop_map(|(leaf, space)| format!("{space}{leaf}")).prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((string(), inner), 0..5).prop_map(|members| {
                let members: Vec<String> = members.iter().map(|(key, value)| format!("{key} :{value}")).collect();
                format!("{{{} }}", members.join(","))
            }),
        ]
    })
}

fn string() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-z /é\u{2028}]{0,6}",
        Just("\\u0041".to_owned()),
        Just("\\ud83d\\ude00".to_owned()),
        Just("\\n\\\"\\/".to_owned()),
    ];
    prop::collection::vec(part, 0..4).prop_map(|parts| format!("\"{}\"", parts.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Requests and notifications of any other method, with any parameters, both ways.
    #[test]
    fn ungoverned_frames_are_byte_identical(frames in prop::collection::vec(("[a-z]{1,8}/[a-z]{1,8}", json(), json()), 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut wire = wire();
            for (number, (method, params, extra)) in frames.into_iter().enumerate() {
                prop_assume!(!method.starts_with("tools/"));
                let id = if number % 2 == 0 { format!("\"id\": {number}, ") } else { String::new() };
                let frame = format!(" {{{id}\"params\":{params}, \"method\" :\"{method}\",\"extra\":{extra}}}\n");
                wire.client.say(&frame).await;
                prop_assert_eq!(String::from_utf8(wire.server.bytes().await).unwrap(), frame.clone());
                wire.server.say(&frame).await;
                prop_assert_eq!(String::from_utf8(wire.client.bytes().await).unwrap(), frame);
                if number % 2 == 0 {
                    let answer = format!("{{\"result\":{extra} ,\"id\":{number}}}\n");
                    wire.server.say(&answer).await;
                    prop_assert_eq!(String::from_utf8(wire.client.bytes().await).unwrap(), answer);
                }
            }
            Ok(())
        })?;
    }
}
