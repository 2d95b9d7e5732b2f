//! How far documents are from each other along `extends`.

use super::library::{DocId, Document, Library};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// How far each document's bases are from it, measured once a load.
#[derive(Debug, Default)]
pub(super) struct Distances {
    /// For each document, all that it reaches, nearest first; itself at 0.
    nearest_first: Vec<Vec<(DocId, usize)>>,
    by_base: Vec<BTreeMap<DocId, usize>>,
    /// Whether a base, near or far, could not be read.
    incomplete: Vec<bool>,
}

/// A root and every document that it extends, with the distances between them.
pub(super) struct Reach {
    /// Each document once: the root, then by distance, then in the order of `extends`.
    pub(super) order: Vec<DocId>,
    /// Each document once, after all that it extends.
    pub(super) bases_first: Vec<DocId>,
    distances: Rc<Distances>,
}

impl Distances {
    /// Measures documents whose circles have been cut.
    pub(super) fn of(documents: &[Document]) -> Distances {
        let mut all = Distances::default();
        for id in (0..documents.len()).map(DocId) {
            let found = walk(documents, id);
            let broken = |(id, _): &(DocId, usize)| documents.get(id.0).is_some_and(|document| document.incomplete);
            all.incomplete.push(found.iter().any(broken));
            all.by_base.push(found.iter().copied().collect());
            all.nearest_first.push(found);
        }
        all
    }
}

impl Reach {
    /// All that `root` reaches.
    pub(super) fn of(library: &Library, root: DocId) -> Reach {
        let distances = Rc::clone(&library.distances);
        let found = distances.nearest_first.get(root.0).map(Vec::as_slice).unwrap_or_default();
        let order = found.iter().map(|(id, _)| *id).collect();
        Reach { order, bases_first: bases_first(library, root), distances }
    }

    /// How many steps of `extends` lead from `from` to `to`; `None`: none do.
    pub(super) fn distance(&self, from: DocId, to: DocId) -> Option<usize> {
        self.distances.by_base.get(from.0)?.get(&to).copied()
    }

    /// Whether a base of `from`, near or far, could not be read.
    pub(super) fn is_incomplete(&self, from: DocId) -> bool {
        self.distances.incomplete.get(from.0).is_some_and(|incomplete| *incomplete)
    }

    /// The bases of `from`, near and far, itself not included, nearest first.
    pub(super) fn beneath(&self, from: DocId) -> &[(DocId, usize)] {
        let found = self.distances.nearest_first.get(from.0).map(Vec::as_slice).unwrap_or_default();
        found.split_first().map(|(_, bases)| bases).unwrap_or_default()
    }
}

/// Circles have been cut, so every document is left once its bases are.
fn bases_first(library: &Library, root: DocId) -> Vec<DocId> {
    let mut done = Vec::new();
    let mut seen = BTreeSet::new();
    let mut path = vec![(root, 0_usize)];
    while let Some((id, next)) = path.last_mut() {
        let id = *id;
        let base = library.document(id).and_then(|document| document.bases.get(*next)).map(|(base, _)| *base);
        *next = next.saturating_add(1);
        match base {
            Some(base) if seen.contains(&base) => {}
            Some(base) => path.push((base, 0)),
            None => {
                path.pop();
                if seen.insert(id) {
                    done.push(id);
                }
            }
        }
    }
    done
}

fn walk(documents: &[Document], start: DocId) -> Vec<(DocId, usize)> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([start]);
    let mut pending = VecDeque::from([(start, 0_usize)]);
    while let Some((id, distance)) = pending.pop_front() {
        found.push((id, distance));
        let bases = documents.get(id.0).map(|document| document.bases.as_slice()).unwrap_or_default();
        for (base, _) in bases {
            if seen.insert(*base) {
                pending.push_back((*base, distance.saturating_add(1)));
            }
        }
    }
    found
}
