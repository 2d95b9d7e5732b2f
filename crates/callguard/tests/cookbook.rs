//! The cookbook in `examples/cookbook/`: every recipe is complete, comes out as written, and has calls on both sides of each of its
//! contracts: whoever changes a contract, breaks a case.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

use callguard::engine::policy::test_file::{Expect, PolicyTest, read_policy_tests};
use callguard::engine::policy::{Bases, PolicyFile};
use callguard::engine::source::{Sources, read_documents};
use callguard::testing::{run_file, run_test};
use callguard::{Disk, Effect, policy_files, write_json};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The cookbook has grown beyond this; fewer means that a run passed over recipes.
const LEAST_RECIPES: usize = 44;
const TESTS: &str = "test.policytest.yaml";

#[test]
fn every_recipe_is_complete() {
    let index = std::fs::read_to_string(cookbook().join("README.md")).unwrap();
    let mut missing = Vec::new();
    for recipe in recipes() {
        let name = recipe.name();
        for file in ["policy.yaml", TESTS, "README.md"] {
            if !recipe.folder.join(file).is_file() {
                missing.push(format!("{name}: there is no `{file}`"));
            }
        }
        let readme = recipe.text("README.md");
        let unnamed = recipe.contracts().into_iter().filter(|id| !readme.contains(&format!("`{id}`")));
        missing.extend(unnamed.map(|id| format!("{name}/README.md: does not name `{id}`")));
        let command = format!("callguard test examples/cookbook/{name}/{TESTS}");
        if !readme.contains(&command) || !recipe.text(TESTS).starts_with(&format!("# {command}\n")) {
            missing.push(format!("{name}: its README.md, or the first line of its tests, does not say `{command}`"));
        }
        if !index.contains(&format!("({name}/README.md)")) {
            missing.push(format!("README.md: does not list {name}"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_case_comes_out_as_written() {
    let mut wrong = Vec::new();
    // What the demos of the agent frameworks share is held here too.
    let shared = cookbook().join("../demo/policies/support.policytest.yaml").to_string_lossy().into_owned();
    for file in recipes().iter().map(|recipe| recipe.path(TESTS)).chain([shared]) {
        for result in run_file(&file, None).unwrap_or_else(|error| panic!("{}", error.report())) {
            for case in result.cases.iter().filter(|case| !case.passed()) {
                wrong.push(format!("{}:{}: {}\n  {}", result.file, case.line, case.name, case.failures.join("\n  ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_test_has_calls_on_both_sides() {
    let stopped = |expect: &Expect| {
        let applies = expect.applied.as_ref().is_some_and(|applied| !applied.is_empty());
        matches!(expect.decision, Some(Effect::Deny | Effect::Ask)) || expect.would.is_some() || applies
    };
    let passed = |expect: &Expect| expect.decision == Some(Effect::Allow);
    for recipe in recipes() {
        for test in recipe.tests().0 {
            let expects: Vec<&Expect> =
                test.cases.iter().flat_map(|case| &case.steps).map(|step| &step.expect).collect();
            assert!(expects.iter().any(|expect| stopped(expect)), "{}: `{}` stops nothing", recipe.name(), test.name);
            assert!(expects.iter().any(|expect| passed(expect)), "{}: `{}` lets nothing run", recipe.name(), test.name);
        }
    }
}

#[test]
fn a_case_breaks_without_any_contract() {
    breaks(150, |contract| {
        contract.insert("enabled".to_owned(), json!(false));
        true
    });
}

#[test]
fn a_case_breaks_where_a_contract_always_applies() {
    breaks(100, |contract| {
        let (when, unless) = (contract.remove("when"), contract.remove("unless"));
        when.or(unless).is_some()
    });
}

#[test]
fn a_case_breaks_without_any_excuse() {
    breaks(30, |contract| contract.remove("unless").is_some());
}

#[test]
fn a_case_breaks_where_a_contract_is_about_every_tool() {
    breaks(60, |contract| contract.remove("tools").is_some());
}

/// Changes one contract after the other; each time a case must come out otherwise. `least` contracts must have been changed.
fn breaks(least: usize, change: fn(&mut Map<String, Value>) -> bool) {
    let (mut changed, mut survived) = (0, Vec::new());
    for recipe in recipes() {
        let (tests, file, sources) = recipe.tests();
        for test in &tests {
            for (at, reference) in
                test.policies.iter().enumerate().filter(|(_, name)| !name.value.starts_with("template/"))
            {
                for (id, mutant) in mutants(&Disk.read(&file.name, &reference.value).unwrap(), change) {
                    changed += 1;
                    let mut policies: Vec<PolicyFile> =
                        test.policies.iter().map(|name| named(&name.value, &file)).collect();
                    policies.splice(at..=at, [mutant]);
                    let result = run_test(test, &file, &sources, Some(&policies));
                    let result = result.unwrap_or_else(|error| panic!("{}: {id}: {}", recipe.name(), error.report()));
                    if result.cases.iter().all(|case| case.passed()) {
                        survived.push(format!("{}: `{}` shows nothing of `{id}`", recipe.name(), test.name));
                    }
                }
            }
        }
    }
    assert!(survived.is_empty(), "no case comes out otherwise:\n{}", survived.join("\n"));
    assert!(changed >= least, "only {changed} contracts were changed");
}

fn named(reference: &str, from: &PolicyFile) -> PolicyFile {
    match reference.starts_with("template/") {
        true => policy_files([reference]).unwrap().remove(0),
        false => Disk.read(&from.name, reference).unwrap(),
    }
}

/// The file with one contract changed, for each contract that can be.
fn mutants(file: &PolicyFile, change: fn(&mut Map<String, Value>) -> bool) -> Vec<(String, PolicyFile)> {
    let documents = documents(file);
    let mut mutants = Vec::new();
    for (number, document) in documents.iter().enumerate() {
        for kind in KINDS {
            for at in 0..document["spec"][kind].as_array().map_or(0, Vec::len) {
                let mut documents = documents.clone();
                let contract = documents[number]["spec"][kind][at].as_object_mut().unwrap();
                if change(contract) {
                    let id = contract["id"].as_str().unwrap().to_owned();
                    let text: Vec<String> = documents.iter().map(Value::to_string).collect();
                    mutants.push((id, PolicyFile::new(&*file.name, text.join("\n---\n"))));
                }
            }
        }
    }
    mutants
}

const KINDS: [&str; 3] = ["preconditions", "postconditions", "session"];

/// The documents as JSON, which is YAML too.
fn documents(file: &PolicyFile) -> Vec<Value> {
    let mut sources = Sources::default();
    let id = sources.add_bytes(&file.name, file.bytes.clone()).unwrap();
    let (nodes, found) = read_documents(&sources, id);
    assert!(found.is_empty(), "{}: {found:?}", file.name);
    nodes.iter().map(|node| serde_json::from_str(&write_json(&node.to_value())).unwrap()).collect()
}

struct Recipe {
    folder: PathBuf,
}

impl Recipe {
    fn name(&self) -> String {
        self.folder.file_name().unwrap().to_string_lossy().into_owned()
    }

    fn path(&self, file: &str) -> String {
        self.folder.join(file).to_string_lossy().into_owned()
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.join(file)).unwrap()
    }

    fn tests(&self) -> (Vec<PolicyTest>, PolicyFile, Sources) {
        let file = policy_files([self.path(TESTS)]).unwrap().remove(0);
        let mut sources = Sources::default();
        let id = sources.add_bytes(&file.name, file.bytes.clone()).unwrap();
        let (tests, found) = read_policy_tests(&sources, id);
        assert!(found.is_empty() && !tests.is_empty(), "{}: {found:?}", file.name);
        (tests, file, sources)
    }

    /// The ids of the contracts of every policy that lies in the folder.
    fn contracts(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        let policies =
            files.filter(|path| path.extension().is_some_and(|ending| ending == "yaml") && !path.ends_with(TESTS));
        let mut ids = Vec::new();
        for path in policies {
            for document in documents(&policy_files([path.to_string_lossy()]).unwrap()[0]) {
                let contracts = KINDS.iter().filter_map(|kind| document["spec"][kind].as_array()).flatten();
                ids.extend(contracts.map(|contract| contract["id"].as_str().unwrap().to_owned()));
            }
        }
        assert!(!ids.is_empty(), "{} has no contract", self.name());
        ids
    }
}

fn recipes() -> Vec<Recipe> {
    let entries = std::fs::read_dir(cookbook()).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(folders.len() >= LEAST_RECIPES, "only {} recipes were found", folders.len());
    folders.into_iter().map(|folder| Recipe { folder }).collect()
}

fn cookbook() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/cookbook").canonicalize().unwrap()
}
