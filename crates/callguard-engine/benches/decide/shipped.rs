//! Family 3: the shipped templates, which look at paths and commands.

use super::engines::{both, of_files};
use super::literals::by_hand;
use anyhow::{Context, Result};
use callguard_bench::calls::Call;
use callguard_bench::rounds::{Bench, Case};
use callguard_bench::{families, templates};
use callguard_engine::decide::Effect;
use callguard_engine::policy::PolicyFile;
use callguard_engine::policy::templates::{TEMPLATES, template};

pub(crate) fn add(bench: &mut Bench) -> Result<()> {
    let file_agent = template("file-agent").context("the template is gone")?;
    let one = of_files(vec![PolicyFile::from(file_agent)])?;
    let all = of_files(TEMPLATES.iter().map(PolicyFile::from).collect())?;
    let contracts = templates::contracts();
    let rules = templates::path_rules("read_file");
    for (name, call, forbidden) in families::shipped_calls() {
        let case = Case::new(families::SHIPPED, name, contracts);
        both(bench, &case, &one, &call, if forbidden { Effect::Deny } else { Effect::Allow })?;
        by_hand(bench, &case, &rules, &call, forbidden)?;
    }
    let more = [
        ("file-agent: write", writing("src/parser/tree.rs"), Effect::Allow),
        ("file-agent: command", running("cargo test --workspace && git status"), Effect::Allow),
        ("file-agent: command denied", running("cd build && rm -rf ../src"), Effect::Deny),
    ];
    for (name, call, effect) in more {
        both(bench, &Case::new(families::SHIPPED, name, contracts), &one, &call, effect)?;
    }
    let contracts = all.policies().policies.iter().map(|policy| policy.contracts.len()).sum();
    let reading = Call::reading("docs/architecture.md");
    both(bench, &Case::new(families::SHIPPED, "all templates: read", contracts), &all, &reading, Effect::Allow)
}

fn writing(path: &str) -> Call {
    let content = Some("pub fn parse(text: &str) -> Tree {\n    Tree::of(text)\n}\n".to_owned());
    Call { tool: "write_file".to_owned(), content, ..Call::reading(path) }
}

fn running(command: &str) -> Call {
    Call { tool: "bash".to_owned(), path: None, command: Some(command.to_owned()), ..Call::reading("") }
}
