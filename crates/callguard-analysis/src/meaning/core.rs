//! Contracts and settings as flat fields: equal fields mean the same, however they were written.

use super::Core;
use callguard_engine::policy::explicit;
use callguard_engine::policy::model::{
    Action, Ask, Contract, Default as ByDefault, OnTimeout, OnUnknown, Policy, SymlinkMode, Terms, ToolDeclaration,
};
use serde_json::{Map, Value as Json, json};

/// Every field of a contract; what each of its dated terms says stands under its date.
pub(crate) fn contract(contract: &Contract) -> Core {
    let Json::Object(mut explicit) = explicit::contract(contract) else { return Core::new() };
    let terms = explicit.remove("terms");
    explicit.remove("id");
    let mut core: Core = explicit.into_iter().collect();
    if let Some(description) = &contract.description {
        core.insert("description".to_owned(), json!(description));
    }
    if let Some(redact) = &contract.redact {
        core.insert("redact".to_owned(), json!(format!("{redact:?}")));
    }
    let written = terms.as_ref().and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    for (dated, written) in contract.terms.iter().zip(written) {
        let Json::Object(mut fields) = written.clone() else { continue };
        fields.remove("until");
        complete(&dated.terms, &mut fields);
        match dated.until {
            None => core.extend(fields),
            Some(until) => drop(core.insert(format!("until {until}"), Json::Object(fields))),
        }
    }
    core.retain(|_, value| !says_nothing(value));
    core
}

/// The fields on which decisions depend: without what is only for people.
pub(crate) fn deciding(contract: &Contract) -> Core {
    let mut core = self::contract(contract);
    let people = ["description", "tags", "message", "locked"];
    core.retain(|field, _| !people.contains(&field.as_str()));
    for (field, value) in &mut core {
        if let (true, Json::Object(fields)) = (field.starts_with("until "), value) {
            people.iter().for_each(|field| drop(fields.remove(*field)));
        }
    }
    core
}

/// What the published form leaves out.
fn complete(terms: &Terms, fields: &mut Map<String, Json>) {
    match &terms.on_unknown {
        None => drop(fields.remove("on_unknown")),
        Some(OnUnknown::Ask(ask)) => drop(fields.insert("on_unknown_ask".to_owned(), ask_terms(ask))),
        Some(OnUnknown::Warn) => {}
    }
    if !matches!(terms.action, Action::Ask(_)) {
        fields.remove("ask");
    }
}

fn ask_terms(ask: &Ask) -> Json {
    let on_timeout = if ask.on_timeout == OnTimeout::Allow { "allow" } else { "deny" };
    json!({ "timeout_ms": ask.timeout_millis, "on_timeout": on_timeout, "approvers": ask.approvers })
}

fn says_nothing(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::Object(object) => object.is_empty() || *value == json!({ "all": [] }),
        Json::String(text) => text.is_empty(),
        _ => false,
    }
}

/// Every setting of a policy that is not a contract.
pub(crate) fn settings(policy: &Policy) -> Core {
    let files = &policy.filesystem;
    let symlinks = match files.resolve_symlinks {
        SymlinkMode::Auto => "auto",
        SymlinkMode::Always => "always",
        SymlinkMode::Never => "never",
    };
    let facts = policy.facts.iter().map(|(name, kind)| (name.clone(), json!(kind.as_str())));
    let mut requires: Vec<String> = policy.requires.iter().map(ToString::to_string).collect();
    requires.sort_unstable();
    let fields = [
        ("name", json!(policy.name)),
        ("description", json!(policy.description)),
        ("version", json!(policy.version)),
        ("labels", json!(policy.labels)),
        ("annotations", json!(policy.annotations)),
        ("mode", json!(policy.mode.as_str())),
        ("default", json!(word(policy.default))),
        ("unknown_tools", json!(word(policy.unknown_tools))),
        ("requires", json!(requires)),
        ("facts", Json::Object(facts.collect())),
        ("catalog", json!(if policy.catalog { "builtin" } else { "none" })),
        ("redaction", json!(format!("{:?}", policy.redaction))),
        ("filesystem", json!({ "workspace": files.workspace, "home": files.home, "resolve_symlinks": symlinks })),
        ("timezone", json!(zone(policy))),
    ];
    let mut core: Core = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    core.extend(policy.tools.iter().map(|tool| (format!("tools {}", names(tool)), declaration(tool))));
    core.retain(|_, value| !says_nothing(value));
    core
}

/// The time zone; one without a name by what is known of it.
pub(crate) fn zone(policy: &Policy) -> String {
    policy.timezone.iana_name().map_or_else(|| format!("{:?}", policy.timezone), str::to_owned)
}

fn word(by_default: ByDefault) -> &'static str {
    match by_default {
        ByDefault::Allow => "allow",
        ByDefault::Deny => "deny",
    }
}

fn names(tool: &ToolDeclaration) -> String {
    tool.names.iter().map(|glob| glob.as_str()).collect::<Vec<_>>().join(", ")
}

/// A declaration of tools.
pub(crate) fn declaration(tool: &ToolDeclaration) -> Json {
    let args = tool.args.iter().map(|(path, kind)| (path.to_string(), json!(format!("{kind:?}"))));
    json!({
        "side_effect": tool.side_effect.map(|effect| effect.as_str()),
        "idempotent": tool.idempotent,
        "labels": tool.labels,
        "persistent": tool.persistent,
        "args": Json::Object(args.collect()),
        "default": tool.default.map(word),
        "closed_args": tool.closed_args,
        "schema": tool.schema.as_ref().map(|schema| Json::from(schema.written())),
    })
}
