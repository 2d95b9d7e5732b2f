//! A document with one thing changed, written as JSON, which is YAML.

use callguard_engine::source::{Entry, Node, NodeKind, Scalar};

/// What is done to a node, or to the entry that it is the value of.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    /// It is not there.
    Remove,
    /// The entry has another key.
    Key(&'static str),
    /// It is another plain scalar.
    Scalar(String),
    /// An entry comes before the others of the mapping.
    Insert(&'static str, &'static str),
    /// It becomes the value of the only entry of a mapping.
    Under(&'static str),
    /// The mapping of one entry becomes what that is about.
    Unwrap,
}

/// The edit, and the way to it from here.
type Here<'e> = Option<(&'e [usize], &'e Edit)>;

/// The node as text. Depth is that of the document, which its reader bounds.
pub(super) fn written(node: &Node, here: Here<'_>) -> String {
    let mut out = String::new();
    write(node, here, &mut out);
    out
}

fn write(node: &Node, here: Here<'_>, out: &mut String) {
    match here {
        Some(([], Edit::Scalar(text))) => out.push_str(text),
        Some(([], Edit::Under(key))) => {
            out.push_str(&format!("{{\"{key}\": "));
            write_as_is(node, None, out);
            out.push('}');
        }
        Some(([], Edit::Unwrap)) => {
            if let Some(entry) = node.as_map().and_then(<[Entry]>::first) {
                write(&entry.value, None, out);
            }
        }
        _ => write_as_is(node, here, out),
    }
}

fn write_as_is(node: &Node, here: Here<'_>, out: &mut String) {
    match &node.kind {
        NodeKind::Scalar(scalar) => write_scalar(scalar, out),
        NodeKind::List(items) => {
            let kept = items.iter().enumerate().filter(|(at, _)| !is_removed(*at, here));
            enclosed('[', kept, ']', out, |(at, item), out| write(item, within(at, here), out));
        }
        NodeKind::Map(entries) => {
            let kept = entries.iter().enumerate().filter(|(at, _)| !is_removed(*at, here));
            out.push('{');
            if let Some(([], Edit::Insert(key, value))) = here {
                out.push_str(&format!("\"{key}\": {value}, "));
            }
            separated(kept, out, |(at, entry), out| {
                let inner = within(at, here);
                let key = match inner {
                    Some(([], Edit::Key(key))) => key,
                    _ => entry.key.as_str(),
                };
                out.push_str(&quoted(key));
                out.push_str(": ");
                write(&entry.value, inner, out);
            });
            out.push('}');
        }
    }
}

fn enclosed<T>(
    open: char,
    items: impl Iterator<Item = T>,
    close: char,
    out: &mut String,
    each: impl FnMut(T, &mut String),
) {
    out.push(open);
    separated(items, out, each);
    out.push(close);
}

fn separated<T>(items: impl Iterator<Item = T>, out: &mut String, mut each: impl FnMut(T, &mut String)) {
    for (number, item) in items.enumerate() {
        if number > 0 {
            out.push_str(", ");
        }
        each(item, out);
    }
}

/// The rest of the way, where it goes by this child.
fn within<'e>(child: usize, here: Here<'e>) -> Here<'e> {
    let (path, edit) = here?;
    let (first, rest) = path.split_first()?;
    (*first == child).then_some((rest, edit))
}

fn is_removed(child: usize, here: Here<'_>) -> bool {
    matches!(within(child, here), Some(([], Edit::Remove)))
}

/// Plain numbers, booleans and nulls stay plain, so that they stay what they are.
fn write_scalar(scalar: &Scalar, out: &mut String) {
    let is_plain = scalar.as_number().is_some() || scalar.as_bool().is_some() || scalar.is_null();
    if is_plain && !scalar.text.is_empty() {
        out.push_str(&scalar.text);
    } else if is_plain {
        out.push_str("null");
    } else {
        out.push_str(&quoted(&scalar.text));
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;
    use callguard_engine::source::{Sources, read_documents};

    fn edited(text: &str, path: &[usize], edit: &Edit) -> String {
        let mut sources = Sources::default();
        let file = sources.add("x.yaml", text);
        let (documents, found) = read_documents(&sources, file);
        assert!(found.is_empty(), "{found:?}");
        written(&documents[0], Some((path, edit)))
    }

    #[test]
    fn one_thing_is_changed_and_the_rest_says_the_same() {
        let text = "a: [1, x, 'true', null]\nb: { c: 0x10, d: \"\\t\\\"\" }\n";
        let all = r#"{"a": [1, "x", "true", null], "b": {"c": 0x10, "d": "\t\""}}"#;
        assert_eq!(edited(text, &[9], &Edit::Remove), all);
        assert_eq!(edited(text, &[0, 1], &Edit::Remove), all.replace(r#", "x""#, ""));
        assert_eq!(edited(text, &[1, 0], &Edit::Scalar("17".to_owned())), all.replace("0x10", "17"));
        assert_eq!(edited(text, &[1, 0], &Edit::Key("e")), all.replace(r#""c""#, r#""e""#));
        assert_eq!(edited(text, &[1], &Edit::Insert("e", "yes")), all.replace(r#"{"c""#, r#"{"e": yes, "c""#));
        assert_eq!(edited(text, &[1, 0], &Edit::Under("e")), all.replace("0x10", r#"{"e": 0x10}"#));
        assert_eq!(edited("a: { b: [c] }", &[0], &Edit::Unwrap), r#"{"a": ["c"]}"#);
        assert_eq!(edited(text, &[1], &Edit::Remove), r#"{"a": [1, "x", "true", null]}"#);
    }
}
