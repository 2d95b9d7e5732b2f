//! Places in policy text.

use std::sync::Arc;

/// Which file of a [`Sources`] a span lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub(crate) u32);

/// A range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

/// One file of policy text. The name is what messages call it; the engine never opens it.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// The name as the user gave it.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
}

/// The files that a load has read so far, in load order.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file and says under which id its spans stand.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile { name: name.into(), text: text.into() });
        id
    }

    /// The file with that id.
    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(usize::try_from(id.0).ok()?)
    }

    /// Every file in load order.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        (0..).map(FileId).zip(&self.files)
    }

    /// The text under a span; empty where the span does not fit its file.
    pub fn text(&self, span: Span) -> &str {
        let range = usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok());
        let found = range.and_then(|(start, end)| self.file(span.file)?.text.get(start..end));
        found.unwrap_or_default()
    }

    /// One-based line and column (in characters) of the start of a span.
    pub fn line_column(&self, span: Span) -> (usize, usize) {
        let start = usize::try_from(span.start).unwrap_or(usize::MAX);
        let before = self.file(span.file).and_then(|file| file.text.get(..start)).unwrap_or_default();
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count());
        (line.saturating_add(1), column.saturating_add(1))
    }
}
