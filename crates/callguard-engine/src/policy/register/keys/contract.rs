//! Contracts of the three kinds, each with only its own keys, and overrides.

use super::test::EXAMPLE_CALL;
use super::tool::TOOL_MATCHER;
use super::{Key, KeyTable, MODES, ONE_OR_MANY_TEXTS, Shape, TEXTS, Word, key, word};
use crate::policy::model::Kind;

/// The table of a contract's kind.
pub fn contract(kind: Kind) -> &'static KeyTable {
    match kind {
        Kind::Precondition => &PRECONDITION,
        Kind::Session => &SESSION_CONTRACT,
        Kind::Postcondition => &POSTCONDITION,
    }
}

/// An entry of `preconditions`.
pub static PRECONDITION: KeyTable = KeyTable {
    name: "precondition",
    doc: "A contract judged before the tool runs",
    keys: &[
        ID,
        DESCRIPTION,
        TAGS,
        SEVERITY,
        TOOLS,
        WHEN,
        UNLESS,
        key("action", PRECONDITION_ACTION, "what happens when it applies; may be left out beside `add_labels`"),
        ASKED,
        ON_UNKNOWN,
        MESSAGE,
        MODE,
        ENABLED,
        LOCKED,
        ADD_LABELS,
        EXAMPLES_KEY,
    ],
};

/// An entry of `session`.
pub static SESSION_CONTRACT: KeyTable = KeyTable {
    name: "session contract",
    doc: "A contract judged before the tool runs, with the session's counters and labels",
    keys: &[
        ID,
        DESCRIPTION,
        TAGS,
        SEVERITY,
        TOOLS,
        WHEN,
        UNLESS,
        LIMIT_KEY,
        key("per", PER, "whose counter it is").default("session"),
        key("action", SESSION_ACTION, "what happens when it applies").default("deny"),
        ASKED,
        ON_UNKNOWN,
        MESSAGE,
        MODE,
        ENABLED,
        LOCKED,
        ADD_LABELS,
        EXAMPLES_KEY,
    ],
};

/// An entry of `postconditions`.
pub static POSTCONDITION: KeyTable = KeyTable {
    name: "postcondition",
    doc: "A contract judged on the result or the error, before the agent sees it",
    keys: &[
        ID,
        DESCRIPTION,
        TAGS,
        SEVERITY,
        TOOLS,
        WHEN,
        UNLESS,
        key("action", POSTCONDITION_ACTION, "what happens when it applies; `redact:` implies `redact`"),
        key("redact", Shape::Table(&RESULT_REDACTION), "what is replaced in the result"),
        key("on_unknown", ONLY_WARN, "instead of the action, when it applies only by doubt"),
        MESSAGE,
        MODE,
        ENABLED,
        LOCKED,
        ADD_LABELS,
        EXAMPLES_KEY,
    ],
};

/// An entry of `overrides`.
pub static OVERRIDE: KeyTable = KeyTable {
    name: "override",
    doc: "A change to a contract of a base",
    keys: &[
        key("id", Shape::Text, "`POLICY/ID` of the contract").required(),
        key("until", Shape::Date, "last day on which it holds, in `timezone`; default: always"),
        MODE,
        key("enabled", Shape::Bool, "`false` switches off"),
        key("action", OVERRIDE_ACTION, "another action of the contract's kind"),
        ASKED,
        ON_UNKNOWN,
        MESSAGE,
        key("severity", SEVERITIES, "how much it matters"),
        TAGS,
        key("unless", Shape::Condition, "one more excuse"),
        LIMIT_KEY,
    ],
};

const ID: Key = key("id", Shape::Name, "unique in the document; audit shows `POLICY/ID`").required();
const DESCRIPTION: Key = key("description", Shape::Text, "for people and reports");
const TAGS: Key = key("tags", TEXTS, "for people and reports");
const SEVERITY: Key =
    key("severity", SEVERITIES, "how much it matters; orders the deciding contract").default("medium");
const TOOLS: Key = key("tools", TOOLS_SHAPE, "the tools it is about; default: every tool");
const WHEN: Key = key("when", Shape::Condition, "what makes it apply; default: always");
const UNLESS: Key = key("unless", Shape::Condition, "what excuses from it; default: never");
const ASKED: Key = key("ask", Shape::Table(&ASK), "how a person is asked, beside `action: ask`");
const ON_UNKNOWN: Key = key("on_unknown", ASK_OR_WARN, "instead of the action, when it applies only by doubt");
const MESSAGE: Key = key("message", Shape::Message, "for the agent and the audit, with `{selector}` placeholders");
const MODE: Key = key("mode", MODES, "instead of the document's mode");
const ENABLED: Key = key("enabled", Shape::Bool, "`false` switches off; it is still checked").default("true");
const LOCKED: Key = key("locked", Shape::Bool, "`true`: nothing that extends this document may weaken it");
const ADD_LABELS: Key = key("add_labels", TEXTS, "labels that the session gains when it applies");
const EXAMPLES_KEY: Key = key("examples", Shape::Table(&EXAMPLES), "calls that it must and must not apply to");
const LIMIT_KEY: Key = key("limit", Shape::Table(&LIMIT), "what is counted, and how much is allowed");

const TOOLS_SHAPE: Shape =
    Shape::OneOf(&[Shape::ToolGlob, Shape::ListOf(&Shape::ToolGlob), Shape::Table(&TOOL_MATCHER)]);
const PER: Shape = Shape::OneOrMany(&PER_PART);
const PER_PART: Shape =
    Shape::OneOf(&[Shape::Word(&[word("session", "the session"), word("tool", "the tool's name")]), Shape::Selector]);

const DENY: Word = word("deny", "the call does not run");
const ASK_WORD: Word = word("ask", "a person decides");
const WARN: Word = word("warn", "it is recorded");
const ALLOW: Word = word("allow", "the call is permitted");
const WITHHOLD: Word = word("withhold", "the agent does not see the result");
const REDACT: Word = word("redact", "the agent sees the result without what was found");

const PRECONDITION_ACTION: Shape = Shape::Word(&[DENY, ASK_WORD, WARN, ALLOW]);
const SESSION_ACTION: Shape = Shape::Word(&[DENY, ASK_WORD, WARN]);
const POSTCONDITION_ACTION: Shape = Shape::Word(&[WITHHOLD, REDACT, WARN]);
const OVERRIDE_ACTION: Shape = Shape::Word(&[DENY, ASK_WORD, WARN, ALLOW, WITHHOLD, REDACT]);
const ASK_OR_WARN: Shape = Shape::Word(&[ASK_WORD, WARN]);
const ONLY_WARN: Shape = Shape::Word(&[WARN]);
const SEVERITIES: Shape = Shape::Word(&[
    word("low", "least"),
    word("medium", "the default"),
    word("high", "before medium"),
    word("critical", "before all others"),
]);

/// `ask` of a contract.
pub static ASK: KeyTable = KeyTable {
    name: "ask",
    doc: "How a person is asked",
    keys: &[
        key("timeout", Shape::Duration, "how long an answer is waited for").default("5m"),
        key("on_timeout", super::ALLOW_OR_DENY, "what happens then").default("deny"),
        key("approvers", ONE_OR_MANY_TEXTS, "groups, one of which must answer; default: anyone who may approve"),
    ],
};

/// `limit` of a session contract: exactly one of the counters.
pub static LIMIT: KeyTable = KeyTable {
    name: "limit",
    doc: "What is counted, and how much is allowed: one of `calls`, `attempts`, `consecutive_failures`, `sum`",
    keys: &[
        key("calls", Shape::Count, "so many runs; the next is stopped"),
        key("attempts", Shape::Count, "so many tries, denied ones too"),
        key("consecutive_failures", Shape::Count, "so many runs that erred since the last success"),
        key("sum", Shape::Selector, "`args.X`, or `output.X` with `reserve`: summed over runs"),
        key("at_most", Shape::Number, "the most that `sum` may reach"),
        key("reserve", Shape::Number, "held until an `output.X` is known"),
        key("window", Shape::Duration, "sliding; default: the life of the key"),
    ],
};

/// `redact` of a postcondition.
pub static RESULT_REDACTION: KeyTable = KeyTable {
    name: "redact",
    doc: "What is replaced in a result or an error",
    keys: &[
        key("detect", Shape::OneOrMany(&Shape::DetectKind), "kinds of content"),
        key("patterns", Shape::OneOrMany(&Shape::Regex), "regexes"),
        key("fields", Shape::OneOrMany(&Shape::Field), "fields of structured content"),
        key("truncate", Shape::Count, "characters of text that are kept"),
        key("with", Shape::Text, "what stands there instead; `{kind}` names what was found"),
    ],
};

/// `examples` of a contract.
pub static EXAMPLES: KeyTable = KeyTable {
    name: "examples",
    doc: "Calls judged at load against the contract alone",
    keys: &[
        key("matches", Shape::TableList(&EXAMPLE_CALL), "calls that it applies to").default("[]"),
        key("misses", Shape::TableList(&EXAMPLE_CALL), "calls that it does not apply to").default("[]"),
    ],
};
