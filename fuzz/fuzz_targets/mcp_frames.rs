//! Any bytes from a client or from a server: what the most lenient reader takes for a call reaches no server, and what
//! it takes for the answer to a call reaches no client, unless it was judged.

#![no_main]

use callguard_gateway::mcp::lenient::{answers, is_call, messages, reaches_client, reaches_server};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Some(call) = messages(&reaches_server(input)).iter().find(|message| is_call(message)) {
        panic!("an unjudged call reaches the server: {call}");
    }
    if let Some(answer) = messages(&reaches_client(input)).iter().find(|message| answers(message)) {
        panic!("an unjudged answer reaches the client: {answer}");
    }
});
