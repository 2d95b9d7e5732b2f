//! The command line of CallGuard, for the binary and for the Python package.

mod args;
mod commands;
mod exit;
mod folder;
mod input;
mod logs;
mod past;
mod program;
mod screen;
mod store;

pub use program::Program;

use args::{Cli, Command};
use screen::Screen;
use std::ffi::OsString;

/// Runs a command line, the program's name first, and gives its exit code. Help and errors of the command line itself end
/// the process.
pub fn run(program: &Program, args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = Cli::read(args);
    let mut screen = Screen::new(cli.color);
    let result = match cli.command {
        Command::Validate(args) => commands::validate::run(&args, &mut screen),
        Command::Check(args) => commands::check::run(&args, &mut screen),
        Command::Diff(args) => commands::diff::run(&args, &mut screen),
        Command::Replay(args) => commands::replay::run(&args, &mut screen),
        Command::Lint(args) => commands::lint::run(&args, &mut screen),
        Command::Fmt(args) => commands::fmt::run(&args, &mut screen),
        Command::Init(args) => commands::init::run(&args, &mut screen),
        Command::Convert(args) => commands::convert::run(&args, &mut screen),
        Command::Test(args) => commands::test::run(&args, &mut screen),
        Command::Explain(args) => commands::explain::run(&args, &mut screen),
        Command::Schema(args) => commands::schema::run(&args, &mut screen),
        Command::Template(args) => commands::template::run(&args, &mut screen),
        Command::Completions(args) => commands::completions::run(&args, &mut screen),
        Command::Demo(args) => commands::demo::run(&args, program, &mut screen),
        Command::Mcp(args) => commands::mcp::run(args, &mut screen),
        Command::Gateway(args) => commands::gateway::run(&args, &mut screen),
        Command::Audit(args) => commands::audit::run(&args, &mut screen),
    };
    let exit = result.unwrap_or_else(|failure| screen.failure(&failure));
    exit.code()
}
