//! Documents of kind `Gateway`: the gateway's configuration.

use super::document::METADATA;
use super::{API_VERSIONS, KeyTable, Shape, TEXTS, key, word};

/// A document of kind `Gateway`.
pub static GATEWAY: KeyTable = KeyTable {
    name: "gateway",
    doc: "The configuration of the gateway",
    keys: &[
        key("apiVersion", API_VERSIONS, "version of the language").required(),
        key("kind", Shape::Word(&[word("Gateway", "the gateway's configuration")]), "what the document is").required(),
        key("metadata", Shape::Table(&METADATA), "what the document is called").required(),
        key("spec", Shape::Table(&GATEWAY_SPEC), "the configuration").required(),
    ],
};

const SECTION: Shape = Shape::MapOf(&Shape::Json);
const SECRETS: Shape = Shape::MapOf(&Shape::Table(&SECRET));

/// `spec` of a gateway.
pub static GATEWAY_SPEC: KeyTable = KeyTable {
    name: "gateway spec",
    doc: "Where the gateway listens, what stands behind it, and what it enforces",
    keys: &[
        key("listen", Shape::Text, "address and port, or `unix:` and a path; beyond loopback only with `tls` and keys")
            .default("127.0.0.1:8808"),
        key("tls", Shape::Table(&TLS), "certificate and key"),
        key("hosts", TEXTS, "names by which clients call the gateway, beside its address"),
        key("environment", Shape::Text, "where calls run: `production`, `staging`, …"),
        key("policies", TEXTS, "policies: `template/NAME`, or paths relative to this file").required(),
        key("upstreams", Shape::MapOf(&Shape::Table(&UPSTREAM)), "the MCP servers behind it, by name").required(),
        key("identity", Shape::Table(&IDENTITY), "how a caller becomes a principal"),
        key("audit", SECTION, "where audit events go"),
        key(
            "store",
            Shape::Text,
            "where counters and labels live: `memory`, `sqlite:PATH`, `redis://…`, `postgres://…`",
        ),
        key("limits", Shape::Table(&LIMITS), "sizes and times"),
    ],
};

/// `tls` of a gateway.
static TLS: KeyTable = KeyTable {
    name: "gateway tls",
    doc: "What clients are shown",
    keys: &[
        key("cert_file", Shape::Text, "the certificate and those above it, PEM").required(),
        key("key_file", Shape::Text, "its key, PEM").required(),
    ],
};

/// One of `upstreams`.
static UPSTREAM: KeyTable = KeyTable {
    name: "gateway upstream",
    doc: "An MCP server: a `url` or a `command`",
    keys: &[
        key("url", Shape::Text, "where it speaks streamable HTTP"),
        key("headers", SECRETS, "the gateway's own credentials there"),
        key("ca_file", Shape::Text, "certificates to trust instead of the machine's, PEM"),
        key("command", TEXTS, "a program and its arguments, started once for each session; no shell reads it"),
        key("env", Shape::MapOf(&Shape::OneOf(&[Shape::Text, Shape::Table(&SECRET)])), "variables of the program"),
        key("pins", Shape::Text, "a file of `callguard mcp pin`: other definitions of tools are quarantined"),
    ],
};

/// A secret: where it is.
static SECRET: KeyTable = KeyTable {
    name: "gateway secret",
    doc: "Where a secret is: one of the two",
    keys: &[key("env", Shape::Text, "a variable of the environment"), key("file", Shape::Text, "a file")],
};

/// `identity` of a gateway.
static IDENTITY: KeyTable = KeyTable {
    name: "gateway identity",
    doc: "How a caller becomes a principal: one of the two",
    keys: &[
        key("static", SECTION, "the principal of every caller"),
        key("api_keys", Shape::TableList(&API_KEY), "callers by their keys (`Authorization: Bearer KEY`)"),
    ],
};

/// One of `api_keys`.
static API_KEY: KeyTable = KeyTable {
    name: "gateway api key",
    doc: "A caller and the digest of its key",
    keys: &[
        key("name", Shape::Text, "what the key is called here").required(),
        key("sha256", Shape::Text, "its digest, as `callguard gateway key` says it").required(),
        key("principal", SECTION, "who calls with it"),
    ],
};

/// `limits` of a gateway.
static LIMITS: KeyTable = KeyTable {
    name: "gateway limits",
    doc: "Sizes and times",
    keys: &[
        key("body", Shape::Text, "the largest body of a request").default("4MiB"),
        key("body_time", Shape::Duration, "how long a body may take").default("30s"),
        key("header_time", Shape::Duration, "how long a request's head may take, and a connection may be idle")
            .default("30s"),
        key("connections", Shape::Count, "connections at once").default("10000"),
        key("sessions", Shape::Count, "sessions at once").default("1000"),
        key("sessions_per_caller", Shape::Count, "sessions of one caller at once").default("100"),
        key("session_idle", Shape::Duration, "how long a session may be idle").default("30m"),
    ],
};
