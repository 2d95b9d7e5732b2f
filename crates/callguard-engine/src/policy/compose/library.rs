//! The files of a load: the roots, and every base that they reach.

use super::reach::Distances;
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::policy::load::{Bases, PolicyFile};
use crate::policy::read::{self, Cx, Header};
use crate::policy::templates::{PREFIX, TEMPLATES, template};
use crate::source::{FileId, Node, Sources, Span, Spanned, excerpt, read_documents};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Files that one load may read, and policies that may stand in them.
const MAX_FILES: usize = 256;
const MAX_DOCUMENTS: usize = 256;

/// Every document of a load, each read once.
pub(in crate::policy) struct Library {
    /// The files, in load order.
    pub(in crate::policy) sources: Sources,
    /// What is wrong so far.
    pub(in crate::policy) diagnostics: Vec<Diagnostic>,
    /// Over the bytes of every file, in load order.
    pub(in crate::policy) digest: Sha256,
    /// The policies, in load order.
    pub(super) documents: Vec<Document>,
    /// The policies of the root files: those that decide.
    pub(super) roots: Vec<DocId>,
    /// How far the policies are from each other.
    pub(super) distances: Rc<Distances>,
    files: BTreeMap<String, Vec<DocId>>,
}

/// A document of a [`Library`], by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DocId(pub(super) usize);

/// A document of kind `Policy`.
pub(super) struct Document {
    /// What its `metadata` says.
    pub(super) header: Header,
    /// Its `spec`, as written.
    pub(super) spec: Node,
    /// The policies that it extends, and where it says so.
    pub(super) bases: Vec<(DocId, Span)>,
    /// Whether a base could not be read: what it would have had is not missed.
    pub(super) incomplete: bool,
}

impl Library {
    /// Reads the roots and all that they extend, depth first.
    pub(in crate::policy) fn read(roots: Vec<PolicyFile>, bases: &dyn Bases) -> Library {
        let mut library = Library {
            sources: Sources::default(),
            diagnostics: Vec::new(),
            digest: Sha256::new(),
            documents: Vec::new(),
            roots: Vec::new(),
            distances: Rc::default(),
            files: BTreeMap::new(),
        };
        if roots.is_empty() {
            library.diagnostics.push(Diagnostic::unplaced(Code::NoPolicy, "there is no policy to load"));
        }
        let mut seen = BTreeSet::new();
        for root in roots {
            let again = !seen.insert(root.name.clone());
            let documents = match library.files.get(&root.name) {
                Some(known) if !again => known.clone(),
                _ => library.add_file(root),
            };
            library.roots.extend(&documents);
            library.follow(documents, bases);
        }
        library.refuse_cycles();
        library.distances = Rc::new(Distances::of(&library.documents));
        library.refuse_equal_names();
        library
    }

    /// The document of that id.
    pub(super) fn document(&self, id: DocId) -> Option<&Document> {
        self.documents.get(id.0)
    }

    /// Reads the bases of `documents`, and theirs.
    fn follow(&mut self, documents: Vec<DocId>, bases: &dyn Bases) {
        let mut pending: Vec<(DocId, Spanned<String>)> = Vec::new();
        let mut new = documents;
        loop {
            for id in new.iter().rev() {
                pending.extend(self.references(*id).into_iter().rev().map(|reference| (*id, reference)));
            }
            let Some((from, reference)) = pending.pop() else { return };
            let before = self.documents.len();
            let found = self.base(from, &reference, bases);
            new = (before..self.documents.len()).map(DocId).collect();
            if let Some(document) = self.documents.get_mut(from.0) {
                document.incomplete |= found.is_empty();
                document.bases.extend(found.into_iter().map(|base| (base, reference.span)));
            }
        }
    }

    /// What a document extends, as written; nothing the second time it is asked.
    fn references(&mut self, id: DocId) -> Vec<Spanned<String>> {
        let written = self.documents.get_mut(id.0).map(|document| std::mem::take(&mut document.header.extends));
        written.unwrap_or_default()
    }

    fn base(&mut self, from: DocId, reference: &Spanned<String>, bases: &dyn Bases) -> Vec<DocId> {
        let file = match self.find_base(from, reference, bases) {
            Ok(file) => file,
            Err(found) => {
                self.diagnostics.push(*found);
                return Vec::new();
            }
        };
        if let Some(known) = self.files.get(&file.name) {
            return known.clone();
        }
        if self.files.len() >= MAX_FILES {
            let message = format!("more than {MAX_FILES} files are reached through `extends`");
            self.diagnostics.push(Diagnostic::error(Code::TooMuchComposed, reference.span, message));
            return Vec::new();
        }
        self.add_file(file)
    }

    fn find_base(
        &self,
        from: DocId,
        reference: &Spanned<String>,
        bases: &dyn Bases,
    ) -> Result<PolicyFile, Box<Diagnostic>> {
        if let Some(name) = reference.value.strip_prefix(PREFIX) {
            return template(name)
                .map(PolicyFile::from)
                .ok_or_else(|| Box::new(unknown_template(name, reference.span)));
        }
        let from = self.document(from).and_then(|document| self.sources.file(document.spec.span.file));
        let from = from.map(|file| file.name.as_str()).unwrap_or_default();
        bases.read(from, &reference.value).map_err(|reason| {
            let message = format!("the base `{}` cannot be read: {reason}", excerpt(&reference.value));
            let help = "bases are `template/NAME`, or paths relative to this file";
            Box::new(Diagnostic::error(Code::BaseNotFound, reference.span, message).help(help))
        })
    }

    fn add_file(&mut self, file: PolicyFile) -> Vec<DocId> {
        self.digest.update(&file.bytes);
        let documents = match self.sources.add_bytes(file.name.clone(), file.bytes) {
            Ok(id) => self.add_documents(id, &file.name),
            Err(found) => {
                self.diagnostics.push(found);
                Vec::new()
            }
        };
        self.files.insert(file.name, documents.clone());
        documents
    }

    fn add_documents(&mut self, file: FileId, name: &str) -> Vec<DocId> {
        let (nodes, mut found) = read_documents(&self.sources, file);
        let torn = found.iter().any(|found| is_torn(found.code));
        let whole = found.iter().all(|found| found.severity == Severity::Warning);
        self.diagnostics.append(&mut found);
        if torn {
            return Vec::new();
        }
        let custom = BTreeSet::new();
        let mut cx = Cx::new(&self.sources, &custom);
        let read = read::policies(nodes, whole.then_some((file, name)), &mut cx);
        self.diagnostics.extend(cx.into_diagnostics());
        let first = self.documents.len();
        for (header, spec) in read {
            if self.documents.len() >= MAX_DOCUMENTS {
                let message = format!("more than {MAX_DOCUMENTS} policies are loaded together");
                self.diagnostics.push(Diagnostic::error(Code::TooMuchComposed, header.name.span, message));
                break;
            }
            self.documents.push(Document { header, spec, bases: Vec::new(), incomplete: false });
        }
        (first..self.documents.len()).map(DocId).collect()
    }

    /// Reports every `extends` that leads back to its own document, and drops it.
    fn refuse_cycles(&mut self) {
        let mut closing: Vec<(DocId, DocId, Span)> = Vec::new();
        let mut done = BTreeSet::new();
        for start in (0..self.documents.len()).map(DocId) {
            let mut path = vec![(start, 0)];
            while let Some((at, next)) = path.last_mut() {
                let edge = self.documents.get(at.0).and_then(|document| document.bases.get(*next));
                let from = *at;
                *next = next.saturating_add(1);
                match edge {
                    Some((base, _)) if done.contains(base) => {}
                    Some((base, span)) if path.iter().any(|(on_path, _)| on_path == base) => {
                        closing.push((from, *base, *span));
                    }
                    Some((base, _)) => path.push((*base, 0)),
                    None => {
                        done.insert(from);
                        path.pop();
                    }
                }
            }
        }
        let mut told = BTreeSet::new();
        for (from, base, span) in closing {
            if let Some(document) = self.documents.get_mut(from.0) {
                document.bases.retain(|edge| *edge != (base, span));
            }
            if !told.insert((span.file, span.start)) {
                continue;
            }
            let name = self.document(base).map(|document| document.header.name.value.clone()).unwrap_or_default();
            let message = format!("`{name}` extends itself through this base");
            let help = "take one `extends` out of the circle";
            self.diagnostics.push(Diagnostic::error(Code::ExtendsCycle, span, message).help(help));
        }
    }

    fn refuse_equal_names(&mut self) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for Document { header, .. } in &self.documents {
            let Some(earlier) = first.get(header.name.value.as_str()) else {
                first.insert(&header.name.value, header.name.span);
                continue;
            };
            let message = format!("two policies are called `{}`", header.name.value);
            let found = Diagnostic::error(Code::DuplicatePolicy, header.name.span, message);
            let found = found.related(*earlier, "the other one");
            self.diagnostics.push(found.help("give each policy that is loaded together a name of its own"));
        }
    }
}

/// Whether a finding leaves so little of the text that what is found in the rest would mislead.
fn is_torn(code: Code) -> bool {
    matches!(code, Code::YamlSyntax | Code::TooLarge | Code::MergeKey | Code::AliasBudget | Code::NotUtf8)
}

fn unknown_template(name: &str, span: Span) -> Diagnostic {
    let found = Diagnostic::error(Code::BaseNotFound, span, format!("there is no template `{}`", excerpt(name)));
    match did_you_mean(name, TEMPLATES.iter().map(|template| template.name)) {
        Some(known) => found.help(format!("did you mean `{PREFIX}{known}`?")),
        None => {
            let known: Vec<_> = TEMPLATES.iter().map(|template| format!("`{PREFIX}{}`", template.name)).collect();
            found.help(format!("the templates are {}", known.join(", ")))
        }
    }
}
