//! The pages of operators and selectors are those that the registers generate, and name every one.

#![allow(clippy::unwrap_used, missing_docs)]

use callguard_engine::policy::reference::{operators_page, selectors_page};
use callguard_engine::policy::register::operators::OPERATORS;
use callguard_engine::policy::register::selectors::SELECTORS;

const OPERATORS_PAGE: &str = include_str!("../../../docs/reference/operators.md");
const SELECTORS_PAGE: &str = include_str!("../../../docs/reference/selectors.md");

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
