//! Published ways around a policy, and honest work that looks like them: `spec/bypass/`, judged under policies in the
//! language, on the disk of `environment.json`. Nothing of the sample is ever run.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]
#![allow(clippy::print_stdout, reason = "every miss is named, in a run that passes too")]

use callguard::Guard;
use callguard::engine::call::facets::path::{FileKind, FileTree};
use callguard::engine::call::{Principal, ToolEnvelope};
use callguard::engine::decide::{Effect, HostPaths};
use callguard::engine::policy::PolicyFile;
use callguard::engine::value::{Object, Value, parse_json};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Another sample of the same form may be judged in place of the committed one.
const OTHER_SAMPLE: &str = "CALLGUARD_BYPASS_SAMPLE";

/// Per thousand of `must_deny` that are denied, and of `must_allow` that are allowed.
const LEAST_DENIED: usize = 990;
const LEAST_ALLOWED: usize = 970;

#[test]
fn the_sample_is_judged_as_intended() {
    let mut guards = Guards::default();
    let mut tally: BTreeMap<Intent, Tally> = BTreeMap::new();
    for case in sample() {
        let came = guards.of(&case.family).judge(&case);
        let tally = tally.entry(case.intent).or_default();
        tally.cases += 1;
        if came.effect != case.intent.wanted() {
            tally.misses.push(format!("{} ({}): {}; {}", case.id, case.family, case.note, came.why));
        }
    }
    let mut report = String::new();
    for (intent, tally) in &tally {
        report.push_str(&tally.line(*intent));
    }
    println!("{report}");
    assert_eq!(tally.len(), 2, "both intents are in the sample");
    assert!(tally.iter().all(|(intent, tally)| tally.holds(*intent)), "{report}");
}

/// Cases of our own, in the classes of the sample: none may come out otherwise.
#[test]
fn every_further_case_is_judged_as_intended() {
    let cases = cases(&folder().join("more.jsonl"));
    assert!(cases.len() > 2000, "{} cases", cases.len());
    let mut guards = Guards::default();
    let mut misses = String::new();
    for case in cases {
        let came = guards.of(&case.family).judge(&case);
        if came.effect != case.intent.wanted() {
            misses.push_str(&format!("\n  {} ({}): {}", case.id, case.family, came.why));
        }
    }
    assert!(misses.is_empty(), "{misses}");
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Intent {
    MustDeny,
    MustAllow,
}

impl Intent {
    fn wanted(self) -> Effect {
        match self {
            Intent::MustDeny => Effect::Deny,
            Intent::MustAllow => Effect::Allow,
        }
    }
}

#[derive(Default)]
struct Tally {
    cases: usize,
    misses: Vec<String>,
}

impl Tally {
    fn hits(&self) -> usize {
        self.cases - self.misses.len()
    }

    fn holds(&self, intent: Intent) -> bool {
        let least = if intent == Intent::MustDeny { LEAST_DENIED } else { LEAST_ALLOWED };
        self.cases > 0 && self.hits() * 1000 >= self.cases * least
    }

    fn line(&self, intent: Intent) -> String {
        let misses: String = self.misses.iter().map(|miss| format!("\n  {miss}")).collect();
        format!("{intent:?}: {} of {}{misses}\n", self.hits(), self.cases)
    }
}

struct Case {
    id: String,
    family: String,
    tool: String,
    args: Object,
    intent: Intent,
    note: String,
}

fn sample() -> Vec<Case> {
    cases(&std::env::var_os(OTHER_SAMPLE).map_or_else(|| folder().join("sample.jsonl"), PathBuf::from))
}

fn cases(path: &Path) -> Vec<Case> {
    std::fs::read_to_string(path).unwrap().lines().map(case).collect()
}

fn case(line: &str) -> Case {
    let Value::Object(case) = parse_json(line.as_bytes()).unwrap() else { panic!("{line}") };
    let text = |key: &str| case.get(key).unwrap().as_str().unwrap().to_owned();
    let Some(Value::Object(args)) = case.get("args") else { panic!("{line}") };
    let intent = match text("intent").as_str() {
        "must_deny" => Intent::MustDeny,
        "must_allow" => Intent::MustAllow,
        other => panic!("{other}"),
    };
    Case {
        id: text("id"),
        family: text("policy_hint"),
        tool: text("tool"),
        args: args.clone(),
        intent,
        note: text("note"),
    }
}

struct Came {
    effect: Effect,
    why: String,
}

impl Came {
    fn refused(why: &str) -> Came {
        Came { effect: Effect::Deny, why: format!("refused: {why}") }
    }
}

/// A guard a family.
#[derive(Default)]
struct Guards {
    built: BTreeMap<String, Family>,
}

impl Guards {
    fn of(&mut self, family: &str) -> &Family {
        self.built.entry(family.to_owned()).or_insert_with(|| Family::new(family))
    }
}

struct Family {
    guard: Guard,
}

impl Family {
    fn new(family: &str) -> Family {
        let path = folder().join("policies").join(format!("{}.yaml", family.to_lowercase()));
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let paths = HostPaths {
            workspace: Some(environment("cwd")),
            home: Some(environment("HOME")),
            resolver: Arc::new(disk()),
        };
        let file = PolicyFile::new(path.to_string_lossy(), bytes);
        let guard = Guard::builder().policy(file).paths(paths).build().unwrap_or_else(|error| panic!("{error}"));
        Family { guard }
    }

    /// The call, and what it is redirected to: a call of its own.
    fn judge(&self, case: &Case) -> Came {
        let mut args = match case.args.get("__raw_json__").and_then(Value::as_str) {
            None => case.args.clone(),
            Some(text) => match parse_json(text.as_bytes()) {
                Ok(Value::Object(args)) => args,
                Ok(_) => return Came::refused("the arguments are no object"),
                Err(error) => return Came::refused(&error.to_string()),
            },
        };
        let principal = match taken(&mut args, "_principal") {
            Some(Value::Object(principal)) => principal,
            None => Object::default(),
            Some(other) => panic!("{}: {other:?}", case.id),
        };
        let principal = match Principal::from_object(&principal) {
            Ok(principal) => principal,
            Err(error) => return Came::refused(&error.to_string()),
        };
        let redirect = taken(&mut args, "_mock_redirect");
        let first = self.decide(&case.tool, args.clone(), principal.clone());
        match (redirect, args.get("url").and_then(Value::as_str)) {
            (Some(Value::String(to)), Some(from)) if first.effect == Effect::Allow => {
                // What a client cannot read as a URL it does not follow.
                match url::Url::parse(from).and_then(|from| from.join(&to)) {
                    Ok(next) => args.insert("url", Value::String(next.to_string())),
                    Err(error) => return Came::refused(&error.to_string()),
                };
                self.decide(&case.tool, args, principal)
            }
            _ => first,
        }
    }

    fn decide(&self, tool: &str, args: Object, principal: Principal) -> Came {
        let mut call = ToolEnvelope::new(tool, args, Timestamp::UNIX_EPOCH);
        call.principal = principal;
        call.cwd = Some(environment("cwd"));
        let decision = self.guard.check_now(call).unwrap();
        let why = format!("{}: {}", decision.decider, decision.message.as_deref().unwrap_or_default());
        Came { effect: decision.effect, why }
    }
}

fn taken(args: &mut Object, key: &str) -> Option<Value> {
    let value = args.get(key).cloned();
    *args =
        args.iter().filter(|(name, _)| *name != key).map(|(name, value)| (name.to_owned(), value.clone())).collect();
    value
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/bypass").canonicalize().unwrap()
}

fn environment_file() -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(folder().join("environment.json")).unwrap()).unwrap()
}

fn environment(key: &str) -> String {
    environment_file()["environment"][key].as_str().unwrap().to_owned()
}

/// The disk that `layout` draws: files, `A -> B -> C`, `A = hard link of B`, `D/{a,b}`, and remarks in parentheses.
fn disk() -> FileTree {
    let file = environment_file();
    let lines = file["environment"]["layout"].as_array().unwrap();
    let entries = lines.iter().flat_map(|line| entries(line.as_str().unwrap()));
    FileTree::new(entries).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn entries(line: &str) -> Vec<(String, FileKind)> {
    let line = line.split(" (").next().unwrap();
    if let Some((path, of)) = line.split_once(" = hard link of ") {
        return vec![(path.to_owned(), FileKind::HardLink(of.to_owned()))];
    }
    let chain: Vec<&str> = line.split(" -> ").collect();
    let beside = chain[0].rsplit_once('/').unwrap().0;
    let at = |name: &str| if name.starts_with('/') { name.to_owned() } else { format!("{beside}/{name}") };
    if chain.len() > 1 {
        let link = |pair: &[&str]| (at(pair[0]), FileKind::Symlink(pair[1].to_owned()));
        return chain.windows(2).map(link).collect();
    }
    match line.split_once('{') {
        Some((before, names)) => {
            let names = names.trim_end_matches('}').split(',');
            names.map(|name| (format!("{before}{name}"), FileKind::File)).collect()
        }
        None => vec![(line.to_owned(), FileKind::File)],
    }
}
