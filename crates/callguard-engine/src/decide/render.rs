//! Found values as text, for explanations, messages and failed examples. Not yet redacted.

use super::scene::{Item, Values};
use crate::value::{Value, write_json};
use std::borrow::Cow;

impl Values<'_> {
    /// All values: `(none)`, one, or a list, and a mark where there may be more.
    pub(super) fn render(&self) -> String {
        let mut shown: Vec<String> = self.items.iter().map(Item::render).collect();
        if self.open.is_some() {
            shown.push("…".to_owned());
        }
        match (self.many, shown.as_slice()) {
            (_, []) => "(none)".to_owned(),
            (false, [one]) => one.clone(),
            _ => format!("[{}]", shown.join(", ")),
        }
    }
}

impl Item<'_> {
    /// The value as JSON, a facet's value by its canonical text.
    pub(super) fn render(&self) -> String {
        match self {
            Item::Missing => "(none)".to_owned(),
            Item::Unknown(_) => "(unknown)".to_owned(),
            Item::Json(value) => write_json(value),
            other => write_json(&Value::from(other.facet_text().unwrap_or_default())),
        }
    }

    /// The value as words: a string without quotes.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Item::Json(value) => value.as_str().map_or_else(|| Cow::Owned(write_json(value)), Cow::Borrowed),
            Item::Missing | Item::Unknown(_) => Cow::Owned(self.render()),
            other => Cow::Borrowed(other.facet_text().unwrap_or_default()),
        }
    }

    /// The canonical text of a facet's value.
    pub(crate) fn facet_text(&self) -> Option<&str> {
        match self {
            Item::Path(path) => Some(path.text()),
            Item::Url(url) => Some(url.text()),
            Item::Host(host) => Some(host.text()),
            Item::Command(line) => Some(line.text()),
            Item::Statement(statement) => Some(statement.text()),
            Item::Missing | Item::Unknown(_) | Item::Json(_) => None,
        }
    }
}
