//! What is measured, for our engine and for its peers alike.

use crate::calls::Call;
use crate::rounds::Case;
use crate::rules::Rule;
use crate::{content, sets};

/// Family 1.
pub const PLAIN: &str = "1 text, equality and number leaves";
/// Family 2.
pub const REGEX: &str = "2 regex leaves";
/// Family 3.
pub const SHIPPED: &str = "3 shipped templates";
/// Family 4.
pub const JSON: &str = "4 from JSON";
/// Family 5.
pub const LARGE: &str = "5 large arguments";
/// Family 6.
pub const SESSION: &str = "6 session limits";
/// Family 7.
pub const LOAD: &str = "7 load";
/// Family 8.
pub const MEMORY: &str = "8 resident memory per 1,000 contracts";
/// Policies that do not touch the tool.
pub const SPREAD: &str = "9 contracts on other tools";
/// What a value costs by itself.
pub const FACETS: &str = "10 facets";

/// An index written by hand for the rules.
pub const HAND_INDEX: &str = "hand-index";
/// A loop written by hand over the rules.
pub const HAND_LOOP: &str = "hand-loop";

/// The usual call of families 1 and 2.
pub const NOTHING: &str = "nothing applies";
/// The case of family 4.
pub const FROM_JSON: &str = "bytes to decision, nothing applies";
/// Of family 6: what its limits are compared with.
pub const NO_LIMITS: &str = "no limits";
/// Of family 6.
pub const ONE_LIMIT: &str = "a limit on calls";
/// Of family 6.
pub const FOUR_LIMITS: &str = "limits on calls, tries, failures and a sum";
/// Of family 7.
pub const LOAD_PLAIN: &str = "text, equality and number leaves";
/// Of family 8.
pub const RESIDENT: &str = "text, equality and number leaves";
/// How many literals large arguments are searched for.
pub const LITERALS: usize = 100;

/// The cases of families 1 and 2: the call, and whether it is forbidden.
pub fn literal_cases(family: &str, size: usize) -> [(Case, Call, bool); 3] {
    [
        (Case::new(family, NOTHING, size), Call::usual(), false),
        (Case::new(family, "one in question, none applies", size), Call::in_question(), false),
        (Case::new(family, "one denies", size), Call::forbidden(), true),
    ]
}

/// The calls of family 3 that every engine can decide.
pub fn shipped_calls() -> [(&'static str, Call, bool); 2] {
    [
        ("file-agent: read", Call::reading("/workspace/src/parser/tree.rs"), false),
        ("file-agent: read denied", Call::reading("/workspace/services/web/.env.production"), true),
    ]
}

/// The calls of family 5.
pub fn large_calls() -> Vec<(Case, Call)> {
    let sizes = [("4 KiB", 4 << 10), ("64 KiB", 64 << 10), ("256 KiB", 256 << 10), ("1 MiB as JSON", 980 << 10)];
    let call = |(name, bytes)| (Case::new(LARGE, name, LITERALS), Call::writing(content::text(bytes)));
    sizes.into_iter().map(call).collect()
}

/// Makes a set when it is needed.
pub type MakeRules = fn() -> Vec<Rule>;

/// The sets of the last family.
pub fn spread_sets() -> [(Case, MakeRules); 3] {
    let alone = || sets::plain(100);
    let among = || [sets::plain(100), sets::elsewhere(10_000, 1_000)].concat();
    [
        (Case::new(SPREAD, "100 on the tool, none elsewhere", 100), alone),
        (Case::new(SPREAD, "100 on the tool, 10,000 elsewhere", 10_100), among),
        (Case::new(SPREAD, "one for each of 10,000 tools", 10_000), || sets::one_per_tool(10_000)),
    ]
}
