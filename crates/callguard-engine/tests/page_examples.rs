//! The page of every code: what it says fails, fails with that code, and what it says loads, loads.
#![allow(clippy::disallowed_methods, reason = "tests read the files that they are about")]

mod support;

use callguard_engine::diagnostic::Code;
use support::{Given, errors, findings, named};

/// Codes that no policy text leads to have no examples.
fn is_about_text(code: Code) -> bool {
    !code.as_str().starts_with("CG10")
}

#[test]
fn examples_do_what_their_page_says() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().copied().filter(|code| is_about_text(*code)) {
        let examples = code.page().examples();
        let bases = named(&examples);
        for example in &examples {
            let own = bases.iter().find(|(_, bytes)| *bytes == example.bytes).map(|(name, _)| name.as_str());
            let found = findings(own.unwrap_or("example.yaml"), &example.bytes, &Given(bases.clone()));
            // What `callguard lint` looks for loads; that it is found is tested where it is looked for.
            let shows = example.fails && !code.is_of_lint();
            let right = if shows { found.iter().any(|found| found.code == code) } else { errors(&found).is_empty() };
            let silent = shows || found.iter().all(|found| found.code != code);
            if !right || !silent {
                let text = String::from_utf8_lossy(&example.bytes);
                wrong.push(format!("{code} (fails: {}): {:?}\n{text}", example.fails, support::said(&found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
