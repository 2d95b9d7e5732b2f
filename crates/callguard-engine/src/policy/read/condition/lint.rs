//! What loads and is probably not what was meant.

use super::Cx;
use super::operand::field;
use super::subject::Subject;
use super::tests_of::Written;
use crate::call::facets::url::HostValue;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::read::selector::{Scope, parse_selector};
use crate::policy::register::operators::Takes;
use crate::policy::register::selectors::Shape;
use crate::source::{Node, NodeKind, Scalar, excerpt, lint_operand};
use crate::value::Value;

/// Scalars that other readers of YAML take otherwise, and control characters. What a `$name` stands for is linted where
/// it is defined.
pub(super) fn operands(node: &Node, cx: &mut Cx<'_>) {
    let found = lint_operand(node).into_iter().filter(|found| {
        let source = found.span.map_or("", |span| cx.sources.text(span));
        !source.trim_start_matches(['"', '\'']).starts_with('$')
    });
    let found: Vec<Diagnostic> = found.collect();
    cx.report_all(found);
}

/// Lints of one operator.
pub(super) fn operator(written: Written, node: &Node, subject: &Subject<'_>, cx: &mut Cx<'_>) {
    let scalars: Vec<(&Node, &Scalar)> = match &node.kind {
        NodeKind::Scalar(scalar) => vec![(node, scalar)],
        NodeKind::List(items) => items.iter().filter_map(|item| Some((item, item.as_scalar()?))).collect(),
        NodeKind::Map(_) => Vec::new(),
    };
    for (item, scalar) in &scalars {
        field_in_text(written, item, scalar, subject, cx);
        star_in_name(written, item, scalar, subject, cx);
        host_without_port(written, item, scalar, subject, cx);
    }
    let public = scalars.iter().any(|(_, scalar)| scalar.text == "public");
    if matches!(written.row.name, "address" | "not_address") && public {
        let message = "a name that the host does not resolve counts as public, and can lead elsewhere";
        let found = Diagnostic::warning(Code::Rebinding, written.span, message);
        cx.report(
            found.help("let the host resolve names and connect to the checked address, or list domains with `domain`"),
        );
    }
}

fn field_in_text(written: Written, node: &Node, scalar: &Scalar, subject: &Subject<'_>, cx: &mut Cx<'_>) {
    let regex = matches!(written.row.name, "matches" | "not_matches");
    let inner = scalar.text.split_once("${").and_then(|(_, rest)| rest.split_once('}')).map(|(inner, _)| inner);
    let (Some(inner), None, false) = (inner, field(&scalar.text), regex || scalar.text.starts_with("$$")) else {
        return;
    };
    if parse_selector(inner, &Scope { place: subject.place, facts: &cx.facts }).is_ok() {
        let message = format!("`${{{inner}}}` within a longer text is that text, not the field");
        let found = Diagnostic::warning(Code::FieldInText, node.span, message);
        cx.report(
            found.help(
                "a field stands alone: `\"${selector}\"`; `contains`, `starts_with` and `ends_with` compare parts",
            ),
        );
    }
}

fn star_in_name(written: Written, node: &Node, scalar: &Scalar, subject: &Subject<'_>, cx: &mut Cx<'_>) {
    let equality = matches!(written.row.takes, Takes::Scalars { .. });
    if !equality || !matches!(subject.shape, Shape::Name | Shape::Names | Shape::Paths) || !scalar.text.contains('*') {
        return;
    }
    let message = format!("`*` stands for itself in `{}`", written.row.name);
    let other = if subject.shape == Shape::Paths { "`path_like`" } else { "`like`" };
    cx.report(Diagnostic::warning(Code::LiteralStar, node.span, message).help(format!("wildcards are for {other}")));
}

/// Hosts of URLs have a port, the scheme's where none is written: equality with a bare name passes them by.
fn host_without_port(written: Written, node: &Node, scalar: &Scalar, subject: &Subject<'_>, cx: &mut Cx<'_>) {
    let equality = matches!(written.row.takes, Takes::Scalars { .. });
    let is_text = matches!(scalar.to_value(), Value::String(text) if !text.starts_with('$'));
    if !equality || subject.shape != Shape::Hosts || !is_text {
        return;
    }
    let host = HostValue::parse(&scalar.text);
    // A configured place has no port.
    let is_place = host.name().is_some() || host.is_address();
    if host.doubt().is_some() || host.port().is_some() || !is_place {
        return;
    }
    let (written_as, name) = (excerpt(&scalar.text), excerpt(host.text()));
    let message = format!("`{written_as}` is the host of no URL: those have a port, as in `{name}:443`");
    let not = if written.row.negates.is_some() { "not_" } else { "" };
    let help = match host.name() {
        Some(name) => format!("write `{not}domain: {}`, which holds of every port, or name the port", excerpt(name)),
        None => format!("use `{not}address`, which holds of every port, or name the port"),
    };
    cx.report(Diagnostic::warning(Code::HostWithoutPort, node.span, message).help(help));
}
