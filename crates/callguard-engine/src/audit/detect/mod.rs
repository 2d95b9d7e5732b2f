//! Content detectors.

/// A kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DetectKind;

/// The detectors.
#[derive(Clone, Copy, Debug)]
pub struct Detectors;

impl Detectors {
    /// Whether any of these kinds stands in the text.
    pub fn detects(_text: &str, _kinds: &[DetectKind]) -> bool {
        false
    }
}
