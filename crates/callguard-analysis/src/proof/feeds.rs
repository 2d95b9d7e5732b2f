//! Arguments with which a call could show what a facet is asked for: made of the operands of the conditions.

use super::encode::{Encoder, Feed, truth_of};
use super::field::Questions;
use super::gather::place_of;
use super::place::{Place, Root};
use callguard_engine::policy::model::{ArgType, Condition, Contract, Leaf, Selector, Test};

use callguard_engine::value::{Object, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How many feeds are tried.
const MOST: usize = 160;

/// Strings that stand anywhere in an operand.
fn words(leaf: &Leaf) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = vec![&leaf.written];
    while let Some(value) = rest.pop() {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Number(number) => found.push(number.as_str().to_owned()),
            Value::List(items) => rest.extend(items),
            Value::Object(object) => rest.extend(object.iter().map(|(_, value)| value)),
            Value::Null | Value::Bool(_) => {}
        }
    }
    found
}

/// The operators of a leaf.
fn operators(leaf: &Leaf) -> BTreeSet<&str> {
    match &leaf.written {
        Value::Object(object) => object.iter().map(|(key, _)| key).collect(),
        _ => BTreeSet::from(["equals"]),
    }
}

fn plain(glob: &str) -> String {
    glob.trim_start_matches('!').replace("**", "x").replace(['*', '?'], "x")
}

fn paths(leaf: &Leaf) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words(leaf) {
        let path = plain(&word);
        let rooted = if path.starts_with(['/', '~', '.', '$']) { path } else { format!("/workspace/{path}") };
        found.push(format!("{}/x", rooted.trim_end_matches('/')));
        found.push(rooted);
    }
    found.extend(["/tmp/x", "/workspace/x", "$X/y"].map(str::to_owned));
    found
}

fn commands(leaf: &Leaf) -> Vec<String> {
    let mut found: Vec<String> = words(leaf).iter().map(|word| plain(word)).collect();
    found.extend(["ls", "rm -rf x", "eval \"$x\"", "true"].map(str::to_owned));
    found
}

fn urls(leaf: &Leaf) -> Vec<String> {
    let named = operators(leaf);
    let mut found = Vec::new();
    for word in words(leaf) {
        let address = match word.as_str() {
            "private" => Some("10.0.0.1"),
            "loopback" => Some("127.0.0.1"),
            "metadata_service" | "link_local" => Some("169.254.169.254"),
            "public" => Some("8.8.8.8"),
            "multicast" => Some("224.0.0.1"),
            "reserved" => Some("240.0.0.1"),
            _ => word
                .split_once('/')
                .map(|(base, _)| base)
                .filter(|_| named.contains("address") || named.contains("not_address")),
        };
        if let Some(address) = address {
            let host = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
            found.push(format!("https://{host}/"));
            continue;
        }
        if word.contains("://") {
            found.push(plain(&word));
        } else if word.chars().all(|letter| letter.is_ascii_digit()) {
            found.push(format!("https://example.com:{word}/"));
        } else {
            found.push(format!("https://{}/", plain(&word)));
            found.push(format!("https://x.{}/", plain(&word)));
            found.push(format!("{}://example.com/", plain(&word)));
        }
    }
    found.extend(
        ["https://example.com/", "http://other.example/", "https://u:p@example.com/", "not a url"].map(str::to_owned),
    );
    found
}

fn statements(leaf: &Leaf) -> Vec<String> {
    let mut found = Vec::new();
    for word in words(leaf) {
        let name = plain(&word);
        found.push(match name.as_str() {
            "select" => "select 1".to_owned(),
            "insert" => "insert into t values (1)".to_owned(),
            "update" => "update t set a = 1 where b = 2".to_owned(),
            "delete" => "delete from t where a = 1".to_owned(),
            "drop" | "create" | "alter" => format!("{name} table t"),
            "truncate" => "truncate t".to_owned(),
            _ => format!("select * from {name}"),
        });
        found.push(format!("select {name}()"));
        found.push(format!("delete from {name}"));
    }
    found.extend(
        ["select 1", "delete from t", "delete from t where a = 1", "drop table t", "from from"].map(str::to_owned),
    );
    found
}

/// What an argument of a usual name could hold to show what the leaf asks for.
fn of_leaf(leaf: &Leaf) -> Vec<(&'static str, Vec<String>)> {
    match &leaf.selector {
        Selector::Paths(_) => {
            vec![("path", paths(leaf)), ("command", paths(leaf).iter().map(|path| format!("cat {path}")).collect())]
        }
        Selector::Commands | Selector::CallSideEffect => vec![("command", commands(leaf)), ("sql", statements(leaf))],
        Selector::Urls | Selector::Hosts => vec![("url", urls(leaf))],
        Selector::Sql => vec![("sql", statements(leaf))],
        Selector::ArgsEvery => {
            vec![("text", words(leaf).iter().map(|word| plain(word)).chain(["x".to_owned()]).collect())]
        }
        _ => Vec::new(),
    }
}

/// Strings with which a typed operator on a plain field, or a detector, could be shown something.
fn literals(leaf: &Leaf) -> Vec<String> {
    use callguard_engine::policy::model::TypedTest;
    let mut found = Vec::new();
    for test in &leaf.tests {
        match test {
            Test::Typed(typed) => found.extend(match &typed.positive {
                TypedTest::Path(_) => paths(leaf),
                TypedTest::Url(_) => urls(leaf),
                TypedTest::Command(_) => commands(leaf),
                TypedTest::Sql(_) => statements(leaf),
                _ => Vec::new(),
            }),
            Test::Detects(_) => found.extend(SECRETS.iter().map(|secret| (*secret).to_owned())),
            _ => {}
        }
    }
    found
}

/// Published examples of what detectors find; none of them is anyone's.
const SECRETS: &[&str] = &[
    "078-05-1120",
    "4111 1111 1111 1111",
    "AKIAIOSFODNN7EXAMPLE",
    "alice@example.com",
    "GB82 WEST 1234 5698 7654 32",
    "nothing",
];

/// Every leaf of the contracts that are looked into.
fn leaves<'a>(contracts: impl Iterator<Item = &'a Contract>) -> Vec<&'a Leaf> {
    let of = |contract: &'a Contract| {
        let unless = contract.terms.iter().flat_map(|dated| &dated.terms.unless);
        std::iter::once(&contract.when).chain(unless).flat_map(Condition::leaves).collect::<Vec<_>>()
    };
    contracts.flat_map(of).collect()
}

fn looked_into<'a>(encoder: &Encoder<'a>) -> Vec<&'a Leaf> {
    use super::side::Side;
    let contracts = Side::BOTH.into_iter().flat_map(|side| encoder.relevant(side));
    leaves(contracts.filter(|of| !encoder.is_abstract(of)).map(|of| of.contract))
}

/// Arguments that could show something, by the names that the tool's own arguments have for their types.
fn all(encoder: &Encoder<'_>) -> Vec<Feed> {
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    for leaf in looked_into(encoder) {
        for (usual, values) in of_leaf(leaf) {
            let key = own_name(encoder, usual);
            found.extend(values.into_iter().map(|value| (key.clone(), value)));
        }
    }
    found.into_iter().take(MOST).map(|(key, value)| (key, Value::String(value))).collect()
}

/// The tool's own argument of a type; the usual name where it declares none.
fn own_name(encoder: &Encoder<'_>, usual: &str) -> String {
    use super::side::Side;
    let is = |kind: &ArgType| match usual {
        "path" => matches!(kind, ArgType::Path | ArgType::PathRead | ArgType::PathWrite),
        "command" => matches!(kind, ArgType::Command),
        "url" => matches!(kind, ArgType::Url),
        "sql" => matches!(kind, ArgType::Sql(_)),
        _ => false,
    };
    let keys = || {
        let tool = encoder.tool(Side::New, 0);
        tool.into_iter().flat_map(|tool| &tool.args).filter_map(|(path, kind)| match path.segments.as_slice() {
            [callguard_engine::policy::model::Segment::Key(key)] => Some((key, kind)),
            _ => None,
        })
    };
    if let Some((key, _)) = keys().find(|(_, kind)| is(kind)) {
        return key.clone();
    }
    // Under a name that the tool declares to be something else it is no such thing.
    let free = |name: &&&str| keys().all(|(key, _)| key != **name);
    let names = USUAL.iter().find(|names| names.contains(&usual)).copied().unwrap_or_default();
    names.iter().find(free).map_or(usual, |name| *name).to_owned()
}

/// Names by which arguments are taken for what they are, the plainest first.
const USUAL: &[&[&str]] = &[&["path", "file_path", "filename"], &["command", "cmd"], &["url", "uri"], &["sql"]];

/// Lets fields tell apart the values that could show something.
pub(crate) fn add_literals(encoder: &Encoder<'_>, asked: &mut BTreeMap<Place, Questions>) {
    for leaf in looked_into(encoder) {
        if let Some(questions) = place_of(leaf).and_then(|place| asked.get_mut(&place)) {
            questions.operands.literals.extend(literals(leaf));
        }
    }
    for (key, value) in all(encoder) {
        let place = Place::Inside(Root::Args, vec![key]);
        if let (Some(questions), Value::String(text)) = (asked.get_mut(&place), value) {
            questions.operands.literals.insert(text);
        }
    }
}

/// A feed and the literal that says that it is in the call.
pub(crate) type Fed = (batsat::Lit, Option<Feed>);

/// Ties what is not known to feeds, where only what can be shown is assumed: one of them, or none, is in the call.
pub(crate) fn tie<'a>(encoder: &mut Encoder<'a>) -> Vec<Fed> {
    let free: Vec<_> = encoder.free.iter().filter(|free| !free.partly).cloned().collect();
    if free.is_empty() {
        return Vec::new();
    }
    let feeds: Vec<Option<Feed>> = std::iter::once(None).chain(all(encoder).into_iter().map(Some)).collect();
    let mut fed: Vec<Fed> = Vec::new();
    for feed in feeds {
        let literal = encoder.circuit.fresh();
        let mut situation = encoder.base.clone();
        if let Some((key, value)) = &feed {
            situation.call.args.insert(key.clone(), value.clone());
            tie_to_field(encoder, literal, key, value);
        }
        for one in &free {
            let engine = encoder.sides.engine(one.side);
            let truth = truth_of(engine, one.policy, &situation, one.condition, one.reading);
            let known = encoder.circuit.constant(truth);
            let (yes, shown) = (encoder.circuit.yes(), encoder.shown);
            for (is, must) in [(one.truth.t, known.t), (one.truth.f, known.f)] {
                let tied = if must == yes { is } else { !is };
                encoder.circuit.clause(&[!shown, !literal, tied]);
            }
        }
        fed.push((literal, feed));
    }
    let literals: Vec<batsat::Lit> = fed.iter().map(|(literal, _)| *literal).collect();
    encoder.circuit.exactly_one(&literals);
    fed
}

fn tie_to_field(encoder: &mut Encoder<'_>, fed: batsat::Lit, key: &str, value: &Value) {
    let Some(field) = encoder.fields.get(&Place::Inside(Root::Args, vec![key.to_owned()])) else { return };
    let shown = encoder.shown;
    match field.class_of(value) {
        Some(class) => encoder.circuit.clause(&[!shown, !fed, class]),
        None => encoder.circuit.clause(&[!shown, !fed]),
    }
}

/// Puts what is fed into a situation.
pub(crate) fn put(feed: &Feed, args: &mut Object) {
    let (key, value) = feed;
    args.insert(key.clone(), value.clone());
}

/// A truth in words, for reasons.
pub(crate) fn shown(leaf: &Leaf) -> String {
    let names: Vec<&str> = operators(leaf).into_iter().collect();
    format!("`{}` ({})", leaf.selector, names.join(", "))
}
