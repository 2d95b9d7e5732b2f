//! Limits: where their counters stand is a field like any other, shared by both sides where they count the same.

use super::circuit::Tri;
use super::encode::Encoder;
use super::field::Questions;
use super::place::Place;
use super::side::Of;
use super::situation::CounterName;
use callguard_engine::policy::model::{Contract, Counted, Limit, PerPart};
use callguard_engine::value::Number;
use std::collections::BTreeMap;

/// The counter of a limit, if where it stands is all that matters.
fn counter(contract: &Contract, limit: &Limit) -> Option<(CounterName, u64)> {
    let (counted, max) = match &limit.counted {
        Counted::Calls { max } => ("calls", *max),
        // This attempt is one of those that are counted.
        Counted::Attempts { max } => ("attempts", *max),
        Counted::ConsecutiveFailures { max } => ("consecutive_failures", *max),
        _ => return None,
    };
    let window = limit.window.map(|window| window.millis.to_string()).unwrap_or_default();
    let per = limit.per.iter().map(|part| match part {
        PerPart::Session => "session".to_owned(),
        PerPart::Tool => "tool".to_owned(),
        PerPart::Field(selector) => selector.to_string(),
        _ => "?".to_owned(),
    });
    let name =
        CounterName { contract: contract.id.to_string(), counted: counted.to_owned(), window, per: per.collect() };
    Some((name, max))
}

/// Adds where the counter changes what it says.
pub(crate) fn ask(contract: &Contract, limit: &Limit, asked: &mut BTreeMap<Place, Questions>) {
    if let Some((name, max)) = counter(contract, limit) {
        asked.entry(Place::Counter(name)).or_default().operands.numbers.push(Number::from(max));
    }
}

/// Whether the call goes beyond: from the counter's `max` on. Of a sum nothing is known but that equal ones are equal.
pub(crate) fn beyond<'a>(encoder: &mut Encoder<'a>, of: &Of<'a>, limit: &'a Limit) -> Tri {
    let Some((name, max)) = counter(of.contract, limit) else { return encoder.free_limit(of, limit) };
    let beyond = encoder.field_is(&Place::Counter(name.clone()), |situation| {
        situation.counters.get(&name).copied().unwrap_or_default() >= max
    });
    Tri { t: beyond, f: !beyond }
}
