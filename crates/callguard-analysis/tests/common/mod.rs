//! What tests of comparisons share.

use callguard_analysis::Report;
use callguard_engine::decide::{Engine, HostPaths};
use callguard_engine::policy::{LoadInput, NoBases, PolicyFile, load};
use jiff::Timestamp;

/// An engine on one document, as `callguard diff` makes it.
pub fn engine(text: &str) -> Engine {
    let files = vec![PolicyFile::new("policy.yaml", text)];
    let loaded = load(LoadInput { files, bases: &NoBases, operators: std::sync::Arc::default() });
    let set = loaded.unwrap_or_else(|errors| panic!("{:#?}\n{text}", errors.diagnostics)).set;
    let paths = HostPaths {
        workspace: Some("/workspace".to_owned()),
        home: Some("/home/agent".to_owned()),
        ..HostPaths::default()
    };
    Engine::new(set).with_paths(paths)
}

/// The time of calls that no condition on time tells apart.
pub fn base() -> Timestamp {
    "2026-01-05T12:00:00Z".parse().unwrap()
}

/// Two documents compared.
pub fn compare(old: &str, new: &str) -> (Engine, Engine, Report) {
    let (old, new) = (engine(old), engine(new));
    let report = Report::of(&old, &new, base());
    (old, new, report)
}
