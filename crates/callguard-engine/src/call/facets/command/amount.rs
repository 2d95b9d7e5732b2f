//! What a command amounts to by its own words.

use super::catalog::{Effect, Role};
use super::options::Invocation;
use crate::call::SideEffect;

impl Invocation {
    /// What it does to the world by itself, apart from what it runs.
    pub(super) fn effect(&self) -> Effect {
        let Some(spec) = self.spec else { return Effect::Unknown };
        let roles = || self.flags.iter().map(|found| found.role).chain(self.operands.iter().map(|(_, role)| *role));
        if roles().any(|role| role == Role::Runs) {
            return Effect::Unknown;
        }
        if self.has(Role::Help) && self.operands.is_empty() {
            return Effect::Known(SideEffect::Read);
        }
        let reading = spec.reading.as_ref().zip(self.operands.get(1).and_then(|(word, _)| word.known()));
        let base = if reading.is_some_and(|(reading, verb)| reading.is_match(verb)) || self.has(Role::Dry) {
            Effect::Known(SideEffect::Read)
        } else {
            self.effect
        };
        // Code in a file may do anything.
        if roles().any(|role| role == Role::CodeFile) && !self.has(Role::Dry) {
            return Effect::Unknown;
        }
        // What runs given code is as harmless as that: it is looked at by itself.
        let runs = |role| matches!(role, Role::Script | Role::Code | Role::Program | Role::Command | Role::Package);
        let base = match base {
            Effect::Known(base) => base,
            Effect::Unknown if roles().any(runs) => SideEffect::Read,
            Effect::Unknown => return Effect::Unknown,
        };
        let most = roles().filter_map(least_of).chain([base]).max().unwrap_or(base);
        let most = if self.has(Role::Dry) { most.min(SideEffect::Read) } else { most };
        let unsure = self.has_unknown_flag || self.has_open_flag || !self.globs.is_empty();
        let can_do_more = self.has_unknown_flag || spec.roles().any(|role| role.can_change() || role.can_run());
        if unsure && can_do_more && most < SideEffect::Irreversible { Effect::Unknown } else { Effect::Known(most) }
    }
}

/// What a role amounts to at least.
fn least_of(role: Role) -> Option<SideEffect> {
    match role {
        Role::Destroys | Role::Removes | Role::Sends | Role::SendsAt | Role::SendsText | Role::SendsFile => {
            Some(SideEffect::Irreversible)
        }
        Role::Write
        | Role::WriteInstead
        | Role::WriteTree
        | Role::Writes
        | Role::InPlace
        | Role::WriteRemote
        | Role::WritesHere
        | Role::NamedByUrl
        | Role::KeyValue
        | Role::Url
        | Role::Host
        | Role::Dns => Some(SideEffect::Write),
        _ => None,
    }
}
