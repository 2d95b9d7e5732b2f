//! Policies of other tools as policies of ours.
//!
//! Reads the `ContractBundle` of `callguard/v1` (CallGuard 0.3), and the `Ruleset` and `ContractBundle` of `edictum/v1`. What comes
//! out gives their answers, by the same fields and texts; where it does not, a [`Note`] says what is otherwise.

mod bundle;
mod condition;
mod contract;
mod emit;
mod facts;
mod message;
mod regexes;
mod sandbox;
mod session;
mod tree;

use callguard_engine::diagnostic::{Code, Diagnostic, Severity};
use callguard_engine::source::{FileId, Sources, Span, read_documents};

/// A policy that was converted.
#[derive(Clone, Debug)]
pub struct Converted {
    /// Its name.
    pub name: String,
    /// What it was: `callguard/v1 ContractBundle` and the like.
    pub from: String,
    /// The policy, as YAML, its notes as comments.
    pub text: String,
    /// How many contracts it has.
    pub contracts: usize,
    /// What has no equal, in the order written.
    pub notes: Vec<Note>,
}

/// Something that has no equal, or not quite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where it stands in what was read.
    pub span: Span,
    /// The contract of ours that it is about; none of the whole.
    pub of: Option<String>,
    /// What is otherwise.
    pub text: String,
}

/// Converts every document of a file that is of a known kind.
///
/// # Errors
/// The file cannot be read as YAML, has no such document, or one that is not what its kind says.
pub fn convert(sources: &Sources, file: FileId) -> Result<Vec<Converted>, Vec<Diagnostic>> {
    let (documents, found) = read_documents(sources, file);
    if found.iter().any(|found| found.severity == Severity::Error) {
        return Err(found);
    }
    let converted = documents.iter().filter_map(bundle::convert);
    let converted = converted.collect::<Result<Vec<_>, _>>().map_err(|malformed| vec![*malformed])?;
    if converted.is_empty() { Err(vec![nothing_known(sources, file)]) } else { Ok(converted) }
}

fn nothing_known(sources: &Sources, file: FileId) -> Diagnostic {
    let name = sources.iter().find(|(id, _)| *id == file).map(|(_, source)| source.name.as_str()).unwrap_or_default();
    Diagnostic::unplaced(Code::NoPolicy, format!("`{name}` has no document that can be converted"))
        .help("known are `ContractBundle` of `callguard/v1`, `Ruleset` and `ContractBundle` of `edictum/v1`")
}

/// The text in lines of at most so many characters, broken between words.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count().saturating_add(word.chars().count()) < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
