//! Operands: what stands under each operator, so that the policy loads and calls come near it.

use super::subject::Subject;
use super::write::Writer;
use crate::Draw;
use crate::constants as all;
use crate::node::Node;
use crate::pool::{Kind, Scalar};
use callguard_engine::audit::detect::DetectKind;
use callguard_engine::policy::model::{JsonType, OrderOp, SizeOp, TextOp};
use callguard_engine::policy::register::Place;
use callguard_engine::policy::register::operators::{COMPARISONS, OperatorRow, Takes};
use callguard_engine::policy::register::selectors::{Domain, Shape};

/// What stands under the operator.
///
/// # Panics
/// The register has an operator whose operands nobody has taught this generator to write.
pub(crate) fn operand(
    row: &OperatorRow,
    subject: &Subject,
    place: Place,
    writer: &Writer<'_>,
    draw: &mut Draw<'_>,
) -> Node {
    match row.takes {
        Takes::Flag(_) | Takes::TypedFlag(_) => Node::plain(!draw.chance(30)),
        Takes::Scalars { fields, .. } => {
            let fields = fields && subject.shape != Shape::Paths;
            let one = |draw: &mut Draw<'_>| match fields && draw.chance(12) {
                true => field(subject, place, draw),
                false => scalar(row, subject, writer, draw),
            };
            one_or_several(draw, one)
        }
        Takes::Ordered(_) if draw.chance(10) => field(subject, place, draw),
        Takes::Ordered(op) => bound(op, subject, writer, draw),
        Takes::Texts(op) => one_or_several(draw, |draw| match op {
            TextOp::StartsWith | TextOp::EndsWith if draw.chance(8) => field(subject, place, draw),
            op => Node::text(pattern(op, subject.kind, writer, draw)),
        }),
        Takes::Length(op) => Node::plain(draw.below(12) + usize::from(op == SizeOp::Shorter)),
        Takes::Count => count(draw),
        Takes::Types => types(subject.strict_shape(), draw),
        Takes::Detectors => one_or_several(draw, detector),
        Takes::Typed(_) => one_or_several(draw, |draw| typed(row.name, writer, draw)),
        Takes::Ports(_) => one_or_several(draw, |draw| Node::plain(draw.one(&[443, 80, 8080, 8443, 22]))),
        other => panic!("`{}` takes {other:?}, which the generator does not know how to write", row.name),
    }
}

fn one_or_several(draw: &mut Draw<'_>, one: impl FnMut(&mut Draw<'_>) -> Node) -> Node {
    let mut one = one;
    if draw.chance(60) { one(draw) } else { Node::List(draw.several(3, one)) }
}

/// A literal that some value of the subject can equal or hold.
fn scalar(row: &OperatorRow, subject: &Subject, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let holds = matches!(row.name, "contains" | "not_contains");
    let free = matches!(subject.strict_shape(), Shape::Any | Shape::List | Shape::Object);
    let kind = match subject.kind {
        _ if free && draw.chance(12) => draw.one(&[Kind::Word, Kind::Number, Kind::Flag]),
        Kind::List | Kind::Rows | Kind::Object => Kind::Word,
        kind => kind,
    };
    let literal = match (subject.strict_shape(), subject.domain) {
        (Shape::Paths, _) => Scalar::Text(writer.pool.text(Kind::Path, draw).to_owned()),
        (Shape::Urls, _) => Scalar::Text(writer.pool.text(Kind::Url, draw).to_owned()),
        (Shape::Boolean, _) => Scalar::Flag(draw.chance(50)),
        (Shape::Date, _) if !holds => Scalar::Text((draw.one(DATES)).to_owned()),
        (Shape::Number, Domain::Whole(_, most)) => Scalar::Number(whole(most, draw).to_string()),
        (Shape::Number, _) => writer.pool.scalar(Kind::Number, draw),
        (_, Domain::Words(words)) => Scalar::Text((draw.one(words)).to_owned()),
        (Shape::Name, _) if subject.text == "tool" && draw.chance(80) => {
            Scalar::Text((draw.one(&writer.pool.tools)).to_owned())
        }
        (Shape::Names, _) if draw.chance(60) => Scalar::Text((draw.one(all::LABELS)).to_owned()),
        _ => writer.pool.scalar(kind, draw),
    };
    written(literal)
}

const DATES: &[&str] = &["2026-03-01", "2026-03-02", "2026-03-03"];

fn written(scalar: Scalar) -> Node {
    match scalar {
        Scalar::Text(text) => Node::Text(escaped(&text)),
        Scalar::Number(number) => Node::Plain(number),
        Scalar::Flag(flag) => Node::plain(flag),
    }
}

/// A text that would be a name of `define` is escaped.
fn escaped(text: &str) -> String {
    let name = text.strip_prefix('$').unwrap_or_default();
    let starts = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let named = starts && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'));
    if named { format!("${text}") } else { text.to_owned() }
}

fn whole(most: Option<u64>, draw: &mut Draw<'_>) -> u64 {
    let end = most.map_or(6, |most| most.min(1_200));
    match draw.below(4) {
        0 => 10.min(end),
        1 => 1 + u64::try_from(draw.below(5)).unwrap_or(0),
        2 => 600.min(end),
        _ => 11.min(end.saturating_sub(1)),
    }
}

/// Another field of the call, of a type that can be compared.
fn field(subject: &Subject, place: Place, draw: &mut Draw<'_>) -> Node {
    let any = Subject::single(place, draw).text;
    let text = match subject.kind {
        Kind::Number => draw.one(&["args.amount", "args.deep.level", "metadata.depth"]),
        Kind::Path => "args.file_path",
        Kind::Host => "args.host",
        _ if subject.shape == Shape::Name && draw.chance(50) => draw.one(&["principal.user_id", "environment"]),
        _ => &any,
    };
    Node::text(format!("${{{text}}}"))
}

/// A bound that some value can meet.
fn bound(op: OrderOp, subject: &Subject, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    match (subject.strict_shape(), subject.domain) {
        (Shape::Number, Domain::Whole(_, most)) => {
            let bound = whole(most.map(|most| most - 1), draw);
            Node::plain(bound.max(u64::from(op == OrderOp::Less)))
        }
        (Shape::Number, _) => Node::plain(writer.pool.text(Kind::Number, draw)),
        (Shape::Date, _) => Node::text(draw.one(DATES)),
        (Shape::Text, _) => Node::text(writer.pool.text(Kind::Moment, draw)),
        _ if subject.kind == Kind::Moment || draw.chance(10) => Node::text(writer.pool.text(Kind::Moment, draw)),
        _ => Node::plain(writer.pool.text(Kind::Number, draw)),
    }
}

/// A literal, a wildcard pattern or a regex around a part of a constant.
fn pattern(op: TextOp, kind: Kind, writer: &Writer<'_>, draw: &mut Draw<'_>) -> String {
    let constant = writer.pool.text(kind, draw);
    let length = constant.chars().count();
    let part: String = match draw.below(4) {
        0 => constant.chars().take(length / 2 + 1).collect(),
        1 => constant.chars().skip(length / 2).collect(),
        2 => constant.chars().skip(1).take(3).collect(),
        _ => constant.to_owned(),
    };
    let part = if part.is_empty() { constant.to_owned() } else { part };
    match op {
        TextOp::StartsWith | TextOp::EndsWith => escaped(&part),
        TextOp::Like => escaped(&match draw.below(6) {
            0 => format!("*{part}*"),
            1 => format!("{part}*"),
            2 => format!("*{part}"),
            3 => part.chars().map(|letter| if letter == 'e' { '?' } else { letter }).collect(),
            4 => constant.to_owned(),
            _ => "?*".to_owned(),
        }),
        TextOp::Matches => regex(&part, writer, draw),
        other => panic!("the generator does not know how to write a text for {other:?}"),
    }
}

/// Regexes with few or no letters that must stand in a match.
const PLAIN_REGEXES: &[&str] =
    &[r"^\d{1,3}$", "^$", r"(?i)\p{L}+(?:k|s)", "[sk]e|(?i:admin|STRASSE)", r"\A(?:prod|stag)\w*\z"];

fn regex(part: &str, writer: &Writer<'_>, draw: &mut Draw<'_>) -> String {
    const SPECIAL: &str = r"\.+*?()|[]{}^$#&-~";
    let escape = |text: &str| {
        text.chars().fold(String::new(), |mut regex, letter| {
            if SPECIAL.contains(letter) {
                regex.push('\\');
            }
            regex.push(letter);
            regex
        })
    };
    let literal = escape(part);
    match draw.below(11) {
        0 => format!("^{literal}"),
        1 => format!("{literal}$"),
        2 => format!("(?i){literal}"),
        3 => format!(r"\b{literal}\b"),
        4 => format!("{literal}|{}", escape(writer.pool.word(draw))),
        5 => format!("[a-z0-9]+{literal}?"),
        6 => format!("({literal})+.?"),
        7 => draw.one(PLAIN_REGEXES).to_owned(),
        8 => format!("(?s)^.*{literal}.*$"),
        9 => format!("(?i:{literal}){{1,2}}|(?:{literal}|)$"),
        _ => literal,
    }
}

fn count(draw: &mut Draw<'_>) -> Node {
    if draw.chance(50) {
        return Node::plain(draw.below(4));
    }
    let bounds = draw.several(2, |draw| {
        let (name, _) = draw.one(COMPARISONS);
        (name, Node::plain(1 + draw.below(3)))
    });
    Node::Map(distinct(bounds))
}

/// Entries of a mapping, each key once.
pub(crate) fn distinct<K: Into<String>>(entries: Vec<(K, Node)>) -> Vec<(String, Node)> {
    let mut kept: Vec<(String, Node)> = Vec::new();
    for (key, node) in entries {
        let key = key.into();
        if !kept.iter().any(|(name, _)| *name == key) {
            kept.push((key, node));
        }
    }
    kept
}

fn types(shape: Shape, draw: &mut Draw<'_>) -> Node {
    let fixed = match shape {
        Shape::Name | Shape::Text | Shape::Word | Shape::Date => Some("string"),
        Shape::Number => Some("number"),
        Shape::Boolean => Some("boolean"),
        Shape::Names | Shape::List => Some("list"),
        Shape::Object => Some("object"),
        _ => None,
    };
    let (word, _) = draw.one(JsonType::ALL);
    match fixed {
        Some(fixed) if draw.chance(50) => Node::texts([fixed, word]),
        Some(_) => Node::text("null"),
        None => Node::text(word),
    }
}

fn detector(draw: &mut Draw<'_>) -> Node {
    let usual = ["secret", "us_ssn", "credit_card", "email", "aws_access_key", "private_key", "iban"];
    let known: Vec<&str> = DetectKind::all().map(DetectKind::as_str).collect();
    let usual: Vec<&str> = usual.into_iter().filter(|kind| known.contains(kind)).collect();
    Node::text(if draw.chance(70) { draw.one(&usual) } else { draw.one(&known) })
}

/// An operand in the language of a facet.
fn typed(operator: &str, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Node {
    let pool = writer.pool;
    Node::text(match operator.trim_start_matches("not_") {
        "under" => pool.text(Kind::Path, draw),
        "path_like" => draw.one(all::PATH_PATTERNS),
        "domain" => match pool.text(Kind::Host, draw) {
            host if host.starts_with(|first: char| first == '[' || first.is_ascii_digit()) => "example.com",
            host => host,
        },
        "scheme" => draw.one(&["https", "http", "ssh", "data"]),
        "address" => draw.one(all::RANGES),
        "runs" | "runs_only" => draw.one(all::RUNS),
        "statement" => draw.one(all::STATEMENT_WORDS),
        "table" => draw.one(all::TABLES),
        "function" => draw.one(all::FUNCTIONS),
        _ => pool.word(draw),
    })
}
