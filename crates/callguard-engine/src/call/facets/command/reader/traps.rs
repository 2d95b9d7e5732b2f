//! `trap LINE EXIT`: what runs when a shell ends, or on a signal before that.

use super::super::words::Word;
use super::meaning::CODE_UNKNOWN;
use super::{Cwds, Input, Reader, Waiting};
use std::rc::Rc;

impl Reader {
    /// Keeps a line until the shell ends.
    pub(super) fn trap(&mut self, line: &Word) {
        match line.known() {
            Some(text) => {
                let (text, state) = (text.to_owned(), self.state.clone());
                self.traps.push(Waiting { text, state, depth: self.depth, input: Input::None });
            }
            None => self.not_understood(CODE_UNKNOWN),
        }
    }

    /// Reads the lines that this shell has kept: in its directory, if that is still the one where they were said.
    pub(super) fn run_traps(&mut self, from: usize) {
        while self.traps.len() > from {
            let Some(Waiting { text, mut state, .. }) = self.traps.pop() else { return };
            if !self.spend_script(&text) {
                return;
            }
            if state.moves != self.state.moves || state.cwds != self.state.cwds {
                state.cwds = Cwds::unknown();
            }
            // It sees what the variables are by then.
            state.variables = Rc::default();
            self.in_subshell(|reader| {
                reader.state = state;
                reader.script(&text, &Input::None);
            });
        }
    }
}
