//! sed: every command but `e`, with the files that `r` and `w` name.

use super::Touched;
use std::str::Chars;

pub(super) fn read(code: &str) -> Option<Touched> {
    let mut script = Script { rest: code.chars(), touched: Touched::default() };
    while script.command()? {}
    Some(script.touched)
}

struct Script<'a> {
    rest: Chars<'a>,
    touched: Touched,
}

impl Script<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn skip(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.rest.next();
        }
    }

    /// One command with its address. `false` at the end; `None` where it is not understood.
    fn command(&mut self) -> Option<bool> {
        self.skip(|c| c.is_ascii_whitespace() || c == ';');
        self.address()?;
        self.skip(|c| c == ' ' || c == '!');
        let Some(command) = self.rest.next() else { return Some(false) };
        match command {
            '#' => drop(self.line()),
            '{' | '}' => {}
            '=' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'n' | 'N' | 'p' | 'P' | 'x' | 'z' | 'F' => self.end()?,
            'q' | 'Q' | 'l' | 'L' => {
                self.skip(|c| c == ' ' || c.is_ascii_digit());
                self.end()?;
            }
            ':' | 'b' | 't' | 'T' | 'v' => self.skip(|c| c != ';' && c != '\n' && c != '}'),
            'a' | 'i' | 'c' => self.text(),
            'r' | 'R' => {
                let file = self.line();
                self.touched.reads.push(file);
            }
            'w' | 'W' => {
                let file = self.line();
                self.touched.writes.push(file);
            }
            's' => {
                if !self.substitute()? {
                    return Some(false);
                }
            }
            'y' => {
                let delimiter = self.delimiter()?;
                self.part(delimiter)?;
                self.part(delimiter)?;
                self.end()?;
            }
            _ => return None,
        }
        Some(true)
    }

    fn delimiter(&mut self) -> Option<char> {
        self.rest.next().filter(|c| *c != '\n' && *c != '\\')
    }

    fn address(&mut self) -> Option<()> {
        loop {
            self.skip(|c| c == ' ');
            match self.peek() {
                Some(c) if c.is_ascii_digit() || matches!(c, '$' | '~' | '+' | ',') => drop(self.rest.next()),
                Some('/') => {
                    self.rest.next();
                    self.part('/')?;
                    self.skip(|c| c == 'I' || c == 'M');
                }
                Some('\\') => {
                    self.rest.next();
                    let delimiter = self.delimiter()?;
                    self.part(delimiter)?;
                    self.skip(|c| c == 'I' || c == 'M');
                }
                _ => return Some(()),
            }
        }
    }

    /// Up to a delimiter that is neither escaped nor in a class.
    fn part(&mut self, delimiter: char) -> Option<()> {
        let mut class = false;
        loop {
            match self.rest.next()? {
                c if c == delimiter && !class => return Some(()),
                // In a class a backslash stands for itself, more or less.
                '\\' if class && self.peek() == Some(']') => return None,
                '\\' => drop(self.rest.next()?),
                '[' if !class => {
                    class = true;
                    self.skip_first_in_class();
                }
                '[' => self.skip_named_class()?,
                ']' => class = false,
                _ => {}
            }
        }
    }

    fn skip_first_in_class(&mut self) {
        if self.peek() == Some('^') {
            self.rest.next();
        }
        if self.peek() == Some(']') {
            self.rest.next();
        }
    }

    /// `[:alpha:]`, `[.x.]`, `[=x=]` within a class.
    fn skip_named_class(&mut self) -> Option<()> {
        if let Some(mark @ (':' | '.' | '=')) = self.peek() {
            let (_, after) = self.rest.as_str().get(1..)?.split_once(&format!("{mark}]"))?;
            self.rest = after.chars();
        }
        Some(())
    }

    /// The replacement has no classes.
    fn replacement(&mut self, delimiter: char) -> Option<()> {
        loop {
            match self.rest.next()? {
                c if c == delimiter => return Some(()),
                '\\' => drop(self.rest.next()?),
                _ => {}
            }
        }
    }

    /// `false` where sed itself would refuse the script, and so runs nothing.
    fn substitute(&mut self) -> Option<bool> {
        let delimiter = self.delimiter()?;
        self.part(delimiter)?;
        self.replacement(delimiter)?;
        let mut executes = false;
        loop {
            match self.peek() {
                Some('g' | 'p' | 'i' | 'I' | 'm' | 'M' | '0'..='9') => drop(self.rest.next()),
                Some('e') => {
                    executes = true;
                    self.rest.next();
                }
                Some('w') => {
                    self.rest.next();
                    let file = self.line();
                    self.touched.writes.push(file);
                    return if executes { None } else { Some(true) };
                }
                None | Some('\n' | ';' | '}' | ' ' | '#' | '\t' | '\r') => {
                    return if executes { None } else { Some(true) };
                }
                Some(_) => return Some(false),
            }
        }
    }

    /// Text after `a`, `i`, `c`: up to a line that does not end in `\`.
    fn text(&mut self) {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => drop(self.rest.next()),
                '\n' => return,
                _ => {}
            }
        }
    }

    fn line(&mut self) -> String {
        self.skip(|c| c == ' ' || c == '\t');
        let text = self.rest.as_str();
        let (line, after) = text.split_once('\n').unwrap_or((text, ""));
        self.rest = after.chars();
        line.to_owned()
    }

    fn end(&mut self) -> Option<()> {
        self.skip(|c| c == ' ' || c == '\t');
        matches!(self.peek(), None | Some(';' | '\n' | '}' | '#')).then_some(())
    }
}
