//! The target `templates`: every change of a template, and every call that one denies, written otherwise.

use super::{Finding, TargetReport};
use crate::process;
use crate::templates::{Template, program, tests};
use anyhow::Result;
use std::time::Instant;

/// What it is called.
pub(super) const TEMPLATES: &str = "templates";
/// How often each denied call is written otherwise.
const REWRITES: u64 = 100;

/// Judges each template by its own tests.
pub(super) fn run() -> Result<TargetReport> {
    let clock = Instant::now();
    let program = program(&mut process::cargo(["build"]))?;
    let mut templates = Vec::new();
    for file in tests()? {
        let template = Template::judge(&mut process::command(&program), &file, Some(REWRITES))?;
        template.print();
        templates.push(template);
    }
    let findings = templates.iter().flat_map(Template::findings);
    Ok(TargetReport {
        executions: templates.iter().map(Template::tried).sum(),
        findings: findings.map(|summary| Finding { summary, input: None }).collect(),
        templates,
        ..TargetReport::of(TEMPLATES, clock.elapsed())
    })
}
