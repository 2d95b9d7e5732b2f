//! `$'…'`.

use super::Decoder;

impl Decoder<'_> {
    /// `$'…'`: C's escapes. One that gives a byte beyond ASCII, or NUL, is not followed.
    pub(super) fn ansi_quoted(&mut self) {
        while let Some(c) = self.rest.next().filter(|c| *c != '\'') {
            if c != '\\' {
                self.push(c);
                continue;
            }
            match self.escape() {
                Some(c) => self.push(c),
                None => self.unknown(),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        let code = match c {
            'a' => 0x07,
            'b' => 0x08,
            'e' | 'E' => 0x1b,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'v' => 0x0b,
            '\\' | '\'' | '"' | '?' => return Some(c),
            'x' => self.digits(0, 16, 2).filter(|code| *code < 0x80)?,
            'u' => self.digits(0, 16, 4)?,
            'U' => self.digits(0, 16, 8)?,
            '0'..='7' => {
                let first = c.to_digit(8)?;
                self.digits(first, 8, 2).unwrap_or(first)
            }
            _ => return None,
        };
        let is_octal = c.is_ascii_digit();
        char::from_u32(code).filter(|found| *found != '\0' && (!is_octal || found.is_ascii()))
    }

    /// Up to `most` digits after a first value. `None` if there is none, or it is too large.
    fn digits(&mut self, first: u32, radix: u32, most: usize) -> Option<u32> {
        let text = self.rest.as_str();
        let count = text.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        let (digits, after) = text.split_at_checked(count).filter(|(digits, _)| !digits.is_empty())?;
        self.rest = after.chars();
        digits.chars().try_fold(first, |value, c| value.checked_mul(radix)?.checked_add(c.to_digit(radix)?))
    }
}
