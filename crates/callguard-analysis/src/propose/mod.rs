//! A policy that permits what was called, and nothing else: a first draft of least privilege, with where each entry comes from.

mod uses;
mod write;

use callguard_engine::call::{Tool, ToolEnvelope};
use callguard_engine::decide::{Around, Engine, FactAnswers, HostPaths, SessionState};
use callguard_engine::policy::{LoadInput, NoBases, PolicyFile, load};
use callguard_engine::session::SessionView;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uses::Uses;

/// What was called, and what would permit it.
pub struct Proposal {
    name: String,
    workspace: String,
    /// Reads what calls touch.
    engine: Option<Engine>,
    tools: BTreeMap<String, Uses>,
    there_are: BTreeSet<String>,
    by_name: BTreeSet<String>,
    refused: u64,
    hidden: u64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Proposal {
    /// A proposal of that name; calls ran in that workspace, with that home.
    pub fn new(name: &str, workspace: &str, home: &str) -> Proposal {
        let text = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec: { default: deny }\n";
        let files = vec![PolicyFile::new("p", text)];
        let paths =
            HostPaths { workspace: Some(workspace.to_owned()), home: Some(home.to_owned()), ..HostPaths::default() };
        let loaded = load(LoadInput { files, bases: &NoBases, operators: Arc::default() }).ok();
        Proposal {
            name: name.to_owned(),
            workspace: workspace.trim_end_matches('/').to_owned(),
            engine: loaded.map(|loaded| Engine::new(loaded.set).with_paths(paths)),
            tools: BTreeMap::new(),
            there_are: BTreeSet::new(),
            by_name: BTreeSet::new(),
            refused: 0,
            hidden: 0,
            first: None,
            last: None,
        }
    }

    /// A tool that there is, called or not.
    pub fn there_is(&mut self, tool: String) {
        self.there_are.insert(tool);
    }

    /// A call to be permitted.
    pub fn saw(&mut self, call: &ToolEnvelope) {
        let Some(engine) = &self.engine else { return };
        let Some(policy) = engine.policies().policies.first() else { return };
        let (facts, view) = (FactAnswers::new(), SessionView::default());
        let around = Around { facts: &facts, session: SessionState::Known(&view), output: None };
        let uses = self.tools.entry(call.tool.clone()).or_insert_with(|| Uses::of(&engine.tool(policy, call)));
        engine.with_scene(policy, call, &around, |scene| uses.add(scene.facets, &self.workspace));
        let at = call.timestamp;
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    /// A call that was denied, and is not to be permitted.
    pub fn refused(&mut self) {
        self.refused = self.refused.saturating_add(1);
    }

    /// A call that is not there as it was.
    pub fn hidden(&mut self) {
        self.hidden = self.hidden.saturating_add(1);
    }

    /// Permits a tool by its name alone, where what its calls touch cannot be shown to be permitted. False where it was already.
    pub fn weaken(&mut self, tool: &str) -> bool {
        self.tools.contains_key(tool) && self.by_name.insert(tool.to_owned())
    }

    /// The policy.
    pub fn text(&self) -> String {
        write::policy(self)
    }
}

/// Whether a tool's arguments may hold commands, which touch everything.
fn runs_commands(tool: &Tool) -> bool {
    use callguard_engine::policy::model::ArgType;
    tool.args.iter().any(|(_, kind)| *kind == ArgType::Command)
}
