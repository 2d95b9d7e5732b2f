//! The usual names of arguments, for tools that nobody declared.

use crate::policy::model::ArgType;

const PATHS: &[&str] = &[
    "path",
    "paths",
    "file",
    "files",
    "filepath",
    "filepaths",
    "filename",
    "filenames",
    "dir",
    "dirs",
    "directory",
    "directories",
    "dirpath",
    "folder",
    "cwd",
    "workdir",
    "workingdirectory",
    "root",
    "repopath",
    "notebookpath",
    "targetfile",
    "absolutepath",
    "relativepath",
    "source",
    "destination",
    "src",
    "dst",
    "dest",
    "oldpath",
    "newpath",
    "inputpath",
    "outputpath",
    "inputfile",
    "outputfile",
    "targetpath",
    "sourcepath",
    "destinationpath",
];
const COMMANDS: &[&str] = &["command", "commands", "cmd", "commandline", "shellcommand", "bashcommand", "script"];
const URLS: &[&str] = &["url", "urls", "uri", "uris", "href", "link", "endpoint", "baseurl", "webhookurl", "targeturl"];
const HOSTS: &[&str] = &["host", "hosts", "hostname", "hostnames"];
const SQL: &[&str] = &["sql", "sqlquery"];
const STARTS: &[&str] = &["cwd", "workdir", "workingdirectory"];
/// The same beside a command.
const STARTS_OF_COMMANDS: &[&str] = &["dirpath", "directory"];

/// The type that an argument's name speaks for, whatever its spelling: `file_path`, `filePath`, `FILE-PATH`.
pub(super) fn type_of(name: &str) -> Option<ArgType> {
    use crate::policy::model::SqlDialect;
    let plain = plain(name);
    let tables = [
        (PATHS, ArgType::Path),
        (COMMANDS, ArgType::Command),
        (URLS, ArgType::Url),
        (HOSTS, ArgType::Host),
        (SQL, ArgType::Sql(SqlDialect::Postgres)),
    ];
    tables.into_iter().find(|(names, _)| names.contains(&plain.as_str())).map(|(_, kind)| kind)
}

/// Whether an argument of that name says where relative paths start; `runs`: of a tool that takes a command.
pub(super) fn is_start(name: &str, runs: bool) -> bool {
    let plain = plain(name);
    STARTS.contains(&plain.as_str()) || runs && STARTS_OF_COMMANDS.contains(&plain.as_str())
}

fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
