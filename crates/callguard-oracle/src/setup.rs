//! A policy set under both engines.

use crate::Draw;
use crate::policy::{Policies, fields, host_operators};
use crate::pool::Pool;
use callguard_engine::call::facets::path::{FileId, PathResolver, Resolution};
use callguard_engine::decide::{Engine, HostPaths};
use callguard_engine::diagnostic::{Render, Severity, render};
use callguard_engine::policy::{LoadInput, load};
use std::sync::Arc;

/// A policy set, the engine that decides with its plan, and the one that judges every contract as written.
pub struct Setup {
    /// What was drawn.
    pub policies: Policies,
    /// The constants.
    pub pool: Pool,
    /// With the plan.
    pub planned: Engine,
    /// Without it: the oracle.
    pub interpreted: Engine,
    /// Arguments that a policy names: calls mostly fill those.
    pub(crate) named: Vec<bool>,
    /// Whether paths are resolved on a disk.
    pub disk: bool,
}

impl Setup {
    /// Draws policies and loads them.
    ///
    /// # Errors
    /// What the loader says: a generated policy must load, so this is a fault of the generator or of the loader.
    pub fn draw(draw: &mut Draw<'_>) -> Result<Setup, String> {
        let pool = Pool::draw(draw);
        let policies = Policies::draw(&pool, draw);
        Setup::load(policies, pool, draw.chance(35))
    }

    /// Loads policies.
    ///
    /// # Errors
    /// What the loader says.
    pub fn load(policies: Policies, pool: Pool, disk: bool) -> Result<Setup, String> {
        let input = LoadInput { files: policies.files(), bases: &policies, operators: host_operators() };
        let loaded = load(input).map_err(|errors| {
            let errors_only = errors.diagnostics.iter().filter(|found| found.severity == Severity::Error);
            let said: Vec<String> =
                errors_only.map(|found| render(found, &errors.sources, Render::default())).collect();
            format!("{}\n{policies}", said.join("\n"))
        })?;
        let paths = HostPaths {
            workspace: Some("/workspace".to_owned()),
            home: Some("/home/agent".to_owned()),
            ..HostPaths::default()
        };
        let paths = if disk { HostPaths { resolver: Arc::new(Disk), ..paths } } else { paths };
        let planned = Engine::new(loaded.set).with_operators(host_operators()).with_paths(paths);
        let text = policies.to_string();
        let named = fields::ARGUMENTS.iter().map(|(name, _)| text.contains(name)).collect();
        Ok(Setup { policies, pool, interpreted: planned.clone().interpreted(), planned, named, disk })
    }
}

/// A small disk: a link out of the workspace, a second name of a file, and a loop of links.
struct Disk;

impl PathResolver for Disk {
    fn resolve(&self, absolute: &str) -> Resolution {
        let mut real: Vec<&str> = Vec::new();
        for part in absolute.split('/').filter(|part| !part.is_empty() && *part != ".") {
            match part {
                ".." => drop(real.pop()),
                "link" => real = vec!["etc"],
                "loop" => return Resolution::Failed("a loop of links".to_owned()),
                part => real.push(part),
            }
        }
        let path = format!("/{}", real.join("/"));
        let file = match path.as_str() {
            "/etc/passwd" | "/workspace/hard" => Some(FileId { device: 1, inode: 7 }),
            "/etc" => Some(FileId { device: 1, inode: 2 }),
            _ => None,
        };
        Resolution::Resolved { path, file }
    }
}
