//! `callguard completions`: for shells.

use crate::args::{Cli, CompletionsArgs};
use crate::exit::Exit;
use crate::screen::{Failure, Screen};

pub(crate) fn run(args: &CompletionsArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::described(), "callguard", &mut script);
    screen.text(String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
