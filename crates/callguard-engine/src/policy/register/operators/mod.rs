//! The register of operators: the one place that says which there are, on what they apply, what they take and which
//! test they become.
//!
//! The reader, "did you mean", the JSON Schema and `docs/reference/operators.md` all come from it. To add an operator,
//! add a row; only a new shape of operand needs more.

mod row;

pub use row::{OperatorGroup, OperatorRow, Takes};

use super::selectors::Shape;
use crate::call::facets::OperandError;
use crate::call::facets::command::CommandTest;
use crate::call::facets::path::PathTest;
use crate::call::facets::sql::SqlTest;
use crate::call::facets::url::UrlTest;
use crate::policy::model::{Negatable, Operand, OrderOp, SizeOp, Test, TextOp, TypedTest};

use OperatorGroup as G;

/// Every operator, in the order of the reference.
pub static OPERATORS: &[OperatorRow] = &[
    row("exists", &[G::Presence], EVERYTHING, Takes::Flag(Test::Exists), "there is a value; `null` is none")
        .also(&["present", "is_set", "defined"]),
    row("equals", &[G::Equality], SCALARS, scalars(Test::Equals), "is one of these; numbers by value (`1` is `1.0`)")
        .also(&["eq", "is_equal", "equal", "equal_to", "=="]),
    row("not_equals", &[G::Equality], SCALARS, scalars(Test::Equals), "is none of these").negates("equals").also(&[
        "ne",
        "neq",
        "not",
        "not_equal",
        "!=",
    ]),
    row("in", &[G::Equality, G::List], MEMBERS, scalars(Test::In), "is one of these; a list: has such an element")
        .also(&["one_of", "any_of", "is_in"]),
    row("not_in", &[G::Equality, G::List], MEMBERS, scalars(Test::In), "is none of these; a list: has no such element")
        .negates("in")
        .also(&["none_of", "nin"]),
    row("greater_than", &[G::Order], ORDERED, Takes::Ordered(OrderOp::Greater), "is greater, or later").also(&[
        "gt",
        "greater",
        "more_than",
        "above",
        "after",
        ">",
    ]),
    row("at_least", &[G::Order], ORDERED, Takes::Ordered(OrderOp::AtLeast), "is as great or greater, as late or later")
        .also(&["gte", "ge", "min", "minimum", "greater_or_equal", ">="]),
    row("less_than", &[G::Order], ORDERED, Takes::Ordered(OrderOp::Less), "is less, or earlier")
        .also(&["lt", "less", "below", "before", "<"]),
    row("at_most", &[G::Order], ORDERED, Takes::Ordered(OrderOp::AtMost), "is as great or less, as late or earlier")
        .also(&["lte", "le", "max", "maximum", "less_or_equal", "<="]),
    row(
        "contains",
        &[G::Text, G::List],
        HOLDERS,
        scalars(Test::Contains),
        "a string has such a part, a list such an element",
    )
    .also(&["includes", "has", "contains_any"]),
    row(
        "not_contains",
        &[G::Text, G::List],
        HOLDERS,
        scalars(Test::Contains),
        "a string has no such part, a list no such element",
    )
    .negates("contains")
    .also(&["excludes"]),
    row("starts_with", &[G::Text], STRINGS, Takes::Texts(TextOp::StartsWith), "starts with one of these")
        .also(&["prefix"]),
    row("ends_with", &[G::Text], STRINGS, Takes::Texts(TextOp::EndsWith), "ends with one of these").also(&["suffix"]),
    row(
        "like",
        &[G::Text],
        STRINGS,
        Takes::Texts(TextOp::Like),
        "as a whole is like one of these: `*` is anything, `?` one character",
    )
    .also(&["glob", "wildcard"]),
    row("not_like", &[G::Text], STRINGS, Takes::Texts(TextOp::Like), "as a whole is like none of these")
        .negates("like"),
    row("matches", &[G::Text], STRINGS, Takes::Texts(TextOp::Matches), "one of these regexes is found in it").also(&[
        "regex",
        "pattern",
        "match",
        "regexp",
        "matches_any",
    ]),
    row("not_matches", &[G::Text], STRINGS, Takes::Texts(TextOp::Matches), "none of these regexes is found in it")
        .negates("matches"),
    row("longer_than", &[G::Size], TEXTS, Takes::Length(SizeOp::Longer), "has more characters")
        .also(&["min_length", "length"]),
    row("shorter_than", &[G::Size], TEXTS, Takes::Length(SizeOp::Shorter), "has fewer characters")
        .also(&["max_length"]),
    row("contains_all", &[G::List], LISTS, written(Test::ContainsAll), "has every one of these elements")
        .also(&["all_of"]),
    row("contains_none", &[G::List], LISTS, written(Test::ContainsNone), "has none of these elements"),
    row("count", &[G::Count], COUNTED, Takes::Count, "so many values or elements; missing is 0").also(&["size", "len"]),
    row("is", &[G::Type], UNTYPED, Takes::Types, "is of one of these types").also(&["type", "is_type"]),
    row("under", &[G::Path], PATHS, Takes::Typed(under), "is one of these places, or below").also(&[
        "within",
        "inside",
        "below_path",
    ]),
    row("not_under", &[G::Path], PATHS, Takes::Typed(under), "is neither one of these places nor below")
        .negates("under"),
    row("path_like", &[G::Path], PATHS, Takes::Typed(path_like), "as in `.gitignore`; `!pattern` in the list excludes"),
    row("not_path_like", &[G::Path], PATHS, Takes::Typed(path_like), "like none of these, as in `.gitignore`")
        .negates("path_like"),
    row("domain", &[G::Network], NAMED, Takes::Typed(domain), "the host is one of these, or below it").also(&["host"]),
    row("not_domain", &[G::Network], NAMED, Takes::Typed(domain), "the host is none of these, nor below one")
        .negates("domain"),
    row("scheme", &[G::Network], URLS, Takes::Typed(scheme), "the URL's scheme is one of these").also(&["protocol"]),
    row("not_scheme", &[G::Network], URLS, Takes::Typed(scheme), "the URL's scheme is none of these").negates("scheme"),
    row("address", &[G::Network], NAMED, Takes::Typed(address), ADDRESS_DOC).also(&["ip", "cidr"]),
    row("not_address", &[G::Network], NAMED, Takes::Typed(address), "the address is in none of these ranges")
        .negates("address"),
    row("port", &[G::Network], NAMED, Takes::Ports(port), "the port is one of these; the scheme's default counts"),
    row(
        "has_credentials",
        &[G::Network],
        URLS,
        Takes::TypedFlag(has_credentials),
        "the URL holds a user name or password",
    ),
    row("runs", &[G::Command], COMMANDS, Takes::Typed(runs), "runs such a command, at any depth"),
    row(
        "runs_only",
        &[G::Command],
        COMMANDS,
        Takes::Typed(runs_only),
        "is wholly understood and runs nothing but these",
    ),
    row(
        "not_fully_understood",
        &[G::Command],
        COMMANDS,
        Takes::TypedFlag(not_understood),
        "something in it cannot be known",
    ),
    row("statement", &[G::Sql], STATEMENTS, Takes::Typed(statement), "is such a statement, or holds one"),
    row("not_statement", &[G::Sql], STATEMENTS, Takes::Typed(statement), "neither is such a statement nor holds one")
        .negates("statement"),
    row("table", &[G::Sql], STATEMENTS, Takes::Typed(table), "touches one of these tables"),
    row("not_table", &[G::Sql], STATEMENTS, Takes::Typed(table), "touches none of these tables").negates("table"),
    row("function", &[G::Sql], STATEMENTS, Takes::Typed(function), "calls one of these functions"),
    row("not_function", &[G::Sql], STATEMENTS, Takes::Typed(function), "calls none of these functions")
        .negates("function"),
    row(
        "unbounded",
        &[G::Sql],
        STATEMENTS,
        Takes::TypedFlag(unbounded),
        "an UPDATE or DELETE without a WHERE, or with one that is always true",
    ),
    row("detects", &[G::Content], SEARCHED, Takes::Detectors, "holds such content, at any depth").also(&["detect"]),
];

const ADDRESS_DOC: &str = "the address is in one of these ranges: `public`, `private`, `loopback`, `link_local`, \
     `metadata_service`, `multicast`, `reserved`, or CIDR";

const EVERYTHING: &[Shape] = &[
    Shape::Any,
    Shape::Name,
    Shape::Text,
    Shape::Word,
    Shape::Number,
    Shape::Boolean,
    Shape::Date,
    Shape::Names,
    Shape::List,
    Shape::Object,
    Shape::Paths,
    Shape::Commands,
    Shape::Urls,
    Shape::Hosts,
    Shape::Statements,
];
const SCALARS: &[Shape] = &[
    Shape::Any,
    Shape::Name,
    Shape::Text,
    Shape::Word,
    Shape::Number,
    Shape::Boolean,
    Shape::Date,
    Shape::Paths,
    Shape::Commands,
    Shape::Urls,
    Shape::Hosts,
    Shape::Statements,
];
const MEMBERS: &[Shape] = &[
    Shape::Any,
    Shape::Name,
    Shape::Text,
    Shape::Word,
    Shape::Number,
    Shape::Boolean,
    Shape::Date,
    Shape::Names,
    Shape::List,
    Shape::Paths,
    Shape::Commands,
    Shape::Urls,
    Shape::Hosts,
    Shape::Statements,
];
const ORDERED: &[Shape] = &[Shape::Any, Shape::Text, Shape::Number, Shape::Date];
const HOLDERS: &[Shape] = &[Shape::Any, Shape::Name, Shape::Text, Shape::Word, Shape::Date, Shape::Names, Shape::List];
const STRINGS: &[Shape] = &[Shape::Any, Shape::Name, Shape::Text, Shape::Word, Shape::Date];
const TEXTS: &[Shape] = &[Shape::Any, Shape::Name, Shape::Text];
const LISTS: &[Shape] = &[Shape::Any, Shape::Names, Shape::List];
/// Many values of any shape can be counted too.
const COUNTED: &[Shape] = &[
    Shape::Any,
    Shape::Names,
    Shape::List,
    Shape::Paths,
    Shape::Commands,
    Shape::Urls,
    Shape::Hosts,
    Shape::Statements,
];
const UNTYPED: &[Shape] = &[
    Shape::Any,
    Shape::Name,
    Shape::Text,
    Shape::Word,
    Shape::Number,
    Shape::Boolean,
    Shape::Date,
    Shape::Names,
    Shape::List,
    Shape::Object,
];
const PATHS: &[Shape] = &[Shape::Any, Shape::Text, Shape::Paths];
const NAMED: &[Shape] = &[Shape::Any, Shape::Text, Shape::Urls, Shape::Hosts];
const URLS: &[Shape] = &[Shape::Any, Shape::Text, Shape::Urls];
const COMMANDS: &[Shape] = &[Shape::Any, Shape::Text, Shape::Commands];
const STATEMENTS: &[Shape] = &[Shape::Any, Shape::Text, Shape::Statements];
const SEARCHED: &[Shape] = &[Shape::Any, Shape::Name, Shape::Text, Shape::Names, Shape::List, Shape::Object];

const fn row(
    name: &'static str,
    groups: &'static [OperatorGroup],
    on: &'static [Shape],
    takes: Takes,
    doc: &'static str,
) -> OperatorRow {
    OperatorRow { name, doc, groups, on, takes, negates: None, also: &[] }
}

const fn scalars(make: fn(Negatable<Vec<Operand>>) -> Test) -> Takes {
    Takes::Scalars { make, fields: true }
}

const fn written(make: fn(Negatable<Vec<Operand>>) -> Test) -> Takes {
    Takes::Scalars { make, fields: false }
}

/// The operator of that name.
pub fn operator(name: &str) -> Option<&'static OperatorRow> {
    OPERATORS.iter().find(|row| row.name == name)
}

/// Beneath `count`: comparisons of a number.
pub const COMPARISONS: &[(&str, OrderOp)] = &[
    ("greater_than", OrderOp::Greater),
    ("at_least", OrderOp::AtLeast),
    ("less_than", OrderOp::Less),
    ("at_most", OrderOp::AtMost),
];

fn under(places: &[String]) -> Result<TypedTest, OperandError> {
    PathTest::under(places).map(TypedTest::Path)
}

fn path_like(patterns: &[String]) -> Result<TypedTest, OperandError> {
    PathTest::like(patterns).map(TypedTest::Path)
}

fn domain(names: &[String]) -> Result<TypedTest, OperandError> {
    UrlTest::domain(names).map(TypedTest::Url)
}

fn scheme(names: &[String]) -> Result<TypedTest, OperandError> {
    UrlTest::scheme(names).map(TypedTest::Url)
}

fn address(ranges: &[String]) -> Result<TypedTest, OperandError> {
    UrlTest::address(ranges).map(TypedTest::Url)
}

fn port(ports: &[u64]) -> Result<TypedTest, OperandError> {
    UrlTest::port(ports).map(TypedTest::Url)
}

fn has_credentials(expected: bool) -> TypedTest {
    TypedTest::Url(UrlTest::has_credentials(expected))
}

fn runs(commands: &[String]) -> Result<TypedTest, OperandError> {
    CommandTest::runs(commands).map(TypedTest::Command)
}

fn runs_only(commands: &[String]) -> Result<TypedTest, OperandError> {
    CommandTest::runs_only(commands).map(TypedTest::Command)
}

fn not_understood(expected: bool) -> TypedTest {
    TypedTest::Command(CommandTest::not_fully_understood(expected))
}

fn statement(words: &[String]) -> Result<TypedTest, OperandError> {
    SqlTest::statement(words).map(TypedTest::Sql)
}

fn table(names: &[String]) -> Result<TypedTest, OperandError> {
    SqlTest::table(names).map(TypedTest::Sql)
}

fn function(names: &[String]) -> Result<TypedTest, OperandError> {
    SqlTest::function(names).map(TypedTest::Sql)
}

fn unbounded(expected: bool) -> TypedTest {
    TypedTest::Sql(SqlTest::unbounded(expected))
}
