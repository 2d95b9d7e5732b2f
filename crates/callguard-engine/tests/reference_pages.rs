//! The pages of operators, selectors and detectors are those that the registers generate, and name every one.

#![allow(clippy::unwrap_used, missing_docs)]

use callguard_engine::audit::detect::{detectors_page, names};
use callguard_engine::policy::reference::{operators_page, selectors_page};
use callguard_engine::policy::register::operators::OPERATORS;
use callguard_engine::policy::register::selectors::SELECTORS;

const OPERATORS_PAGE: &str = include_str!("../../../docs/reference/operators.md");
const SELECTORS_PAGE: &str = include_str!("../../../docs/reference/selectors.md");
const DETECTORS_PAGE: &str = include_str!("../../../docs/reference/detectors.md");

#[test]
fn the_page_of_operators_is_up_to_date_and_names_every_one() {
    let page = operators_page();
    assert_eq!(page, OPERATORS_PAGE);
    for row in OPERATORS {
        assert!(page.contains(&format!("`{}", row.name)), "{}", row.name);
    }
}

#[test]
fn the_page_of_selectors_is_up_to_date_and_names_every_one() {
    let page = selectors_page();
    assert_eq!(page, SELECTORS_PAGE);
    for row in SELECTORS {
        let start = row.name.split(['[', 'X']).next().unwrap();
        assert!(page.contains(start), "{}", row.name);
    }
}

#[test]
fn the_page_of_detectors_is_up_to_date_and_names_every_kind() {
    let page = detectors_page();
    assert_eq!(page, DETECTORS_PAGE);
    for name in names() {
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
    }
}
