//! Functions that do more than compute.
//!
//! From the manuals of PostgreSQL 17 (9.17, 9.27, 9.28, large objects, dblink, adminpack), MySQL 8.4, SQLite 3 and SQL
//! Server 2022.

/// What calling a function does beside computing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acts {
    /// It writes to the database or the session, no more than an insert does.
    Writes,
    /// It reaches files, the network, or other sessions.
    Reaches,
    /// It reads or runs what it is given: any table may be among it.
    RunsSql,
}

/// Names in lower case; a `*` at the end stands for any rest.
#[rustfmt::skip]
const REACHING: &[&str] = &[
    // Files and large objects.
    "pg_read_*", "pg_ls_*", "pg_stat_file", "pg_file_*", "pg_logdir_ls", "lo_*", "loread", "lowrite", "load_file",
    "readfile", "writefile", "edit", "load_extension", "fts3_tokenizer",
    // Other backends and the server.
    "pg_sleep*", "pg_terminate_backend", "pg_cancel_backend", "pg_reload_conf", "pg_rotate_logfile*",
    "pg_promote", "pg_switch_wal", "pg_create_*", "pg_drop_*", "pg_copy_*", "pg_logical_*", "pg_replication_*",
    "pg_backup_*", "pg_wal_replay_*", "pg_advisory_*", "pg_try_advisory_*", "pg_notify", "pg_import_system_collations",
    "pg_log_*", "pg_export_snapshot", "pg_stat_reset*", "pg_replace_*", "pg_sync_replication_slots", "pg_set_*",
    "pg_restore_*", "pg_clear_*", "set_config", "sleep", "benchmark", "get_lock", "release_lock", "release_all_locks",
    "master_pos_wait", "sys_exec", "sys_eval",
];

#[rustfmt::skip]
const RUNNING: &[&str] = &[
    "dblink*", "query_to_xml*", "table_to_xml*", "cursor_to_xml*", "schema_to_xml*", "database_to_xml*", "xpath_table",
    "ts_stat", "ts_rewrite", "crosstab*", "connectby", "openrowset", "opendatasource", "openquery", "xp_*", "sp_*",
];

const WRITING: &[&str] = &["nextval", "setval", "txid_current", "pg_current_xact_id", "pg_nextoid"];

/// What the function with that name, in lower case, is known to do.
pub(super) fn acts(name: &str) -> Option<Acts> {
    let listed = |names: &[&str]| {
        names.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == *pattern,
        })
    };
    if listed(RUNNING) {
        Some(Acts::RunsSql)
    } else if listed(REACHING) {
        Some(Acts::Reaches)
    } else {
        listed(WRITING).then_some(Acts::Writes)
    }
}
