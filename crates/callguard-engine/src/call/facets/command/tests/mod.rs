#![allow(clippy::unwrap_used, clippy::panic)]
#![allow(clippy::disallowed_methods, reason = "the tests time what they test")]

use super::super::path::PathCx;
use super::{CommandLine, CommandTest};
use crate::decide::{Direction, Truth};
use Direction::{Excusing, Restricting};
use Truth::{False, True, Unknown};

mod effects;
mod entries;
mod hostile;
mod understood;

fn cx() -> PathCx {
    PathCx::lexical("/workspace", "/home/agent")
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn line(text: &str) -> CommandLine {
    CommandLine::parse(text, &cx())
}

/// Restricting, then excusing.
fn both(test: &CommandTest, text: &str) -> (Truth, Truth) {
    let line = line(text);
    (test.holds(&line, Restricting, &cx()), test.holds(&line, Excusing, &cx()))
}

fn runs(entry: &str, text: &str) -> (Truth, Truth) {
    both(&CommandTest::runs(&strings(&[entry])).unwrap(), text)
}

const YES: (Truth, Truth) = (True, True);
const NO: (Truth, Truth) = (False, False);
/// It matches, and that is not enough to excuse.
const RESTRICTS: (Truth, Truth) = (True, False);
