//! Examples of contracts, and documents of kind `PolicyTest`.

use super::document::METADATA;
use super::{API_VERSIONS, KeyTable, Shape, TEXTS, key, word};

const JSON_MAP: Shape = Shape::MapOf(&Shape::Json);
const TEXT_OR_NULL: Shape = Shape::OneOf(&[Shape::Text, Shape::Null]);

const FILES: Shape = Shape::MapOf(&Shape::OneOf(&[
    Shape::Word(&[word("file", "a file"), word("directory", "a directory")]),
    Shape::Table(&EXAMPLE_LINK),
]));

/// A link in `files`.
pub static EXAMPLE_LINK: KeyTable = KeyTable {
    name: "link",
    doc: "A link; one of the two",
    keys: &[
        key("symlink", Shape::Text, "where it points: absolute, or from its own directory"),
        key("hard_link", Shape::Text, "the file that it is another name of"),
    ],
};

/// A partial call: an example of a contract, or the call of a test.
pub static EXAMPLE_CALL: KeyTable = KeyTable {
    name: "example",
    doc: "A partial call",
    keys: &[
        key("tool", Shape::Text, "the tool; may be left out where the contract names one"),
        key("args", JSON_MAP, "its arguments").default("{}"),
        key("args_json", Shape::Text, "its arguments as JSON text, where the bytes matter"),
        key("environment", TEXT_OR_NULL, "where it runs"),
        key("server", TEXT_OR_NULL, "the server that offers the tool"),
        key("session_id", TEXT_OR_NULL, "the host's session"),
        key("cwd", TEXT_OR_NULL, "where relative paths start"),
        key("principal", Shape::Table(&EXAMPLE_PRINCIPAL), "who is asking"),
        key("metadata", JSON_MAP, "what else the host says"),
        key("facts", JSON_MAP, "values of the declared facts"),
        key("session", Shape::Table(&EXAMPLE_SESSION), "what the session has seen"),
        key("output", Shape::Json, "the result; of postconditions"),
        key("time", Shape::Text, "RFC 3339 time of the call"),
        key("files", FILES, "the disk that paths are resolved on, by path; without it there is none"),
        key("unknown", Shape::Bool, "`true`: it holds only by doubt").default("false"),
    ],
};

/// `principal` of an example or a test.
pub static EXAMPLE_PRINCIPAL: KeyTable = KeyTable {
    name: "principal",
    doc: "Who is asking",
    keys: &[
        key("user_id", TEXT_OR_NULL, "the person"),
        key("service_id", TEXT_OR_NULL, "the service"),
        key("org_id", TEXT_OR_NULL, "the organisation"),
        key("role", TEXT_OR_NULL, "the role"),
        key("roles", TEXTS, "every role"),
        key("environment", TEXT_OR_NULL, "where the principal belongs"),
        key("ticket_ref", TEXT_OR_NULL, "the ticket"),
        key("claims", JSON_MAP, "whatever else is claimed"),
    ],
};

/// `session` of an example.
pub static EXAMPLE_SESSION: KeyTable = KeyTable {
    name: "session",
    doc: "What the session has seen before this call",
    keys: &[
        key("attempts", Shape::Count, "tries, this one included"),
        key("calls", Shape::Count, "runs"),
        key("calls_of", Shape::MapOf(&Shape::Count), "runs, by tool"),
        key("consecutive_failures", Shape::Count, "runs that erred since the last success"),
        key("labels", TEXTS, "labels that it has gained"),
        key("tools_called", TEXTS, "tools that have run"),
    ],
};

/// A document of kind `PolicyTest`.
pub static POLICY_TEST: KeyTable = KeyTable {
    name: "policy test",
    doc: "Calls and the decisions expected of policies",
    keys: &[
        key("apiVersion", API_VERSIONS, "version of the language").required(),
        key("kind", Shape::Word(&[word("PolicyTest", "tests of policies")]), "what the document is").required(),
        key("metadata", Shape::Table(&METADATA), "what the document is called").required(),
        key("policies", TEXTS, "the policies under test: `template/NAME`, or paths relative to this file"),
        key("defaults", Shape::Table(&EXAMPLE_CALL), "under every call"),
        key("cases", Shape::TableList(&TEST_CASE), "the cases").required(),
    ],
};

const APPLIED: Shape = Shape::OneOf(&[TEXTS, Shape::MapOf(&ACTION)]);
const ACTION: Shape = Shape::Word(&[
    word("allow", "the call is permitted"),
    word("ask", "a person decides"),
    word("deny", "the call does not run"),
    word("warn", "it is recorded"),
    word("withhold", "the result is not shown"),
    word("redact", "the result is shown without what was found"),
    word("label", "the session gains its labels"),
]);
const EXPECT: Shape = Shape::OneOf(&[DECISION, Shape::Table(&TEST_EXPECT)]);
const DECISION: Shape =
    Shape::Word(&[word("allow", "the call runs"), word("deny", "it does not"), word("ask", "a person decides")]);

/// One case of a `PolicyTest`.
pub static TEST_CASE: KeyTable = KeyTable {
    name: "case",
    doc: "A call, or several in one session, and what is expected",
    keys: &[
        key("name", Shape::Text, "what it shows").required(),
        key("call", Shape::Table(&EXAMPLE_CALL), "the call"),
        key("output", Shape::Json, "what the tool gives"),
        key("facts", JSON_MAP, "values of the declared facts"),
        key("files", FILES, "the disk that paths are resolved on, by path; without it there is none"),
        key("approve", Shape::Bool, "what the person says to an ask"),
        key("expect", EXPECT, "what is decided"),
        key("steps", Shape::TableList(&TEST_STEP), "several calls in one session"),
    ],
};

/// One step of a case.
pub static TEST_STEP: KeyTable = KeyTable {
    name: "step",
    doc: "A call in the case's session",
    keys: &[
        key("call", Shape::Table(&EXAMPLE_CALL), "the call").required(),
        key("output", Shape::Json, "what the tool gives"),
        key("approve", Shape::Bool, "what the person says to an ask"),
        key("expect", EXPECT, "what is decided").required(),
        key("repeat", Shape::Count, "how often").default("1"),
        key("every", Shape::Duration, "time between the repetitions"),
    ],
};

/// `expect` of a case or step.
pub static TEST_EXPECT: KeyTable = KeyTable {
    name: "expect",
    doc: "What is decided",
    keys: &[
        key("decision", DECISION, "the decision"),
        key("contract", Shape::Text, "the deciding contract: `POLICY/ID`"),
        key("would", DECISION, "what an observing policy would have decided"),
        key("applied", APPLIED, "contracts that applied, and no others; of a mapping, with what each does"),
        key("labels", TEXTS, "labels of the session afterwards"),
        key("message", Shape::Text, "the message"),
        key("message_contains", Shape::Text, "a part of the message"),
        key("policy_error", Shape::Bool, "whether something could not be decided and restricted"),
        key("output", Shape::Json, "what the agent sees"),
    ],
};
