//! What a policy says of tools.

use super::{ALLOW_OR_DENY, KeyTable, ONE_OR_MANY_TEXTS, SIDE_EFFECTS, Shape, TEXTS, key};

/// An entry of `tools` in a spec.
pub static TOOL_DECLARATION: KeyTable = KeyTable {
    name: "tool",
    doc: "What a tool is",
    keys: &[
        key("name", Shape::OneOrMany(&Shape::ToolGlob), "a name or glob, or a list of them").required(),
        key("side_effect", Shape::Word(SIDE_EFFECTS), "what running it does; undeclared tools are irreversible"),
        key("idempotent", Shape::Bool, "whether a second run changes nothing"),
        key("labels", TEXTS, "labels that contracts select tools by"),
        key("persistent", Shape::Bool, "a `cd` lasts into the next call").default("false"),
        key("args", Shape::MapOf(&Shape::ArgType), "types of arguments, by name or path (`edits[*].file`)"),
        key("default", ALLOW_OR_DENY, "instead of `spec.default`, for these tools"),
        key("closed_args", Shape::Bool, "an argument that is not declared is refused").default("false"),
        key("schema", Shape::Json, "JSON Schema 2020-12 of the arguments; what fails it is refused"),
    ],
};

/// `tools` of a contract, as a mapping.
pub static TOOL_MATCHER: KeyTable = KeyTable {
    name: "tools",
    doc: "Which tools a contract is about; every entry must hold",
    keys: &[
        key("name", Shape::OneOrMany(&Shape::ToolGlob), "a glob, or a list of globs; `!glob` excludes"),
        key(
            "side_effect",
            Shape::OneOrMany(&Shape::Word(SIDE_EFFECTS)),
            "the tool's declared side effect is one of these",
        ),
        key("server", Shape::OneOrMany(&Shape::ToolGlob), "the tool's server matches one of these globs"),
        key("labels", ONE_OR_MANY_TEXTS, "the tool has every one of these labels"),
    ],
};
