//! Any bytes as policy text: no panic, no runaway, and every span of a finding lies in the text.

#![no_main]

use callguard_engine::diagnostic::{Render, render};
use callguard_engine::source::{Sources, read_documents};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let mut sources = Sources::default();
    let file = sources.add("policy.yaml", text);
    let (_, diagnostics) = read_documents(&sources, file);
    for diagnostic in &diagnostics {
        assert!(!render(diagnostic, &sources, Render::default()).is_empty());
    }
});
