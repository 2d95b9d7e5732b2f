//! How far documents are from each other along `extends`.

use super::library::{DocId, Library};
use std::collections::{BTreeMap, VecDeque};

/// A root and every document that it extends, with the distances between them.
pub(super) struct Reach {
    /// Each document once: the root, then by distance, then in the order of `extends`.
    pub(super) order: Vec<DocId>,
    /// Each document once, after all that it extends.
    pub(super) bases_first: Vec<DocId>,
    /// For each document, how far its own bases are (itself: 0).
    distances: BTreeMap<DocId, BTreeMap<DocId, usize>>,
}

impl Reach {
    /// All that `root` reaches.
    pub(super) fn of(library: &Library, root: DocId) -> Reach {
        let order = walk(library, root);
        let distances = order.iter().map(|(id, _)| (*id, walk(library, *id).into_iter().collect())).collect();
        let order = order.into_iter().map(|(id, _)| id).collect();
        Reach { order, bases_first: bases_first(library, root), distances }
    }

    /// How many steps of `extends` lead from `from` to `to`; `None`: none do.
    pub(super) fn distance(&self, from: DocId, to: DocId) -> Option<usize> {
        self.distances.get(&from)?.get(&to).copied()
    }

    /// Whether a base of `from`, near or far, could not be read.
    pub(super) fn is_incomplete(&self, library: &Library, from: DocId) -> bool {
        let all = self.order.iter().filter(|to| self.distance(from, **to).is_some());
        all.filter_map(|id| library.document(*id)).any(|document| document.incomplete)
    }

    /// The bases of `from`, near and far, itself not included, nearest first.
    pub(super) fn beneath(&self, from: DocId) -> Vec<(DocId, usize)> {
        let mut found: Vec<_> = self.order.iter().filter_map(|to| Some((*to, self.distance(from, *to)?))).collect();
        found.retain(|(to, _)| *to != from);
        found.sort_by_key(|(_, distance)| *distance);
        found
    }
}

/// Circles have been cut, so every document is left once its bases are.
fn bases_first(library: &Library, root: DocId) -> Vec<DocId> {
    let mut done = Vec::new();
    let mut path = vec![(root, 0_usize)];
    while let Some((id, next)) = path.last_mut() {
        let id = *id;
        let base = library.document(id).and_then(|document| document.bases.get(*next)).map(|(base, _)| *base);
        *next = next.saturating_add(1);
        match base {
            Some(base) if done.contains(&base) => {}
            Some(base) => path.push((base, 0)),
            None => {
                path.pop();
                if !done.contains(&id) {
                    done.push(id);
                }
            }
        }
    }
    done
}

fn walk(library: &Library, start: DocId) -> Vec<(DocId, usize)> {
    let mut found: Vec<(DocId, usize)> = Vec::new();
    let mut pending = VecDeque::from([(start, 0_usize)]);
    while let Some((id, distance)) = pending.pop_front() {
        if found.iter().any(|(known, _)| *known == id) {
            continue;
        }
        found.push((id, distance));
        let bases = library.document(id).map(|document| document.bases.as_slice()).unwrap_or_default();
        pending.extend(bases.iter().map(|(base, _)| (*base, distance.saturating_add(1))));
    }
    found
}
