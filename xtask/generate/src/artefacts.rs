//! The register of what is generated.

use crate::Files;
use anyhow::Result;
use callguard_engine::diagnostic::Code;
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
pub(crate) const ALL: &[Artefact] = &[Artefact { place: "docs/reference/errors", produce: error_pages }];

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
