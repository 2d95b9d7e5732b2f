//! What a tool gave back.

use crate::value::{JsonLimits, Object, Value, parse_json_with, write_json};
use std::borrow::Cow;

/// The result or the error of a run. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Output {
    /// The whole of it.
    pub value: Value,
    /// Whether the run erred.
    pub is_error: bool,
    /// How its text is found.
    pub form: OutputForm,
}

/// The form of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputForm {
    /// A string is its own text; anything else is read as the JSON that the agent sees.
    Plain,
    /// An MCP result: its text is that of its `content`.
    Mcp,
    /// An MCP result that could not be read (too large, a key twice): whatever asks for it is unknown.
    Unreadable,
}

impl Output {
    /// A result.
    pub fn success(value: impl Into<Value>) -> Output {
        Output { value: value.into(), is_error: false, form: OutputForm::Plain }
    }

    /// An error.
    pub fn error(value: impl Into<Value>) -> Output {
        Output { value: value.into(), is_error: true, form: OutputForm::Plain }
    }

    /// An MCP result as it came.
    pub fn mcp(result: Value) -> Output {
        let is_error = matches!(&result, Value::Object(object) if object.get("isError") == Some(&Value::Bool(true)));
        Output { value: result, is_error, form: OutputForm::Mcp }
    }

    /// An MCP result that could not be read; the value says why. What it is, only its bytes say.
    pub fn unreadable(reason: impl Into<String>) -> Output {
        Output { value: Value::String(reason.into()), is_error: false, form: OutputForm::Unreadable }
    }

    /// Why nothing of it can be known.
    pub fn unknown(&self) -> Option<&str> {
        if self.form == OutputForm::Unreadable { self.value.as_str() } else { None }
    }

    /// `output.text`.
    pub fn text(&self) -> Cow<'_, str> {
        match (self.form, &self.value) {
            (OutputForm::Plain | OutputForm::Unreadable, Value::String(text)) => Cow::Borrowed(text),
            (OutputForm::Plain | OutputForm::Unreadable, other) => Cow::Owned(write_json(other)),
            (OutputForm::Mcp, result) => Cow::Owned(mcp_texts(result).join("\n")),
        }
    }

    /// What `output.X` looks into: the structured result, or the object that its text is the JSON of; null if there is
    /// neither.
    pub fn structured(&self) -> Cow<'_, Value> {
        let structured = match (self.form, &self.value) {
            (OutputForm::Plain, value @ (Value::Object(_) | Value::List(_))) => Some(value),
            (OutputForm::Mcp, Value::Object(result)) => result.get("structuredContent"),
            _ => None,
        };
        match structured {
            Some(value) => Cow::Borrowed(value),
            None => Cow::Owned(parse_result(&self.text()).unwrap_or(Value::Null)),
        }
    }

    /// The same kind of result with nothing but `message` in it.
    #[must_use]
    pub fn withheld(&self, message: &str) -> Output {
        let value = match self.form {
            OutputForm::Plain => Value::from(message),
            OutputForm::Mcp | OutputForm::Unreadable => mcp_error(message),
        };
        let form = if self.form == OutputForm::Unreadable { OutputForm::Mcp } else { self.form };
        Output { value, is_error: true, form }
    }
}

fn parse_result(text: &str) -> Option<Value> {
    let limits = JsonLimits { bytes: text.len(), depth: 64 };
    let value = parse_json_with(text.as_bytes(), limits).ok()?;
    matches!(value, Value::Object(_) | Value::List(_)).then_some(value)
}

fn mcp_texts(result: &Value) -> Vec<&str> {
    let Value::Object(object) = result else { return result.strings() };
    let Some(Value::List(content)) = object.get("content") else { return result.strings() };
    content.iter().flat_map(item_texts).collect()
}

fn item_texts(item: &Value) -> Vec<&str> {
    let Value::Object(object) = item else { return item.strings() };
    let text = object.get("text").and_then(Value::as_str);
    let embedded = match object.get("resource") {
        Some(Value::Object(resource)) => resource.get("text").and_then(Value::as_str),
        _ => None,
    };
    text.into_iter().chain(embedded).collect()
}

fn mcp_error(message: &str) -> Value {
    let text = [("type".to_owned(), Value::from("text")), ("text".to_owned(), Value::from(message))];
    let content = Value::List(vec![Value::Object(Object::from_iter(text))]);
    Value::Object(Object::from_iter([("content".to_owned(), content), ("isError".to_owned(), Value::Bool(true))]))
}

impl std::fmt::Debug for Output {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Output").field("is_error", &self.is_error).field("form", &self.form).finish_non_exhaustive()
    }
}
