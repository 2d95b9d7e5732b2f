//! Places in policy text.

use std::sync::Arc;

use super::lines::LineIndex;
use super::yaml::MAX_BYTES;
use crate::diagnostic::{Code, Diagnostic};

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
#[derive(Clone)]
pub struct SourceFile {
    /// The name as the user gave it.
    pub name: String,
    /// The whole text.
    pub text: Arc<str>,
    lines: LineIndex,
}

impl std::fmt::Debug for SourceFile {
    /// A policy may have a megabyte.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("SourceFile")
            .field("name", &self.name)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
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
        let text = text.into();
        let lines = LineIndex::new(&text);
        self.files.push(SourceFile { name: name.into(), text, lines });
        id
    }

    /// Adds a file as it was read. One that is not UTF-8 is an error (CG0106) that shows the first such byte.
    pub fn add_bytes(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> Result<FileId, Diagnostic> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(self.add(name, text)),
            Err(error) => Err(self.not_utf8(name.into(), error.as_bytes(), error.utf8_error().valid_up_to())),
        }
    }

    fn not_utf8(&mut self, name: String, bytes: &[u8], valid: usize) -> Diagnostic {
        let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        let help = if wide { "the file is UTF-16; save it as UTF-8" } else { "save the file as UTF-8" };
        let found = Diagnostic::unplaced(Code::NotUtf8, format!("`{name}` is not UTF-8 at byte {valid}")).help(help);
        // What comes after the limit would not be read anyway; what comes before is shown as well as it can be.
        let shown = String::from_utf8_lossy(bytes.get(..MAX_BYTES).unwrap_or(bytes)).into_owned();
        let file = self.add(name, shown);
        let start = u32::try_from(valid).ok().filter(|_| valid < MAX_BYTES);
        let span = start.map(|start| Span { file, start, end: start.saturating_add(REPLACEMENT_BYTES) });
        Diagnostic { span, ..found }
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
        self.position(span.file, span.start)
    }

    /// One-based line and column (in characters) of the first character after a span.
    pub fn end_line_column(&self, span: Span) -> (usize, usize) {
        self.position(span.file, span.end)
    }

    /// A line by its one-based number, without its break, and the byte at which it starts.
    pub(crate) fn line(&self, file: FileId, number: usize) -> Option<(usize, &str)> {
        let file = self.file(file)?;
        let start = file.lines.start(number)?;
        let rest = file.text.get(start..)?;
        let line = file.lines.start(number.checked_add(1)?).and_then(|end| rest.get(..end.checked_sub(start)?));
        Some((start, line.unwrap_or(rest).trim_end_matches(['\n', '\r'])))
    }

    fn position(&self, file: FileId, offset: u32) -> (usize, usize) {
        let Some(file) = self.file(file) else { return (1, 1) };
        let (line, start) = file.lines.line(offset);
        let column = |offset| file.lines.chars_before(&file.text, offset);
        let mark = usize::from(line == 1 && file.text.starts_with('\u{feff}'));
        (line, column(offset).saturating_sub(column(start)).saturating_sub(mark).saturating_add(1))
    }
}

/// What U+FFFD, which stands for bytes that are not UTF-8, takes in UTF-8.
const REPLACEMENT_BYTES: u32 = 3;
