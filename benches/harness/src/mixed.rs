//! Contracts of every kind that people write, as files: what loading is measured with.

use crate::rules::Rule;
use crate::words::{FILES, FOLDERS, KINDS, PLACES, Pick, REGIONS, SERVICES, STAGES, TABLES, VERBS};
use crate::{sets, yaml};
use std::fmt::Write as _;

/// `count` contracts: half with text, equality and number leaves, a fifth with regexes, the rest on paths, commands, hosts
/// and SQL; one in ten of those with examples.
pub fn files(count: usize) -> Vec<(String, String)> {
    let plain = sets::plain(count / 2);
    let regexes: Vec<Rule> = sets::regexes(count / 5);
    let facets = count.saturating_sub(plain.len() + regexes.len());
    let parts = if count > 3_400 { 3 } else { 1 };
    let part = |place: usize| {
        let share = |rules: &[Rule]| {
            let size = rules.len().div_ceil(parts);
            rules.iter().skip(place * size).take(size).cloned().collect::<Vec<_>>()
        };
        let renamed = |rule: Rule| Rule { id: format!("re-{}", rule.id), ..rule };
        let rules: Vec<Rule> = share(&plain).into_iter().chain(share(&regexes).into_iter().map(renamed)).collect();
        let (name, mut text) = yaml::file(&format!("mixed-{place}"), &rules);
        let size = facets.div_ceil(parts);
        (place * size..((place + 1) * size).min(facets)).for_each(|index| facet(&mut text, index));
        (name, text)
    };
    (0..parts).map(part).collect()
}

fn facet(text: &mut String, index: usize) {
    let mut pick = Pick::new(index / 5);
    let (service, stage) = (pick.of(SERVICES), pick.of(STAGES));
    let (tool, when, hit, miss) = match index % 5 {
        0 => {
            let (root, folder) = (pick.of(PLACES), pick.of(FOLDERS));
            let place = format!("{root}/{service}-{stage}/{folder}");
            let examples = (format!("path: {place}/a.txt"), format!("path: {place}.d/a.txt"));
            ("write_file", format!("call.paths.write: {{ under: {place} }}"), examples.0, examples.1)
        }
        1 => {
            let pattern = format!("**/{service}-{stage}/**/{}", pick.of(FILES));
            let hit = format!("path: /srv/{}", pattern.replace("**/", "").replace('*', "x"));
            (
                "read_file",
                format!("call.paths.read: {{ path_like: '{pattern}' }}"),
                hit,
                "path: /srv/README.md".to_owned(),
            )
        }
        2 => {
            let verb = pick.of(&["kubectl delete", "kubectl drain", "helm uninstall", "systemctl stop", "docker rm"]);
            let run = format!("{verb} {service}-{stage}");
            ("bash", format!("call.commands: {{ runs: '{run}' }}"), format!("command: {run}"), "command: ls".to_owned())
        }
        3 => {
            let host = format!("{service}-{stage}.{}.internal.example", pick.of(REGIONS));
            let hit = format!("url: 'https://{host}/v1'");
            ("fetch", format!("call.hosts: {{ domain: {host} }}"), hit, "url: 'https://docs.example/'".to_owned())
        }
        _ => {
            let table = format!("{}_{}", service.replace('-', "_"), pick.of(TABLES));
            let hit = format!("sql: drop table {table}");
            ("run_query", format!("call.sql: {{ table: {table}, statement: drop }}"), hit, "sql: select 1".to_owned())
        }
    };
    let (verb, kind) = (pick.of(VERBS), pick.of(KINDS));
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "    - id: facet-{index:05}\n      tools: {tool}\n      when: {{ {when} }}\n      action: deny\n      message: 'Not by {verb}; ask the owner of this {kind}.'\n",
        verb = verb.replace('\'', "")
    );
    if index.is_multiple_of(10) {
        let _ = write!(
            text,
            "      examples:\n        matches: [{{ args: {{ {hit} }} }}]\n        misses: [{{ args: {{ {miss} }} }}]\n"
        );
    }
}
