//! What the writers of one policy set share.

use crate::pool::Pool;
use callguard_engine::decide::Operators;
use callguard_engine::value::Value;
use std::sync::{Arc, LazyLock};

/// What policies are written with.
pub(crate) struct Writer<'a> {
    /// The constants.
    pub(crate) pool: &'a Pool,
    /// Whether facts are declared.
    pub(crate) facts: bool,
    /// Whether `$words` and `$numbers` are defined.
    pub(crate) defines: bool,
    /// The type that each argument is declared with, by the place in `ARGUMENTS`.
    pub(crate) arg_types: Vec<&'static str>,
}

/// The operators of the host, as policies name them.
pub(crate) const HOST_OPERATORS: [&str; 2] = ["x_same", "x_even"];

/// The same, as the engine calls them.
pub(crate) fn host_operators() -> Arc<Operators> {
    static OPERATORS: LazyLock<Arc<Operators>> = LazyLock::new(|| {
        let mut operators = Operators::default();
        for (name, operator) in [(HOST_OPERATORS[0], same as fn(&_, &_) -> _), (HOST_OPERATORS[1], even)] {
            operators.register(name, Arc::new(operator)).expect("its name starts with `x_`");
        }
        Arc::new(operators)
    });
    Arc::clone(&OPERATORS)
}

fn same(value: &Value, operand: &Value) -> Option<bool> {
    matches!(value, Value::String(_)).then(|| value == operand)
}

fn even(value: &Value, operand: &Value) -> Option<bool> {
    match (value, operand) {
        (Value::Number(number), Value::Bool(even)) => Some((number.as_u64()? % 2 == 0) == *even),
        _ => None,
    }
}
