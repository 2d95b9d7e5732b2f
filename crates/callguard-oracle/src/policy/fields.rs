//! The fields that policies look at and calls fill, and what each is meant as.

use crate::pool::Kind;
use callguard_engine::policy::model::FactType;

/// A way into a value, as it stands after the stem of a selector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// The way: `a.b`, `rows[*].price`, `["odd.key"]`.
    pub(crate) path: &'static str,
    /// The key at its root.
    pub(crate) root: &'static str,
    /// What stands under the whole way.
    pub(crate) kind: Kind,
}

const fn field(path: &'static str, root: &'static str, kind: Kind) -> Field {
    Field { path, root, kind }
}

/// What stands under each argument.
pub(crate) const ARGUMENTS: &[(&str, Kind)] = &[
    ("path", Kind::Path),
    ("file_path", Kind::Path),
    ("cwd", Kind::Path),
    ("command", Kind::Command),
    ("url", Kind::Url),
    ("host", Kind::Host),
    ("query", Kind::Sql),
    ("text", Kind::Word),
    ("name", Kind::Word),
    ("owner", Kind::Word),
    ("amount", Kind::Number),
    ("total", Kind::Number),
    ("flag", Kind::Flag),
    ("when", Kind::Moment),
    ("tags", Kind::List),
    ("rows", Kind::Rows),
    ("deep", Kind::Object),
    ("odd.key", Kind::Word),
    ("body", Kind::Secret),
];

/// Ways into arguments.
pub(crate) const ARGS: &[Field] = &[
    field("path", "path", Kind::Path),
    field("file_path", "file_path", Kind::Path),
    field("command", "command", Kind::Command),
    field("url", "url", Kind::Url),
    field("host", "host", Kind::Host),
    field("query", "query", Kind::Sql),
    field("text", "text", Kind::Word),
    field("name", "name", Kind::Word),
    field("owner", "owner", Kind::Word),
    field("amount", "amount", Kind::Number),
    field(TOTAL, TOTAL, Kind::Number),
    field("flag", "flag", Kind::Flag),
    field("when", "when", Kind::Moment),
    field("tags", "tags", Kind::List),
    field("tags[*]", "tags", Kind::Word),
    field("tags[0]", "tags", Kind::Word),
    field("rows", "rows", Kind::Rows),
    field("rows[*]", "rows", Kind::Object),
    field("rows[*].price", "rows", Kind::Number),
    field("rows[*].name", "rows", Kind::Word),
    field("rows[1].file", "rows", Kind::Path),
    field("deep", "deep", Kind::Object),
    field("deep.a.b", "deep", Kind::Word),
    field("deep[\"level\"]", "deep", Kind::Number),
    field("deep.list[*]", "deep", Kind::Word),
    field("[\"odd.key\"]", "odd.key", Kind::Word),
    field("body", "body", Kind::Secret),
];

/// The argument that tools declare to be a number: its operators are those of numbers.
pub(crate) const TOTAL: &str = "total";

/// What the host says.
pub(crate) const METADATA: &[Field] = &[
    field("team", "team", Kind::Word),
    field("region", "region", Kind::Word),
    field("depth", "depth", Kind::Number),
    field("ref.a.b", "ref", Kind::Word),
    field("zones[*]", "zones", Kind::Word),
    field("zones", "zones", Kind::List),
];

/// What a token says.
pub(crate) const CLAIMS: &[Field] = &[
    field("scope", "scope", Kind::Word),
    field("level", "level", Kind::Number),
    field("verified", "verified", Kind::Flag),
    field("groups", "groups", Kind::List),
    field("groups[*]", "groups", Kind::Word),
    field("[\"org.unit\"]", "org.unit", Kind::Word),
];

/// What a result holds.
pub(crate) const OUTPUT: &[Field] = &[
    field("cost", "cost", Kind::Number),
    field("status", "status", Kind::Word),
    field("items", "items", Kind::Rows),
    field("items[*].name", "items", Kind::Word),
    field("items[0].price", "items", Kind::Number),
    field("note", "note", Kind::Secret),
    field("file", "file", Kind::Path),
    field("[0].name", "name", Kind::Word),
];

/// Facts, as every document declares them.
pub(crate) const FACTS: &[(&str, FactType, Kind)] = &[
    ("risk", FactType::Number, Kind::Number),
    ("owner", FactType::String, Kind::Word),
    ("cleared", FactType::Boolean, Kind::Flag),
    ("groups", FactType::List, Kind::List),
    ("record", FactType::Object, Kind::Object),
];

/// Ways into facts.
pub(crate) const FACT_FIELDS: &[Field] = &[
    field("risk", "risk", Kind::Number),
    field("owner", "owner", Kind::Word),
    field("cleared", "cleared", Kind::Flag),
    field("groups", "groups", Kind::List),
    field("groups[*]", "groups", Kind::Word),
    field("groups[0]", "groups", Kind::Word),
    field("record", "record", Kind::Object),
    field("record.a.b", "record", Kind::Word),
    field("record.level", "record", Kind::Number),
];

/// The fields under the stem of a selector; one that is not known here has one.
pub(crate) fn below(stem: &str) -> &'static [Field] {
    match stem {
        "args" => ARGS,
        "metadata" => METADATA,
        "principal.claims" => CLAIMS,
        "facts" => FACT_FIELDS,
        "output" => OUTPUT,
        _ => &METADATA[..1],
    }
}
