//! `callguard convert`: policies of other tools as policies of ours.

use crate::args::write::ConvertArgs;
use crate::commands::validate::counted;
use crate::exit::Exit;
use crate::screen::{Failure, Screen, style};
use callguard::engine::policy::{LoadErrors, LoadInput, PolicyFile, load};
use callguard::engine::source::Sources;
use callguard::{Disk, LoadError};
use callguard_analysis::convert::{Converted, convert, wrapped};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file and what came of it.
struct Read {
    name: String,
    sources: Arc<Sources>,
    policies: Vec<Converted>,
}

pub(crate) fn run(args: &ConvertArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let files = args.files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    if args.json {
        screen.line(as_json(&files))?;
        return Ok(Exit::Ok);
    }
    match &args.output {
        None => screen.text(text(files.iter().flat_map(|file| &file.policies)))?,
        Some(place) => write(args, place, &files, screen)?,
    }
    for file in &files {
        as_text(file, usize::from(args.width), screen);
    }
    Ok(Exit::Ok)
}

fn read(path: &Path) -> Result<Read, Failure> {
    let name = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| Failure::Usage(format!("cannot read `{name}`: {error}")))?;
    let mut sources = Sources::default();
    let file = match sources.add_bytes(&name, bytes) {
        Ok(file) => file,
        Err(found) => return Err(refused(vec![found], sources)),
    };
    let policies = match convert(&sources, file) {
        Ok(policies) => policies,
        Err(found) => return Err(refused(found, sources)),
    };
    policies.iter().try_for_each(loads)?;
    Ok(Read { name, sources: Arc::new(sources), policies })
}

/// Nothing is written that does not load.
fn loads(policy: &Converted) -> Result<(), Failure> {
    let file = PolicyFile::new(file_name(policy), policy.text.clone());
    let input = LoadInput { files: vec![file], bases: &Disk, operators: Arc::default() };
    load(input).map(drop).map_err(|errors| Failure::Policy(Box::new(LoadError::from(errors))))
}

fn refused(diagnostics: Vec<callguard::engine::diagnostic::Diagnostic>, sources: Sources) -> Failure {
    LoadError::from(LoadErrors { diagnostics, sources: Arc::new(sources) }).into()
}

fn file_name(policy: &Converted) -> String {
    format!("{}.yaml", policy.name)
}

/// Policies as the documents of one file.
fn text<'a>(policies: impl Iterator<Item = &'a Converted>) -> String {
    policies.map(|policy| policy.text.as_str()).collect::<Vec<_>>().join("---\n")
}

/// Writes one file, or to a folder one for each policy; none over what is there, unless it is to be.
fn write(args: &ConvertArgs, place: &Path, files: &[Read], screen: &mut Screen) -> Result<(), Failure> {
    let policies = || files.iter().flat_map(|file| &file.policies);
    let written: Vec<(PathBuf, String)> = match place.is_dir() {
        true => policies().map(|policy| (place.join(file_name(policy)), policy.text.clone())).collect(),
        false => vec![(place.to_owned(), text(policies()))],
    };
    for (number, (path, _)) in written.iter().enumerate() {
        let name = path.display();
        if path.exists() && !args.force {
            return Err(Failure::Usage(format!("`{name}` is there already: `--force` writes over it")));
        }
        if written.iter().take(number).any(|(other, _)| other == path) {
            return Err(Failure::Usage(format!("two policies would be `{name}`: convert them one by one")));
        }
    }
    for (path, text) in &written {
        let name = path.display();
        fs::write(path, text).map_err(|error| Failure::Outside(format!("cannot write `{name}`: {error}")))?;
        screen.line(format_args!("written  {name}"))?;
    }
    Ok(())
}

/// What the policies have no equal for, beside how much they have.
fn as_text(file: &Read, width: usize, screen: &mut Screen) {
    for policy in &file.policies {
        let contracts = counted(policy.contracts, "contract", "contracts");
        let notes = counted(policy.notes.len(), "note", "notes");
        let Read { name, .. } = file;
        let Converted { name: policy_name, from, .. } = policy;
        screen.note(format_args!(
            "{}converted{:#}  {name}  {from} {policy_name}, {contracts}, {notes}",
            style::ALLOW,
            style::ALLOW
        ));
        for note in &policy.notes {
            let line = line(&file.sources, note.span);
            let of = note.of.as_ref().map(|of| format!("{of}: ")).unwrap_or_default();
            screen.note(format_args!("{}note{:#}  {name}:{line}", style::ASK, style::ASK));
            let room = width.saturating_sub(6);
            wrapped(&format!("{of}{}", note.text), room)
                .into_iter()
                .for_each(|line| screen.note(format_args!("      {line}")));
        }
    }
}

fn line(sources: &Sources, span: callguard::engine::source::Span) -> usize {
    sources.line_column(span).0
}

fn as_json(files: &[Read]) -> Json {
    let converted = files.iter().flat_map(|file| {
        file.policies.iter().map(|policy| {
            let note = |note: &callguard_analysis::convert::Note| {
                json!({ "line": line(&file.sources, note.span), "contract": note.of, "text": note.text })
            };
            json!({
                "file": file.name,
                "from": policy.from,
                "name": policy.name,
                "contracts": policy.contracts,
                "policy": policy.text,
                "notes": policy.notes.iter().map(note).collect::<Vec<_>>(),
            })
        })
    });
    json!({ "converted": converted.collect::<Vec<_>>() })
}
