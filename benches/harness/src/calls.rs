//! The calls that are decided.

use crate::TOOL;
use crate::rules::Field;
use serde_json::{Map, Value, json};

/// A call as plain data.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The tool.
    pub tool: String,
    /// `args.command`
    pub command: Option<String>,
    /// `args.path`
    pub path: Option<String>,
    /// `args.host`
    pub host: Option<String>,
    /// `args.content`
    pub content: Option<String>,
    /// `args.amount`
    pub amount: Option<u64>,
    /// `environment`
    pub environment: String,
    /// `principal.role`
    pub role: String,
}

impl Call {
    /// What an operator's agent does all day; no rule applies.
    pub fn usual() -> Call {
        Call {
            tool: TOOL.to_owned(),
            command: Some("kubectl delete pod billing-api-7d4f --namespace billing-production".to_owned()),
            path: Some("/srv/releases/billing-api/config/settings.toml".to_owned()),
            host: Some("billing-api.eu-west-1.internal.example".to_owned()),
            content: None,
            amount: Some(1_200),
            environment: "production".to_owned(),
            role: "sre".to_owned(),
        }
    }

    /// What the first rule forbids.
    pub fn forbidden() -> Call {
        let command = "kubectl delete namespace billing-production --wait=false";
        Call { command: Some(command.to_owned()), ..Call::usual() }
    }

    /// What the first rule would forbid elsewhere: it comes into question, and does not apply.
    pub fn in_question() -> Call {
        Call { environment: "staging".to_owned(), ..Call::forbidden() }
    }

    /// Writes a large text.
    pub fn writing(content: String) -> Call {
        Call { content: Some(content), ..Call::usual() }
    }

    /// A tool that reads `path`.
    pub fn reading(path: &str) -> Call {
        Call {
            tool: "read_file".to_owned(),
            path: Some(path.to_owned()),
            environment: "production".to_owned(),
            role: "sre".to_owned(),
            ..Call::default()
        }
    }

    /// The text of a field.
    pub fn text(&self, field: Field) -> Option<&str> {
        match field {
            Field::Command => self.command.as_deref(),
            Field::Path => self.path.as_deref(),
            Field::Host => self.host.as_deref(),
            Field::Content => self.content.as_deref(),
            Field::Amount => None,
            Field::Environment => Some(&self.environment),
            Field::Role => Some(&self.role),
        }
    }

    /// How many bytes of text rules may look at.
    pub fn bytes(&self) -> usize {
        crate::rules::FIELDS.into_iter().filter_map(|field| self.text(field)).map(str::len).sum()
    }

    /// The arguments as JSON.
    pub fn args(&self) -> Value {
        let fields = [Field::Command, Field::Path, Field::Host, Field::Content];
        let mut args = Map::new();
        for field in fields {
            if let (Some(text), Some(key)) = (self.text(field), field.selector().strip_prefix("args.")) {
                args.insert(key.to_owned(), json!(text));
            }
        }
        args.extend(self.amount.map(|amount| ("amount".to_owned(), json!(amount))));
        Value::Object(args)
    }

    /// The whole call as a client sends it.
    pub fn json(&self) -> Value {
        json!({
            "tool": self.tool,
            "args": self.args(),
            "environment": self.environment,
            "principal": { "user_id": "deploy-bot", "role": self.role },
            "session_id": "0f8fad5b-d9cb-469f",
        })
    }
}
