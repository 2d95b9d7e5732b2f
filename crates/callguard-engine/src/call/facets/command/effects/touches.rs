//! What an option may feed of which nothing is known.

use super::super::catalog::{Role, Spec};

/// Which facets an unknown option of a program may feed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touches {
    pub(super) reads: bool,
    pub(super) writes: bool,
    pub(super) hosts: bool,
}

impl Touches {
    pub(super) fn of(spec: &Spec, outer: Option<&'static Spec>) -> Touches {
        let any =
            |wanted: fn(Role) -> bool| spec.roles().chain(outer.iter().flat_map(|outer| outer.roles())).any(wanted);
        Touches {
            reads: any(|role| {
                matches!(
                    role,
                    Role::Read | Role::Directory | Role::CodeFile | Role::Upload | Role::Sends | Role::SendsAt
                )
            }),
            writes: any(|role| {
                matches!(role, Role::Write | Role::InPlace | Role::Removes | Role::KeyValue)
                    || matches!(role, Role::ReadRemote | Role::WriteRemote | Role::PathspecWritten)
            }),
            hosts: any(|role| {
                matches!(role, Role::Url | Role::Host | Role::ReadRemote | Role::WriteRemote | Role::GitRemote)
            }),
        }
    }
}
