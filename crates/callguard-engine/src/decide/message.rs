//! Messages: what the agent reads. A value is quoted, stripped, cut and redacted before it stands in one; the host's own
//! words are not quoted.

use super::Direction;
use super::scene::{Item, Reading, Scene};
use crate::policy::model::{Contract, Message, Piece, Selector};

impl Scene<'_> {
    /// The contract's message, or one made of its name, with the reason where it applies only by doubt.
    pub(super) fn message(&self, contract: &Contract, message: &Message, doubt: Option<&str>) -> String {
        let mut said = String::new();
        match message.pieces.as_slice() {
            [] => said = format!("Stopped by {}.", contract.id),
            [Piece::Field(fact @ Selector::Facts(_))] => said = self.host_says(fact),
            pieces => pieces.iter().for_each(|piece| self.say(piece, &mut said)),
        }
        match doubt {
            Some(why) => format!("{said} (could not be decided: {why})"),
            None => said,
        }
    }

    /// A message that is one fact and nothing else: the host's own words, and no quotation.
    fn host_says(&self, fact: &Selector) -> String {
        match self.single(fact, Reading::top(Direction::Restricting, false)) {
            Item::Missing => "(none)".to_owned(),
            Item::Unknown(_) => "(unknown)".to_owned(),
            item => self.policy.redaction.say_for_message(&item.text()),
        }
    }

    fn say(&self, piece: &Piece, said: &mut String) {
        let selector = match piece {
            Piece::Text(text) => return said.push_str(text),
            Piece::Field(selector) => selector,
        };
        match self.single(selector, Reading::top(Direction::Restricting, false)) {
            Item::Missing => said.push_str("(none)"),
            Item::Unknown(_) => said.push_str("(unknown)"),
            item => said.push_str(&self.policy.redaction.quote_field_for_message(selector.keys(), &item.text())),
        }
    }
}

/// What the agent reads of a call that is refused before any contract.
pub(super) fn malformed(why: &str) -> String {
    let end = if why.ends_with(['.', '?']) { "" } else { "." };
    format!("The call is malformed: {why}{end}")
}
