//! The arguments of `callguard test`.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// PolicyTest files, or folders of them; with `--scenarios`, the policies to test.
    #[arg(required = true)]
    pub files: Vec<String>,
    /// PolicyTest files, or folders of them, to run against FILES instead of the policies they name.
    #[arg(long, value_name = "TESTS")]
    pub scenarios: Vec<String>,
    /// One JSON object with every case.
    #[arg(long, conflicts_with = "junit")]
    pub json: bool,
    /// JUnit XML, on standard output or in a file.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "-")]
    pub junit: Option<PathBuf>,
    #[command(flatten)]
    pub coverage: CoverageArgs,
    #[command(flatten)]
    pub mutate: MutateArgs,
    /// Run again whenever a file that was read changes, until it is interrupted.
    #[arg(long, conflicts_with_all = ["json", "junit"])]
    pub watch: bool,
    /// How many columns a line of text has.
    #[arg(long, value_name = "COLUMNS", default_value_t = 100, value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: u16,
}

/// What of the policies the cases see.
#[derive(Debug, Args)]
pub(crate) struct CoverageArgs {
    /// Say which contracts applied, and which conditions were true, false and unknown.
    #[arg(long)]
    pub coverage: bool,
    /// The same as a page, beside the text of the policies.
    #[arg(long, value_name = "FILE")]
    pub coverage_html: Option<PathBuf>,
    /// The same as an lcov tracefile.
    #[arg(long, value_name = "FILE")]
    pub coverage_lcov: Option<PathBuf>,
    /// Fail if fewer of the contracts, or of the outcomes of conditions, were seen.
    #[arg(long, value_name = "PERCENT")]
    pub min_coverage: Option<f64>,
}

/// What the cases would not notice.
#[derive(Debug, Args)]
pub(crate) struct MutateArgs {
    /// Change the policies one thing at a time, and say which changes no case notices.
    #[arg(long, conflicts_with = "junit")]
    pub mutate: bool,
    /// Fail if more of the changes go unnoticed.
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, requires = "mutate")]
    pub max_survivors: f64,
    /// Write the calls that cases deny otherwise, so often each, and say which get through.
    #[arg(long, value_name = "TIMES", num_args = 0..=1, require_equals = true, default_missing_value = "100", conflicts_with = "junit")]
    pub fuzz: Option<u64>,
    /// The same seed writes the same calls.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, requires = "fuzz")]
    pub seed: u64,
}
