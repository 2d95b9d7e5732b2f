//! Any bytes as JSON: what is read is written and read again without a change.

#![no_main]

use callguard_engine::value::{parse_json, write_json};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(value) = parse_json(text) else { return };
    let written = write_json(&value);
    let again = parse_json(written.as_bytes()).expect("what was written is read");
    assert_eq!(value, again);
    assert_eq!(written, write_json(&again));
});
