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

/// `spec` of a gateway.
pub static GATEWAY_SPEC: KeyTable = KeyTable {
    name: "gateway spec",
    doc: "Where the gateway listens, what stands behind it, and what it enforces",
    keys: &[
        key("listen", Shape::Text, "address and port; beyond loopback only with `tls` and `identity`")
            .default("127.0.0.1:8808"),
        key("tls", SECTION, "certificate and key"),
        key("upstreams", Shape::MapOf(&SECTION), "the MCP servers behind it, by name"),
        key("policies", TEXTS, "policies: `template/NAME`, or paths relative to this file"),
        key("identity", SECTION, "how a caller becomes a principal"),
        key("audit", SECTION, "where audit events go"),
        key("store", SECTION, "where counters and labels live"),
        key("approvals", SECTION, "how asks reach people"),
        key("limits", SECTION, "sizes and times"),
    ],
};
