//! Documents of kind `Policy`: the outer keys, `metadata`, `spec` and its settings.

use super::contract::{OVERRIDE, POSTCONDITION, PRECONDITION, SESSION_CONTRACT};
use super::tool::TOOL_DECLARATION;
use super::{ALLOW_OR_DENY, API_VERSIONS, Key, KeyTable, MODES, Shape, TEXTS, key, word};

/// A document of kind `Policy`.
pub static POLICY: KeyTable = KeyTable {
    name: "policy",
    doc: "Contracts on the tool calls of an agent",
    keys: &[
        key("apiVersion", API_VERSIONS, "version of the language").required(),
        key("kind", Shape::Word(&[word("Policy", "contracts on tool calls")]), "what the document is").required(),
        key("metadata", Shape::Table(&METADATA), "what the document is called").required(),
        key("spec", Shape::Table(&SPEC), "what the policy says").required(),
    ],
};

/// `metadata` of any document.
pub static METADATA: KeyTable = KeyTable {
    name: "metadata",
    doc: "What a document is called, and for people",
    keys: &[
        key("name", Shape::Name, "lower-case letters, digits, `.` and `-`, at most 63; contracts are `NAME/ID`")
            .required(),
        key("description", Shape::Text, "for people"),
        key("version", Shape::Text, "the author's own version"),
        key("labels", Shape::MapOf(&Shape::Text), "short texts to select documents by"),
        key("annotations", Shape::MapOf(&Shape::Text), "texts for other tools"),
    ],
};

/// `spec` of a policy.
pub static SPEC: KeyTable = KeyTable { name: "spec", doc: "What a policy says", keys: SPEC_KEYS };

const SPEC_KEYS: &[Key] = &[
    key("mode", MODES, "whether the policy decides or only records").default("enforce"),
    key("default", ALLOW_OR_DENY, "for a call that nothing permits or restricts").default("allow"),
    key("unknown_tools", ALLOW_OR_DENY, "for tools that this policy's `tools` do not declare; default: as `default`"),
    key("requires", Shape::ListOf(&Shape::Selector), "selectors that the host must fill; missing or empty: deny")
        .default("[]"),
    key("extends", TEXTS, "base policies: `template/NAME`, or a path relative to this file").default("[]"),
    key("overrides", Shape::TableList(&OVERRIDE), "changes to contracts of a base").default("[]"),
    key("define", Shape::MapOf(&DEFINITION), "named scalars and lists, used as `$name`").default("{}"),
    key("facts", Shape::MapOf(&FACT_TYPE), "`name: type` of values that the host supplies as `facts.name`")
        .default("{}"),
    key("tools", Shape::TableList(&TOOL_DECLARATION), "what the tools are").default("[]"),
    key("catalog", CATALOG, "whether the shipped catalog types tools that `tools` leaves out").default("builtin"),
    key("preconditions", Shape::TableList(&PRECONDITION), "contracts judged before the tool runs").default("[]"),
    key("postconditions", Shape::TableList(&POSTCONDITION), "contracts judged on the result or the error")
        .default("[]"),
    key("session", Shape::TableList(&SESSION_CONTRACT), "contracts on the session's counters and labels").default("[]"),
    key("redaction", Shape::Table(&AUDIT_REDACTION), "what audit events and messages hide, beyond the built-in rules"),
    key("filesystem", Shape::Table(&FILESYSTEM), "where paths start; default: from the host"),
    key("timezone", Shape::TimeZone, "IANA name, for `time.*` and dates").default("UTC"),
    key("locked", Shape::Bool, "`true`: nothing that extends this document may loosen its settings or contracts")
        .default("false"),
];

const DEFINITION: Shape = Shape::OneOf(&[Shape::Text, TEXTS]);

const FACT_TYPE: Shape = Shape::Word(&[
    word("string", "a string"),
    word("number", "a number"),
    word("boolean", "`true` or `false`"),
    word("list", "a list"),
    word("object", "an object"),
]);

const CATALOG: Shape = Shape::Word(&[
    word("builtin", "the shipped catalog types what `tools` leaves out"),
    word("none", "only `tools` says what tools are"),
]);

/// `filesystem` of a spec.
pub static FILESYSTEM: KeyTable = KeyTable {
    name: "filesystem",
    doc: "Where paths start",
    keys: &[
        key("workspace", Shape::Text, "what `.` means in paths; absolute"),
        key("home", Shape::Text, "what `~` means in paths; absolute"),
        key("resolve_symlinks", SYMLINKS, "whether symlinks are resolved").default("auto"),
    ],
};

const SYMLINKS: Shape = Shape::Word(&[
    word("auto", "where the host has a disk to look at"),
    word("always", "always; without a disk a path is unknown"),
    word("never", "never: paths are read as text"),
]);

/// `redaction` of a spec.
pub static AUDIT_REDACTION: KeyTable = KeyTable {
    name: "redaction",
    doc: "What audit events and messages hide, beyond the built-in rules",
    keys: &[
        key("builtin", Shape::Bool, "whether the built-in rules hold").default("true"),
        key("keys", TEXTS, "names of keys whose values are hidden").default("[]"),
        key("patterns", Shape::ListOf(&Shape::Regex), "regexes; what they match is hidden").default("[]"),
        key("detect", Shape::ListOf(&Shape::DetectKind), "kinds of content that are hidden").default("[]"),
        key("keep_keys", TEXTS, "names of keys that the built-in rules leave alone").default("[]"),
        key("max_value", Shape::Count, "characters of one value; the rest is cut"),
    ],
};
