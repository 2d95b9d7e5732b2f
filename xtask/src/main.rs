//! `cargo xtask`: the project's own commands. See CONTRIBUTING.md.

mod apt;
mod bench;
mod browser;
mod cache;
mod content;
mod generate;
mod machine;
mod process;
mod servers;
mod soak;
mod templates;
mod test;
mod tidy;
mod tools;
mod wheel;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every check and test, with all the set-up they need.
    Test(test::Arguments),
    /// Write what is generated from the code and committed.
    Generate(generate::Arguments),
    /// Check the rules of the house: dependency arrows, file lengths, stray paths, test data.
    Tidy,
    /// Fuzz and run properties for long, and write a report to `docs/reports/`.
    Soak(soak::Arguments),
    /// Measure deciding and the MCP guard, and write a report to `docs/reports/`.
    Bench(bench::Arguments),
    /// Measure detection and redaction on named packages, and write a report to `docs/reports/`.
    Content(content::Arguments),
    /// Build the Python package's wheel for every Linux since 2014, and show that it works.
    Wheel(wheel::Arguments),
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<ExitCode> {
    match command {
        Command::Test(arguments) => return test::run(arguments),
        Command::Generate(arguments) => generate::run(arguments.check)?,
        Command::Tidy => tidy::run()?,
        Command::Soak(arguments) => soak::run(arguments)?,
        Command::Bench(arguments) => bench::run(arguments)?,
        Command::Content(arguments) => content::run(arguments)?,
        Command::Wheel(arguments) => wheel::run(arguments)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The root of the repository.
///
/// As cargo says at run time: a build that is shared by clones may have been made in another one.
fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Path::new(&here).parent().unwrap_or(Path::new(".")).to_path_buf()
    });
    &ROOT
}

/// Where cargo puts what it builds.
fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}
