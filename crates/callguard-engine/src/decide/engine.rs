//! The engine: policies, what the host registered, and where its paths start.

use super::decision::{Decider, Decision, Effect};
use super::operators::Operators;
use super::scene::{FactAnswers, Scene, SessionState};
use crate::audit::output::Output;
use crate::call::facets::path::{Lexical, PathCx, PathResolver};
use crate::call::{CallFacets, Tool, ToolEnvelope};
use crate::policy::model::{Mode, Policy, PolicySet, ToolDeclaration};
use std::sync::Arc;

/// Policies ready to decide. Cheap to clone; a reload puts another in its place.
#[derive(Clone)]
pub struct Engine {
    pub(super) set: Arc<PolicySet>,
    pub(super) operators: Arc<Operators>,
    pub(super) interpreted: bool,
    catalog: Arc<[ToolDeclaration]>,
    host: HostPaths,
}

/// Where the host's paths start, where the policy leaves it open.
#[derive(Clone)]
pub struct HostPaths {
    /// What `.` means.
    pub workspace: Option<String>,
    /// What `~` means.
    pub home: Option<String>,
    /// What paths really are.
    pub resolver: Arc<dyn PathResolver + Send + Sync>,
}

impl Default for HostPaths {
    /// Nothing known, paths read as text.
    fn default() -> HostPaths {
        HostPaths { workspace: None, home: None, resolver: Arc::new(Lexical) }
    }
}

impl Engine {
    /// An engine for `set`, with the shipped catalog, no operators of the host's and no paths known.
    pub fn new(set: PolicySet) -> Engine {
        Engine {
            set: Arc::new(set),
            operators: Arc::default(),
            interpreted: false,
            catalog: crate::call::catalog::builtin(),
            host: HostPaths::default(),
        }
    }

    /// The same engine without its plan: every contract is judged as written. Slow, and the oracle that the plan is held
    /// against.
    #[must_use]
    pub fn interpreted(self) -> Engine {
        Engine { interpreted: true, ..self }
    }

    /// With the host's operators: the same with which the policies were loaded.
    #[must_use]
    pub fn with_operators(self, operators: Arc<Operators>) -> Engine {
        Engine { operators, ..self }
    }

    /// With the host's paths.
    #[must_use]
    pub fn with_paths(self, host: HostPaths) -> Engine {
        Engine { host, ..self }
    }

    /// The policies.
    pub fn policies(&self) -> &PolicySet {
        &self.set
    }

    /// The tool of a call, as `policy` and the catalog declare it.
    pub fn tool(&self, policy: &Policy, call: &ToolEnvelope) -> Tool {
        Tool::resolve(policy, &self.catalog, &call.tool)
    }

    /// The decision on a call that cannot even be read: denied by `(schema)`.
    pub fn refusal(&self, why: &str) -> Decision {
        let enforces = self.set.policies.iter().any(|policy| policy.mode == Mode::Enforce);
        Decision {
            effect: Effect::Deny,
            mode: if enforces { Mode::Enforce } else { Mode::Observe },
            decider: Decider::Schema,
            message: Some(super::message::malformed(why)),
            applied: Vec::new(),
            would: None,
            policy_error: false,
            policy_version: self.set.version.clone(),
            ask: None,
            contracts_evaluated: 0,
            explanation: None,
        }
    }

    /// What running the call does, as declared; of several policies the most.
    pub fn side_effect(&self, call: &ToolEnvelope) -> Option<crate::call::SideEffect> {
        self.set.policies.iter().map(|policy| self.tool(policy, call).side_effect).max()
    }

    /// Builds the scene of `call` under `policy` and shows it to `look`.
    pub fn with_scene<T>(
        &self,
        policy: &Policy,
        call: &ToolEnvelope,
        around: &Around<'_>,
        look: impl FnOnce(&Scene<'_>) -> T,
    ) -> T {
        let tool = self.tool(policy, call);
        let paths = self.paths(policy, call, &tool);
        let facets = CallFacets::new(call, &tool, &paths);
        look(&Scene {
            policy,
            call,
            tool: &tool,
            facets: &facets,
            paths: &paths,
            facts: around.facts,
            session: around.session,
            output: around.output,
            operators: &self.operators,
        })
    }

    fn paths(&self, policy: &Policy, call: &ToolEnvelope, tool: &Tool) -> PathCx {
        let files = &policy.filesystem;
        let cx = PathCx {
            cwd: None,
            workspace: files.workspace.clone().or_else(|| self.host.workspace.clone()),
            home: files.home.clone().or_else(|| self.host.home.clone()),
            resolver: Arc::clone(&self.host.resolver),
        };
        let start = match CallFacets::start(call, tool) {
            Some(start) if start.starts_with(['/', '~']) => Some(start),
            Some(below) => call.cwd.as_ref().or(cx.workspace.as_ref()).map(|base| format!("{base}/{below}")),
            // Where its last `cd` led is not followed.
            None if tool.persistent => call.cwd.clone(),
            None => cx.workspace.clone(),
        };
        cx.starting_at(start)
    }
}

/// What is known around a call.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// What the host answered.
    pub facts: &'a FactAnswers,
    /// The session.
    pub session: SessionState<'a>,
    /// The result, for postconditions.
    pub output: Option<&'a Output>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Engine")
            .field("version", &self.set.version)
            .field("interpreted", &self.interpreted)
            .finish_non_exhaustive()
    }
}
