//! White space that nobody sees: at the ends of lines, of the file, and in runs of blank lines.

use super::parsed::Parsed;

/// The text without it. What stands within a scalar is left.
pub(super) fn tidied(parsed: &Parsed) -> Option<String> {
    let mut out = String::with_capacity(parsed.text.len());
    let mut blanks = 0_usize;
    for (index, start) in parsed.lines.iter().enumerate() {
        let end = parsed.lines.get(index.saturating_add(1)).copied().unwrap_or(parsed.text.len());
        let line = parsed.text.get(*start..end)?;
        let content = line.trim_end_matches(['\n', '\r']);
        let protected = parsed.is_in_scalar(start.saturating_add(content.len()));
        let shown = if protected { content } else { content.trim_end() };
        if shown.is_empty() && !protected {
            blanks = blanks.saturating_add(1);
            continue;
        }
        if blanks > 0 && !out.is_empty() {
            out.push('\n');
        }
        blanks = 0;
        out.push_str(shown);
        out.push('\n');
    }
    Some(out)
}
