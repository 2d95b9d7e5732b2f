//! The catalog as a page to read.

use super::{CATALOG, Effect, Operands, Role, Spec, Value};
use std::fmt::Write as _;

const HEAD: &str = "# Programs that CallGuard knows

Generated from `crates/callguard-engine/src/call/facets/command/programs/`. What each word means is said at the end.
`callguard explain --command 'LINE'` shows what is understood of a line.

An *effect* is that of the program by itself; what it runs is counted beside it. `unknown` is what runs code that is out of
reach: a script, a build, a package. Options that are not listed here have no meaning beyond the program, or are not known.
";

/// `docs/reference/programs.md`: every program, and what is known of it.
pub fn programs_page() -> String {
    let mut page = String::from(HEAD);
    let mut last = "";
    for (at, (name, names, family)) in CATALOG.entries.iter().enumerate() {
        if *family != last {
            last = family;
            line(
                &mut page,
                format_args!(
                    "\n## {family}\n\n| program | what it does | effect | operands | options |\n|---|---|---|---|---|"
                ),
            );
        }
        let Some(spec) = CATALOG.specs.get(at) else { continue };
        let others = names.iter().map(|name| format!(", `{name}`")).collect::<String>();
        row(&mut page, &format!("`{name}`{others}"), spec);
        subcommands(&mut page, name, spec);
    }
    page.push_str("\n## Words\n\n| word | meaning |\n|---|---|\n");
    for (_, name, meaning) in Role::ALL {
        line(&mut page, format_args!("| `{name}` | {} |", meaning.trim()));
    }
    page
}

/// Subcommands that are the same stand in one row.
fn subcommands(page: &mut String, outer: &str, spec: &Spec) {
    let mut groups: Vec<(Vec<&String>, &Spec, String)> = Vec::new();
    let mut sorted: Vec<(&String, &Spec)> = spec.subcommands.iter().collect();
    sorted.sort_by_key(|(name, _)| name.as_str());
    for (name, inner) in sorted {
        let text = format!("{}|{}|{}|{:?}", effect(inner), operands(&inner.operands), options(inner), inner.examples);
        match groups.iter_mut().find(|(_, _, known)| *known == text) {
            Some((names, ..)) => names.push(name),
            None => groups.push((vec![name], inner, text)),
        }
    }
    for (names, inner, _) in groups {
        let shown = names.iter().map(|name| format!("`{outer} {name}`")).collect::<Vec<_>>().join(", ");
        row(page, &shown, inner);
        if let [name] = names.as_slice() {
            subcommands(page, &format!("{outer} {name}"), inner);
        }
    }
}

fn row(page: &mut String, names: &str, spec: &Spec) {
    let (operands, options) = (operands(&spec.operands), options(spec));
    line(page, format_args!("| {names} | {} | {} | {operands} | {options} |", spec.about, effect(spec)));
}

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _written = writeln!(page, "{text}");
}

fn effect(spec: &Spec) -> &'static str {
    match spec.effect {
        Effect::Known(effect) => effect.as_str(),
        Effect::Unknown => "unknown",
    }
}

fn operands(operands: &Operands) -> String {
    let first = operands.first.iter().map(|role| format!("`{}`", role.name()));
    let repeated = operands.repeated.iter().map(|role| format!("`{}`…", role.name()));
    let last = operands.last.iter().map(|role| format!("`{}`", role.name()));
    first.chain(repeated).chain(last).collect::<Vec<_>>().join(" ")
}

/// Those that mean something.
fn options(spec: &Spec) -> String {
    let telling = spec.flags.iter().filter(|flag| !matches!(flag.role, Role::Text | Role::Help));
    let shown = telling.map(|flag| {
        let value = match flag.value {
            Value::None => "",
            Value::Optional | Value::Required => " =",
        };
        format!("`{}`{value} {}", flag.spellings.join("`, `"), flag.role.name())
    });
    shown.collect::<Vec<_>>().join("; ").replace('|', "\\|")
}
