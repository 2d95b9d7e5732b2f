//! Messages: what the agent reads. A value is quoted, stripped, cut and redacted before it stands in one.

use super::Direction;
use super::scene::{Item, Reading, Scene};
use crate::policy::model::{Contract, Message, Piece};

impl Scene<'_> {
    /// The contract's message, or one made of its name, with the reason where it applies only by doubt.
    pub(super) fn message(&self, contract: &Contract, message: &Message, doubt: Option<&str>) -> String {
        let mut said = String::new();
        match message.pieces.is_empty() {
            true => said = format!("Stopped by {}.", contract.id),
            false => message.pieces.iter().for_each(|piece| self.say(piece, &mut said)),
        }
        match doubt {
            Some(why) => format!("{said} (could not be decided: {why})"),
            None => said,
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
