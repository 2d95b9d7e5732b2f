//! Paths as text: components, `.`, `..`, joining.

/// The components of an absolute path, `.`, `..`, empty ones and a trailing `/` resolved. `..` at the root stays there.
pub(super) fn components(path: &str) -> Vec<&str> {
    let mut kept = Vec::new();
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => drop(kept.pop()),
            name => kept.push(name),
        }
    }
    kept
}

/// The one spelling of an absolute path: `/` and its components.
pub(super) fn normalise(path: &str) -> String {
    format!("/{}", components(path).join("/"))
}

/// `path` as seen from the absolute `base`; `..` is left in place.
pub(super) fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("{base}/{path}") }
}
