//! Pages of the reference that come from the registers.

use super::register::Place;
use super::register::operators::{OPERATORS, OperatorGroup, OperatorRow, Takes};
use super::register::selectors::{Domain, SELECTORS, SelectorGroup, SelectorRow, Shape};

const GENERATED: &str = "<!-- Generated from the register by `cargo xtask generate`. -->\n";

/// `docs/reference/operators.md`.
pub fn operators_page() -> String {
    let mut page = format!(
        "# Operators\n\n{GENERATED}\nA list under an operator means *any of these*; negated, *none of these*. The operators of one map \
         are tested on the same value. `ignore_case: true` beside an operator that compares text folds case. `some:` and `every:` \
         around operators say how many of several values must satisfy.\n"
    );
    for group in OperatorGroup::ALL {
        let rows = OPERATORS.iter().filter(|row| row.groups.contains(group));
        page.push_str(&format!(
            "\n## {}\n\n| operator | holds where the value | takes | on |\n|---|---|---|---|\n",
            heading(*group)
        ));
        for row in rows {
            let line = [code(row.name), cell(row.doc), takes(row).to_owned(), shapes(row.on)];
            page.push_str(&format!("| {} |\n", line.join(" | ")));
        }
    }
    page
}

/// `docs/reference/selectors.md`.
pub fn selectors_page() -> String {
    let mut page = format!(
        "# Selectors\n\n{GENERATED}\n`X` stands for a way that the policy chooses: `.key`, `[\"odd.key\"]`, `[0]`, `[*]`. A selector \
         with `[*]`, `args.**` and the facets have many values; every other has one, or none. `\"${{selector}}\"` as a whole scalar \
         compares with another field of the call, `{{selector}}` in a message shows one.\n"
    );
    for group in SelectorGroup::ALL {
        let (heading, line) = group.describe();
        page.push_str(&format!(
            "\n## {heading}\n\n{line}\n\n| selector | is | yields | also in |\n|---|---|---|---|\n"
        ));
        for row in SELECTORS.iter().filter(|row| row.group == *group) {
            let line = [code(row.name), cell(row.doc), yields(row), elsewhere(row)];
            page.push_str(&format!("| {} |\n", line.join(" | ")));
        }
    }
    page
}

fn heading(group: OperatorGroup) -> String {
    let word = group.as_str();
    match group {
        OperatorGroup::Sql => "SQL".to_owned(),
        _ => word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect(),
    }
}

fn takes(row: &OperatorRow) -> &'static str {
    match row.takes {
        Takes::Flag(_) | Takes::TypedFlag(_) => "`true` or `false`",
        Takes::Scalars { fields: true, .. } => "scalars, `\"${selector}\"`",
        Takes::Scalars { fields: false, .. } => "scalars",
        Takes::Ordered(_) => "a number, time, date or `\"${selector}\"`",
        Takes::Texts(crate::policy::model::TextOp::Matches) => "regexes",
        Takes::Texts(crate::policy::model::TextOp::Like) => "texts with `*` and `?`",
        Takes::Texts(_) => "texts, `\"${selector}\"`",
        Takes::Length(_) => "a number of characters",
        Takes::Count => "a number, or a map of order operators",
        Takes::Types => "`string`, `number`, `boolean`, `list`, `object`, `null`",
        Takes::Detectors => "kinds of content",
        Takes::Typed(_) => "texts",
        Takes::Ports(_) => "ports",
    }
}

fn shapes(shapes: &[Shape]) -> String {
    const UNTYPED: usize = 10;
    if shapes.len() > UNTYPED {
        return if shapes.contains(&Shape::Names) { "anything" } else { "anything but lists and objects" }.to_owned();
    }
    let mut names: Vec<&str> = shapes.iter().map(|shape| word(*shape)).collect();
    names.dedup();
    names.join(", ")
}

fn word(shape: Shape) -> &'static str {
    match shape {
        Shape::Any => "untyped values",
        Shape::Name => "names",
        Shape::Text => "text",
        Shape::Word => "words",
        Shape::Number => "numbers",
        Shape::Boolean => "booleans",
        Shape::Date => "dates",
        Shape::Names | Shape::List => "lists",
        Shape::Object => "objects",
        Shape::Paths => "`call.paths`",
        Shape::Commands => "`call.commands`",
        Shape::Urls => "`call.urls`",
        Shape::Hosts => "`call.hosts`",
        Shape::Statements => "`call.sql`",
    }
}

fn yields(row: &SelectorRow) -> String {
    match row.domain {
        Domain::Words(words) => words.iter().map(|word| code(word)).collect::<Vec<_>>().join(", "),
        Domain::Whole(least, Some(most)) => format!("a number, {least} to {most}"),
        Domain::Whole(..) => "a number".to_owned(),
        Domain::Free if row.name == "args.**" => "many strings".to_owned(),
        Domain::Free => row.shape.describe().to_owned(),
    }
}

fn elsewhere(row: &SelectorRow) -> String {
    let places = [(Place::Requires, "`requires`"), (Place::Per, "`per`"), (Place::Sum, "`sum`")];
    let names: Vec<&str> =
        places.iter().filter(|(place, _)| row.places.contains(place)).map(|(_, name)| *name).collect();
    names.join(", ")
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn cell(doc: &str) -> String {
    doc.replace('|', "\\|")
}
