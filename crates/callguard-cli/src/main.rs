//! The `callguard` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    callguard_cli::run(std::env::args_os()).into()
}
