//! What the commands print: calm, aligned, coloured only on a terminal.

use crate::args::Colour;
use crate::exit::Exit;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use callguard::LoadError;
use callguard::engine::diagnostic::{Diagnostic, Render, render};
use callguard::engine::source::Sources;
use std::fmt::Display;
use std::io::{self, Stderr, Stdout, Write};

/// Standard output and standard error.
pub(crate) struct Screen {
    out: AutoStream<Stdout>,
    err: AutoStream<Stderr>,
    colour: ColorChoice,
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Policies that do not load.
    Policy(Box<LoadError>),
    /// The command line is wrong: what, and what to do.
    Usage(String),
    /// Something outside failed.
    Outside(String),
    /// Nobody reads what is printed any more.
    Closed,
}

/// The styles of words.
pub(crate) mod style {
    use super::{AnsiColor, Style};

    pub(crate) const ALLOW: Style = AnsiColor::Green.on_default().bold();
    pub(crate) const DENY: Style = AnsiColor::Red.on_default().bold();
    pub(crate) const ASK: Style = AnsiColor::Yellow.on_default().bold();
    pub(crate) const DIM: Style = Style::new().dimmed();
    pub(crate) const BOLD: Style = Style::new().bold();

    /// The style of `allow`, `deny`, `ask`.
    pub(crate) fn of(word: &str) -> Style {
        match word {
            "allow" => ALLOW,
            "ask" | "warn" | "redact" => ASK,
            _ => DENY,
        }
    }
}

impl Screen {
    pub(crate) fn new(colour: Colour) -> Screen {
        let choice = match colour {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::Always,
            Colour::Never => ColorChoice::Never,
        };
        Screen {
            out: AutoStream::new(io::stdout(), choice),
            err: AutoStream::new(io::stderr(), choice),
            colour: choice,
        }
    }

    /// A line on standard output.
    pub(crate) fn line(&mut self, text: impl Display) -> Result<(), Failure> {
        writeln!(self.out, "{text}").map_err(closed)
    }

    /// Text on standard output as it is.
    pub(crate) fn text(&mut self, text: impl Display) -> Result<(), Failure> {
        write!(self.out, "{text}").map_err(closed)
    }

    /// A line on standard error. Where that cannot be written there is nobody to tell.
    pub(crate) fn note(&mut self, text: impl Display) {
        let _nobody = writeln!(self.err, "{text}");
    }

    /// A finding on standard error, its source underlined.
    pub(crate) fn finding(&mut self, found: &Diagnostic, sources: &Sources) {
        self.finding_in(None, found, sources);
    }

    /// The same in lines of so many columns.
    pub(crate) fn finding_in(&mut self, width: Option<usize>, found: &Diagnostic, sources: &Sources) {
        let how = Render { colour: self.colour != ColorChoice::Never && self.err_is_coloured(), width };
        self.note(render(found, sources, how));
    }

    /// Says why a command ended early.
    pub(crate) fn failure(&mut self, failure: &Failure) -> Exit {
        match failure {
            Failure::Policy(error) => {
                let findings = error.findings();
                for found in &findings.diagnostics {
                    self.finding(found, &findings.sources);
                }
                Exit::PolicyInvalid
            }
            Failure::Usage(text) => {
                self.note(format_args!("{}error{:#}: {text}", style::DENY, style::DENY));
                Exit::Usage
            }
            Failure::Outside(text) => {
                self.note(format_args!("{}error{:#}: {text}", style::DENY, style::DENY));
                Exit::Failed
            }
            Failure::Closed => Exit::Failed,
        }
    }

    fn err_is_coloured(&self) -> bool {
        self.err.current_choice() != ColorChoice::Never
    }
}

fn closed(_: io::Error) -> Failure {
    Failure::Closed
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Failure {
        Failure::Policy(Box::new(error))
    }
}
