//! A tool as the policy and the catalog declare it.

use super::schema::ToolSchema;
use super::{SideEffect, ToolEnvelope};
use crate::policy::model::{ArgType, Default, FieldPath, Policy, ToolDeclaration, ToolMatcher};

/// A tool, resolved for one call. What a server says of itself is not in it.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Whether the policy's own `tools` declare it.
    pub declared: bool,
    /// What running it does.
    pub side_effect: SideEffect,
    /// Whether a second run changes nothing.
    pub idempotent: bool,
    /// Its labels.
    pub labels: Vec<String>,
    /// Whether a `cd` lasts into the next call.
    pub persistent: bool,
    /// Declared types of arguments: the policy's first, then the catalog's.
    pub args: Vec<(FieldPath, ArgType)>,
    /// Whether arguments without a declared type are typed by their usual names.
    pub typed_by_name: bool,
    /// Overrides the policy's default.
    pub default: Option<Default>,
    /// An argument that is not declared is refused.
    pub closed_args: bool,
    /// What its arguments must look like.
    pub schema: Option<ToolSchema>,
}

impl Tool {
    /// The tool of a call: the policy's most specific declaration, completed from the catalog's.
    pub fn resolve(policy: &Policy, catalog: &[ToolDeclaration], name: &str) -> Tool {
        let declared = most_specific(&policy.tools, name);
        let known = if policy.catalog { most_specific(catalog, name) } else { None };
        let either: Vec<&ToolDeclaration> = declared.into_iter().chain(known).collect();
        Tool {
            declared: declared.is_some(),
            side_effect: either.iter().find_map(|tool| tool.side_effect).unwrap_or(SideEffect::Irreversible),
            idempotent: either.iter().find_map(|tool| tool.idempotent).unwrap_or(false),
            labels: either.iter().flat_map(|tool| tool.labels.iter().cloned()).collect(),
            persistent: either.iter().any(|tool| tool.persistent),
            args: either.iter().flat_map(|tool| tool.args.iter().cloned()).collect(),
            typed_by_name: policy.catalog,
            default: declared.and_then(|tool| tool.default),
            closed_args: declared.is_some_and(|tool| tool.closed_args),
            schema: declared.and_then(|tool| tool.schema.clone()),
        }
    }

    /// Whether a contract's `tools` are this one.
    pub fn matches(&self, wanted: &ToolMatcher, call: &ToolEnvelope) -> bool {
        let server = call.server.as_deref().unwrap_or_default();
        let named = wanted.include.is_empty() || wanted.include.iter().any(|glob| glob.matches(&call.tool));
        let excluded = wanted.exclude.iter().any(|glob| glob.matches(&call.tool));
        let effect = wanted.side_effect.is_empty() || wanted.side_effect.contains(&self.side_effect);
        let served = wanted.server.is_empty() || wanted.server.iter().any(|glob| glob.matches(server));
        named && !excluded && effect && served && wanted.labels.iter().all(|label| self.labels.contains(label))
    }
}

/// Of several declarations the one whose matching name has the most literal bytes; of equals the smallest name, so
/// that their order never matters.
fn most_specific<'a>(declarations: &'a [ToolDeclaration], name: &str) -> Option<&'a ToolDeclaration> {
    let matching = declarations.iter().flat_map(|declaration| {
        let globs = declaration.names.iter().filter(|glob| glob.matches(name));
        globs.map(move |glob| (declaration, glob))
    });
    let rank = |glob: &crate::policy::model::ToolGlob| (!glob.is_literal(), std::cmp::Reverse(glob.literal_len()));
    matching
        .min_by(|(_, left), (_, right)| rank(left).cmp(&rank(right)).then_with(|| left.as_str().cmp(right.as_str())))
        .map(|(declaration, _)| declaration)
}
