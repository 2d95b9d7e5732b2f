//! Pins in a file, which belongs beside the policies in the repository.

use super::{Pins, PinsError, layout};
use callguard::engine::value::{JsonLimits, parse_json_with};
use callguard::{Object, Value};
use std::path::Path;

/// A file of pins at most.
const LIMITS: JsonLimits = JsonLimits { bytes: 64 << 20, depth: 80 };
const VERSION: &str = "callguard/v1";
const KIND: &str = "ToolPins";

impl Pins {
    /// Reads a file.
    ///
    /// # Errors
    /// [`PinsError::File`], [`PinsError::Form`]
    pub fn read(path: impl AsRef<Path>) -> Result<Pins, PinsError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| PinsError::File { path: path.to_owned(), source })?;
        parse(&bytes).map_err(|why| PinsError::Form { path: path.to_owned(), why })
    }

    /// Writes a file, in place of one that is there: whole, or not at all.
    ///
    /// # Errors
    /// [`PinsError::File`]
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), PinsError> {
        let path = path.as_ref();
        let beside = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = std::fs::write(&beside, self.text()).and_then(|()| std::fs::rename(&beside, path));
        written.map_err(|source| {
            // What is half written is of no use; that it may not be there is no matter.
            let _gone = std::fs::remove_file(&beside);
            PinsError::File { path: path.to_owned(), source }
        })
    }

    fn text(&self) -> String {
        let tools = self.tools().map(|(name, tool)| (name.to_owned(), Value::Object(tool.clone()))).collect();
        let whole: Object = [
            ("apiVersion".to_owned(), Value::from(VERSION)),
            ("kind".to_owned(), Value::from(KIND)),
            ("tools".to_owned(), Value::Object(tools)),
        ]
        .into_iter()
        .collect();
        let mut text = String::new();
        layout::pretty(&Value::Object(whole), 0, &mut text);
        text.push('\n');
        text
    }
}

fn parse(bytes: &[u8]) -> Result<Pins, String> {
    let read = parse_json_with(bytes, LIMITS).map_err(|error| error.to_string())?;
    let Value::Object(file) = read else { return Err("it holds no object".to_owned()) };
    for (key, wanted) in [("apiVersion", VERSION), ("kind", KIND)] {
        if file.get(key).and_then(Value::as_str) != Some(wanted) {
            return Err(format!("its `{key}` is not `{wanted}`"));
        }
    }
    let Some(Value::Object(tools)) = file.get("tools") else { return Err("it has no mapping `tools`".to_owned()) };
    let mut pins = Pins::default();
    for (name, tool) in tools.iter() {
        match tool {
            Value::Object(tool) if tool.get("name").and_then(Value::as_str) == Some(name) => {
                pins.tools.insert(name.to_owned(), tool.clone());
            }
            _ => return Err(format!("what stands under `{name}` is no definition of that tool")),
        }
    }
    Ok(pins)
}
