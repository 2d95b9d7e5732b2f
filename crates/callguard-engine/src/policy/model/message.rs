//! Messages with placeholders.

use super::Selector;

/// A message, at most 500 characters as written, its placeholders checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As written.
    Text(String),
    /// The value of a field: quoted, stripped, cut and redacted before it stands here.
    Field(Selector),
}
