//! Contracts of the three kinds, with every key.

use super::condition::condition;
use super::operand::distinct;
use super::subject::Subject;
use super::write::Writer;
use crate::Draw;
use crate::constants as all;
use crate::node::Node;
use callguard_engine::policy::model::Kind as ContractKind;
use callguard_engine::policy::register::Place;

/// A contract of that kind and id.
pub(crate) fn contract(kind: ContractKind, id: &str, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let place = Place::from(kind);
    let mut node = Node::map([("id", Node::text(id))]);
    // Fewer results are judged than calls: what judges them applies more often.
    let result = kind == ContractKind::Postcondition;
    if draw.chance(if result { 40 } else { 70 }) {
        node.put("tools", tools(writer, draw));
    }
    if draw.chance(if result { 50 } else { 88 }) {
        node.put("when", condition(place, writer, draw));
    }
    if draw.chance(25) {
        node.put("unless", condition(place, writer, draw));
    }
    let label_only = match kind {
        ContractKind::Precondition => precondition(&mut node, draw),
        ContractKind::Session => session(&mut node, writer, draw),
        ContractKind::Postcondition => postcondition(&mut node, draw),
    };
    if label_only || draw.chance(18) {
        node.put("add_labels", Node::List(draw.several(2, label)));
    }
    if (kind != ContractKind::Session || !label_only) && draw.chance(45) {
        node.put("message", Node::text(message(place, writer, draw)));
    }
    rest(&mut node, draw);
    node
}

fn rest(node: &mut Node, draw: &mut Draw<'_>) {
    if draw.chance(30) {
        node.put("severity", Node::text(draw.one(&["low", "medium", "high", "critical"])));
    }
    if draw.chance(12) {
        node.put("mode", Node::text(draw.one(&["observe", "observe", "enforce"])));
    }
    if draw.chance(5) {
        node.put("enabled", Node::plain(draw.chance(50)));
    }
    if draw.chance(6) {
        node.put("locked", Node::plain(draw.chance(60)));
    }
    if draw.chance(10) {
        node.put("tags", Node::texts(draw.several(2, |draw| draw.one(&["soc2", "pci", "owner:sre"]))));
    }
    if draw.chance(4) {
        node.put("description", Node::text("What it is for."));
    }
}

fn label(draw: &mut Draw<'_>) -> Node {
    Node::text(draw.one(all::LABELS))
}

/// `action`, `ask`, `on_unknown` of a precondition; whether it has only labels.
fn precondition(node: &mut Node, draw: &mut Draw<'_>) -> bool {
    let action = match draw.below(20) {
        0..=3 => "deny",
        4..=12 => "ask",
        13..=14 => "warn",
        15..=18 => "allow",
        _ => return true,
    };
    node.put("action", Node::text(action));
    before(node, action, draw);
    false
}

/// `limit`, `per` and the action of a session contract; whether it has only labels.
fn session(node: &mut Node, writer: &Writer<'_>, draw: &mut Draw<'_>) -> bool {
    if draw.chance(55) {
        node.put("limit", limit(writer, draw));
        if draw.chance(50) {
            node.put("per", per(draw));
        }
    } else if draw.chance(8) {
        return true;
    }
    let action = draw.one(&["deny", "ask", "ask", "warn"]);
    if action != "deny" || draw.chance(50) {
        node.put("action", Node::text(action));
    }
    before(node, action, draw);
    false
}

/// `on_unknown` and `ask`, where they mean something.
fn before(node: &mut Node, action: &str, draw: &mut Draw<'_>) {
    let words: &[&str] = match action {
        "deny" => &["ask", "warn"],
        "ask" => &["warn"],
        _ => &[],
    };
    let mut asks = action == "ask";
    if !words.is_empty() && draw.chance(25) {
        let word = draw.one(words);
        asks |= word == "ask";
        node.put("on_unknown", Node::text(word));
    }
    if asks && draw.chance(50) {
        node.put("ask", ask(draw));
    }
}

/// How a person is asked.
pub(crate) fn ask(draw: &mut Draw<'_>) -> Node {
    let mut ask = Node::map([("timeout", Node::text(draw.one(&["30s", "5m", "1h"])))]);
    if draw.chance(50) {
        ask.put("on_timeout", Node::text(draw.one(&["deny", "allow"])));
    }
    if draw.chance(50) {
        ask.put("approvers", Node::texts(draw.several(2, |draw| draw.one(&["leads", "security"]))));
    }
    ask
}

/// The action of a postcondition; whether it has only labels.
fn postcondition(node: &mut Node, draw: &mut Draw<'_>) -> bool {
    let action = match draw.below(20) {
        0..=4 => "withhold",
        5..=16 => "redact",
        17 | 18 => "warn",
        _ => return true,
    };
    if action == "redact" {
        node.put("redact", redact(draw));
    }
    if action != "redact" || draw.chance(30) {
        node.put("action", Node::text(action));
    }
    if action != "warn" && draw.chance(20) {
        node.put("on_unknown", Node::text("warn"));
    }
    false
}

fn redact(draw: &mut Draw<'_>) -> Node {
    const KINDS: [&str; 4] = ["secret", "us_ssn", "credit_card", "email"];
    const FIELDS: [&str; 4] = ["cost", "items[*].name", "status", "note"];
    let mut entries = draw.several(2, |draw| match draw.below(4) {
        0 => ("detect", Node::texts(draw.several(2, |draw| draw.one(&KINDS)))),
        1 => ("patterns", Node::texts([draw.one(&[r"\d{3}-\d{2}", "[a-z]+ing", "x+", r"[a-z0-9]+"])])),
        2 => ("fields", Node::texts([draw.one(&FIELDS)])),
        _ => ("truncate", Node::plain(1 + draw.below(20))),
    });
    if draw.chance(40) {
        let with = if draw.chance(30) { "***" } else { "[{kind} removed]" };
        entries.push(("with", Node::text(with)));
    }
    Node::Map(distinct(entries))
}

/// What a session contract counts.
pub(crate) fn limit(writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let most = Node::plain(draw.below(5));
    let mut limit = match draw.below(5) {
        0 => Node::map([("calls", most)]),
        1 => Node::map([("attempts", most)]),
        2 => Node::map([("consecutive_failures", most)]),
        3 => {
            let of = Subject::draw(Place::Sum, writer, draw).text;
            let from_result = of.starts_with("output");
            let mut sum =
                Node::map([("sum", Node::text(of)), ("at_most", Node::plain(draw.one(&["10", "999.5", "1e3"])))]);
            if from_result {
                sum.put("reserve", Node::plain(draw.one(&["0", "2.5", "10"])));
            }
            sum
        }
        _ => Node::map([
            ("sum", Node::text("output.cost")),
            ("at_most", Node::plain(100)),
            ("reserve", Node::plain(draw.below(100))),
        ]),
    };
    if draw.chance(50) {
        limit.put("window", Node::text(draw.one(&["1s", "10m", "1h", "7d"])));
    }
    limit
}

fn per(draw: &mut Draw<'_>) -> Node {
    const PARTS: [&str; 7] = [
        "session",
        "tool",
        "tool.server",
        "environment",
        "principal.org_id",
        "metadata.team",
        "principal.claims.scope",
    ];
    let mut parts = draw.several(3, |draw| draw.one(&PARTS));
    parts.sort_unstable();
    parts.dedup();
    if let ([one], true) = (parts.as_slice(), draw.chance(50)) { Node::text(*one) } else { Node::texts(parts) }
}

/// A message with placeholders.
pub(crate) fn message(place: Place, writer: &Writer<'_>, draw: &mut Draw<'_>) -> String {
    let pieces = draw.several(4, |draw| match draw.below(4) {
        0 => "It is not allowed. ".to_owned(),
        1 => "{{literal}} ".to_owned(),
        _ => format!("{{{}}} ", Subject::draw(place, writer, draw).text),
    });
    format!("Stop: {}", pieces.concat().trim_end())
}

/// The tools that a contract is about: in each of the three forms.
pub(crate) fn tools(writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    match draw.below(10) {
        0..=4 => Node::text(glob(writer, draw)),
        5..=7 => Node::texts(globs(writer, draw)),
        _ => {
            let entries = draw.several(3, |draw| match draw.below(6) {
                0 | 1 => ("name", Node::texts(globs(writer, draw))),
                2 | 3 => {
                    const EFFECTS: [&str; 4] = ["pure", "read", "write", "irreversible"];
                    ("side_effect", Node::texts(draw.several(3, |draw| draw.one(&EFFECTS))))
                }
                4 => ("server", Node::texts(draw.several(2, |draw| draw.one(all::SERVER_GLOBS)))),
                _ => ("labels", Node::texts([draw.one(all::LABELS)])),
            });
            Node::Map(distinct(entries))
        }
    }
}

fn globs(writer: &Writer<'_>, draw: &mut Draw<'_>) -> Vec<String> {
    let mut globs = draw.several(3, |draw| glob(writer, draw).to_owned());
    if draw.chance(40) {
        globs.push(format!("!{}", glob(writer, draw)));
    }
    globs
}

fn glob(writer: &Writer<'_>, draw: &mut Draw<'_>) -> &'static str {
    if draw.chance(60) { draw.one(&writer.pool.tools) } else { draw.one(all::GLOBS) }
}
