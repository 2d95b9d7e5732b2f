//! What is said of every failing example of a page, as a terminal without colours shows it.
#![allow(clippy::disallowed_methods, reason = "insta reads and writes its snapshots")]

mod support;

use callguard_engine::diagnostic::{Code, Render, render};
use support::{Given, findings_and_sources, named};

#[test]
fn every_failing_example_as_it_is_shown() {
    let by_documents = |code: &Code| {
        ["CG02", "CG04", "CG05", "CG06", "CG07", "CG091"].iter().any(|start| code.as_str().starts_with(start))
    };
    for code in Code::ALL.iter().filter(|code| by_documents(code)) {
        let examples = code.page().examples();
        let bases = named(&examples);
        let mut shown = String::new();
        for example in examples.iter().filter(|example| example.fails) {
            let own = bases.iter().find(|(_, bytes)| *bytes == example.bytes).map(|(name, _)| name.as_str());
            let name = own.unwrap_or("example.yaml");
            let (found, sources) = findings_and_sources(name, &example.bytes, &Given(bases.clone()));
            for found in &found {
                shown.push_str(&render(found, &sources, Render::default()));
                shown.push('\n');
            }
        }
        insta::with_settings!({ description => code.summary(), omit_expression => true }, {
            insta::assert_snapshot!(code.as_str(), shown);
        });
    }
}
