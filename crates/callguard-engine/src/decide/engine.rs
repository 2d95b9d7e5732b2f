//! The engine: policies, what the host registered, and where its paths start.

use super::decision::{Decider, Decision, Effect};
use super::known::HookRefusal;
use super::operators::Operators;
use super::scene::{FactAnswers, Scene, SessionState};
use crate::audit::output::Output;
use crate::call::facets::path::{Lexical, PathCx, PathResolver};
use crate::call::{CallFacets, FacetCache, Tool, ToolEnvelope};
use crate::plan::{CallPlan, Plans};
use crate::policy::model::{Mode, Policy, PolicySet, ToolDeclaration};
use std::sync::Arc;

/// Policies ready to decide. Cheap to clone; a reload puts another in its place.
#[derive(Clone)]
pub struct Engine {
    pub(super) parts: Arc<Parts>,
    pub(super) interpreted: bool,
}

/// What every clone of an engine shares.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) set: Arc<PolicySet>,
    pub(super) operators: Arc<Operators>,
    plans: Arc<Plans>,
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
        let parts = Parts {
            plans: Arc::new(Plans::new(&set)),
            set: Arc::new(set),
            operators: Arc::default(),
            catalog: crate::call::catalog::builtin(),
            host: HostPaths::default(),
        };
        Engine { parts: Arc::new(parts), interpreted: false }
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
        self.with(|parts| parts.operators = operators)
    }

    /// With the host's paths.
    #[must_use]
    pub fn with_paths(self, host: HostPaths) -> Engine {
        self.with(|parts| parts.host = host)
    }

    fn with(self, change: impl FnOnce(&mut Parts)) -> Engine {
        let mut parts = Arc::unwrap_or_clone(self.parts);
        change(&mut parts);
        Engine { parts: Arc::new(parts), ..self }
    }

    /// The plan of the call's tool; none of an engine that interprets.
    pub(super) fn plan(&self, call: &ToolEnvelope) -> Option<Arc<CallPlan>> {
        let Parts { plans, set, catalog, .. } = &*self.parts;
        (!self.interpreted).then(|| plans.of(set, catalog, call))
    }

    /// The policies.
    pub fn policies(&self) -> &PolicySet {
        &self.parts.set
    }

    /// The tool of a call, as `policy` and the catalog declare it.
    pub fn tool(&self, policy: &Policy, call: &ToolEnvelope) -> Tool {
        Tool::resolve(policy, &self.parts.catalog, &call.tool)
    }

    /// The decision on a call that cannot even be read: denied by `(schema)`.
    pub fn refusal(&self, why: &str) -> Decision {
        self.refused(Decider::Schema, super::message::malformed(why))
    }

    /// The decision on a call that a hook refuses after it was decided: denied by `(hook)`.
    pub fn refusal_by(&self, hook: &HookRefusal) -> Decision {
        self.refused(Decider::Hook, hook.reason.clone())
    }

    fn refused(&self, decider: Decider, message: String) -> Decision {
        let enforces = self.parts.set.policies.iter().any(|policy| policy.mode == Mode::Enforce);
        Decision {
            effect: Effect::Deny,
            mode: if enforces { Mode::Enforce } else { Mode::Observe },
            decider,
            message: Some(message),
            applied: Vec::new(),
            would: None,
            policy_error: false,
            policy_version: self.parts.set.version.clone(),
            ask: None,
            contracts_evaluated: 0,
            explanation: None,
        }
    }

    /// What running the call does, as declared; of several policies the most.
    pub fn side_effect(&self, call: &ToolEnvelope) -> Option<crate::call::SideEffect> {
        self.parts.set.policies.iter().map(|policy| self.tool(policy, call).side_effect).max()
    }

    /// Builds the scene of `call` under `policy` and shows it to `look`.
    pub fn with_scene<T>(
        &self,
        policy: &Policy,
        call: &ToolEnvelope,
        around: &Around<'_>,
        look: impl FnOnce(&Scene<'_>) -> T,
    ) -> T {
        self.with_scene_of(policy, call, &self.tool(policy, call), &FacetCache::default(), around, look)
    }

    /// The same, where the tool is known and what was gathered of the call is kept.
    pub(super) fn with_scene_of<T>(
        &self,
        policy: &Policy,
        call: &ToolEnvelope,
        tool: &Tool,
        cache: &FacetCache,
        around: &Around<'_>,
        look: impl FnOnce(&Scene<'_>) -> T,
    ) -> T {
        let paths = || self.paths(policy, call, tool);
        let facets = CallFacets::new(call, tool, &paths, cache);
        let Around { facts, session, output } = *around;
        let operators = &*self.parts.operators;
        look(&Scene { policy, call, tool, facets: &facets, facts, session, output, operators })
    }

    fn paths(&self, policy: &Policy, call: &ToolEnvelope, tool: &Tool) -> PathCx {
        let files = &policy.filesystem;
        let resolver = &self.parts.host.resolver;
        let cx = PathCx {
            cwd: None,
            workspace: files.workspace.clone().or_else(|| self.parts.host.workspace.clone()),
            home: files.home.clone().or_else(|| self.parts.host.home.clone()),
            resolver: resolver.for_one_call().unwrap_or_else(|| Arc::clone(resolver)),
        }
        .following(files.resolve_symlinks);
        let start = match CallFacets::start(call, tool) {
            Some(start) if start.starts_with(['/', '~', '$']) => Some(start),
            Some(below) => call.cwd.as_ref().or(cx.workspace.as_ref()).map(|base| format!("{base}/{below}")),
            // Where its last `cd` led is not followed.
            None if tool.persistent => call.cwd.clone(),
            None => cx.workspace.clone(),
        };
        cx.from(start)
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
            .field("version", &self.parts.set.version)
            .field("interpreted", &self.interpreted)
            .finish_non_exhaustive()
    }
}
