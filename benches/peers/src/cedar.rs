//! Cedar: `forbid` policies over a context. It has no regexes.

use crate::Peer;
use anyhow::{Context as _, Result};
use callguard_bench::rules::{Field, Leaf, Rule, Test};
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityId, EntityTypeName, EntityUid, PolicySet, Request};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::str::FromStr;

struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    call: Option<(Request, Entities)>,
}

pub(crate) fn load(rules: &[Rule]) -> Result<Option<Box<dyn Peer>>> {
    let mut text = String::from("permit(principal, action, resource);\n");
    for rule in rules {
        let Some(leaves) = rule.leaves.iter().map(condition).collect::<Option<Vec<_>>>() else { return Ok(None) };
        let action = quoted(&rule.tool);
        writeln!(text, "forbid(principal, action == Action::{action}, resource) when {{ {} }};", leaves.join(" && "))?;
    }
    let policies = PolicySet::from_str(&text)?;
    Ok(Some(Box::new(Cedar { authorizer: Authorizer::new(), policies, call: None })))
}

impl Peer for Cedar {
    fn prepare(&mut self, call: &Value) -> Result<()> {
        let who = call["principal"]["user_id"].as_str().context("no user")?;
        let principal = uid("User", who)?;
        let action = uid("Action", call["tool"].as_str().context("no tool")?)?;
        let resource = uid("Environment", call["environment"].as_str().context("no environment")?)?;
        let context = json!({ "args": call["args"], "environment": call["environment"] });
        let context = Context::from_json_value(context, None)?;
        let user = json!([{ "uid": { "type": "User", "id": who }, "attrs": { "role": call["principal"]["role"] }, "parents": [] }]);
        let entities = Entities::from_json_value(user, None)?;
        self.call = Some((Request::new(principal, action, resource, context, None)?, entities));
        Ok(())
    }

    fn forbids(&mut self) -> Result<bool> {
        let (request, entities) = self.call.as_ref().context("no call was prepared")?;
        Ok(self.authorizer.is_authorized(request, &self.policies, entities).decision() == Decision::Deny)
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid> {
    Ok(EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind)?, EntityId::new(id)))
}

fn condition(leaf: &Leaf) -> Option<String> {
    let field = match leaf.field {
        Field::Role => "principal.role".to_owned(),
        field => format!("context.{}", field.selector()),
    };
    let present = match leaf.field {
        Field::Role | Field::Environment => String::new(),
        field => format!("context.args has {} && ", field.selector().trim_start_matches("args.")),
    };
    let test = match &leaf.test {
        Test::Contains(part) => format!("{field} like {}", like(&format!("*{}*", starless(part)))),
        Test::StartsWith(part) => format!("{field} like {}", like(&format!("{}*", starless(part)))),
        Test::EndsWith(part) => format!("{field} like {}", like(&format!("*{}", starless(part)))),
        Test::Like(glob) => format!("{field} like {}", like(glob)),
        Test::In(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("[{}].contains({field})", words.join(", "))
        }
        Test::Above(least) => format!("{field} > {least}"),
        Test::Matches { .. } => return None,
    };
    Some(format!("{present}{test}"))
}

/// A `*` that stands for itself, until [`like`] writes it.
fn starless(text: &str) -> String {
    text.replace('*', "\u{1}")
}

fn like(glob: &str) -> String {
    quoted(glob).replace('\u{1}', "\\*")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
