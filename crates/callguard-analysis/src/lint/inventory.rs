//! The tools that there are, as a server or a program lists them.

use serde_json::Value as Json;

/// Tools with their input schemas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// The tools, in the order that they were listed in.
    pub tools: Vec<InventoryTool>,
}

/// A tool of an inventory.
#[derive(Clone, Debug, PartialEq)]
pub struct InventoryTool {
    /// Its name.
    pub name: String,
    /// The JSON Schema of its arguments, if it says one.
    pub schema: Option<Json>,
}

impl Inventory {
    /// Reads a list of tools: what an MCP server answers to `tools/list`, or what a model is given, as OpenAI and Anthropic
    /// have it. A list of names will do.
    ///
    /// # Errors
    /// The text is not JSON, or not such a list: one sentence says what.
    pub fn read(text: &str) -> Result<Inventory, String> {
        let json: Json = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        Inventory::of(&json).ok_or_else(|| "it is not a list of tools, each with a `name`".to_owned())
    }

    /// The same of JSON that was read; `None` where it is not a list of tools.
    pub fn of(json: &Json) -> Option<Inventory> {
        let list = ["result", "tools"].iter().fold(json, |json, key| json.get(key).unwrap_or(json));
        let tools: Option<Vec<InventoryTool>> = list.as_array()?.iter().map(tool).collect();
        Some(Inventory { tools: tools? })
    }
}

fn tool(json: &Json) -> Option<InventoryTool> {
    if let Some(name) = json.as_str() {
        return Some(InventoryTool { name: name.to_owned(), schema: None });
    }
    let json = json.get("function").unwrap_or(json);
    let name = json.get("name")?.as_str()?.to_owned();
    let schema = ["inputSchema", "input_schema", "parameters"].iter().find_map(|key| json.get(key));
    Some(InventoryTool { name, schema: schema.filter(|schema| schema.is_object()).cloned() })
}

/// What a schema says of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known<'a> {
    /// There is never one.
    Absent,
    /// There may be one, described so.
    Described(&'a Json),
    /// Nothing.
    Nothing,
}

/// What the schema says of what stands under a key.
pub(crate) fn under<'a>(schema: &'a Json, key: &str) -> Known<'a> {
    // What is put together of several is not looked into.
    if ["$ref", "allOf", "anyOf", "oneOf", "if", "patternProperties"].iter().any(|word| schema.get(word).is_some()) {
        return Known::Nothing;
    }
    let Some(properties) = schema.get("properties").and_then(Json::as_object) else { return Known::Nothing };
    let more = schema.get("additionalProperties").is_some_and(|more| more != &Json::Bool(false));
    match properties.get(key) {
        Some(found) => Known::Described(found),
        None if more => Known::Nothing,
        None => Known::Absent,
    }
}

/// The types that a schema takes; `None` where it does not say.
pub(crate) fn types(schema: &Json) -> Option<Vec<&str>> {
    match schema.get("type")? {
        Json::String(one) => Some(vec![one]),
        Json::Array(several) => several.iter().map(Json::as_str).collect(),
        _ => None,
    }
}
