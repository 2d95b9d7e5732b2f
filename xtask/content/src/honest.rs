//! What is found in honest files.

use crate::corpus::Package;
use callguard_engine::audit::detect::{DetectKind, Detectors};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is found in all packages.
#[derive(Serialize)]
pub(crate) struct Honest {
    pub(crate) packages: Vec<Counted>,
    pub(crate) findings: Vec<Place>,
    /// Addresses are what they say, and there to be read.
    pub(crate) addresses: usize,
}

/// A package and its size.
#[derive(Serialize)]
pub(crate) struct Counted {
    pub(crate) origin: &'static str,
    pub(crate) name: String,
    pub(crate) files: usize,
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
    /// By kind; without addresses.
    pub(crate) findings: BTreeMap<&'static str, usize>,
}

/// Where something was found. Holds no text.
#[derive(Serialize)]
pub(crate) struct Place {
    pub(crate) kind: &'static str,
    pub(crate) package: String,
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// The kind that is counted apart.
const ADDRESS: &str = "email";

pub(crate) fn measure(packages: &[Package]) -> Honest {
    let all: Vec<DetectKind> = DetectKind::all().collect();
    let mut honest = Honest { packages: Vec::new(), findings: Vec::new(), addresses: 0 };
    for package in packages {
        let mut counted = Counted {
            origin: package.origin,
            name: package.name.clone(),
            files: package.files.len(),
            lines: 0,
            bytes: 0,
            findings: BTreeMap::new(),
        };
        for (file, text) in &package.files {
            counted.lines += text.lines().count();
            counted.bytes += text.len();
            for finding in Detectors::find(text, &all) {
                let kind = finding.kind.as_str();
                if kind == ADDRESS {
                    honest.addresses += 1;
                    continue;
                }
                *counted.findings.entry(kind).or_default() += 1;
                let line = text.bytes().take(finding.start).filter(|byte| *byte == b'\n').count() + 1;
                honest.findings.push(Place { kind, package: package.name.clone(), file: file.clone(), line });
            }
        }
        honest.packages.push(counted);
    }
    honest
}

impl Honest {
    pub(crate) fn lines(&self) -> usize {
        self.packages.iter().map(|package| package.lines).sum()
    }

    /// Findings in 10,000 lines.
    pub(crate) fn rate(&self) -> f64 {
        self.findings.len() as f64 * 10_000.0 / self.lines() as f64
    }
}
