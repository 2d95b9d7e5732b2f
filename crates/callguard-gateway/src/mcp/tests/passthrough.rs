//! What no policy governs comes out as it went in.

use super::harness::wire;

const ODD: &[&str] = &[
    "",
    "  \t",
    "{}",
    "  { \"jsonrpc\" : \"2.0\" ,\t\"method\" : \"notifications/x\" }  ",
    "{\"method\":\"custom/\\u0066oo\",\"params\":[1,2],\"zzz\":{\"a\":1,\"a\":2}}",
    "{\"method\":\"x\",\"params\":{\"n\":123456789012345678901234567890.10e-400,\"s\":\"\\ud800 \\u0000 \u{2028}\"}}",
    "{\"id\":9007199254740993,\"method\":\"big/id\"}",
    "{\"id\":\"\\u00e9 \u{e9}\",\"method\":\"server/discover\",\"params\":{\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}",
    "{\"id\":-0,\"method\":\"resources/subscribe\",\"params\":{\"uri\":\"tools/call\",\"method\":\"tools/call\",\"name\":\"hidden\"}}",
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
