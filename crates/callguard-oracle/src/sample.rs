//! The published bypasses of `spec/bypass`: calls that a policy denies, on the machine that `environment.json` draws.

use crate::judge::Judge;
use crate::{Draw, bytes_of};
use callguard_analysis::rewrite::{Ground, Written, rewrite};
use callguard_engine::call::ToolEnvelope;
use callguard_engine::call::facets::path::{FileKind, FileTree};
use callguard_engine::decide::{Effect, HostPaths};
use callguard_engine::policy::PolicyFile;
use callguard_engine::value::{Object, Value, parse_json, write_json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Bytes that a rewrite is drawn from.
const REWRITE_BYTES: usize = 512;

/// Calls that are denied, and who denies them.
pub struct Sample {
    calls: Vec<Denied>,
    machine: Machine,
}

/// A call that its policy does not allow.
struct Denied {
    id: String,
    tool: String,
    args: Object,
    judge: Judge,
    effect: Effect,
}

/// A call of the sample, written otherwise.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// The call that it was made from.
    pub id: String,
    /// What the call is now.
    pub written: Written,
    /// What was decided of the original.
    pub before: Effect,
    /// What is decided of it.
    pub now: Effect,
}

impl Rewrite {
    /// Whether it fares better than the original.
    pub fn is_weaker(&self) -> bool {
        self.now < self.before
    }
}

impl std::fmt::Display for Rewrite {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (before, now) = (self.before.as_str(), self.now.as_str());
        let args = write_json(&Value::Object(self.written.args.clone()));
        write!(out, "{}: {before} became {now} after {}: {args}", self.id, self.written.steps.join(", "))
    }
}

impl Sample {
    /// Reads `sample.jsonl`, the policies and the environment of a folder; keeps the calls that are not allowed.
    ///
    /// # Errors
    /// The first thing that cannot be read.
    pub fn read(folder: &Path) -> Result<Sample, String> {
        let machine = Machine::read(&folder.join("environment.json"))?;
        let mut judges: BTreeMap<String, Judge> = BTreeMap::new();
        let mut calls = Vec::new();
        for line in text(&folder.join("sample.jsonl"))?.lines() {
            let case = object(line.as_bytes())?;
            let (family, args) = (word(&case, "policy_hint")?, case.get("args"));
            let Some(Value::Object(args)) = args.filter(|_| case.get("intent") == Some(&Value::from("must_deny")))
            else {
                continue;
            };
            if !judges.contains_key(&family) {
                judges.insert(family.clone(), machine.judge(&folder.join("policies"), &family)?);
            }
            let Some(judge) = judges.get(&family).cloned() else { continue };
            let (id, tool, args) = (word(&case, "id")?, word(&case, "tool")?, args.clone());
            let effect = judge.decide(machine.call(&tool, &args));
            if effect > Effect::Allow {
                calls.push(Denied { id, tool, args, judge, effect });
            }
        }
        if calls.is_empty() { Err("no call of the sample is denied".to_owned()) } else { Ok(Sample { calls, machine }) }
    }

    /// The rewrite of that number; nothing where none came of what was drawn.
    pub fn rewrite(&self, seed: u64) -> Option<Rewrite> {
        let bytes = bytes_of(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), REWRITE_BYTES);
        let draw = &mut Draw::new(&bytes);
        let call = self.calls.get(draw.below(self.calls.len()))?;
        let written = rewrite(&call.args, Ground::Bypasses, draw)?;
        let now = call.judge.decide(self.machine.call(&call.tool, &written.args));
        Some(Rewrite { id: call.id.clone(), written, before: call.effect, now })
    }

    /// How many calls there are to write otherwise.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Never: a sample without calls is not read.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }
}

/// The machine that the calls are made on: its places and its disk.
struct Machine {
    cwd: String,
    home: String,
    disk: Arc<FileTree>,
}

impl Machine {
    fn read(path: &Path) -> Result<Machine, String> {
        let file = object(text(path)?.as_bytes())?;
        let Some(Value::Object(environment)) = file.get("environment") else {
            return Err("there is no `environment`".to_owned());
        };
        let Some(Value::List(lines)) = environment.get("layout") else { return Err("there is no `layout`".to_owned()) };
        let lines = lines.iter().filter_map(Value::as_str).flat_map(entries);
        let disk = FileTree::new(lines).map_err(|errors| errors.iter().map(ToString::to_string).collect::<String>())?;
        Ok(Machine { cwd: word(environment, "cwd")?, home: word(environment, "HOME")?, disk: Arc::new(disk) })
    }

    fn judge(&self, policies: &Path, family: &str) -> Result<Judge, String> {
        let path = policies.join(format!("{}.yaml", family.to_lowercase()));
        let paths = HostPaths {
            workspace: Some(self.cwd.clone()),
            home: Some(self.home.clone()),
            resolver: Arc::clone(&self.disk) as _,
        };
        Judge::of(PolicyFile::new(path.to_string_lossy(), text(&path)?), paths)
    }

    fn call(&self, tool: &str, args: &Object) -> Arc<ToolEnvelope> {
        let mut call = ToolEnvelope::new(tool, args.clone(), jiff::Timestamp::UNIX_EPOCH);
        call.cwd = Some(self.cwd.clone());
        Arc::new(call)
    }
}

/// What a line of `layout` draws: a file, `A -> B -> C`, `A = hard link of B`, `D/{a,b}`, and a remark in parentheses.
fn entries(line: &str) -> Vec<(String, FileKind)> {
    let line = line.split(" (").next().unwrap_or_default();
    if let Some((path, of)) = line.split_once(" = hard link of ") {
        return vec![(path.to_owned(), FileKind::HardLink(of.to_owned()))];
    }
    let chain: Vec<&str> = line.split(" -> ").collect();
    let beside = chain[0].rsplit_once('/').map_or("", |(beside, _)| beside);
    let at = |name: &str| if name.starts_with('/') { name.to_owned() } else { format!("{beside}/{name}") };
    if chain.len() > 1 {
        return chain.windows(2).map(|pair| (at(pair[0]), FileKind::Symlink(pair[1].to_owned()))).collect();
    }
    let Some((before, names)) = line.split_once('{') else { return vec![(line.to_owned(), FileKind::File)] };
    let names = names.trim_end_matches('}').split(',');
    names.map(|name| (format!("{before}{name}"), FileKind::File)).collect()
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn object(json: &[u8]) -> Result<Object, String> {
    match parse_json(json) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("a line is no object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn word(of: &Object, key: &str) -> Result<String, String> {
    of.get(key).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("there is no text `{key}`"))
}
