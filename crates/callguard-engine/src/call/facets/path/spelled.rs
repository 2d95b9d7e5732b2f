//! A reading as patterns look at it: taken apart once, whatever number of them looks.

use super::bigrams::Bigrams;
use super::value::Reading;
use std::cell::OnceCell;

/// A normal path.
#[derive(Debug)]
pub(super) struct Spelled<'a> {
    text: &'a str,
    pub(super) bigrams: Bigrams,
    names: OnceCell<Box<[&'a str]>>,
}

impl<'a> Spelled<'a> {
    pub(super) fn of(reading: &'a Reading) -> Spelled<'a> {
        Spelled { text: &reading.path, bigrams: reading.bigrams, names: OnceCell::new() }
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Its names; the root has none.
    pub(super) fn names(&self) -> &[&'a str] {
        self.names.get_or_init(|| self.text.split('/').skip(1).filter(|name| !name.is_empty()).collect())
    }
}
