//! What a reservation asks of counters, in the one form that every store outside this process understands.

use callguard_engine::session::{Amount, CommitRequest, CounterKey, Ending, Lease, ReserveRequest, StoreError, Want};
use callguard_engine::value::{Decimal, Number, Value, parse_json, write_json};
use std::borrow::Cow;
use ulid::Ulid;

/// Keys beyond this are hashed: an index of PostgreSQL takes no more than 2,700 bytes.
#[cfg(any(feature = "redis", feature = "postgres"))]
const LONGEST_KEY: usize = 500;

/// One want, with what it means already worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) key: CounterKey,
    pub(super) window_millis: Option<u64>,
    /// Together with what ran and what is held this must not be more than `at_most`.
    pub(super) adds: Decimal,
    /// `None`: whatever it is, it is beyond.
    pub(super) at_most: Option<Decimal>,
    pub(super) binding: bool,
    /// Whether this is the want of its key that is held and spent.
    pub(super) holds: bool,
    pub(super) use_of: Use,
}

/// What a run does to a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It holds this while it is in flight, and spends it.
    Spends(Decimal),
    /// It adds one when it fails, and clears the counter when it succeeds.
    CountsFailures,
}

impl Use {
    /// What a call in flight holds.
    pub(super) fn held(self) -> Decimal {
        match self {
            Use::Spends(amount) => amount,
            Use::CountsFailures => Decimal::ZERO,
        }
    }

    /// What a call that nobody heard of again has spent.
    pub(super) fn lost(self) -> Decimal {
        match self {
            Use::Spends(amount) => amount,
            Use::CountsFailures => Decimal::from(1),
        }
    }
}

/// What becomes of a counter at the end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spending {
    /// It is added.
    Adds(Decimal),
    /// Everything is forgotten.
    Clears,
}

impl Ask {
    /// The wants of a request, in its order.
    pub(super) fn all(wants: &[Want]) -> Vec<Ask> {
        let holds = |place: usize, want: &Want| !wants.iter().take(place).any(|earlier| earlier.key == want.key);
        wants.iter().enumerate().map(|(place, want)| Ask::of(want, holds(place, want))).collect()
    }

    fn of(want: &Want, holds: bool) -> Ask {
        let one = Decimal::from(1);
        let (adds, at_most, use_of) = match &want.amount {
            Amount::Call { max } => (one, Some(Decimal::from(*max)), Use::Spends(one)),
            Amount::Failures { max } => (one, Some(Decimal::from(*max)), Use::CountsFailures),
            Amount::Sum { amount, at_most } => (*amount, Some(*at_most), Use::Spends(*amount)),
            // A kind of limit that these stores do not know is never within it.
            _ => (one, None, Use::Spends(Decimal::ZERO)),
        };
        let Want { key, window_millis, binding, .. } = want;
        Ask { key: key.clone(), window_millis: *window_millis, adds, at_most, binding: *binding, holds, use_of }
    }
}

/// A reservation as its holder knows it: everything that is needed to end it. A [`Lease`] is its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Unlike any other.
    pub(super) nonce: String,
    pub(super) call_id: String,
    pub(super) tool: String,
    pub(super) spent_if_lost: bool,
    pub(super) held: Vec<Held>,
}

/// One counter that a reservation holds something of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    /// The place of its want in the request.
    pub(super) place: usize,
    pub(super) key: String,
    pub(super) window_millis: Option<u64>,
    pub(super) use_of: Use,
}

impl Ticket {
    /// A new one for a request.
    pub(super) fn new(request: &ReserveRequest, asks: &[Ask]) -> Ticket {
        let held = asks.iter().enumerate().filter(|(_, ask)| ask.holds);
        Ticket {
            nonce: Ulid::new().to_string(),
            call_id: request.call.call_id.clone(),
            tool: request.call.tool.clone(),
            spent_if_lost: request.spent_if_lost,
            held: held.map(|(place, ask)| Held::new(place, ask)).collect(),
        }
    }

    pub(super) fn lease(&self) -> Lease {
        let held = self.held.iter().map(Held::to_value).collect::<Vec<_>>();
        let parts: [Value; 5] = [
            self.nonce.as_str().into(),
            self.call_id.as_str().into(),
            self.tool.as_str().into(),
            self.spent_if_lost.into(),
            held.into(),
        ];
        Lease(write_json(&Value::from(Vec::from(parts))))
    }

    /// What a lease says.
    ///
    /// # Errors
    /// It is not one of these stores'.
    pub(super) fn read(lease: &Lease) -> Result<Ticket, StoreError> {
        let value = parse_json(lease.0.as_bytes()).ok();
        value.as_ref().and_then(Ticket::of_value).ok_or_else(|| StoreError::new("the lease is not one of this store's"))
    }

    fn of_value(value: &Value) -> Option<Ticket> {
        let Value::List(parts) = value else { return None };
        let [
            Value::String(nonce),
            Value::String(call_id),
            Value::String(tool),
            Value::Bool(spent_if_lost),
            Value::List(held),
        ] = parts.as_slice()
        else {
            return None;
        };
        Some(Ticket {
            nonce: nonce.clone(),
            call_id: call_id.clone(),
            tool: tool.clone(),
            spent_if_lost: *spent_if_lost,
            held: held.iter().map(Held::of_value).collect::<Option<_>>()?,
        })
    }
}

impl Held {
    fn new(place: usize, ask: &Ask) -> Held {
        let key = ask.key.as_str().to_owned();
        Held { place, key, window_millis: ask.window_millis, use_of: ask.use_of }
    }

    fn to_value(&self) -> Value {
        let place = u64::try_from(self.place).unwrap_or(u64::MAX);
        let spends = match self.use_of {
            Use::Spends(amount) => decimal_value(amount),
            Use::CountsFailures => Value::Null,
        };
        let window = self.window_millis.map_or(Value::Null, Value::from);
        Value::from(vec![place.into(), self.key.as_str().into(), window, spends])
    }

    fn of_value(value: &Value) -> Option<Held> {
        let Value::List(parts) = value else { return None };
        let [Value::Number(place), Value::String(key), window, spends] = parts.as_slice() else { return None };
        let window_millis = match window {
            Value::Number(millis) => Some(millis.as_u64()?),
            _ => None,
        };
        let use_of = match spends {
            Value::Number(amount) => Use::Spends(Decimal::try_from(amount).ok()?),
            _ => Use::CountsFailures,
        };
        let place = usize::try_from(place.as_u64()?).ok()?;
        Some(Held { place, key: key.clone(), window_millis, use_of })
    }

    /// What the end of a run does to the counter. `late`: the lease has expired. `counted`: as lost it was counted then.
    pub(super) fn spending(&self, request: &CommitRequest, counted: bool) -> Option<Spending> {
        let actual = request.actual.get(self.place).copied().flatten();
        match (self.use_of, request.ending) {
            (Use::CountsFailures, Ending::Succeeded) => Some(Spending::Clears),
            (Use::CountsFailures, _) => (!counted).then_some(Spending::Adds(Decimal::from(1))),
            (Use::Spends(reserved), _) if counted => {
                // What it came to, less what was taken for it.
                actual?.checked_sub(reserved).filter(|rest| *rest != Decimal::ZERO).map(Spending::Adds)
            }
            (Use::Spends(reserved), _) => Some(Spending::Adds(actual.unwrap_or(reserved))),
        }
    }
}

/// A text that may be as long as its writer likes, as a key of bounded length.
#[cfg(any(feature = "redis", feature = "postgres"))]
pub(super) fn bounded(text: &str) -> Cow<'_, str> {
    use sha2::{Digest, Sha256};
    if text.len() <= LONGEST_KEY {
        return Cow::Borrowed(text);
    }
    let hash = Sha256::digest(text);
    Cow::Owned(hash.iter().fold("sha256:".to_owned(), |key, byte| format!("{key}{byte:02x}")))
}

/// A decimal as JSON.
pub(super) fn decimal_value(decimal: Decimal) -> Value {
    // INVARIANT: a decimal is written in JSON's grammar.
    Number::parse(&decimal.to_string()).map_or(Value::Null, Value::Number)
}

/// A decimal that a store wrote down.
///
/// # Errors
/// It is none: somebody else has written there.
pub(super) fn decimal(text: &str) -> Result<Decimal, StoreError> {
    let number = Number::parse(text).and_then(|number| Decimal::try_from(&number).ok());
    number.ok_or_else(|| StoreError::new("what the store holds is not a number"))
}
