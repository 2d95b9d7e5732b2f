//! Selectors: every row of the register, wherever it may stand.

use super::fields::{self, FACTS, TOTAL};
use super::write::Writer;
use crate::Draw;
use crate::pool::Kind;
use callguard_engine::policy::model::{FactType, Selector};
use callguard_engine::policy::register::Place;
use callguard_engine::policy::register::operators::{OperatorRow, Takes};
use callguard_engine::policy::register::selectors::{Domain, Form, SELECTORS, SelectorRow, Shape};

/// A selector as written, and what is known of its values.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// As written.
    pub(crate) text: String,
    /// What its values are.
    pub(crate) shape: Shape,
    /// Which of them there can be.
    pub(crate) domain: Domain,
    /// What they are meant as.
    pub(crate) kind: Kind,
    /// Whether it has many.
    pub(crate) many: bool,
    /// Whether it may be an argument that is declared to be a number.
    number: bool,
}

impl Subject {
    /// One that may stand there.
    pub(crate) fn draw(place: Place, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Subject {
        let may = |row: &&SelectorRow| row.places.contains(&place) && (writer.facts || row.stem() != "facts");
        let rows: Vec<&SelectorRow> = SELECTORS.iter().filter(may).collect();
        let open: Vec<&SelectorRow> = rows.iter().copied().filter(|row| matches!(row.form, Form::Open(_))).collect();
        // Arguments are what policies are mostly about.
        let arguments = rows.iter().copied().find(|row| row.stem() == "args");
        let row = match (draw.below(10), arguments) {
            (0..=3, Some(arguments)) => arguments,
            (4, _) if !open.is_empty() => draw.one(&open),
            _ => draw.one(&rows),
        };
        let subject = Subject::of(row, writer, draw);
        if subject.many && !place.takes_many() { Subject::single(place, draw) } else { subject }
    }

    /// One with a single value, of any type, which may stand in every kind of contract.
    pub(crate) fn single(place: Place, draw: &mut Draw<'_>) -> Subject {
        let text = match place {
            Place::Sum => draw.one(&["args.amount", "args.total", "args.rows[0].price"]),
            Place::Requires => {
                draw.one(&["environment", "principal.user_id", "metadata.team", "principal.claims.scope"])
            }
            Place::Per => draw.one(&["environment", "principal.org_id", "metadata.team", "tool.server"]),
            _ => draw.one(&["args.owner", "args.name", "args.amount", "metadata.team", "args.path", "args.tags[0]"]),
        };
        let kind = if text.contains("amount") { Kind::Number } else { Kind::Word };
        let domain = Domain::Free;
        Subject { text: text.to_owned(), shape: Shape::Any, domain, kind, many: false, number: text == "args.total" }
    }

    fn of(row: &SelectorRow, writer: &Writer<'_>, draw: &mut Draw<'_>) -> Subject {
        let fixed = |text: String, many: bool| Subject {
            text,
            shape: row.shape,
            domain: row.domain,
            kind: kind_of(row),
            many,
            number: false,
        };
        match &row.form {
            Form::Fixed(selector) => fixed(row.name.to_owned(), selector.is_many()),
            Form::PerTool(_) => fixed(format!("{}[\"{}\"]", row.stem(), draw.one(&writer.pool.tools)), false),
            Form::Open(_) => {
                let field = draw.one(fields::below(row.stem()));
                let point = if field.path.starts_with('[') { "" } else { "." };
                let shape = if row.stem() == "facts" { shape_of_fact(field.path) } else { row.shape };
                Subject {
                    text: format!("{}{point}{}", row.stem(), field.path),
                    shape,
                    domain: row.domain,
                    kind: field.kind,
                    many: field.path.contains("[*]"),
                    number: row.stem() == "args" && field.path == TOTAL,
                }
            }
        }
    }

    /// Whether an operator can apply to it, whatever the tools declare.
    pub(crate) fn takes(&self, row: &OperatorRow) -> bool {
        let fits = row.on.contains(&self.shape) || (self.many && matches!(row.takes, Takes::Count));
        fits && (!self.number || row.on.contains(&Shape::Number))
    }

    /// The shape that operands must keep to.
    pub(crate) fn strict_shape(&self) -> Shape {
        if self.number { Shape::Number } else { self.shape }
    }
}

fn shape_of_fact(path: &str) -> Shape {
    let declared = FACTS.iter().find(|(name, ..)| *name == path).map(|(_, declared, _)| declared);
    match declared {
        Some(FactType::String) => Shape::Text,
        Some(FactType::Number) => Shape::Number,
        Some(FactType::Boolean) => Shape::Boolean,
        Some(FactType::List) => Shape::List,
        Some(FactType::Object) => Shape::Object,
        _ => Shape::Any,
    }
}

fn kind_of(row: &SelectorRow) -> Kind {
    match row.shape {
        Shape::Number => Kind::Number,
        Shape::Boolean => Kind::Flag,
        Shape::Date => Kind::Moment,
        Shape::Names | Shape::List => Kind::List,
        Shape::Object => Kind::Object,
        Shape::Paths => Kind::Path,
        Shape::Commands => Kind::Command,
        Shape::Urls => Kind::Url,
        Shape::Hosts => Kind::Host,
        Shape::Statements => Kind::Sql,
        Shape::Text if matches!(row.form, Form::Fixed(Selector::OutputText)) => Kind::Secret,
        Shape::Any | Shape::Name | Shape::Text | Shape::Word => Kind::Word,
    }
}
