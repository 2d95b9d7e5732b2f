//! Every code has its page, and the examples of the YAML codes show what they say.

#![allow(clippy::unwrap_used)]

use callguard_engine::diagnostic::{Code, Severity};
use callguard_engine::source::{Sources, lint_operand, read_documents};

/// What a page lacks.
fn lacks(code: Code) -> Option<String> {
    let (page, examples) = (code.page(), code.page().examples());
    // What goes wrong at run time has no policy text that shows it.
    let runtime = code.as_str().starts_with("CG10");
    let lack = if page.title() != format!("{code}: {}", code.summary()) {
        "a title that is the code and its summary"
    } else if !runtime && !examples.iter().any(|example| example.fails) {
        "an example that fails (```yaml fails)"
    } else if !runtime && examples.iter().all(|example| example.fails) {
        "an example that loads (```yaml)"
    } else if page.markdown.lines().any(|line| line.chars().count() > 200) {
        "lines of a length that a terminal shows"
    } else {
        return None;
    };
    Some(format!("{code} lacks {lack}"))
}

#[test]
fn every_code_has_a_page_of_its_own() {
    let lacking: Vec<String> = Code::ALL.iter().filter_map(|code| lacks(*code)).collect();
    assert!(lacking.is_empty(), "{lacking:#?}");
}

#[test]
fn codes_are_distinct_and_in_order() {
    assert!(Code::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
    for code in Code::ALL {
        assert_eq!(code.as_str().to_lowercase().parse::<Code>(), Ok(*code));
        assert_eq!(code.as_str().len(), "CG0101".len());
        assert_eq!(code.page_path(), format!("docs/reference/errors/{code}.md"));
    }
}

/// What reading says of an example: the codes of the reader, and those of the lints that values get.
fn read(bytes: Vec<u8>) -> Vec<(Code, Severity)> {
    let mut sources = Sources::default();
    let file = match sources.add_bytes("page.yaml", bytes) {
        Ok(file) => file,
        Err(found) => return vec![(found.code, found.severity)],
    };
    let (documents, mut found) = read_documents(&sources, file);
    found.extend(documents.iter().flat_map(lint_operand));
    found.iter().map(|found| (found.code, found.severity)).collect()
}

#[test]
fn the_examples_of_the_yaml_codes_fail_and_load() {
    let own = |code: &&Code| code.as_str().starts_with("CG01") || **code <= Code::CutByComment && code.is_lint();
    let codes: Vec<&Code> = Code::ALL.iter().filter(own).collect();
    assert_eq!(codes.len(), 10);
    for code in codes {
        let severity = if code.is_lint() { Severity::Warning } else { Severity::Error };
        for example in code.page().examples() {
            let found = read(example.bytes);
            match example.fails {
                true => {
                    assert!(!found.is_empty() && found.iter().all(|found| *found == (*code, severity)), "{found:?}")
                }
                false => assert!(found.is_empty(), "{code}: {found:?}"),
            }
        }
    }
}
