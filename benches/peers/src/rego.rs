//! Rego by regorus: a partial set of denials, interpreted and compiled for its virtual machine.

use crate::Peer;
use anyhow::{Result, ensure};
use callguard_bench::rules::{Leaf, Rule, Test, like_as_regex};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::utils::limits::PolicyLengthConfig;
use regorus::{Engine, Rc, Value};
use std::fmt::Write as _;
use std::num::{NonZeroU32, NonZeroUsize};

const RULE: &str = "data.ops.deny";

struct Interpreted {
    engine: Engine,
    input: Value,
}

struct Compiled {
    machine: RegoVM,
    input: Value,
}

pub(crate) fn load(rules: &[Rule]) -> Result<Option<Box<dyn Peer>>> {
    Ok(Some(Box::new(Interpreted { engine: engine(rules)?, input: Value::Undefined })))
}

pub(crate) fn load_compiled(rules: &[Rule]) -> Result<Option<Box<dyn Peer>>> {
    let entry: Rc<str> = RULE.into();
    let policy = engine(rules)?.compile_with_entrypoint(&entry)?;
    // Its instructions address so many literals and rules: beyond, it says that it cannot.
    let Ok(program) = Compiler::compile_from_policy(&policy, &[RULE]) else { return Ok(None) };
    let mut machine = RegoVM::new();
    machine.load_program(program);
    machine.set_max_instructions(usize::MAX);
    Ok(Some(Box::new(Compiled { machine, input: Value::Undefined })))
}

fn engine(rules: &[Rule]) -> Result<Engine> {
    let mut text = String::from("package ops\n");
    for rule in rules {
        let leaves = rule.leaves.iter().map(condition).collect::<Vec<_>>().join("; ");
        writeln!(text, "deny contains \"{}\" if {{ input.tool == \"{}\"; {leaves} }}", rule.id, rule.tool)?;
    }
    let mut engine = Engine::new();
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: NonZeroU32::MAX,
        max_file_bytes: NonZeroUsize::MAX,
        max_lines: NonZeroUsize::MAX,
    });
    engine.add_policy("ops.rego".to_owned(), text)?;
    // The first evaluation prepares the rules.
    engine.set_input(Value::new_object());
    engine.eval_rule(RULE.to_owned())?;
    Ok(engine)
}

impl Peer for Interpreted {
    fn prepare(&mut self, call: &serde_json::Value) -> Result<()> {
        self.input = serde_json::from_value(call.clone())?;
        Ok(())
    }

    fn forbids(&mut self) -> Result<bool> {
        self.engine.set_input(self.input.clone());
        is_found(&self.engine.eval_rule(RULE.to_owned())?)
    }
}

impl Peer for Compiled {
    fn prepare(&mut self, call: &serde_json::Value) -> Result<()> {
        self.input = serde_json::from_value(call.clone())?;
        Ok(())
    }

    fn forbids(&mut self) -> Result<bool> {
        self.machine.set_input(self.input.clone());
        is_found(&self.machine.execute()?)
    }
}

fn is_found(denials: &Value) -> Result<bool> {
    if *denials == Value::Undefined {
        return Ok(false);
    }
    let denials = denials.as_set();
    ensure!(denials.is_ok(), "the denials are no set");
    Ok(denials.is_ok_and(|denials| !denials.is_empty()))
}

fn condition(leaf: &Leaf) -> String {
    let field = format!("input.{}", leaf.field.selector());
    match &leaf.test {
        Test::Contains(part) => format!("contains({field}, {})", quoted(part)),
        Test::StartsWith(part) => format!("startswith({field}, {})", quoted(part)),
        Test::EndsWith(part) => format!("endswith({field}, {})", quoted(part)),
        Test::In(words) if words.len() == 1 => {
            format!("{field} == {}", words.iter().map(|word| quoted(word)).collect::<String>())
        }
        Test::In(words) => {
            let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
            format!("{field} in {{{}}}", words.join(", "))
        }
        Test::Above(least) => format!("{field} > {least}"),
        Test::Matches { regex, .. } => format!("regex.match(`{regex}`, {field})"),
        Test::Like(glob) => format!("regex.match(`{}`, {field})", like_as_regex(glob)),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
