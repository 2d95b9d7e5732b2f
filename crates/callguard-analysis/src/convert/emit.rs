//! A policy as YAML that people go on with: what is short on one line, the rest in blocks, notes above what they are about.

use super::{Note, wrapped};
use serde_json::Value as Json;

/// How wide a line is before it becomes a block, and a note several lines.
const WIDTH: usize = 110;

/// The document, the levels of its blocks, and the contracts in them, always in blocks.
const BLOCKS: usize = 4;

/// A document with its notes.
pub(super) fn document(policy: &Json, from: &str, notes: &[Note]) -> String {
    let mut out = format!("# Converted from {from} by `callguard convert`.\n");
    let ids = contracts(policy);
    let of_all = notes.iter().filter(|note| note.of.as_ref().is_none_or(|of| !ids.contains(&of.as_str())));
    of_all.for_each(|note| comment(note, 0, &mut out));
    Emit { notes, out: &mut out }.entries(policy, 0, BLOCKS);
    out
}

fn contracts(policy: &Json) -> Vec<&str> {
    let spec = policy.get("spec").and_then(Json::as_object);
    let lists = spec.into_iter().flat_map(serde_json::Map::values).filter_map(Json::as_array);
    lists.flatten().filter_map(|contract| contract.get("id")?.as_str()).collect()
}

fn comment(note: &Note, indent: usize, out: &mut String) {
    for (number, line) in wrapped(&note.text, WIDTH.saturating_sub(indent)).into_iter().enumerate() {
        let lead = if number == 0 { "Note: " } else { "" };
        out.push_str(&format!("{:indent$}# {lead}{line}\n", ""));
    }
}

struct Emit<'a> {
    notes: &'a [Note],
    out: &'a mut String,
}

impl Emit<'_> {
    /// The entries of a mapping, one below the other. Depth is that of what was read, which its reader bounds.
    fn entries(&mut self, map: &Json, indent: usize, blocks: usize) {
        for (key, value) in map.as_object().into_iter().flatten() {
            self.entry(key, value, indent, blocks);
        }
    }

    fn entry(&mut self, key: &str, value: &Json, indent: usize, blocks: usize) {
        self.out.push_str(&format!("{:indent$}{}:", "", scalar(key)));
        let short = line(value);
        let fits = indent.saturating_add(key.len()).saturating_add(short.len()) < WIDTH;
        match value {
            Json::Object(map) if !map.is_empty() && (blocks > 1 || !fits) => {
                self.out.push('\n');
                self.entries(value, indent.saturating_add(2), blocks.saturating_sub(1));
            }
            Json::Array(items) if items.iter().any(Json::is_object) && blocks > 1 || value.is_array() && !fits => {
                self.out.push('\n');
                let items = value.as_array().into_iter().flatten();
                items.for_each(|item| self.item(item, indent.saturating_add(2), blocks.saturating_sub(1)));
            }
            _ => self.out.push_str(&format!(" {short}\n")),
        }
    }

    fn item(&mut self, item: &Json, indent: usize, blocks: usize) {
        let id = item.get("id").and_then(Json::as_str);
        if id.is_some() {
            let of = self.notes.iter().filter(|note| note.of.as_deref() == id);
            of.for_each(|note| comment(note, indent, self.out));
        }
        let short = line(item);
        if !item.is_object() || short == "{}" || blocks == 0 && indent.saturating_add(short.len()) < WIDTH {
            self.out.push_str(&format!("{:indent$}- {short}\n", ""));
            return;
        }
        let start = self.out.len();
        self.entries(item, indent.saturating_add(2), blocks.saturating_sub(1));
        // The first key stands behind the dash.
        self.out.replace_range(start.saturating_add(indent)..start.saturating_add(indent).saturating_add(1), "-");
    }
}

/// A value on one line.
pub(super) fn line(value: &Json) -> String {
    match value {
        Json::Object(map) if map.is_empty() => "{}".to_owned(),
        Json::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{}: {}", scalar(key), line(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", ")),
        Json::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// Plain where everyone reads the same text, in single quotes where that keeps backslashes as they are, else as in JSON.
fn scalar(text: &str) -> String {
    let starts = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/');
    let plain =
        text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-./ ".contains(letter)) && !text.ends_with(' ');
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if starts && plain && !words.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    if text.contains(['\\', '"']) && !text.chars().any(char::is_control) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    Json::from(text).to_string()
}
