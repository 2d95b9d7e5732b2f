//! Any bytes as a policy: loading ends, and everything that it finds can be shown.

#![no_main]

use callguard_engine::diagnostic::{Render, render};
use callguard_engine::policy::{LoadInput, NoBases, PolicyFile, load};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

fuzz_target!(|text: &[u8]| {
    let files = vec![PolicyFile::new("policy.yaml", text)];
    let (diagnostics, sources) = match load(LoadInput { files, bases: &NoBases, operators: Arc::default() }) {
        Ok(loaded) => (loaded.warnings, loaded.sources),
        Err(errors) => {
            assert!(errors.error_count() > 0, "it does not load, and says no reason");
            (errors.diagnostics, errors.sources)
        }
    };
    for diagnostic in &diagnostics {
        assert!(!render(diagnostic, &sources, Render::default()).is_empty());
    }
});
