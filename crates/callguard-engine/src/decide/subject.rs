//! A call under every policy: what is found out of it is found out once.

use super::engine::{Around, Engine};
use super::scene::Scene;
use crate::call::{FacetCache, ToolEnvelope};
use crate::plan::{CallPlan, ToolContracts};
use crate::policy::model::Policy;
use smallvec::SmallVec;
use std::sync::Arc;

/// What an engine knows of a call before it looks at it.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    /// None where the engine interprets.
    plan: Option<Arc<CallPlan>>,
    /// One for each policy; usually there are few.
    facets: SmallVec<[FacetCache; 4]>,
}

impl Prepared {
    pub(super) fn begin(&mut self, engine: &Engine, call: &ToolEnvelope) {
        self.plan = engine.plan(call);
        self.facets.clear();
        self.facets.resize_with(engine.parts.set.policies.len(), FacetCache::default);
    }
}

/// A call and the engine that decides it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) engine: &'a Engine,
    pub(super) call: &'a ToolEnvelope,
    pub(super) prepared: &'a Prepared,
}

/// The call under one policy.
pub(super) struct Under<'a, 's> {
    pub(super) policy: &'a Policy,
    pub(super) scene: &'a Scene<'s>,
    /// The contracts about the tool as they are compiled; none where the engine interprets.
    pub(super) compiled: Option<&'a ToolContracts>,
    /// Whether the call is certainly allowed if no contract is in question, no hook refuses it and nobody asks why.
    pub(super) quiet: bool,
}

impl Subject<'_> {
    /// Looks at the call under each policy.
    pub(super) fn each(&self, around: &Around<'_>, mut look: impl FnMut(Under<'_, '_>)) {
        let policies = self.engine.parts.set.policies.iter();
        let Some(plan) = &self.prepared.plan else {
            for policy in policies {
                let look = |scene: &Scene<'_>| look(Under { policy, scene, compiled: None, quiet: false });
                self.engine.with_scene(policy, self.call, around, look);
            }
            return;
        };
        for ((policy, plan), cache) in policies.zip(&plan.policies).zip(&self.prepared.facets) {
            let (compiled, quiet) = (Some(&*plan.contracts), plan.quiet);
            let look = |scene: &Scene<'_>| look(Under { policy, scene, compiled, quiet });
            self.engine.with_scene_of(policy, self.call, &plan.tool, cache, around, look);
        }
    }

    /// Whether a look at each policy may find what `knows` tells of contracts; an engine that interprets must look.
    pub(super) fn may(&self, knows: impl Fn(&ToolContracts) -> bool) -> bool {
        self.prepared.plan.as_ref().is_none_or(|plan| plan.policies.iter().any(|plan| knows(&plan.contracts)))
    }
}
