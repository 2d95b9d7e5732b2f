//! `callguard fmt`: one form for policy text.

use crate::args::write::FmtArgs;
use crate::exit::Exit;
use crate::folder;
use crate::screen::{Failure, Screen};
use callguard_analysis::format::formatted;
use std::fs;
use std::io::{self, Read};

/// What happened to a file.
enum Form {
    /// It has the form already.
    Has,
    /// It has another.
    Differs(String),
    /// It is no policy text.
    Unreadable,
}

pub(crate) fn run(args: &FmtArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    if args.files.as_slice() == ["-"] {
        return standard(args, screen);
    }
    let mut exit = Exit::Ok;
    let (mut changed, mut alike) = (0_usize, 0_usize);
    for name in folder::expanded(&args.files, &["Policy", "PolicyTest", "Gateway"])? {
        let text =
            fs::read_to_string(&name).map_err(|error| Failure::Usage(format!("cannot read `{name}`: {error}")))?;
        match form(&name, &text, screen) {
            Form::Has => alike = alike.saturating_add(1),
            Form::Unreadable => exit = exit.max(Exit::PolicyInvalid),
            Form::Differs(_) if args.check => {
                changed = changed.saturating_add(1);
                screen.line(format_args!("differs  {name}"))?;
                exit = if exit == Exit::PolicyInvalid { exit } else { Exit::Found };
            }
            Form::Differs(formed) => {
                changed = changed.saturating_add(1);
                fs::write(&name, formed)
                    .map_err(|error| Failure::Outside(format!("cannot write `{name}`: {error}")))?;
                screen.line(format_args!("written  {name}"))?;
            }
        }
    }
    let word = if args.check { "differ" } else { "written" };
    screen.note(format_args!("{changed} {word}, {alike} left as they are"));
    Ok(exit)
}

/// Standard input to standard output.
fn standard(args: &FmtArgs, screen: &mut Screen) -> Result<Exit, Failure> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::Usage(format!("cannot read standard input: {error}")))?;
    match form("-", &text, screen) {
        Form::Unreadable => Ok(Exit::PolicyInvalid),
        Form::Differs(_) if args.check => Ok(Exit::Found),
        Form::Has if args.check => Ok(Exit::Ok),
        Form::Has => screen.text(text).map(|()| Exit::Ok),
        Form::Differs(formed) => screen.text(formed).map(|()| Exit::Ok),
    }
}

fn form(name: &str, text: &str, screen: &mut Screen) -> Form {
    match formatted(name, text) {
        Ok(formed) if formed == text => Form::Has,
        Ok(formed) => Form::Differs(formed),
        Err(unreadable) => {
            for found in &unreadable.diagnostics {
                screen.finding(found, &unreadable.sources);
            }
            Form::Unreadable
        }
    }
}
