//! Facts: what each document declares, and what it sees of its bases.

use super::library::{DocId, Library};
use super::reach::Reach;
use crate::diagnostic::{Code, Diagnostic};
use crate::policy::model::FactType;
use crate::policy::read::{self, Cx};
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// The facts that each document sees: its own and those of everything that it extends.
pub(super) struct Facts {
    seen: BTreeMap<DocId, BTreeMap<String, Spanned<FactType>>>,
}

impl Facts {
    /// Reads the facts of all that a policy reaches; one name has one type.
    pub(super) fn of(
        library: &Library,
        reach: &Reach,
        custom_operators: &BTreeSet<String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Facts {
        let mut cx = Cx::new(&library.sources, custom_operators);
        let mut seen: BTreeMap<DocId, BTreeMap<String, Spanned<FactType>>> = BTreeMap::new();
        for id in &reach.bases_first {
            let Some(document) = library.document(*id) else { continue };
            let mut facts = read::facts(&document.spec, &mut cx);
            for (base, _) in &document.bases {
                for (name, fact) in seen.get(base).into_iter().flatten() {
                    let own = facts.entry(name.clone()).or_insert_with(|| fact.clone());
                    if own.value != fact.value {
                        cx.report(clash(name, own, fact));
                    }
                }
            }
            seen.insert(*id, facts);
        }
        diagnostics.extend(cx.into_diagnostics());
        Facts { seen }
    }

    /// The facts that `document` sees.
    pub(super) fn seen_by(&self, document: DocId) -> BTreeMap<String, FactType> {
        let seen = self.seen.get(&document).into_iter().flatten();
        seen.map(|(name, fact)| (name.clone(), fact.value)).collect()
    }
}

fn clash(name: &str, left: &Spanned<FactType>, right: &Spanned<FactType>) -> Diagnostic {
    let message = format!("the fact `{name}` has two types: {} and {}", left.value.as_str(), right.value.as_str());
    let found = Diagnostic::error(Code::BasesDisagree, left.span, message).related(right.span, "the other one");
    found.help("the host supplies one value for it: declare one type, or use two names")
}
