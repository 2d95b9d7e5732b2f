//! What leaves are called: leaves of one name have one truth, whatever it is.

use callguard_engine::decide::{Direction, Reading};
use callguard_engine::policy::model::{Leaf, Quantifier};
use callguard_engine::value::{Decimal, Number, Object, Value, write_json};

/// The name of a leaf, however it is written, where it sees `context`.
pub(crate) fn of_leaf(leaf: &Leaf, reading: Reading, context: &str) -> String {
    let written = match canonical(&leaf.written) {
        object @ Value::Object(_) => object,
        list @ Value::List(_) => operator("in", list),
        scalar => operator("equals", scalar),
    };
    name(leaf, &written, reading, context)
}

fn name(leaf: &Leaf, written: &Value, reading: Reading, context: &str) -> String {
    format!("{} {:?} {} {reading:?} {context}", leaf.selector, leaf.quantifier, write_json(written))
}

fn operator(name: &str, operand: Value) -> Value {
    let mut object = Object::default();
    object.insert(name, operand);
    Value::Object(object)
}

/// The same with each number as it is written shortest.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let shortest = Decimal::try_from(number).ok().and_then(|decimal| Number::parse(&decimal.to_string()));
            Value::Number(shortest.unwrap_or_else(|| number.clone()))
        }
        Value::List(items) => Value::List(items.iter().map(canonical).collect()),
        Value::Object(object) => {
            object.iter().map(|(key, value)| (key.to_owned(), canonical(value))).collect::<Object>().into()
        }
        other => other.clone(),
    }
}

/// A leaf whose truth is that of leaves with one operand each.
pub(crate) struct Split {
    pub(crate) names: Vec<String>,
    /// Whether one of them suffices; else all must hold.
    pub(crate) any: bool,
}

/// Operators that, read as what restricts, hold of a value if they hold of it for one of their operands.
const DISTRIBUTE: &[&str] = &["under", "path_like", "runs", "domain"];

/// The leaf as leaves of one operand each, where its meaning allows that: some value for some operand, or, negated, every
/// value for no operand.
pub(crate) fn split(leaf: &Leaf, reading: Reading, context: &str) -> Option<Split> {
    let Value::Object(object) = &leaf.written else { return None };
    let mut entries = object.iter();
    let ((key, operands), None) = (entries.next()?, entries.next()) else { return None };
    let positive = key.strip_prefix("not_").unwrap_or(key);
    let operands: Vec<&Value> = match operands {
        Value::List(items) => items.iter().collect(),
        one => vec![one],
    };
    let excludes = operands.iter().any(|operand| operand.as_str().is_none_or(|text| text.starts_with('!')));
    if !DISTRIBUTE.contains(&positive) || excludes {
        return None;
    }
    let any = positive == key;
    let fits = match (any, reading.direction) {
        (true, Direction::Restricting) => leaf.quantifier != Some(Quantifier::Every),
        (false, Direction::Excusing) => leaf.quantifier != Some(Quantifier::Some),
        _ => false,
    };
    let each = operands.into_iter().map(|operand| name(leaf, &operator(key, operand.clone()), reading, context));
    fits.then(|| Split { names: each.collect(), any })
}
