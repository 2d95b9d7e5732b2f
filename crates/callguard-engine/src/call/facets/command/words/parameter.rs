//! `${…}` beyond a plain name, where what it comes to can be told.

use super::{Open, Variables, Word};

/// What stands between the braces.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parameter<'a> {
    /// `${X}`
    Plain(&'a str),
    /// `${#X}`: a number.
    Length,
    /// `${X%pattern}`, `${X##pattern}`.
    Cut {
        name: &'a str,
        operator: &'a str,
        pattern: &'a str,
    },
    /// `${X[@]}`
    All,
    /// `${X[0]}`
    Element {
        name: &'a str,
        index: &'a str,
    },
    /// `${X:-word}`
    Default {
        name: &'a str,
        word: &'a str,
    },
    /// `${X@P}`, `${!X}`: what it comes to may be run.
    Indirect,
    Other,
}

pub(super) fn parse(inner: &str) -> Parameter<'_> {
    let all = |text: &str| text.strip_suffix("[@]").or_else(|| text.strip_suffix("[*]")).is_some_and(is_name);
    if inner.strip_prefix('#').is_some_and(|name| is_name(name) || all(name)) {
        return Parameter::Length;
    }
    if all(inner) || matches!(inner, "@" | "*") {
        return Parameter::All;
    }
    if inner.ends_with("@P") {
        return Parameter::Indirect;
    }
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inner.len());
    let Some((name, rest)) = inner.split_at_checked(end).filter(|(name, _)| !name.is_empty()) else {
        return Parameter::Other;
    };
    if rest.is_empty() {
        return Parameter::Plain(name);
    }
    if let Some(index) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
        && !index.is_empty()
        && index.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Parameter::Element { name, index };
    }
    for operator in ["%%", "%", "##", "#"] {
        if let Some(pattern) = rest.strip_prefix(operator) {
            return Parameter::Cut { name, operator, pattern };
        }
    }
    match rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')) {
        Some(word) => Parameter::Default { name, word },
        None => Parameter::Other,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What a cut leaves of a variable.
pub(super) fn cut(value: &Word, operator: &str, pattern: &str) -> Option<Word> {
    let literal = |pattern: &str| !pattern.contains(['*', '?', '[', '\\', '\'', '"', '$', '`']);
    let text = match value.open {
        None => value.text.as_str(),
        Some(Open::Pattern) => value.glob.as_deref().filter(|glob| !glob.contains(['[', '\\']))?,
        _ => return None,
    };
    let left = match (operator, pattern) {
        ("%" | "%%", pattern) if literal(pattern) => match text.strip_suffix(pattern) {
            Some(left) => left,
            // A pattern that ends in a `*` may end in it too.
            None if value.open.is_some() && text.ends_with(['*', '?']) => return None,
            None => text,
        },
        ("%", ".*") => text.rsplit_once('.').map_or(text, |(left, _)| left),
        ("%%", ".*") if value.open.is_none() => text.split_once('.').map_or(text, |(left, _)| left),
        ("%", "/*") => text.rsplit_once('/').map_or(text, |(left, _)| left),
        ("##", "*/") => text.rsplit('/').next()?,
        ("##", "*.") if value.open.is_none() => text.rsplit('.').next()?,
        ("#" | "##", pattern) if literal(pattern) && !text.starts_with(['*', '?']) => {
            let left = text.strip_prefix(pattern).unwrap_or(text);
            // The rest of a name may start with a dot, or be nothing but dots.
            if value.open.is_some() && left.starts_with(['*', '?', '.']) && !pattern.ends_with('/') {
                return None;
            }
            left
        }
        _ => return None,
    };
    Some(if value.open.is_none() {
        Word::literal(left)
    } else if left.contains(['*', '?']) {
        let known = left.split(['*', '?']).next().unwrap_or_default();
        Word {
            text: known.into(),
            open: Some(Open::Pattern),
            glob: Some(left.into()),
            has_slash: left.contains('/'),
            many: false,
        }
    } else {
        Word::literal(left)
    })
}

/// Whether arithmetic over these variables can run nothing: no index, no substitution, no variable that holds code.
pub(in super::super) fn is_plain_arithmetic(text: &str, variables: &Variables) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_ \t\n+-*/%<>=!&|^~?:(),$#{}".contains(c);
    text.chars().all(plain)
        && is_balanced(text)
        && !text.contains("$(")
        && text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').all(|name| match variables.get(name) {
            None => true,
            Some(Some(value)) => value.is_number() || value.known().is_some_and(|text| !text.contains(['[', '$', '`'])),
            Some(None) => false,
        })
}

/// `$((a) && (b))` holds two groups, and what stands between its ends is no expression.
fn is_balanced(text: &str) -> bool {
    let depth = text.chars().try_fold(0_usize, |depth, c| match c {
        '(' => depth.checked_add(1),
        ')' => depth.checked_sub(1),
        _ => Some(depth),
    });
    depth == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts() {
        let known =
            |text: &str, operator: &str, pattern: &str| cut(&Word::literal(text), operator, pattern).unwrap().text;
        assert_eq!(known("a.txt", "%", ".txt"), "a");
        assert_eq!(known("a.b.txt", "%", ".*"), "a.b");
        assert_eq!(known("a.b.txt", "%%", ".*"), "a");
        assert_eq!(known("/x/y.txt", "##", "*/"), "y.txt");
        assert_eq!(known("/x/y", "%", "/*"), "/x");
        assert_eq!(known("/home/a", "%", "/"), "/home/a");
        let glob = Word { open: Some(Open::Pattern), glob: Some("*.txt".into()), ..Word::default() };
        assert_eq!(cut(&glob, "%", ".txt").unwrap().glob.as_deref(), Some("*"));
        assert_eq!(cut(&glob, "%", "?"), None);
    }
}
