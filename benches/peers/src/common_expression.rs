//! CEL: one program a rule, of those on the tool; the host loops over them.

use crate::Peer;
use anyhow::{Context as _, Result, anyhow};
use callguard_bench::rules::{Leaf, Rule, Test, like_as_regex};
use cel::{Context, Env, Program, Value, to_value};
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use std::sync::Arc;

struct Cel {
    env: Arc<Env>,
    programs: HashMap<String, Vec<Program>>,
    call: Option<(String, Context<'static, 'static>)>,
}

pub(crate) fn load(rules: &[Rule]) -> Result<Option<Box<dyn Peer>>> {
    let env = Arc::new(Env::stdlib());
    let mut programs: HashMap<String, Vec<Program>> = HashMap::new();
    for rule in rules {
        let text = rule.leaves.iter().map(condition).collect::<Vec<_>>().join(" && ");
        let program = env.compile(&text).map_err(|error| anyhow!("{text}: {error:?}"))?;
        programs.entry(rule.tool.clone()).or_default().push(program);
    }
    Ok(Some(Box::new(Cel { env, programs, call: None })))
}

impl Peer for Cel {
    fn prepare(&mut self, call: &serde_json::Value) -> Result<()> {
        let mut context = Context::with_env(Arc::clone(&self.env));
        for (key, value) in call.as_object().context("a call is an object")? {
            let value = to_value(Plain(value)).map_err(|error| anyhow!("{error:?}"))?;
            context.add_variable_from_value(key.clone(), value);
        }
        self.call = Some((call["tool"].as_str().context("no tool")?.to_owned(), context));
        Ok(())
    }

    fn forbids(&mut self) -> Result<bool> {
        let (tool, context) = self.call.as_ref().context("no call was prepared")?;
        for program in self.programs.get(tool).map_or(&[] as &[Program], Vec::as_slice) {
            match program.execute(context).map_err(|error| anyhow!("{error:?}"))? {
                Value::Bool(false) => {}
                Value::Bool(true) => return Ok(true),
                other => return Err(anyhow!("a condition is {other:?}")),
            }
        }
        Ok(false)
    }
}

/// JSON whose numbers are plain numbers: those of our serde_json keep their digits, which CEL would take for a map.
struct Plain<'a>(&'a serde_json::Value);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            serde_json::Value::Number(number) => serializer.serialize_i64(number.as_i64().unwrap_or_default()),
            serde_json::Value::Object(object) => {
                serializer.collect_map(object.iter().map(|(key, value)| (key, Plain(value))))
            }
            other => other.serialize(serializer),
        }
    }
}

fn condition(leaf: &Leaf) -> String {
    let field = leaf.field.selector();
    match &leaf.test {
        Test::Contains(part) => format!("{field}.contains({})", quoted(part)),
        Test::StartsWith(part) => format!("{field}.startsWith({})", quoted(part)),
        Test::EndsWith(part) => format!("{field}.endsWith({})", quoted(part)),
        Test::In(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("{field} in [{}]", words.join(", "))
        }
        Test::Above(least) => format!("{field} > {least}"),
        Test::Matches { regex, .. } => format!("{field}.matches({})", quoted(regex)),
        Test::Like(glob) => format!("{field}.matches({})", quoted(&like_as_regex(glob))),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
