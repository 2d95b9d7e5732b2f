//! Mending text: the smallest edits, everything else as it was.

use super::{Edit, Finding, Fix};
use callguard_engine::diagnostic::{Code, Diagnostic};
use callguard_engine::source::{FileId, Node, Sources, Span};

/// The file's text with every fix in it that overlaps none before it, and how many those are.
pub fn apply(findings: &[Finding], sources: &Sources, file: FileId) -> (String, usize) {
    let text = sources.file(file).map(|file| file.text.to_string()).unwrap_or_default();
    let mut chosen: Vec<&Edit> = Vec::new();
    let mut fixed = 0_usize;
    for fix in findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        let fits = |edit: &Edit| {
            edit.span.file == file
                && chosen.iter().all(|other| edit.span.end <= other.span.start || other.span.end <= edit.span.start)
        };
        if fix.edits.iter().all(fits) {
            chosen.extend(&fix.edits);
            fixed = fixed.saturating_add(1);
        }
    }
    chosen.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mended = chosen.into_iter().fold(text, replaced);
    (mended, fixed)
}

fn replaced(mut text: String, edit: &Edit) -> String {
    let range = usize::try_from(edit.span.start).ok().zip(usize::try_from(edit.span.end).ok());
    if let Some((start, end)) = range.filter(|(start, end)| text.get(*start..*end).is_some()) {
        text.replace_range(start..end, &edit.text);
    }
    text
}

/// What mends a finding of the load: quotes around what other readers of YAML take for something else.
pub(crate) fn of_load(found: &Diagnostic, sources: &Sources) -> Option<Fix> {
    let span = found.span.filter(|_| found.code == Code::PlainScalar)?;
    let text = sources.text(span);
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:.+-".contains(&byte));
    // A number that is quoted is a text.
    let is_text = callguard_engine::value::Number::parse(text).is_none() && !text.starts_with(['0', '+', '-', '.']);
    let edit = Edit { span, text: format!("\"{text}\"") };
    (plain && is_text).then(|| Fix { says: format!("write `\"{text}\"`"), edits: vec![edit] })
}

/// The edit that takes an item out of a list, where nothing but the item is lost.
pub(crate) fn without_item(items: &[Node], index: usize, sources: &Sources) -> Option<Edit> {
    let item = items.get(index)?;
    if items.len() < 2 || items.iter().any(|other| other.span.file != item.span.file) {
        return None;
    }
    in_flow(items, index, sources).or_else(|| in_block(item, sources))
}

/// From this item to the next, or from the last one to this.
fn in_flow(items: &[Node], index: usize, sources: &Sources) -> Option<Edit> {
    let item = items.get(index)?;
    let span = match items.get(index.checked_add(1)?) {
        Some(next) => Span { end: next.span.start, ..item.span },
        None => Span { start: items.get(index.checked_sub(1)?)?.span.end, ..item.span },
    };
    let cut = sources.text(span);
    let own = sources.text(item.span);
    let between = match index.checked_add(1).and_then(|next| items.get(next)) {
        Some(_) => cut.strip_prefix(own)?,
        None => cut.strip_suffix(own)?,
    };
    (between.trim() == "," && !between.contains('\n')).then(|| Edit { span, text: String::new() })
}

/// The whole line `- item`.
fn in_block(item: &Node, sources: &Sources) -> Option<Edit> {
    let text = &sources.file(item.span.file)?.text;
    let (start, end) = (usize::try_from(item.span.start).ok()?, usize::try_from(item.span.end).ok()?);
    let before = text.get(..start)?;
    let line = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let rest = text.get(end..)?;
    let after = rest.find('\n')?;
    let alone = before.get(line..)?.trim() == "-" && rest.get(..after)?.trim().is_empty();
    let start = u32::try_from(line).ok()?;
    let end = u32::try_from(end.checked_add(after)?.checked_add(1)?).ok()?;
    alone.then(|| Edit { span: Span { file: item.span.file, start, end }, text: String::new() })
}
