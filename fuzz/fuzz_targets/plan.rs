//! Any policies of the language and any calls near them: the compiled plan asks and says what the interpreter does.
//!
//! Input: two bytes that say how many of the rest the policies are drawn from, big end first; calls are drawn from what
//! is left, a part each. The generator writes what loads: policies that do not are a fault of it or of the loader.

#![no_main]

use callguard_oracle::{Call, Draw, Setup, compare, report};
use libfuzzer_sys::fuzz_target;

/// Bytes that are plenty for one call.
const CALL_BYTES: usize = 512;

fuzz_target!(|input: &[u8]| {
    let Some((length, rest)) = input.split_first_chunk::<2>() else { return };
    let (policies, calls) = rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()));
    let setup = Setup::draw(&mut Draw::new(policies)).unwrap_or_else(|said| panic!("it does not load\n{said}"));
    for bytes in calls.chunks(CALL_BYTES) {
        let call = Call::draw(&setup, &mut Draw::new(bytes));
        if let Err(difference) = compare(&setup, &call) {
            panic!("{}", report(&setup, &call, &difference));
        }
    }
});
