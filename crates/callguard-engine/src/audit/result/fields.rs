//! Fields of structured results: `user.ssn`, `items[*].ssn`.

use super::CannotRedact;
use crate::policy::model::{FieldPath, Segment};
use crate::value::Value;

/// Replaces the value under `path` by `replacement`; whether there was one. Missing and null are nothing to replace.
///
/// # Errors
/// A step of the path meets a value of another type: where the field is, cannot be said.
pub(super) fn replace(root: &mut Value, path: &FieldPath, replacement: &Value) -> Result<bool, CannotRedact> {
    let mut here = vec![root];
    for segment in &path.segments {
        let mut next = Vec::new();
        for value in here {
            step(value, segment, &mut next)?;
        }
        here = next;
    }
    let mut replaced = false;
    for value in here {
        if !matches!(value, Value::Null) && value != replacement {
            *value = replacement.clone();
            replaced = true;
        }
    }
    Ok(replaced)
}

fn step<'v>(value: &'v mut Value, segment: &Segment, next: &mut Vec<&'v mut Value>) -> Result<(), CannotRedact> {
    match (value, segment) {
        (Value::Null, _) => {}
        (Value::Object(object), Segment::Key(name)) => {
            next.extend(object.iter_mut().find(|(key, _)| key == name).map(|(_, value)| value));
        }
        (Value::List(items), Segment::Index(place)) => next.extend(items.get_mut(*place)),
        (Value::List(items), Segment::Every) => next.extend(items.iter_mut()),
        _ => return Err(CannotRedact::shape()),
    }
    Ok(())
}

/// Whether a text begins as JSON with an object in it does, so that a field could be there.
pub(super) fn begins_as_object(text: &str) -> bool {
    let inner = text.trim_start_matches(|letter: char| letter == '[' || letter.is_whitespace());
    inner.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(['"', '\'']))
}
