//! How contracts are written: examples, entries that give too much, conditions without a way in.

use super::Finding;
use super::facets::allows_by_default;
use super::subject::Subject;
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::policy::model::{Comparison, Condition, Kind, Leaf, Mode, Selector, Test};
use callguard_engine::value::{Number, Value};

pub(crate) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    found.extend(no_examples(subject));
    found.extend(judged_every_time(subject));
    found.extend(allow_anyway(subject));
    found.extend(gives_shell(subject));
    found
}

fn no_examples(subject: &Subject<'_>) -> Option<Finding> {
    let asks = !is_always(&subject.contract.when) || !subject.terms.unless.is_empty();
    if !subject.restricts() || !asks || subject.node.entry("examples").is_some() {
        return None;
    }
    let message = format!("`{}` shows no call that it is about", subject.id());
    let found = Diagnostic::note(Code::NoExamples, subject.id_span(), message)
        .help("add `examples` with `matches` and `misses`: they are judged whenever the policy loads");
    Some(Finding::plain(found))
}

fn is_always(condition: &Condition) -> bool {
    matches!(condition, Condition::All(parts) if parts.is_empty())
}

/// A restriction on every tool that no value of the call brings into question.
fn judged_every_time(subject: &Subject<'_>) -> Option<Finding> {
    let counts = subject.terms.limit.is_some() || !subject.contract.add_labels.is_empty();
    let before = subject.contract.kind == Kind::Precondition;
    if !before || counts || !subject.restricts() || !subject.is_about_every_tool() || has_way(&subject.contract.when) {
        return None;
    }
    let message = format!("`{}` is judged at every call of every tool", subject.id());
    let found = Diagnostic::note(Code::JudgedEveryTime, subject.key_span("when"), message)
        .label("no value of the call must be there for it to apply")
        .help("name the tools that it is about");
    Some(Finding::plain(found))
}

/// Whether there must be some value of the call for the condition to hold.
fn has_way(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().any(has_way),
        Condition::Any(parts) => parts.iter().all(has_way),
        Condition::Not(_) => false,
        Condition::Leaf(leaf) => leaf.tests.iter().any(|test| match test {
            Test::Exists(exists) => *exists,
            Test::Count(comparisons) => !comparisons.iter().all(holds_of_none),
            _ => leaf.selector.is_many() || !test.is_negated(),
        }),
    }
}

/// Whether the count of nothing meets it.
fn holds_of_none(comparison: &Comparison) -> bool {
    match comparison {
        Comparison::Exactly(count) => *count == 0,
        Comparison::Order(order, number) => order.holds(Number::from(0_u64).cmp(number)),
        _ => true,
    }
}

fn allow_anyway(subject: &Subject<'_>) -> Option<Finding> {
    if !subject.allows() || !allows_by_default(subject.policy) || subject.policy.mode == Mode::Observe {
        return None;
    }
    let message = format!("`{}` permits what is permitted without it", subject.id());
    let found = Diagnostic::warning(Code::AllowAnyway, subject.key_span("action"), message)
        .label("`default` and `unknown_tools` are `allow`")
        .help("write `default: deny`; what should be excepted from a `deny` stands in its `unless`");
    Some(Finding::plain(found))
}

/// Programs that run whatever file or text they are given.
const SHELLS: &[&str] = &[
    "*",
    "sh",
    "bash",
    "dash",
    "zsh",
    "ksh",
    "fish",
    "pwsh",
    "powershell",
    "cmd",
    "python",
    "python2",
    "python3",
    "pypy",
    "node",
    "deno",
    "bun",
    "ruby",
    "perl",
    "php",
    "lua",
    "luajit",
    "Rscript",
    "julia",
    "java",
    "osascript",
    "tclsh",
    "npx",
    "pnpx",
    "bunx",
    "uvx",
    "make",
    "gmake",
    "just",
    "ninja",
    "rake",
    "ssh",
    "source",
    ".",
    "eval",
    "exec",
];

/// Subcommands that run a project's own code.
const RUNNERS: &[&str] = &[
    "npm run",
    "npm exec",
    "pnpm run",
    "pnpm exec",
    "pnpm dlx",
    "yarn run",
    "yarn exec",
    "yarn dlx",
    "cargo run",
    "go run",
    "uv run",
    "poetry run",
    "pipx run",
    "docker run",
    "docker exec",
    "podman run",
    "podman exec",
    "kubectl exec",
    "kubectl run",
];

/// Entries of `runs_only` that excuse or permit a program which runs anything.
fn gives_shell(subject: &Subject<'_>) -> Vec<Finding> {
    let when = std::iter::once(&subject.contract.when).filter(|_| subject.allows());
    let excusing = when.chain(subject.terms.unless.iter().filter(|_| subject.restricts()));
    let leaves = excusing.flat_map(Condition::leaves).filter(|leaf| leaf.selector == Selector::Commands);
    let mut found = Vec::new();
    for leaf in leaves {
        for entry in entries(leaf).filter(|entry| gives(entry)) {
            let message = format!("`{entry}` in `runs_only` runs whatever it is given");
            let diagnostic = Diagnostic::warning(Code::GivesShell, place(subject, leaf, entry), message)
                .label("a file that it runs is out of the policy's reach")
                .help(format!("name what it may run: `{entry} tools/build`"));
            found.push(Finding::plain(diagnostic));
        }
    }
    found
}

fn entries(leaf: &Leaf) -> impl Iterator<Item = &str> {
    let operand = match &leaf.written {
        Value::Object(object) => object.get("runs_only"),
        _ => None,
    };
    let items = match operand {
        Some(Value::List(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    items.iter().filter_map(Value::as_str)
}

/// Whether an entry of `runs_only` gives a shell away.
pub(crate) fn gives(entry: &str) -> bool {
    let words: Vec<&str> = entry.split_whitespace().collect();
    match words.as_slice() {
        [program] => SHELLS.contains(program),
        [program, "*"] => SHELLS.contains(program),
        [program, subcommand] | [program, subcommand, "*"] => {
            RUNNERS.iter().any(|runner| runner.split_once(' ') == Some((program, subcommand)))
        }
        _ => false,
    }
}

/// Where the entry stands in the contract; the condition, where it comes of a definition.
fn place(subject: &Subject<'_>, leaf: &Leaf, wanted: &str) -> callguard_engine::source::Span {
    let entry = subject.entry(leaf);
    let operands = entry.map(super::subject::operators).unwrap_or_default();
    let items = operands.into_iter().flat_map(|(_, node, _)| node.as_list().unwrap_or(std::slice::from_ref(node)));
    let named = items.filter(|node| node.as_scalar().is_some_and(|scalar| scalar.text == wanted));
    named.map(|node| node.span).next().unwrap_or(leaf.span)
}
