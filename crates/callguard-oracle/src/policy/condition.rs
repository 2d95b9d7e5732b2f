//! Conditions: nested, with every selector and every operator of the registers.

use super::operand::{distinct, operand};
use super::subject::Subject;
use super::write::{HOST_OPERATORS, Writer};
use crate::Draw;
use crate::node::Node;
use crate::pool::Kind;
use callguard_engine::policy::register::Place;
use callguard_engine::policy::register::operators::{OPERATORS, OperatorGroup, OperatorRow, operator};
use callguard_engine::policy::register::selectors::Shape;

/// How deep conditions nest.
const DEEPEST: usize = 3;

/// A condition that may stand there.
pub(crate) fn condition(place: Place, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    // One leaf alone is what an index is made of.
    if draw.chance(40) {
        return Node::Map(vec![leaf(place, writer, draw)]);
    }
    nested(0, place, writer, draw)
}

fn nested(depth: usize, place: Place, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let mut entries = Vec::new();
    for _ in 0..=usize::from(draw.chance(if depth == 0 { 35 } else { 20 })) {
        entries.push(part(depth, place, writer, draw));
    }
    Node::Map(distinct(entries))
}

fn part(depth: usize, place: Place, writer: &Writer<'_>, draw: &mut Draw<'_>) -> (String, Node) {
    let below = |draw: &mut Draw<'_>| nested(depth + 1, place, writer, draw);
    match draw.below(if depth < DEEPEST { 10 } else { 6 }) {
        6 => ("any".to_owned(), Node::List(draw.several(2, below))),
        7 => ("all".to_owned(), Node::List(draw.several(2, below))),
        8 | 9 => ("not".to_owned(), below(draw)),
        _ => leaf(place, writer, draw),
    }
}

fn leaf(place: Place, writer: &Writer<'_>, draw: &mut Draw<'_>) -> (String, Node) {
    let subject = Subject::draw(place, writer, draw);
    let tests = tests(&subject, place, writer, draw);
    (subject.text, tests)
}

fn tests(subject: &Subject, place: Place, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let implied = |name: &str| operator(name).filter(|row| subject.takes(row));
    if let (Some(row), true) = (implied("equals"), draw.chance(12)) {
        // A scalar means `equals`, a list `in`.
        return match operand(row, subject, place, writer, draw) {
            Node::List(items) if implied("in").is_none() => items.into_iter().next().unwrap_or(Node::text("x")),
            node => node,
        };
    }
    if let (true, true, Some(_)) = (writer.defines, draw.chance(4), implied("in").filter(|_| free(subject))) {
        return Node::map([("in", Node::List(vec![Node::text("$words"), Node::text("other")]))]);
    }
    let quantified = subject.many && draw.chance(35);
    let mut entries = operators(subject, quantified, place, writer, draw);
    if !quantified {
        return Node::Map(entries);
    }
    let word = if draw.chance(50) { "some" } else { "every" };
    let mut node = Node::map([(word, Node::Map(std::mem::take(&mut entries)))]);
    if draw.chance(20) {
        node.put("count", Node::map([("at_least", Node::plain(draw.below(3)))]));
    }
    node
}

/// Whether any scalar may be compared with its values.
fn free(subject: &Subject) -> bool {
    matches!(subject.strict_shape(), Shape::Any | Shape::List | Shape::Names | Shape::Name | Shape::Text)
}

/// Operators that are tested on the same value.
fn operators(
    subject: &Subject,
    quantified: bool,
    place: Place,
    writer: &Writer<'_>,
    draw: &mut Draw<'_>,
) -> Vec<(String, Node)> {
    let mut entries = Vec::new();
    let mut folds = false;
    for _ in 0..=usize::from(draw.chance(20)) {
        let row = choose(subject, quantified, draw);
        folds |= row.folds() && !subject.shape.is_facet();
        entries.push((row.name.to_owned(), operand(row, subject, place, writer, draw)));
    }
    if draw.chance(3) {
        entries.push((HOST_OPERATORS[0].to_owned(), Node::text(draw.one(SAME))));
    } else if draw.chance(3) {
        entries.push((HOST_OPERATORS[1].to_owned(), Node::plain(draw.chance(50))));
    }
    if folds && draw.chance(25) {
        entries.push(("ignore_case".to_owned(), Node::plain(true)));
    }
    distinct(entries)
}

/// Mostly an operator that is made for what the values are meant as.
fn choose(subject: &Subject, quantified: bool, draw: &mut Draw<'_>) -> &'static OperatorRow {
    let may = |row: &&OperatorRow| subject.takes(row) && !(quantified && row.looks_at_all());
    let rows: Vec<&OperatorRow> = OPERATORS.iter().filter(may).collect();
    let made_for = |row: &&OperatorRow| row.groups.iter().any(|group| groups(subject.kind).contains(group));
    let usual: Vec<&OperatorRow> = rows.iter().copied().filter(made_for).collect();
    // Any operator fits text, and only a few selectors yield it.
    let any = if matches!(subject.shape, Shape::Text | Shape::List) { 75 } else { 25 };
    if usual.is_empty() || draw.chance(any) { draw.one(&rows) } else { draw.one(&usual) }
}

fn groups(kind: Kind) -> &'static [OperatorGroup] {
    use OperatorGroup as G;
    match kind {
        Kind::Word => &[G::Equality, G::Text, G::Size, G::Presence],
        Kind::Number => &[G::Equality, G::Order],
        Kind::Flag => &[G::Equality],
        Kind::Moment => &[G::Equality, G::Order],
        Kind::Path => &[G::Path],
        Kind::Command => &[G::Command],
        Kind::Url | Kind::Host => &[G::Network],
        Kind::Sql => &[G::Sql],
        Kind::List => &[G::List, G::Count],
        Kind::Rows => &[G::Count, G::Type, G::Presence],
        Kind::Object => &[G::Type, G::Presence],
        Kind::Secret => &[G::Content, G::Text],
    }
}

/// Operands of the host's own operator: it takes them as they stand.
const SAME: &[&str] = &["production", "admin", "/etc", "5"];
