//! The commands that `xargs` and its like make of what they read, and marks that it takes the place of.

use super::super::catalog::Role;
use super::super::words::{Open, Word};
use super::Input;
use super::meaning::Run;
use compact_str::CompactString;

/// Words of a text that are put into commands one by one.
const MOST_ITEMS: usize = 64;

/// The words of a wrapper's program with what the wrapper reads, once for each time that it runs it.
pub(super) fn with_items(mut words: Vec<Word>, run: &Run<'_>) -> Vec<Vec<Word>> {
    let is_parallel = run.program.name.eq_ignore_ascii_case("parallel");
    if let (Input::Text(text), false) = (run.input, is_parallel)
        && let Some(lines) = of_text(&words, text, run)
    {
        return lines;
    }
    let mut items = match run.input {
        Input::Paths(paths) if !run.invocation.flags.iter().any(|found| found.name == "-a") => paths.to_vec(),
        _ => vec![Word::unknown()],
    };
    if let Some(at) = words.iter().position(|word| matches!(word.known(), Some(":::"))) {
        items = words.split_off(at).split_off(1);
    }
    let given = run.invocation.flags.iter().find(|found| found.role == Role::Placeholder);
    let mark = given.and_then(|found| found.value.as_ref()).map_or("{}", |word| word.text.as_str());
    let marked = given.is_some() || is_parallel && words.iter().any(|word| word.text.contains(mark));
    if marked {
        words = replaced(words, mark, &items);
    } else {
        words.extend(items);
    }
    vec![words]
}

/// The same of a text that is known, where what `xargs` does with it is.
fn of_text(words: &[Word], text: &str, run: &Run<'_>) -> Option<Vec<Vec<Word>>> {
    let value = |name: &str| {
        let found = run.invocation.flags.iter().find(|found| found.name == name)?;
        Some(found.value.as_ref().and_then(Word::known))
    };
    let known = ["-r", "-t", "-P", "-n", "-I", "-d"];
    if !run.invocation.flags.iter().all(|found| known.contains(&found.name.as_str())) {
        return None;
    }
    let by_lines = match value("-d") {
        Some(delimiter) => delimiter.filter(|delimiter| matches!(*delimiter, "\\n" | "\n")).map(|_| true)?,
        None if text.contains(['\'', '"', '\\']) => return None,
        None => false,
    };
    let mark = value("-I");
    let most = MOST_ITEMS.saturating_add(1);
    let items: Vec<Word> = match mark {
        Some(_) => {
            let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty());
            lines.take(most).map(Word::literal).collect()
        }
        None if by_lines => text.lines().take(most).map(Word::literal).collect(),
        None => text.split_ascii_whitespace().take(most).map(Word::literal).collect(),
    };
    let each = match (mark, value("-n")) {
        (Some(mark), None) => return marked(words, mark?, &items),
        (Some(_), Some(_)) => return None,
        (None, Some(count)) => count?.parse::<usize>().ok().filter(|count| *count > 0)?,
        (None, None) => items.len().max(1),
    };
    if items.len() > MOST_ITEMS {
        return None;
    }
    let with = |items: &[Word]| words.iter().chain(items).cloned().collect();
    Some(if items.is_empty() { vec![words.to_vec()] } else { items.chunks(each).map(with).collect() })
}

fn marked(words: &[Word], mark: &str, items: &[Word]) -> Option<Vec<Vec<Word>>> {
    let each = |item: &Word| replaced(words.to_vec(), mark, std::slice::from_ref(item));
    (items.len() <= MOST_ITEMS && !mark.is_empty()).then(|| items.iter().map(each).collect())
}

/// The words with what takes the place of a mark in them.
pub(super) fn replaced(words: Vec<Word>, mark: &str, items: &[Word]) -> Vec<Word> {
    let mut out = Vec::new();
    for word in words {
        if word.known() == Some(mark) {
            out.extend(items.iter().cloned());
        } else if !mark.is_empty() && word.text.contains(mark) {
            out.push(if let [item] = items { with_one(&word, mark, item) } else { Word::unknown() });
        } else {
            out.push(word);
        }
    }
    out
}

/// A word with one item in the place of a mark.
fn with_one(word: &Word, mark: &str, item: &Word) -> Word {
    // A name of which the rest is known lies below the same directory; a script may be anything.
    let is_name = !word.text.contains(char::is_whitespace);
    match (word.known(), item.known(), item.open) {
        (Some(text), Some(item), _) => Word::literal(text.replace(mark, item)),
        (Some(text), None, Some(Open::Pattern)) if is_name && item.is_number() => {
            let parts: Vec<String> = text.split(mark).map(escaped).collect();
            let glob = CompactString::from(parts.join(super::super::words::NUMBER));
            let start = text.split(mark).next().unwrap_or_default();
            Word {
                text: start.into(),
                open: Some(Open::Pattern),
                has_slash: glob.contains('/'),
                glob: Some(glob),
                many: false,
            }
        }
        (_, _, Some(Open::Below)) if is_name && word.text.starts_with(mark) => Word::below(&item.text, "*"),
        _ => Word::unknown(),
    }
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '*' | '?' | '[' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

/// Whether a program takes lines from what it reads, as far as is known of it.
pub(super) fn takes_lines(run: &Run<'_>) -> bool {
    const ALWAYS: [&str; 11] =
        ["read", "mapfile", "readarray", "tr", "tee", "dd", "ssh", "xargs", "parallel", "sponge", "select"];
    let reads = |role: Role| matches!(role, Role::Read | Role::ReadTree | Role::Write);
    let operands = &run.rules.operands;
    let takes_files = operands.first.iter().chain(&operands.repeated).any(|role| *role == Role::Read);
    let names = |(word, role): &(Word, Role)| reads(*role) && word.known() != Some("-");
    let is_told = run.invocation.operands.iter().any(names) || run.rules.default_operand.is_some();
    ALWAYS.contains(&run.program.name) || takes_files && !is_told && !run.invocation.has(Role::Help)
}
