//! What one policy set and its calls are made from: a few constants of each kind, so that they meet often.

use crate::Draw;
use crate::constants as all;

/// What a value is meant as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string of no type.
    Word,
    /// A number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A time or a date.
    Moment,
    /// A path.
    Path,
    /// A command line.
    Command,
    /// A URL.
    Url,
    /// A host.
    Host,
    /// SQL.
    Sql,
    /// A list of words.
    List,
    /// A list of objects with `name` and `price`.
    Rows,
    /// An object with `a.b`, `level`, `name`.
    Object,
    /// Text that may hold a secret.
    Secret,
}

/// A scalar of a policy or a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    Text(String),
    /// A number as written.
    Number(String),
    /// `true` or `false`.
    Flag(bool),
}

/// A few constants of each kind.
#[derive(Clone, Debug)]
pub struct Pool {
    words: Vec<&'static str>,
    numbers: Vec<&'static str>,
    moments: Vec<&'static str>,
    paths: Vec<&'static str>,
    commands: Vec<&'static str>,
    urls: Vec<&'static str>,
    hosts: Vec<&'static str>,
    statements: Vec<&'static str>,
    /// The tools that contracts name and calls call.
    pub tools: Vec<&'static str>,
}

impl Pool {
    /// Draws a pool.
    pub fn draw(draw: &mut Draw<'_>) -> Pool {
        let mut some = |of: &[&'static str], most: usize| draw.several(most, |draw| draw.one(of));
        Pool {
            words: some(all::WORDS, 4),
            numbers: some(all::NUMBERS, 3),
            moments: some(all::MOMENTS, 2),
            paths: some(all::PATHS, 3),
            commands: some(all::COMMANDS, 3),
            urls: some(all::URLS, 3),
            hosts: some(all::HOSTS, 3),
            statements: some(all::STATEMENTS, 3),
            tools: some(all::TOOLS, 3),
        }
    }

    /// A word.
    pub fn word(&self, draw: &mut Draw<'_>) -> &'static str {
        draw.one(&self.words)
    }

    /// A constant of that kind, as a policy would name it.
    pub fn scalar(&self, kind: Kind, draw: &mut Draw<'_>) -> Scalar {
        match kind {
            Kind::Number => Scalar::Number((draw.one(&self.numbers)).to_owned()),
            Kind::Flag => Scalar::Flag(draw.chance(50)),
            Kind::Secret => Scalar::Text((draw.one(all::SECRETS)).to_owned()),
            kind => Scalar::Text(self.text(kind, draw).to_owned()),
        }
    }

    /// A constant that is a string.
    pub fn text(&self, kind: Kind, draw: &mut Draw<'_>) -> &'static str {
        draw.one(match kind {
            Kind::Moment => &self.moments,
            Kind::Path => &self.paths,
            Kind::Command => &self.commands,
            Kind::Url => &self.urls,
            Kind::Host => &self.hosts,
            Kind::Sql => &self.statements,
            Kind::Number => &self.numbers,
            _ => &self.words,
        })
    }
}
