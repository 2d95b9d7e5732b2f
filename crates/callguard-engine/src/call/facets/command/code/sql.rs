//! SQL for the command line of a database: statements that read.

use crate::call::SideEffect;
use crate::call::facets::sql::SqlScript;
use crate::policy::model::SqlDialect;

/// Whether the whole code is statements that read. A `\` starts a command of the client, wherever it stands.
pub(super) fn reads(code: &str, dialect: SqlDialect) -> bool {
    if code.contains('\\') {
        return false;
    }
    let script = SqlScript::parse(code, dialect);
    let reads = |effect: Option<SideEffect>| effect.is_some_and(|effect| effect <= SideEffect::Read);
    script.open.is_none()
        && !script.values.is_empty()
        && script.values.iter().all(|statement| reads(statement.value.side_effect()))
}
