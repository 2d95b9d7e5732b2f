//! Tools: a policy's own declarations first, completed from its bases'.

use super::Specs;
use super::library::DocId;
use super::reach::Reach;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::{ArgType, Default as ByDefault, FieldPath, ToolDeclaration, ToolGlob};
use crate::policy::read::{ReadDeclaration, ReadSpec};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The declarations of a policy, one name each where there are bases: those of the nearest document win, and keep what further ones say
/// beside them. The type of an argument is never taken away.
pub(super) fn merge(reach: &Reach, specs: &Specs, diagnostics: &mut Vec<Diagnostic>) -> Vec<ToolDeclaration> {
    if let [only] = reach.order.as_slice() {
        let tools = specs.get(only).map(|spec| spec.tools.as_slice()).unwrap_or_default();
        return tools.iter().map(|tool| tool.declaration.clone()).collect();
    }
    let named: BTreeMap<DocId, Named<'_>> = specs.iter().map(|(id, spec)| (*id, Named::of(spec))).collect();
    let mut merged: Vec<ToolDeclaration> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, id) in reach.order.iter().enumerate() {
        let Some(spec) = specs.get(id) else { continue };
        let bases: Vec<&Named<'_>> = reach.beneath(*id).iter().filter_map(|(base, _)| named.get(base)).collect();
        for tool in &spec.tools {
            refuse_removal(tool, &bases, diagnostics);
            diagnostics.extend(loosened(tool, &bases));
        }
        let further: Vec<&Named<'_>> = reach.order.iter().skip(index).skip(1).filter_map(|id| named.get(id)).collect();
        for (name, tool) in
            spec.tools.iter().flat_map(|tool| tool.declaration.names.iter().map(move |name| (name, tool)))
        {
            if seen.insert(name.as_str()) {
                merged.push(completed(name, &tool.declaration, &further));
            }
        }
    }
    merged
}

/// What a document declares, found by name.
struct Named<'a> {
    spec: &'a ReadSpec,
    /// The places of declarations by each of their names, as written.
    by_name: BTreeMap<&'a str, Vec<usize>>,
    /// The places of those with a pattern.
    patterns: Vec<usize>,
}

impl<'a> Named<'a> {
    fn of(spec: &'a ReadSpec) -> Named<'a> {
        let mut named = Named { spec, by_name: BTreeMap::new(), patterns: Vec::new() };
        for (place, tool) in spec.tools.iter().enumerate() {
            for name in &tool.declaration.names {
                named.by_name.entry(name.as_str()).or_default().push(place);
            }
            if tool.declaration.names.iter().any(|name| !name.is_literal()) {
                named.patterns.push(place);
            }
        }
        named
    }

    /// The declarations that are about everything which one of `names` names, in order.
    fn covering(&self, names: &[ToolGlob]) -> Vec<&'a ReadDeclaration> {
        let mut places: BTreeSet<usize> = BTreeSet::new();
        for name in names {
            places.extend(self.by_name.get(name.as_str()).into_iter().flatten());
            let matches = |place: &&usize| {
                let tool = self.spec.tools.get(**place);
                tool.is_some_and(|tool| covers(&tool.declaration, name))
            };
            places.extend(self.patterns.iter().filter(matches));
        }
        places.into_iter().filter_map(|place| self.spec.tools.get(place)).collect()
    }
}

/// The declaration of `name` alone, with what documents further away say of the same tools.
fn completed(name: &ToolGlob, nearest: &ToolDeclaration, further: &[&Named<'_>]) -> ToolDeclaration {
    let mut whole = ToolDeclaration { names: vec![name.clone()], ..nearest.clone() };
    for base in further.iter().flat_map(|named| named.covering(std::slice::from_ref(name))) {
        let base = &base.declaration;
        whole.side_effect = whole.side_effect.or(base.side_effect);
        whole.idempotent = whole.idempotent.or(base.idempotent);
        whole.persistent = whole.persistent || base.persistent;
        whole.default = whole.default.or(base.default);
        whole.closed_args = whole.closed_args || base.closed_args;
        whole.schema = whole.schema.or_else(|| base.schema.clone());
        let labels = base.labels.iter().filter(|label| !nearest.labels.contains(label));
        whole.labels.extend(labels.cloned());
        for (path, kind) in &base.args {
            if !whole.args.iter().any(|(known, _)| known == path) {
                whole.args.push((path.clone(), *kind));
            }
        }
    }
    whole
}

/// Whether the declaration is about everything that `name` names.
fn covers(declaration: &ToolDeclaration, name: &ToolGlob) -> bool {
    declaration
        .names
        .iter()
        .any(|glob| glob == name || !glob.is_literal() && name.is_literal() && glob.matches(name.as_str()))
}

/// Reports types of arguments that are less than what a base says of the same tool.
fn refuse_removal(tool: &ReadDeclaration, bases: &[&Named<'_>], diagnostics: &mut Vec<Diagnostic>) {
    if tool.declaration.args.is_empty() {
        return;
    }
    let same: Vec<&ReadDeclaration> = bases.iter().flat_map(|base| base.covering(&tool.declaration.names)).collect();
    for ((path, kind), span) in tool.declaration.args.iter().zip(&tool.arg_spans) {
        let Some((before, base_span)) = same.iter().find_map(|base| declared(base, path)) else { continue };
        if keeps(before, *kind) {
            continue;
        }
        let message = format!("a base declares a type of `{}`, and this is not as much", shown(path));
        let found = Diagnostic::error(Code::Locked, *span, message).related(base_span, "what the base says");
        diagnostics.push(found.help("leave the argument out to inherit its type"));
    }
}

/// A tool that does less, or is permitted more, than a base says: a lint, or an error where the base is locked.
fn loosened(tool: &ReadDeclaration, bases: &[&Named<'_>]) -> Option<Diagnostic> {
    let own = &tool.declaration;
    bases.iter().find_map(|named| {
        let looser = |base: &&ReadDeclaration| {
            let base = &base.declaration;
            let tamer = own.side_effect.zip(base.side_effect).is_some_and(|(own, base)| own < base);
            tamer || own.default == Some(ByDefault::Allow) && base.default == Some(ByDefault::Deny)
        };
        let base = named.covering(&own.names).into_iter().find(looser)?;
        let message = "this declares the tool as more harmless than a base does";
        let found = match named.spec.locked {
            true => Diagnostic::error(Code::Locked, tool.span, message),
            false => Diagnostic::warning(Code::Loosened, tool.span, message),
        };
        Some(found.related(base.span, "what the base says").help("leave out what the base says already"))
    })
}

fn shown(path: &FieldPath) -> String {
    path.to_string().trim_start_matches('.').to_owned()
}

fn declared(tool: &ReadDeclaration, path: &FieldPath) -> Option<(ArgType, Span)> {
    let args = tool.declaration.args.iter().zip(&tool.arg_spans);
    args.into_iter().find(|((known, _), _)| known == path).map(|((_, kind), span)| (*kind, *span))
}

/// Whether contracts that look at the old type see as much through the new one.
fn keeps(before: ArgType, now: ArgType) -> bool {
    before == now || matches!(before, ArgType::Text | ArgType::Opaque | ArgType::Number | ArgType::Email)
}
