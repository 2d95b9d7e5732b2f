//! What the linter finds: the page of every code shows it, and the shipped policies are clean.

#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use callguard_analysis::lint::{Finding, Inventory, Lint, apply, findings_json, findings_sarif};
use callguard_engine::diagnostic::Code;
use callguard_engine::policy::templates::TEMPLATES;
use callguard_engine::policy::{LoadInput, Loaded, NoBases, PolicyFile, load};
use jiff::Timestamp;
use std::sync::Arc;

const NAME: &str = "policy.yaml";

fn loaded(text: &str) -> Loaded {
    let files = vec![PolicyFile::new(NAME, text)];
    load(LoadInput { files, bases: &NoBases, operators: Arc::default() }).unwrap()
}

fn found_with(loaded: &Loaded, inventory: Option<&Inventory>) -> Vec<Finding> {
    Lint { loaded, files: &[NAME.to_owned()], inventory, base: Timestamp::UNIX_EPOCH }.findings()
}

fn codes(text: &str) -> Vec<Code> {
    found_with(&loaded(text), None).iter().map(|finding| finding.found.code).collect()
}

/// A policy with these lines beneath `spec`.
fn policy(spec: &str) -> String {
    format!("apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n{spec}")
}

/// The tools that a page names.
fn inventory(code: Code) -> Option<Inventory> {
    let (_, rest) = code.page().markdown.split_once("```json\n")?;
    let (json, _) = rest.split_once("```")?;
    Some(Inventory::read(json).unwrap())
}

#[test]
fn every_page_shows_what_is_found() {
    let mut wrong = Vec::new();
    for code in Code::ALL.iter().copied().filter(|code| code.is_of_lint()) {
        let inventory = inventory(code);
        for example in code.page().examples() {
            let text = String::from_utf8(example.bytes).unwrap();
            let found: Vec<Code> =
                found_with(&loaded(&text), inventory.as_ref()).iter().map(|finding| finding.found.code).collect();
            if found.contains(&code) != example.fails {
                wrong.push(format!("{code} (fails: {}): {found:?}\n{text}", example.fails));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_shipped_policies_are_clean() {
    let mut wrong = Vec::new();
    for template in TEMPLATES {
        let loaded = loaded(template.text);
        for finding in found_with(&loaded, None) {
            let line = finding.found.span.map(|span| loaded.sources.line_column(span).0);
            wrong.push(format!("{}:{line:?} {} {}", template.name, finding.found.code, finding.found.message));
        }
    }
    assert!(TEMPLATES.len() >= 6 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Two denials: the second under a condition of its own.
fn two(first: &str, second: &str, rest: &str) -> String {
    policy(&format!(
        "  preconditions:\n    - {{ id: a, tools: t, when: {first}, action: deny, examples: {{ misses: [{{ args: {{}} }}] }} }}\n    \
         - {{ id: b, tools: t, when: {second}, action: deny, examples: {{ misses: [{{ args: {{}} }}] }}{rest} }}\n"
    ))
}

#[test]
fn a_contract_is_overruled_where_another_is_heard_whatever_the_call() {
    let wide = "{ args.n: { greater_than: 5 } }";
    let narrow = "{ args.n: { greater_than: 9 } }";
    assert_eq!(codes(&two(wide, narrow, "")), [Code::Overruled]);
    assert_eq!(codes(&two(wide, narrow, ", severity: critical")), []);
    assert_eq!(codes(&two(narrow, wide, "")), []);
    assert_eq!(codes(&two("{ args.m: 1 }", narrow, "")), []);
    // What is touched is compared entry by entry.
    let tree = "{ call.paths: { under: [/etc, /usr] } }";
    assert_eq!(codes(&two(tree, "{ call.paths: { under: [/etc] } }", "")), [Code::Overruled]);
    assert_eq!(codes(&two("{ call.paths: { under: [/etc] } }", tree, "")), []);
    // Of two that are the same the later one is too many.
    let found = found_with(&loaded(&two(wide, wide, "")), None);
    assert!(found.len() == 1 && found.iter().all(|finding| finding.found.message.starts_with("`b` ")), "{found:?}");
}

#[test]
fn what_contradicts_itself_is_found_in_text_numbers_and_excuses() {
    let one = |when: &str, rest: &str| {
        codes(&policy(&format!(
            "  preconditions:\n    - {{ id: a, tools: t, when: {when}, action: deny, examples: {{ misses: [{{ args: {{}} }}] }}{rest} }}\n"
        )))
    };
    assert_eq!(one("{ args.x: { starts_with: a, ends_with: b } }", ""), []);
    assert_eq!(one("{ args.x: { equals: a, starts_with: b } }", ""), [Code::NeverApplies]);
    assert_eq!(one("{ args.x: { matches: 'a$b' } }", ""), [Code::NeverApplies]);
    assert_eq!(one("{ args.x: { matches: '\\b-rf' } }", ""), [Code::BoundaryAtSign]);
    assert_eq!(one("{ args.x: { matches: 'rm\\b-rf' } }", ""), []);
    assert_eq!(one("{ args.x: a }", ", unless: { args.x: [a, b] }"), [Code::NeverApplies]);
    assert_eq!(one("{ args.x: a }", ", unless: { args.y: { longer_than: 5, shorter_than: 3 } }"), [Code::NeverTrue]);
    assert_eq!(one("{ call.paths: { under: /etc, not_under: /etc } }", ""), []);
}

fn mended(text: &str) -> String {
    let loaded = loaded(text);
    let (file, _) = loaded.sources.iter().next().unwrap();
    apply(&found_with(&loaded, None), &loaded.sources, file).0
}

#[test]
fn a_fix_takes_out_one_entry_and_leaves_the_rest_as_it_was() {
    let text = |list: &str| {
        policy(&format!(
            "  # A comment.\n  preconditions:\n    - id: a   # its name\n      tools: t\n      when: {{ args.x: {{ starts_with: {list} }} }}\n      action: deny\n"
        ))
    };
    assert_eq!(mended(&text("[a, ab, c]")), text("[a, c]"));
    assert_eq!(mended(&text("[ab, a]")), text("[a]"));
    assert_eq!(mended(&text("[ c,  a, \"ab\" ]")), text("[ c,  a ]"));
    assert_eq!(mended(&text("[a, b]")), text("[a, b]"));
    let block = |list: &str| {
        policy(&format!(
            "  preconditions:\n    - id: a\n      tools:\n{list}      when: {{ args.x: 1 }}\n      action: deny\n"
        ))
    };
    assert_eq!(mended(&block("        - \"t*\"\n        - tx\n")), block("        - \"t*\"\n"));
    // With a comment beside it something else would be lost.
    let kept = block("        - \"t*\"\n        - tx # why\n");
    assert_eq!(mended(&kept), kept);
    let word = policy("  preconditions:\n    - { id: a, tools: t, when: { args.x: no }, action: deny }\n");
    assert_eq!(mended(&word), word.replace("args.x: no", "args.x: \"no\""));
}

/// What SARIF 2.1.0 asks of a result that code hosts read.
#[test]
fn sarif_has_places_rules_and_fixes() {
    let text = policy(
        "  preconditions:\n    - { id: a, tools: t, when: { args.x: { starts_with: [a, ab] } }, action: deny }\n",
    );
    let loaded = loaded(&text);
    let found = found_with(&loaded, None);
    let log = findings_sarif(&found, &loaded.sources);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), found.len());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["note", "warning"].contains(&result["level"].as_str().unwrap()));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], NAME);
        assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    }
    let fixed = results.iter().find(|result| result["ruleId"] == Code::Covered.as_str()).unwrap();
    let change = &fixed["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], NAME);
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "");
    let json = findings_json(&found, &loaded.sources);
    let covered = json.iter().find(|found| found["code"] == Code::Covered.as_str()).unwrap();
    assert_eq!(covered["fix"]["says"], "remove `ab`");
    assert_eq!(covered["page"], "docs/reference/errors/CG1111.md");
}

#[test]
fn a_thousand_contracts_are_looked_into() {
    let contract = |index: usize| {
        let when = match index % 4 {
            0 => format!("{{ args.path: {{ starts_with: /srv/{index}/ }} }}"),
            1 => format!("{{ args.amount: {{ greater_than: {index} }}, environment: prod-{index} }}"),
            2 => format!("{{ call.commands: {{ runs: \"tool-{index} --force\" }} }}"),
            _ => format!("{{ args.query: {{ matches: 'drop\\s+table\\s+t{index}\\b' }} }}"),
        };
        let tools = if index.is_multiple_of(3) { "\"*\"".to_owned() } else { format!("tool_{index}") };
        format!("    - {{ id: c-{index}, tools: {tools}, when: {when}, action: deny }}\n")
    };
    let contracts: String = (0..1000).map(contract).collect();
    let loaded = loaded(&policy(&format!("  requires: [environment]\n  preconditions:\n{contracts}")));
    let found = found_with(&loaded, None);
    assert!(
        found.iter().all(|finding| finding.found.code == Code::NoExamples) && found.len() == 1000,
        "{:?}",
        found.len()
    );
}
