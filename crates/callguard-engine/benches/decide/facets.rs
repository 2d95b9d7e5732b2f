//! Family 10: one value through its facet, without the rest of deciding.

use anyhow::{Context, Result, ensure};
use callguard_bench::families::FACETS;
use callguard_bench::rounds::{Bench, Case};
use callguard_engine::call::facets::command::{CommandLine, CommandTest};
use callguard_engine::call::facets::path::{PathAccess, PathCx, PathValue};
use callguard_engine::call::facets::url::UrlValue;
use callguard_engine::decide::Direction;
use std::hint::black_box;

/// What measures them.
const FACET: &str = "plan";

/// A line of 256 characters as agents write them: a directory, a build, a search, a pipe, a redirection.
const LINE: &str = "cd services/web && npm run build -- --mode production 2>&1 | tail -n 4 > build/last.log; \
    git diff --stat origin/main...HEAD -- src docs && grep -rn --include='*.ts' \"TODO(release)\" src/ | sort -u | head -n 20 \
    && RUST_LOG=info cargo test --workspace --quiet";

const PATH: &str = "/workspace/services/web/src/parser/tree.rs";

const URL: &str = "https://api.example.com/v2/projects/42/releases?state=open&page=3";

pub(crate) fn add(bench: &mut Bench) -> Result<()> {
    ensure!(LINE.chars().count() == 256, "the line has {} characters", LINE.chars().count());
    let cx = PathCx::lexical("/workspace", "/home/agent");
    ensure!(CommandLine::parse(LINE, &cx).not_understood().is_none(), "the line is not understood");
    let command = Case::new(FACETS, "a command of 256 characters: read, with its files and hosts", 0);
    bench.time(&command, FACET, Some(LINE.len()), move || {
        let line = CommandLine::parse(black_box(LINE), &cx);
        black_box((line.touched(&cx), line));
    });
    let cx = PathCx::lexical("/workspace", "/home/agent");
    let entries = ["rm -r", "git push --force", "npm publish", "curl", "dd of=/dev/*"].map(str::to_owned);
    let test = CommandTest::runs(&entries).map_err(|error| anyhow::anyhow!(error.message)).context("the entries")?;
    let line = CommandLine::parse(LINE, &cx);
    let tested = Case::new(FACETS, "a command of 256 characters: held against five entries", 0);
    bench.time(&tested, FACET, Some(LINE.len()), move || {
        black_box(test.holds(black_box(&line), Direction::Restricting, &cx));
    });
    let cx = PathCx::lexical("/workspace", "/home/agent");
    bench.time(&Case::new(FACETS, "a path, lexical", 0), FACET, Some(PATH.len()), move || {
        black_box(PathValue::parse(black_box(PATH), PathAccess::Read, &cx));
    });
    bench.time(&Case::new(FACETS, "a URL", 0), FACET, Some(URL.len()), move || {
        black_box(UrlValue::parse(black_box(URL)));
    });
    Ok(())
}
