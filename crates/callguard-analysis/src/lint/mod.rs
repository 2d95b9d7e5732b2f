//! What a policy says that it hardly means. A finding is certain: it is read off the text, or shown for every call.

mod authoring;
mod direction;
mod facets;
mod fix;
mod inventory;
mod limits;
mod literals;
mod names;
mod reach;
mod regexes;
mod subject;
mod wire;

pub(crate) use authoring::gives as gives_shell;
use callguard_engine::decide::{Engine, HostPaths};
use callguard_engine::diagnostic::{Diagnostic, Severity};
use callguard_engine::policy::Loaded;
use callguard_engine::source::Span;
pub use fix::apply;
pub use inventory::{Inventory, InventoryTool};
use jiff::Timestamp;
use subject::Subjects;
pub use wire::{findings_json, findings_sarif};

/// A finding, with what mends it where that is certain.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What and where.
    pub found: Diagnostic,
    /// What mends it, and changes nothing else.
    pub fix: Option<Fix>,
}

/// Edits of the text that mend a finding, all or none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, for people.
    pub says: String,
    /// The edits; none overlaps another.
    pub edits: Vec<Edit>,
}

/// Text that takes the place of other text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What it replaces.
    pub span: Span,
    /// What stands there then.
    pub text: String,
}

/// What to look at.
pub struct Lint<'a> {
    /// The policies.
    pub loaded: &'a Loaded,
    /// Names of the files that are looked into: what stands in others is a base's own affair.
    pub files: &'a [String],
    /// The tools that there are, where somebody has said.
    pub inventory: Option<&'a Inventory>,
    /// The time of calls that no condition on time tells apart.
    pub base: Timestamp,
}

impl Lint<'_> {
    /// Every finding, in the order of the text.
    pub fn findings(&self) -> Vec<Finding> {
        let subjects = Subjects::of(self.loaded, self.files);
        let mut findings: Vec<Finding> = self.warnings();
        for subject in subjects.iter() {
            findings.extend(literals::findings(subject, &self.loaded.sources));
            findings.extend(regexes::findings(subject));
            findings.extend(direction::findings(subject));
            findings.extend(facets::findings(subject));
            findings.extend(authoring::findings(subject));
            findings.extend(names::findings(subject, self.inventory));
        }
        findings.extend(limits::findings(&subjects));
        findings.extend(reach::findings(self, &subjects, &self.engine()));
        sorted(findings)
    }

    /// What the load itself says of these files.
    fn warnings(&self) -> Vec<Finding> {
        let named =
            |found: &&Diagnostic| found.span.is_none_or(|span| subject::is_named(self.loaded, self.files, span));
        let warnings = self.loaded.warnings.iter().filter(named);
        warnings.map(|found| Finding { fix: fix::of_load(found, &self.loaded.sources), found: found.clone() }).collect()
    }

    fn engine(&self) -> Engine {
        let paths = HostPaths {
            workspace: Some("/workspace".to_owned()),
            home: Some("/home/agent".to_owned()),
            ..HostPaths::default()
        };
        // A plan for each tool takes longer to make than the few calls that are decided.
        Engine::new(self.loaded.set.clone()).with_paths(paths).interpreted()
    }
}

impl Finding {
    /// A finding that somebody has to think about.
    pub(crate) fn plain(found: Diagnostic) -> Finding {
        Finding { found, fix: None }
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.found.severity
    }
}

/// By place, each once.
fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    let place = |finding: &Finding| finding.found.span.map(|span| (span.file, span.start, span.end));
    findings.sort_by(|one, other| {
        let by_place = place(one).cmp(&place(other));
        by_place.then_with(|| one.found.code.cmp(&other.found.code)).then(one.found.message.cmp(&other.found.message))
    });
    findings.dedup_by(|one, other| {
        place(one) == place(other) && one.found.code == other.found.code && one.found.message == other.found.message
    });
    findings
}
