//! What a word is made of that stands for itself.

use super::super::Open;
use super::Decoder;

impl Decoder<'_> {
    pub(super) fn push(&mut self, c: char) {
        if matches!(c, '*' | '?' | '[' | '\\') {
            self.glob.push('\\');
        }
        self.glob.push(c);
        self.out.word.has_slash |= c == '/';
        match self.out.word.open {
            None => self.out.word.text.push(c),
            // Files below a directory with more after them: somewhere below it.
            Some(Open::Below) => self.out.word.glob = Some("*".into()),
            _ => {}
        }
    }

    pub(super) fn push_all(&mut self, text: &str) {
        if text.contains(['*', '?', '[', '\\']) {
            return text.chars().for_each(|c| self.push(c));
        }
        self.push_itself(text);
    }

    /// Text without characters of a glob.
    pub(super) fn push_itself(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.glob.push_str(text);
        self.out.word.has_slash |= text.contains('/');
        match self.out.word.open {
            None => self.out.word.text.push_str(text),
            Some(Open::Below) => self.out.word.glob = Some("*".into()),
            _ => {}
        }
    }

    /// Takes what is itself, quoted or not, up to a character that may be more, which it gives.
    pub(super) fn next_sign(&mut self) -> Option<char> {
        let text = self.rest.as_str();
        let is_sign = |byte: u8| matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`' | b'[' | b'*' | b'?');
        let end = text.bytes().position(is_sign).unwrap_or(text.len());
        let (plain, after) = text.split_at_checked(end)?;
        self.push_itself(plain);
        self.rest = after.chars();
        self.rest.next()
    }
}
