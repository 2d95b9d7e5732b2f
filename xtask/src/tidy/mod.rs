//! `cargo xtask tidy`: the rules of the house that no other tool holds.

mod arrows;
mod corpus;
mod files;

use anyhow::{Result, bail};

pub(crate) fn run() -> Result<()> {
    let mut findings = arrows::check()?;
    findings.extend(files::check()?);
    findings.extend(corpus::check()?);
    if findings.is_empty() {
        return Ok(());
    }
    findings.iter().for_each(|finding| println!("{finding}"));
    bail!("{} findings of tidy", findings.len());
}
