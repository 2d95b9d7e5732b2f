//! The register of what is generated.

use crate::Files;
use anyhow::{Context as _, Result};
use callguard_engine::audit::detect::detectors_page;
use callguard_engine::audit::event::AuditEvent;
use callguard_engine::call::facets::command::programs_page;
use callguard_engine::decide::DecisionJson;
use callguard_engine::diagnostic::Code;
use callguard_engine::policy::reference;
use callguard_engine::policy::schema::{kinds, schema};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Something that is generated from the code and committed.
pub(crate) struct Artefact {
    /// The file, or the directory that holds nothing else.
    pub(crate) place: &'static str,
    /// Produces the files, with their paths from the root of the repository.
    pub(crate) produce: fn() -> Result<Files>,
}

/// Everything that is generated. To add an artefact, add a line.
pub(crate) const ALL: &[Artefact] = &[
    Artefact { place: "docs/reference/errors", produce: error_pages },
    Artefact { place: "docs/reference/operators.md", produce: operators },
    Artefact { place: "docs/reference/selectors.md", produce: selectors },
    Artefact { place: "docs/reference/programs.md", produce: programs },
    Artefact { place: "docs/reference/detectors.md", produce: detectors },
    Artefact { place: "docs/reference/schemas", produce: schemas },
];

fn operators() -> Result<Files> {
    Ok(Files::from([("docs/reference/operators.md".into(), reference::operators_page())]))
}

fn selectors() -> Result<Files> {
    Ok(Files::from([("docs/reference/selectors.md".into(), reference::selectors_page())]))
}

fn programs() -> Result<Files> {
    Ok(Files::from([("docs/reference/programs.md".into(), programs_page())]))
}

fn detectors() -> Result<Files> {
    Ok(Files::from([("docs/reference/detectors.md".into(), detectors_page())]))
}

/// The JSON Schema of each kind of document, and of the forms that leave the engine.
fn schemas() -> Result<Files> {
    let directory = PathBuf::from("docs/reference/schemas");
    let one = |kind: &str| {
        let schema = schema(kind).with_context(|| format!("there is no schema of {kind}"))?;
        let text = format!("{}\n", serde_json::to_string_pretty(&schema)?);
        Ok((directory.join(format!("{kind}.schema.json")), text))
    };
    let events = [
        ("AuditEvent", AuditEvent::schema()),
        ("Decision", DecisionJson::schema()),
        ("Diff", callguard_analysis::DiffJson::schema()),
        ("Replay", callguard_analysis::ReplayJson::schema()),
    ];
    let forms = events.into_iter().map(|(name, schema)| {
        Ok((directory.join(format!("{name}.schema.json")), format!("{}\n", serde_json::to_string_pretty(&schema)?)))
    });
    kinds().map(one).chain(forms).collect()
}

/// A page for each code, and an index.
fn error_pages() -> Result<Files> {
    let directory = PathBuf::from("docs/reference/errors");
    let mut index = String::from(
        "# Error codes\n\nA code never changes its meaning. `callguard explain CODE` prints the same page.\n\n\
         | code | meaning |\n|---|---|\n",
    );
    let mut files = Files::new();
    for code in Code::ALL {
        let name = format!("{code}.md");
        writeln!(index, "| [{code}]({name}) | {} |", code.summary())?;
        files.insert(directory.join(name), code.page().markdown.to_owned());
    }
    files.insert(directory.join("README.md"), index);
    Ok(files)
}
