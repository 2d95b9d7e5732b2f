//! Arrays, and the arguments of functions and scripts, which are one without a name: `${X[@]}`, `"$@"`.
//!
//! Each element is a variable of its own, `X[0]`; how many there are is the variable `X[@]`.

use super::{Variables, Word};

/// The variable that holds an element.
pub(in super::super) fn element_name(name: &str, at: usize) -> String {
    format!("{name}[{at}]")
}

/// How many elements an array has, if that is known.
pub(in super::super) fn count_of(name: &str, variables: &Variables) -> Option<usize> {
    variables.get(&format!("{name}[@]"))?.as_ref()?.known()?.parse().ok()
}

/// `${X[0]}`: one element, none before it being several words.
pub(super) fn at(name: &str, index: &str, variables: &Variables) -> Option<Word> {
    let index: usize = index.parse().ok()?;
    if index >= count_of(name, variables)? {
        return None;
    }
    let alone = |at: usize| variables.get(&element_name(name, at))?.as_ref().filter(|element| element.open.is_none());
    (0..index).all(|at| alone(at).is_some()).then(|| alone(index)).flatten().cloned()
}

/// The words that a source comes to which is an array and nothing else. `None`: it is not, or not all of it is known.
pub(super) fn all(source: &str, variables: &Variables) -> Option<Vec<Word>> {
    let inner = source.strip_prefix('"').and_then(|source| source.strip_suffix('"'));
    let name = name_of_all(inner.unwrap_or(source), inner.is_some())?;
    let element = |at: usize| variables.get(&element_name(name, at))?.clone();
    let words: Vec<Word> = (0..count_of(name, variables)?).map(element).collect::<Option<_>>()?;
    let splits = |word: &Word| {
        word.known().is_some_and(|text| text.is_empty() || text.contains([' ', '\t', '\n', '*', '?', '[', '\\']))
    };
    (inner.is_some() || !words.iter().any(splits)).then_some(words)
}

/// The array of which a source gives all elements; between quotes a `*` joins them.
fn name_of_all(source: &str, quoted: bool) -> Option<&str> {
    let of = |sign: &str| match source {
        _ if source.strip_prefix('$') == Some(sign) => Some(""),
        _ => {
            let inner = source.strip_prefix("${")?.strip_suffix('}')?;
            if inner == sign {
                return Some("");
            }
            let name = inner.strip_suffix(']')?.strip_suffix(sign)?.strip_suffix('[')?;
            let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            plain.then_some(name)
        }
    };
    of("@").or_else(|| if quoted { None } else { of("*") })
}
