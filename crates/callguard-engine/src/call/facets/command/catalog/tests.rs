use super::super::super::path::PathCx;
use super::super::{CommandLine, ExplainedPath, Explanation};
use super::*;

const DATA_NAMES: usize = 200;

#[test]
fn the_data_is_sound() {
    let catalog = wire::read(&DATA).unwrap_or_else(|problem| panic!("{problem}"));
    assert!(catalog.specs.len() >= DATA_NAMES, "{}", catalog.specs.len());
}

#[test]
fn what_is_wrong_with_the_data_is_said() {
    for (text, problem) in [
        ("[x]\nabout = \"y\"", "[x] needs `about` and `examples`"),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\noperands = [\"reed\"]", "[x] no role `reed`"),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\neffect = \"bad\"", "[x] no effect `bad`"),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\nplain = \"-a, a\"", "[x] has the option `a`, which has no dash"),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\nplain = \"-a, -a\"", "[x] has the option `-a` twice"),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\nnames = [\"x\"]", "[x] names `x`, which another entry has"),
        (
            "[x]\nabout = \"y\"\nexamples = [\"x\"]\nflags = { \"-a\" = \"=write,middle\" }",
            "[x] -a: no operand `middle`",
        ),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\nwhen = { \"-a\" = {} }", "changes by `-a`"),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\nlike = \"y\"", "is like `y`, which is not in its file"),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\nlanguage = \"cobol\"", "no language `cobol`"),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\nsame = [\"a\"]", "[x] has one name in `same`"),
        ("[x]\nabout = \"y\"\nexamples = [\"x\"]\nsame = [\"a b\", \"c a\"]", "[x] has `a` twice in `same`"),
        ("[x]\nspeed = 1", "unknown field `speed`"),
    ] {
        let text: &'static str = text.to_owned().leak();
        let error = wire::read(&[Family { file: "f", text }]).err().unwrap_or_default();
        assert!(error.starts_with("f.toml: ") && error.contains(problem), "{error}\n{problem}");
    }
}

/// Every entry has lines, and what is understood of each: `LINE => EFFECT; runs …; connects …; reads …; writes …`.
#[test]
fn the_examples_hold() {
    let catalog = wire::read(&DATA).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for spec in &catalog.specs {
        each(spec, &mut |example| {
            count += 1;
            let (line, expected) = example.rsplit_once(" => ").unwrap_or((example, ""));
            let found = facts(line);
            if found != expected {
                wrong.push(format!("{line} => {expected}\n{line} => {found}\n"));
            }
        });
    }
    assert!(count > 400, "{count} examples");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

fn each(spec: &Spec, check: &mut impl FnMut(&str)) {
    spec.examples.iter().for_each(|example| check(example));
    let mut inner: Vec<(&String, &Spec)> = spec.subcommands.iter().collect();
    inner.sort_by_key(|(name, _)| name.as_str());
    inner.into_iter().for_each(|(_, spec)| each(spec, check));
}

/// What is understood of a line, in one line.
fn facts(line: &str) -> String {
    let cx = PathCx::lexical("/workspace", "/home/agent");
    let found = CommandLine::parse(line, &cx).explain(&cx);
    let mut facts = vec![found.side_effect.map_or("unknown", |effect| effect.as_str()).to_owned()];
    let inner = found.commands.iter().skip(1).map(|command| command.program.clone().unwrap_or_else(|| "?".to_owned()));
    list("runs", inner.collect(), &mut facts);
    let more_hosts = found.more_hosts.iter().filter(|_| found.not_understood.is_none()).map(|_| "?".to_owned());
    list("connects", found.hosts.iter().cloned().chain(more_hosts).collect(), &mut facts);
    for (access, verb) in [("read", "reads"), ("write", "writes"), ("touch", "touches")] {
        list(verb, paths(&found, access), &mut facts);
    }
    facts.extend(found.not_understood.map(|_| "not understood".to_owned()));
    facts.join("; ")
}

fn paths(found: &Explanation, access: &str) -> Vec<String> {
    let place = |path: &ExplainedPath| {
        let text = path.path.strip_prefix("/workspace").unwrap_or(&path.path);
        let text = if text.len() == path.path.len() {
            text.to_owned()
        } else if text.is_empty() || text.starts_with("/**") {
            format!(".{text}")
        } else {
            text.trim_start_matches('/').to_owned()
        };
        if path.guessed && text != "?" { format!("{text}?") } else { text }
    };
    found.paths.iter().filter(|path| path.access == access).map(place).collect()
}

fn list(verb: &str, items: Vec<String>, facts: &mut Vec<String>) {
    if !items.is_empty() {
        facts.push(format!("{verb} {}", items.join(", ")));
    }
}
