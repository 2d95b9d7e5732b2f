//! The `callguard` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    callguard_cli::run(&callguard_cli::Program::default(), std::env::args_os()).into()
}
