//! Which crate may depend on which. A new arrow is a decision, written down in ARCHITECTURE.md.

use crate::root;
use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// What a crate may depend on among ours; for its tests, anything on the way down to the engine.
const ARROWS: &[(&str, &[&str])] = &[
    ("callguard-engine", &[]),
    ("callguard", &["callguard-engine"]),
    ("callguard-gateway", &["callguard"]),
    ("callguard-analysis", &["callguard-engine"]),
    ("callguard-cli", &["callguard-gateway", "callguard-analysis", "callguard"]),
    ("callguard-python", &["callguard-cli", "callguard"]),
    ("callguard-node", &["callguard"]),
    // For tests alone: never published.
    ("callguard-oracle", &["callguard-analysis", "callguard-engine"]),
];

/// Crates that may depend on any: they are no part of the product.
const TOOLS: &[&str] = &["xtask", "callguard-content", "callguard-generate", BENCH];

/// What benchmarks share: any crate's benchmarks may use it, and it uses none of ours.
const BENCH: &str = "callguard-bench";

/// What the engine must not depend on itself, and what for.
const BANNED_IN_ENGINE: &[(&str, &[&str])] = &[
    ("waits", &["tokio", "async-std", "smol", "futures", "crossbeam", "rayon"]),
    ("talks to the network", &["reqwest", "hyper", "ureq", "rustls", "hickory-resolver"]),
    ("draws random numbers", &["rand", "getrandom", "fastrand", "ulid", "uuid"]),
    ("reads a clock", &["chrono", "time", "quanta"]),
    ("touches files or the environment", &["tempfile", "dirs", "directories", "notify", "walkdir", "glob", "dotenvy"]),
    ("prints or records", &["tracing", "log", "env_logger", "metrics"]),
];

pub(super) fn check() -> Result<Vec<String>> {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .other_options(vec!["--locked".to_owned(), "--offline".to_owned()])
        .no_deps()
        .exec()
        .context("`cargo metadata` failed")?;
    let packages = metadata.workspace_packages();
    let ours: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in &packages {
        findings.extend(stray_arrows(package, &ours));
        if package.name.as_str() == "callguard-engine" {
            findings.extend(impure(package));
        }
    }
    Ok(findings)
}

fn stray_arrows(package: &Package, ours: &[&str]) -> Vec<String> {
    let name = package.name.as_str();
    if TOOLS.contains(&name) {
        return Vec::new();
    }
    let Some((_, allowed)) = ARROWS.iter().find(|(from, _)| *from == name) else {
        return vec![format!("{name}: no arrows are declared for this crate in xtask/src/tidy/arrows.rs")];
    };
    let stray = package.dependencies.iter().filter(|dependency| {
        let to = dependency.name.as_str();
        let below = dependency.kind == DependencyKind::Development && (is_below(name, to) || to == name || to == BENCH);
        ours.contains(&to) && !allowed.contains(&to) && !below
    });
    stray.map(|dependency| format!("{name}: must not depend on {}", dependency.name)).collect()
}

/// Whether a chain of arrows leads from one crate to the other.
fn is_below(from: &str, to: &str) -> bool {
    let allowed = ARROWS.iter().find(|(name, _)| *name == from).map_or(&[] as &[&str], |(_, allowed)| allowed);
    allowed.iter().any(|next| *next == to || is_below(next, to))
}

fn impure(engine: &Package) -> Vec<String> {
    let mut findings = Vec::new();
    for dependency in engine.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development) {
        for (why, _) in BANNED_IN_ENGINE.iter().filter(|(_, names)| names.contains(&dependency.name.as_str())) {
            findings.push(format!("callguard-engine: must not depend on {}, which {why}", dependency.name));
        }
    }
    findings
}
