//! Paths as text: components, `.`, `..`, joining.

use smallvec::SmallVec;

/// Components of a path; the usual few never leave the stack.
pub(super) type Components<'p> = SmallVec<[&'p str; 12]>;

/// The components of an absolute path, `.`, `..`, empty ones and a trailing `/` resolved. `..` at the root stays there.
pub(super) fn components(path: &str) -> Components<'_> {
    let mut kept = Components::new();
    let mut rest = Some(path);
    while let Some(text) = rest {
        // Names are short: looking at each byte beats searching.
        let end = text.bytes().position(|byte| byte == b'/');
        let (component, after) = match end.and_then(|end| text.split_at_checked(end)) {
            Some((component, after)) => (component, after.get(1..)),
            None => (text, None),
        };
        match component {
            "" | "." => {}
            ".." => drop(kept.pop()),
            name => kept.push(name),
        }
        rest = after;
    }
    kept
}

/// The one spelling of an absolute path: `/` and its components.
pub(super) fn normalise(path: &str) -> String {
    let mut normal = String::with_capacity(path.len().saturating_add(1));
    for name in components(path) {
        normal.push('/');
        normal.push_str(name);
    }
    if normal.is_empty() {
        normal.push('/');
    }
    normal
}

/// Whether the path is spelled as [`normalise`] spells it; a name that starts with a dot may be taken for `.` or `..`.
pub(super) fn is_normal(path: &str) -> bool {
    let separators = path.bytes().zip(path.bytes().skip(1));
    path.starts_with('/')
        && !path.ends_with('/')
        && !separators.into_iter().any(|(before, after)| before == b'/' && matches!(after, b'/' | b'.'))
}

/// `path` as seen from the absolute `base`; `..` is left in place.
pub(super) fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let mut joined = String::with_capacity(base.len().saturating_add(path.len()).saturating_add(1));
    joined.push_str(base);
    joined.push('/');
    joined.push_str(path);
    joined
}
