//! One form for policy text: what it says and its comments stay, and a second time changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests read the files that they are about"
)]

use callguard_analysis::format::formatted;
use callguard_engine::policy::templates::TEMPLATES;
use callguard_engine::source::{Node, Sources, read_documents};
use std::path::{Path, PathBuf};

fn form(text: &str) -> String {
    formatted("policy.yaml", text).unwrap()
}

#[test]
fn levels_brackets_and_blank_lines_have_one_form() {
    let text = "\n\n# Head.\napiVersion:   callguard/v1   \nspec:\n    # About them.\n    preconditions:\n    -   id: a # its name\n        when: {args.x:   [ 1,2 ] , args.y: {}}\n\n\n\n        # Why.\n        message: >\n             Two\n             lines.\n    - id: b\n      tools: [a,\n              b]\n# End.\n";
    let wanted = "# Head.\napiVersion: callguard/v1\nspec:\n  # About them.\n  preconditions:\n    - id: a # its name\n      when: { args.x: [1, 2], args.y: {} }\n\n      # Why.\n      message: >\n        Two\n        lines.\n    - id: b\n      tools: [a,\n              b]\n# End.\n";
    assert_eq!(form(text), wanted);
    assert_eq!(form(wanted), wanted);
}

#[test]
fn scalars_stay_as_they_were_written() {
    let kept = [
        "a: \"x  # y\"\n",
        "a: |\n  one  \n\n\n  two\nb: 1\n",
        "a: |+\n  one\n\n\nb: 1\n",
        "a: 'it''s {x:1}'\n",
        "- - a\n  - b\n- c\n",
        "a: &x { b: 1 }\nc: *x\n",
        "---\na: 1\n---\nb: 2\n",
    ];
    for text in kept {
        assert_eq!(form(text), text, "{text}");
    }
    assert_eq!(form("a: 1\r\nb:  2  \r\n"), "a: 1\nb: 2\n");
    assert!(formatted("policy.yaml", "a: [1\n").is_err());
}

/// The documents without their places.
fn documents(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let file = sources.add("x", text);
    let (documents, _) = read_documents(&sources, file);
    documents.iter().map(shape).collect()
}

fn shape(node: &Node) -> String {
    if let Some(scalar) = node.as_scalar() {
        return format!("{scalar:?}");
    }
    if let Some(items) = node.as_list() {
        return format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(","));
    }
    let entries = node.as_map().unwrap().iter().map(|entry| format!("{}={}", entry.key, shape(&entry.value)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            yaml_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn every_policy_of_the_repository_says_the_same_in_its_form() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["spec/cases", "examples", "crates/callguard-engine/src/templates"] {
        yaml_files(&root.join(folder), &mut files);
    }
    let mut read = 0;
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        let Ok(once) = formatted("x", &text) else { continue };
        read += 1;
        assert_eq!(documents(&text), documents(&once), "{}", path.display());
        assert_eq!(text.matches('#').count(), once.matches('#').count(), "{}", path.display());
        assert_eq!(form(&once), once, "a second time changes {}", path.display());
    }
    assert!(read > 200, "{read} of {}", files.len());
}

#[test]
fn the_shipped_policies_have_the_form() {
    for template in TEMPLATES {
        for text in [template.text, template.tests] {
            let formed = form(text);
            let differs = formed.lines().zip(text.lines()).find(|(formed, text)| formed != text);
            assert_eq!(formed, text, "{}: {differs:?}", template.name);
        }
    }
}
