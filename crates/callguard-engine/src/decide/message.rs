//! Messages: what the agent reads. A value is quoted, stripped, cut and redacted before it stands in one.

use super::Direction;
use super::scene::{Item, Reading, Scene};
use crate::policy::model::{Contract, Message, Piece};

impl Scene<'_> {
    /// The contract's message, or one made of its name, with the reason where it applies only by doubt.
    pub(super) fn message(&self, contract: &Contract, message: &Message, doubt: Option<&str>) -> String {
        let said = match message.pieces.is_empty() {
            true => format!("Stopped by {}.", contract.id),
            false => message.pieces.iter().map(|piece| self.piece(piece)).collect(),
        };
        match doubt {
            Some(why) => format!("{said} (could not be decided: {why})"),
            None => said,
        }
    }

    fn piece(&self, piece: &Piece) -> String {
        let selector = match piece {
            Piece::Text(text) => return text.clone(),
            Piece::Field(selector) => selector,
        };
        match self.single(selector, Reading::top(Direction::Restricting, false)) {
            Item::Missing => "(none)".to_owned(),
            Item::Unknown(_) => "(unknown)".to_owned(),
            item => self.policy.redaction.quote_field_for_message(selector.keys(), &item.text()),
        }
    }
}

/// What the agent reads of a call that is refused before any contract.
pub(super) fn malformed(why: &str) -> String {
    let end = if why.ends_with(['.', '?']) { "" } else { "." };
    format!("The call is malformed: {why}{end}")
}
