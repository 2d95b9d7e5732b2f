//! Whatever either side says: no call and no answer passes unjudged, and what is ungoverned passes as it is.

use super::harness::wire;
use super::smuggling::SMUGGLED;
use crate::mcp::lenient::{answers, is_call, messages, reaches_client, reaches_server};
use proptest::prelude::*;

fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\r",
        "\n",
        "\0",
        " ",
        "\\u0000",
        "\u{feff}",
        "\u{2028}",
        "\"id\":1",
        "\"id\":\"1\"",
        "\"id\":null",
        "\"method\":\"tools/call\"",
        "\"method\":\"ping\"",
        "\"Method\":\"tools/call\"",
        "\"m\\u0065thod\":\"tools\\/call\"",
        "\"method\":[\"tools/call\"]",
        "\"params\":",
        "\"params\":{}",
        "{\"name\":\"denied\"}",
        "{\"name\":\"denied\",\"arguments\":{}}",
        "{\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"denied\"}}",
        "\"jsonrpc\":\"2.0\"",
        "\"result\":1",
        "\"x\"",
        "1e400",
        "\"method\":\"TOOLS/CALL \"",
    ];
    prop::sample::select(words.to_vec()).prop_map(str::to_owned)
}

fn no_call_reaches_the_server(text: &str) -> Result<(), TestCaseError> {
    for message in messages(&reaches_server(text.as_bytes())) {
        prop_assert!(!is_call(&message), "{:?} reached the server from {:?}", message, text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Nothing that a lenient reader takes for a call reaches the server: the judge here denies every one.
    #[test]
    fn no_unjudged_call_reaches_the_server(
        fragments in prop::collection::vec(fragment(), 1..24), commas in any::<bool>(), wrapped in any::<bool>(),
    ) {
        let joined = fragments.join(if commas { "," } else { "" });
        let text = if wrapped { format!("{{{joined}}}") } else { joined };
        no_call_reaches_the_server(&text)?;
    }

    /// Nor when a frame that is refused for one reason is bent in some other way.
    #[test]
    fn no_bent_frame_reaches_the_server(
        (frame, _) in prop::sample::select(SMUGGLED.to_vec()), places in prop::collection::vec((any::<prop::sample::Index>(), fragment()), 1..4),
    ) {
        let mut text = frame.replace("read", "denied");
        for (place, fragment) in places {
            let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            text.insert_str(starts[place.index(starts.len())], &fragment);
        }
        no_call_reaches_the_server(&text)?;
    }

    /// Nothing that a lenient client takes for the answer to a call reaches it unjudged.
    #[test]
    fn no_unjudged_answer_reaches_the_client(
        fragments in prop::collection::vec(answer_fragment(), 1..24), commas in any::<bool>(), wrapped in any::<bool>(),
    ) {
        let joined = fragments.join(if commas { "," } else { "" });
        let text = if wrapped { format!("{{{joined}}}") } else { joined };
        for message in messages(&reaches_client(text.as_bytes())) {
            prop_assert!(!answers(&message), "{:?} reached the client from {:?}", message, text);
        }
    }
}

fn answer_fragment() -> impl Strategy<Value = String> {
    let words = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\r",
        "\n",
        "\0",
        " ",
        "\u{2028}",
        "\"id\":3",
        "\"id\":\"3\"",
        "\"ID\":3",
        "\"id\":3.0",
        "\"id\":4",
        "\"id\":null",
        "\"i\\u0064\":3",
        "\"result\":1",
        "\"Result\":1",
        "\"error\":1",
        "\"error\":{}",
        "\"result\":{}",
        "\"method\":\"x\"",
        "\"params\":",
        "{\"id\":3,\"result\":1}",
        "{\"id\":\" 3\",\"error\":1}",
        "\"jsonrpc\":\"2.0\"",
        "\"x\"",
        "1e400",
    ];
    prop::sample::select(words.to_vec()).prop_map(str::to_owned)
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
