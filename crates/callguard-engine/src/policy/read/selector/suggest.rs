//! What an unknown selector may have been meant to be.

use super::{SelectorError, Written};
use crate::diagnostic::{Code, did_you_mean};
use crate::policy::register::selectors::SELECTORS;

/// Words of other tools for what we call otherwise.
const ALSO_CALLED: &[(&str, &str)] = &[
    ("arguments", "args"),
    ("arg", "args"),
    ("params", "args"),
    ("parameters", "args"),
    ("input", "args"),
    ("result", "output"),
    ("response", "output"),
    ("env", "environment"),
    ("user", "principal"),
    ("claims", "principal.claims"),
    ("meta", "metadata"),
    ("fact", "facts"),
];

pub(super) fn unknown(text: &str, written: &Written) -> SelectorError {
    let error = SelectorError::whole(Code::UnknownSelector, text, format!("`{text}` is not a selector"));
    let root = written.root.as_str();
    match nearest(text, root) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None if roots().any(|known| known == root) => error.help(format!("{} has {}", quoted(root), members(root))),
        None => error.help(format!("an argument is `args.{text}`; `callguard schema Policy` lists every selector")),
    }
}

fn nearest(text: &str, root: &str) -> Option<String> {
    let known_root = roots().any(|known| known == root);
    if !known_root {
        let renamed = ALSO_CALLED.iter().find(|(other, _)| *other == root).map(|(_, ours)| *ours);
        let by_last =
            SELECTORS.iter().find(|row| row.name.rsplit('.').next() == Some(text)).map(|row| row.name.to_owned());
        let replaced = |ours: &str| text.strip_prefix(root).map(|rest| format!("{ours}{rest}"));
        return by_last
            .or_else(|| renamed.and_then(replaced))
            .or_else(|| did_you_mean(root, roots()).and_then(replaced));
    }
    let fixed =
        SELECTORS.iter().map(|row| row.name).filter(|name| name.starts_with(root) && !name.contains(['X', '[']));
    did_you_mean(text, fixed).map(str::to_owned)
}

fn roots() -> impl Iterator<Item = &'static str> {
    SELECTORS.iter().filter_map(|row| row.stem().split('.').next())
}

fn members(root: &str) -> String {
    let names: Vec<String> =
        SELECTORS.iter().filter(|row| row.stem().split('.').next() == Some(root)).map(|row| quoted(row.name)).collect();
    names.join(", ")
}

fn quoted(word: &str) -> String {
    format!("`{word}`")
}
