//! What a contract looks at.

use crate::policy::model::{
    Condition, Contract, Counted, FieldPath, Leaf, Operand, PerPart, Piece, Policy, Segment, Selector, SessionField,
    Terms, Test, TextPattern,
};

/// Every selector that judging the contract may look at: conditions, operands, its limit and its message.
fn selectors<'a>(contract: &'a Contract, terms: &'a Terms) -> Vec<&'a Selector> {
    let conditions = std::iter::once(&contract.when).chain(&terms.unless);
    let mut found: Vec<&Selector> = conditions.flat_map(of_condition).collect();
    found.extend(terms.message.pieces.iter().filter_map(|piece| match piece {
        Piece::Field(selector) => Some(selector),
        Piece::Text(_) => None,
    }));
    if let Some(limit) = &terms.limit {
        found.extend(limit.per.iter().filter_map(|part| match part {
            PerPart::Field(selector) => Some(selector),
            PerPart::Session | PerPart::Tool => None,
        }));
        if let Counted::Sum { of, .. } = &limit.counted {
            found.push(of);
        }
    }
    found
}

fn of_condition(condition: &Condition) -> Vec<&Selector> {
    condition.leaves().into_iter().flat_map(of_leaf).collect()
}

/// What a leaf looks at: its own selector, and the fields that it is compared with.
pub(super) fn of_leaf(leaf: &Leaf) -> Vec<&Selector> {
    std::iter::once(&leaf.selector).chain(leaf.tests.iter().flat_map(of_test)).collect()
}

fn of_test(test: &Test) -> Vec<&Selector> {
    let field = |operand: &'_ Operand| -> bool { matches!(operand, Operand::Field(_)) };
    match test {
        Test::Equals(operands)
        | Test::In(operands)
        | Test::Contains(operands)
        | Test::ContainsAll(operands)
        | Test::ContainsNone(operands) => {
            operands.positive.iter().filter(|one| field(one)).filter_map(of_operand).collect()
        }
        Test::Order(_, operand) => of_operand(operand).into_iter().collect(),
        Test::Text(_, patterns) => {
            let fields = patterns.positive.iter().filter_map(|pattern| match pattern {
                TextPattern::Field(selector) => Some(selector),
                _ => None,
            });
            fields.collect()
        }
        _ => Vec::new(),
    }
}

fn of_operand(operand: &Operand) -> Option<&Selector> {
    match operand {
        Operand::Field(selector) => Some(selector),
        Operand::Literal(_) => None,
    }
}

/// The facts that the contract looks at and that the policy declares.
pub(crate) fn facts(policy: &Policy, contract: &Contract, terms: &Terms) -> Vec<String> {
    let named = selectors(contract, terms).into_iter().filter_map(|selector| match selector {
        Selector::Facts(FieldPath { segments }) => match segments.first() {
            Some(Segment::Key(name)) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    });
    named.filter(|name| policy.facts.contains_key(name)).collect()
}

/// Whether the contract looks at what another call of the session can change.
pub(crate) fn session(contract: &Contract, terms: &Terms) -> bool {
    selectors(contract, terms).into_iter().any(depends_on_session)
}

/// Whether the selector shows something that another call of the session can change. An attempt's own number cannot.
fn depends_on_session(selector: &Selector) -> bool {
    matches!(selector, Selector::Session(field) if *field != SessionField::Attempts)
}
