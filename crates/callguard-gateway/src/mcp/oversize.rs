//! Finds the `id` of a frame that is too large to keep, as its bytes go by.
//!
//! What is found only says whose request gets an error: a wrong id can do no more than that.

/// An id longer than this is not looked for.
const LONGEST: usize = 256;

/// A scan for the `id` at the top level of an object, fed piece by piece.
#[derive(Debug, Default)]
pub(crate) struct IdScan {
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The token at the top level that is being read: a key, or the value of `id`.
    token: Vec<u8>,
    after_id_key: bool,
    found: Option<Vec<u8>>,
}

impl IdScan {
    /// Looks at the next bytes of the frame.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.found.is_some() {
                return;
            }
            self.step(*byte);
        }
    }

    /// The text of the id, if one was found.
    pub(crate) fn id(self) -> Option<String> {
        String::from_utf8(self.found?).ok()
    }

    fn step(&mut self, byte: u8) {
        if self.in_string {
            self.keep(byte);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => {
                self.end_of_value();
                self.depth = self.depth.saturating_sub(1);
            }
            b',' => self.end_of_value(),
            b':' if self.depth == 1 => {
                self.after_id_key = self.token == b"\"id\"";
                self.token.clear();
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => {
                self.in_string = byte == b'"';
                self.keep(byte);
            }
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.depth == 1 && self.token.len() < LONGEST {
            self.token.push(byte);
        }
    }

    fn end_of_value(&mut self) {
        if self.depth != 1 {
            return;
        }
        let token = std::mem::take(&mut self.token);
        if std::mem::take(&mut self.after_id_key) && !token.is_empty() && token.len() < LONGEST {
            self.found = Some(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(text: &str) -> Option<String> {
        let mut scan = IdScan::default();
        text.as_bytes().chunks(3).for_each(|piece| scan.feed(piece));
        scan.id()
    }

    #[test]
    fn the_id_is_found_wherever_it_stands() {
        assert_eq!(id_of(r#"{"id":12,"result":{"#), Some("12".to_owned()));
        assert_eq!(id_of(r#"{ "result" : {"id": 1, "a":["}"]}, "id" : "a\"b" }"#), Some(r#""a\"b""#.to_owned()));
    }

    #[test]
    fn an_id_inside_is_not_the_id() {
        assert_eq!(id_of(r#"{"result":{"id":1},"x":"\"id\":2"}"#), None);
        assert_eq!(id_of(r#"[{"id":1}]"#), None);
        assert_eq!(id_of(&format!(r#"{{"id":"{}"}}"#, "x".repeat(300))), None);
    }
}
