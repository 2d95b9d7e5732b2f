//! Folding: what a file system, or an eye, may take for the same name.

use icu_properties::CodePointSetData;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint};
use unicode_normalization::UnicodeNormalization;

/// NFKC, full case folding, and no characters that show nothing.
pub(in super::super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let visible: String = text.nfkc().filter(|c| !is_invisible(*c)).collect();
    unicase::UniCase::unicode(visible).to_folded_case().nfkc().collect()
}

/// What a path looks like to a reader: the UTS 39 skeleton of the folded text.
pub(super) fn skeleton(folded: &str) -> String {
    unicode_security::skeleton(folded).collect()
}

/// A folded component without what Windows drops: an alternate data stream, and dots and spaces at its end.
pub(super) fn without_windows_tail(component: &str) -> &str {
    let name = component.split(':').next().unwrap_or_default();
    let bare = name.trim_end_matches(['.', ' ']);
    if bare.is_empty() { component } else { bare }
}

/// Shows nothing, by Unicode's `Default_Ignorable_Code_Point`.
pub(in super::super) fn is_invisible(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Turns the direction of text, by Unicode's `Bidi_Control`.
pub(in super::super) fn is_bidi_control(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<BidiControl>().contains(c)
}
