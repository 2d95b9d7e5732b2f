//! Every YAML block of the reference loads.
#![allow(clippy::disallowed_methods, reason = "tests read the files that they are about")]

mod support;

use std::path::Path;
use support::{Given, errors, findings, said};

/// What stands around a block.
#[derive(Clone, Copy, Debug)]
enum Around {
    /// It is a document.
    Nothing,
    /// It is a part of `spec`.
    Spec,
    /// It is a part of a precondition.
    Precondition,
}

/// The blocks of each file, in order; one that is not here fails the test.
const BLOCKS: &[(&str, &[Around])] = &[
    (
        "policy-language.md",
        &[Around::Nothing, Around::Spec, Around::Precondition, Around::Nothing, Around::Spec, Around::Nothing],
    ),
    ("policy-semantics.md", &[]),
    ("init.md", &[Around::Nothing]),
];

/// Pages whose blocks are of a kind that the engine does not read: the tests of what does load them.
const ELSEWHERE: &[&str] = &["gateway.md"];

fn blocks(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in markdown.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some("yaml")) => open = Some(String::new()),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(text), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    found
}

fn whole(block: &str, around: Around) -> String {
    let indented = |depth: usize| block.lines().map(|line| format!("{:depth$}{line}\n", "")).collect::<String>();
    let head = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: block }\nspec:\n";
    match around {
        Around::Nothing => block.to_owned(),
        Around::Spec => format!("{head}{}", indented(2)),
        Around::Precondition => {
            format!("{head}  preconditions:\n    - id: block\n      action: deny\n{}", indented(6))
        }
    }
}

#[test]
fn every_block_loads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    for (name, expected) in BLOCKS {
        let markdown = std::fs::read_to_string(folder.join(name)).unwrap();
        let blocks = blocks(&markdown);
        assert_eq!(blocks.len(), expected.len(), "{name} has other blocks than the test knows");
        for (block, around) in blocks.iter().zip(*expected) {
            let text = whole(block, *around);
            let found = findings("block.yaml", text.as_bytes(), &Given(Vec::new()));
            assert!(errors(&found).is_empty(), "{name}: {:?}\n{text}", said(&found));
        }
    }
}

#[test]
fn every_page_of_the_reference_is_known() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pages = entries.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    for path in pages {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let known = BLOCKS.iter().map(|(known, _)| known).chain(ELSEWHERE).any(|known| *known == name);
        assert!(known || blocks(&text).is_empty(), "{name} has YAML blocks that nothing loads");
    }
}
