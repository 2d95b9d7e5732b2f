//! Large texts that come near the literals of rules without containing one.

use crate::words::{FILES, FOLDERS, NAMES, PLACES, Pick, SERVICES, STAGES, TABLES, VERBS};

/// Source code, configuration and logs of about `bytes` bytes.
pub fn text(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 256);
    for place in 0.. {
        if text.len() >= bytes {
            break;
        }
        text.push_str(&paragraph(place));
    }
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.truncate(end);
    text
}

fn paragraph(place: usize) -> String {
    let mut pick = Pick::new(place.wrapping_mul(7_919) % 1_000_003);
    let (service, stage, table) = (pick.of(SERVICES), pick.of(STAGES), pick.of(TABLES));
    let (root, folder, file) = (pick.of(PLACES), pick.of(FOLDERS), pick.of(FILES));
    let constant = service.to_uppercase().replace('-', "_");
    match place % 5 {
        0 => format!(
            "// Reads {table} of {service}; see {root}/{service}.d/{folder}/README.\nfn load_{table}() -> Result<Vec<Row>> {{\n    let rows = query(\"SELECT id, state FROM {table} WHERE stage = '{stage}'\")?;\n    Ok(rows.into_iter().filter(Row::is_live).collect())\n}}\n\n"
        ),
        1 => format!("{constant}_{}_FILE = {root}/{service}.d/{file}\n{constant}_STAGE = {stage}\n", pick.of(NAMES)),
        2 => format!(
            "2026-03-02T10:{:02}:{:02}Z INFO {service}: deployed {folder} to {stage}, 3 of 3 ready\n",
            place % 60,
            place / 60 % 60
        ),
        3 => format!(
            "-- {table}\nALTER TABLE {table} ADD COLUMN archived_at timestamptz; -- was: drop table old_{table}\n"
        ),
        _ => format!(
            "      - run: {} --help # never {service} in {stage}\n        env: {{ REGION: eu, PATH: {root}/bin }}\n",
            pick.of(VERBS)
        ),
    }
}
