//! Documents of kind `Gateway`: the gateway's configuration.

use super::document::METADATA;
use super::{API_VERSIONS, KeyTable, Shape, TEXTS, Word, key, word};

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
        key("tls", Shape::Table(&TLS), "certificate and key, and what clients show"),
        key("public_url", Shape::Text, "where clients reach the gateway, scheme and host: tokens are meant for it"),
        key("hosts", TEXTS, "names by which clients call the gateway, beside its address"),
        key("environment", Shape::Text, "where calls run: `production`, `staging`, …"),
        key("governs", Shape::ListOf(&Shape::Word(GOVERNED)), "what is judged besides calls of tools").default("[]"),
        key("policies", TEXTS, "policies: `template/NAME`, or paths relative to this file").required(),
        key("upstreams", Shape::MapOf(&Shape::Table(&UPSTREAM)), "the MCP servers behind it, by name"),
        key("decisions", Shape::Table(&DECISIONS), "decides calls of agents that ask over HTTP"),
        key("identity", Shape::Table(&IDENTITY), "how a caller becomes a principal"),
        key("approvals", Shape::Table(&APPROVALS), "lets people answer over HTTP for calls that ask"),
        key("audit", SECTION, "where audit events go"),
        key(
            "store",
            Shape::Text,
            "where counters and labels live: `memory`, `sqlite:PATH`, `redis://…`, `postgres://…`",
        ),
        key("admin", Shape::Table(&ADMIN), "shows metrics to operators"),
        key("limits", Shape::Table(&LIMITS), "sizes and times"),
    ],
};

/// `approvals` of a gateway.
static APPROVALS: KeyTable = KeyTable {
    name: "gateway approvals",
    doc: "Who answers for calls that ask",
    keys: &[key("groups", TEXTS, "roles of a principal: whoever has one of them answers").required()],
};

/// `decisions` of a gateway.
static DECISIONS: KeyTable = KeyTable {
    name: "gateway decisions",
    doc: "Decides calls of agents that ask over HTTP",
    keys: &[
        key("lease", Shape::Duration, "how long a permit waits for what came of its call").default("10m"),
        key("permits", Shape::Count, "permits at once").default("10000"),
        key("permits_per_caller", Shape::Count, "permits of one caller at once").default("1000"),
    ],
};

/// `admin` of a gateway.
static ADMIN: KeyTable = KeyTable {
    name: "gateway admin",
    doc: "What operators see, and where",
    keys: &[key("listen", Shape::Text, "an address and a port of its own; else that of the gateway")],
};

/// `tls` of a gateway.
static TLS: KeyTable = KeyTable {
    name: "gateway tls",
    doc: "What clients are shown",
    keys: &[
        key("cert_file", Shape::Text, "the certificate and those above it, PEM").required(),
        key("key_file", Shape::Text, "its key, PEM").required(),
        key("client_ca_file", Shape::Text, "who signs certificates of clients, PEM"),
        key("client_crl_file", Shape::Text, "which of them were taken back, PEM"),
        key("client_certificates", Shape::Word(CLIENTS), "whether a connection needs one").default("required"),
    ],
};

const CLIENTS: &[Word] = &[
    word("required", "a connection without a certificate is refused"),
    word("optional", "a caller without a certificate shows something else"),
];

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
        key("policies", TEXTS, "policies for this server alone, beside those of the gateway"),
    ],
};

/// Requests that are judged where a gateway says so.
const GOVERNED: &[Word] = &[
    word("resources", "`resources/read`: the tool `mcp:resources/read`"),
    word("prompts", "`prompts/get`: the tool `mcp:prompts/get`"),
];

/// A secret: where it is.
static SECRET: KeyTable = KeyTable {
    name: "gateway secret",
    doc: "Where a secret is: one of the two",
    keys: &[key("env", Shape::Text, "a variable of the environment"), key("file", Shape::Text, "a file")],
};

/// `identity` of a gateway.
static IDENTITY: KeyTable = KeyTable {
    name: "gateway identity",
    doc: "How a caller becomes a principal: `static`, or what callers show",
    keys: &[
        key("static", SECTION, "the principal of every caller"),
        key("api_keys", Shape::TableList(&API_KEY), "callers by their keys (`Authorization: Bearer KEY`)"),
        key("jwt", Shape::TableList(&ISSUER), "callers by tokens of these issuers"),
        key("certificates", Shape::TableList(&CERTIFICATE), "callers by names in their certificates"),
    ],
};

/// One of `jwt`.
static ISSUER: KeyTable = KeyTable {
    name: "gateway issuer",
    doc: "An issuer of tokens, and what its tokens must be",
    keys: &[
        key("issuer", Shape::Text, "the `iss` of its tokens").required(),
        key("jwks", Shape::Table(&JWKS), "where its keys are fetched"),
        key("jwks_file", Shape::Text, "a JWK set in a file"),
        key("audience", TEXTS, "whom tokens may be meant for, beside the gateway's own addresses"),
        key("algorithms", Shape::ListOf(&Shape::Word(ALGORITHMS)), "kinds of signatures"),
        key("clock_skew", Shape::Duration, "how much clocks may differ").default("30s"),
        key("scopes", TEXTS, "what `scope` or `scp` must hold"),
        key("required_claims", SECTION, "claims, and what each must be: a value, one of several, anything (`null`)"),
        key("principal", Shape::Table(&CLAIMS), "which claim is which attribute; else `user_id` is `sub`"),
    ],
};

const ALGORITHMS: &[Word] = &[
    word("RS256", "RSA, PKCS #1, SHA-256"),
    word("RS384", "RSA, PKCS #1, SHA-384"),
    word("RS512", "RSA, PKCS #1, SHA-512"),
    word("PS256", "RSA, PSS, SHA-256"),
    word("PS384", "RSA, PSS, SHA-384"),
    word("PS512", "RSA, PSS, SHA-512"),
    word("ES256", "ECDSA, P-256"),
    word("ES384", "ECDSA, P-384"),
    word("EdDSA", "Ed25519"),
];

/// `jwks` of an issuer.
static JWKS: KeyTable = KeyTable {
    name: "gateway jwks",
    doc: "Where an issuer's keys are fetched",
    keys: &[
        key("url", Shape::Text, "`https://…`, or `http://…` on loopback").required(),
        key("ca_file", Shape::Text, "certificates to trust instead of the machine's, PEM"),
        key("refresh", Shape::Duration, "how old keys may grow").default("1h"),
        key("retry", Shape::Duration, "how often the issuer is asked at most").default("30s"),
    ],
};

/// `principal` of an issuer.
static CLAIMS: KeyTable = KeyTable {
    name: "gateway claims",
    doc: "Which claim is which attribute: a name, or names that lead to one inside of others",
    keys: &[
        key("user_id", CLAIM, "a person"),
        key("service_id", CLAIM, "a service"),
        key("org_id", CLAIM, "the organisation or tenant"),
        key("role", CLAIM, "the role it acts in"),
        key("roles", CLAIM, "every role it has"),
        key("environment", CLAIM, "the environment it belongs to"),
        key("ticket_ref", CLAIM, "the ticket it works on"),
        key("claims", TEXTS, "claims that go along as they are"),
    ],
};

const CLAIM: Shape = Shape::OneOrMany(&Shape::Text);

/// One of `certificates`.
static CERTIFICATE: KeyTable = KeyTable {
    name: "gateway certificate",
    doc: "A name that certificates of clients have, with one `*` at most, and who has it",
    keys: &[
        key("uri", Shape::Text, "a URI of the alternative names"),
        key("dns", Shape::Text, "a host of the alternative names"),
        key("email", Shape::Text, "an address of the alternative names"),
        key("common_name", Shape::Text, "the common name of the subject"),
        key("principal", SECTION, "who has it; else the name is the `service_id`"),
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
