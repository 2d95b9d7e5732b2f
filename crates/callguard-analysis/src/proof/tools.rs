//! Names of tools, in classes: names of one class come under the same contracts and declarations.

use super::operands::Operands;
use super::side::{Side, Sides};
use super::text::{Bounds, Pattern, partition};
use callguard_engine::policy::model::{Condition, Policy, Selector, ToolGlob};
use std::collections::BTreeMap;

const BOUNDS: Bounds = Bounds { steps: 60_000_000, classes: 20_000 };

/// Names that a person might give a tool that no policy names.
const UNHEARD: &[&str] = &["some_tool", "mcp__some__tool", "tool", "x"];

/// One name of every class; `None` where they are too many to be told apart.
pub(crate) fn names(sides: &Sides<'_>) -> Option<Vec<String>> {
    let mut operands = Operands::default();
    for side in Side::BOTH {
        for (_, policy) in sides.policies(side) {
            add_policy(policy, &mut operands);
        }
    }
    let plain = Pattern::Regex { pattern: r"\A[!-~]+\z".to_owned(), ignore_case: false };
    let mut patterns: Vec<Pattern> = operands.patterns.into_iter().filter(|pattern| *pattern != plain).collect();
    patterns.push(plain);
    patterns.extend(
        UNHEARD
            .iter()
            .map(|name| Pattern::Exactly((*name).to_owned()))
            .filter(|name| !patterns.contains(name))
            .collect::<Vec<_>>(),
    );
    let width = patterns
        .iter()
        .position(|pattern| matches!(pattern, Pattern::Regex { pattern, .. } if pattern == r"\A[!-~]+\z"))?;
    let mut best: BTreeMap<Vec<bool>, (bool, usize, String)> = BTreeMap::new();
    for class in partition(&patterns, BOUNDS)? {
        let is_plain = class.holds.get(width).copied().unwrap_or_default();
        if class.shortest.trim() != class.shortest
            || class.shortest.is_empty()
            || class.shortest.chars().any(char::is_control)
        {
            continue;
        }
        let mut key = class.holds;
        key.truncate(width);
        let rank = UNHEARD.iter().position(|name| *name == class.shortest).unwrap_or(UNHEARD.len());
        let candidate = (!is_plain, rank, class.shortest);
        match best.get(&key) {
            Some(known) if *known <= candidate => {}
            _ => drop(best.insert(key, candidate)),
        }
    }
    let mut names: Vec<String> = best.into_values().map(|(_, _, name)| name).collect();
    names.sort_unstable();
    Some(names)
}

fn add_policy(policy: &Policy, operands: &mut Operands) {
    let mut globs: Vec<&ToolGlob> = policy.tools.iter().flat_map(|tool| &tool.names).collect();
    for contract in &policy.contracts {
        globs.extend(contract.tools.include.iter().chain(&contract.tools.exclude));
        let unless = contract.terms.iter().flat_map(|dated| &dated.terms.unless);
        let leaves = std::iter::once(&contract.when).chain(unless).flat_map(Condition::leaves);
        leaves.filter(|leaf| leaf.selector == Selector::Tool).for_each(|leaf| operands.add(leaf));
    }
    operands.patterns.extend(globs.into_iter().map(pattern));
    if policy.catalog {
        let catalog = callguard_engine::call::catalog::builtin();
        operands.patterns.extend(catalog.iter().flat_map(|tool| &tool.names).map(pattern));
    }
}

fn pattern(glob: &ToolGlob) -> Pattern {
    match glob.is_literal() {
        true => Pattern::Exactly(glob.as_str().to_owned()),
        false => Pattern::Glob(glob.as_str().to_owned()),
    }
}
