//! What a session was sent lately: a client that lost its connection gets the same once more, and no other session's.

use bytes::Bytes;
use std::collections::VecDeque;

/// Ids that are known as the session's own.
const IDS: usize = 4_096;
/// Events whose bytes are there still, and how many bytes at most.
const EVENTS: usize = 256;
const BYTES: usize = 4 << 20;

/// The ids of a session's events, and the last events as the client got them. A server that replays one would have a call
/// answered twice, and the second answer is that of no request.
#[derive(Default)]
pub(super) struct Kept {
    ids: VecDeque<String>,
    events: VecDeque<(String, Bytes)>,
    bytes: usize,
}

impl Kept {
    /// Notes what was sent under an id; `event` is what the client got.
    pub(super) fn note(&mut self, id: &str, event: Bytes) {
        if !self.knows(id) {
            self.ids.push_back(id.to_owned());
        }
        if self.ids.len() > IDS {
            self.ids.pop_front();
        }
        self.bytes = self.bytes.saturating_add(event.len());
        self.events.push_back((id.to_owned(), event));
        while self.events.len() > EVENTS || self.bytes > BYTES {
            let Some((_, dropped)) = self.events.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(dropped.len());
        }
    }

    /// Whether the session was sent an event of this id.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.ids.iter().any(|known| known == id)
    }

    /// The event of this id as it was sent.
    pub(super) fn event(&self, id: &str) -> Option<Bytes> {
        self.events.iter().find(|(known, _)| known == id).map(|(_, event)| event.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_kept_and_no_more() {
        let mut kept = Kept::default();
        for number in 0..5_000 {
            kept.note(&number.to_string(), Bytes::from_static(b"data: x\n\n"));
        }
        assert!(kept.knows("4999") && kept.knows("904") && !kept.knows("903"));
        assert!(kept.event("4744").is_some() && kept.event("4743").is_none());
        kept.note("large", vec![0; 5 << 20].into());
        assert!(kept.knows("large") && kept.event("large").is_none() && kept.event("4999").is_none());
        assert_eq!(kept.bytes, 0);
    }
}
