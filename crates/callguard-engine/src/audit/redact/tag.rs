//! Keyed tags: equal secrets are recognised in events, and nobody without the key can guess them.

use crate::audit::hits::Hit;
use crate::audit::unescape::Unescaped;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Gives what is hidden its tag. The host brings the function: a MAC, so that a tag says nothing without the key.
#[derive(Clone)]
pub struct Tagger(Arc<Mac>);

type Mac = dyn Fn(&[u8]) -> [u8; 8] + Send + Sync;

impl Tagger {
    /// With that function.
    pub fn new(mac: impl Fn(&[u8]) -> [u8; 8] + Send + Sync + 'static) -> Tagger {
        Tagger(Arc::new(mac))
    }

    /// The tag of a hidden part. One that is a marker already keeps its own.
    pub(super) fn of(&self, hidden: &str) -> String {
        let plain = plain(hidden);
        match tag_of_marker(&plain) {
            Some(tag) => tag.to_owned(),
            None => data_encoding::HEXLOWER.encode(&(self.0)(plain.as_bytes())),
        }
    }
}

impl fmt::Debug for Tagger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Tagger")
    }
}

/// Digits of a tag.
const TAG: usize = 16;
/// How every marker begins.
const OPEN: &str = "[REDACTED:";
/// How often a secret may be escaped and still have the tag of the plain one.
const MAX_ESCAPES: usize = 4;
/// What stands before a secret in a header.
const SCHEMES: [&str; 3] = ["bearer ", "basic ", "token "];

/// The secret itself, however it is escaped and whatever scheme stands before it.
fn plain(hidden: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(hidden);
    for _ in 0..MAX_ESCAPES {
        let Some(view) = Unescaped::of(&plain) else { break };
        plain = Cow::Owned(view.text().to_owned());
    }
    if let Some(view) = Unescaped::percent(&plain) {
        plain = Cow::Owned(view.text().to_owned());
    }
    let scheme = SCHEMES
        .iter()
        .find_map(|scheme| plain.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(str::len));
    match scheme.and_then(|length| plain.get(length..)) {
        Some(secret) => Cow::Owned(secret.trim_start().to_owned()),
        None => plain,
    }
}

/// Leaves out what is found from within a marker that has a tag on: `token:` there is no name of a value.
pub(super) fn outside_markers(text: &str, hits: &mut Vec<Hit>) {
    if hits.is_empty() {
        return;
    }
    let found = memchr::memmem::find_iter(text.as_bytes(), OPEN.as_bytes());
    let markers: Vec<Range<usize>> = found.filter_map(|at| Some(at..at + marker_length(text.get(at..)?)?)).collect();
    if !markers.is_empty() {
        let begins_in = |hit: &Hit, marker: &Range<usize>| {
            marker.contains(&hit.start) && (hit.start > marker.start || hit.end <= marker.end)
        };
        hits.retain(|hit| !markers.iter().any(|marker| begins_in(hit, marker)));
    }
}

/// The tag, if the text is one marker.
fn tag_of_marker(text: &str) -> Option<&str> {
    marker_length(text).filter(|length| *length == text.len())?;
    text.get(text.len().checked_sub(TAG + 1)?..text.len() - 1)
}

/// How long the marker with a tag is that the text begins with.
fn marker_length(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(OPEN)?;
    let label = rest.find([':', ']', '[']).filter(|length| *length > 0)?;
    let tag = rest.get(label..)?.strip_prefix(':')?;
    let (digits, behind) = tag.split_at_checked(TAG)?;
    let is_tag = digits.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    (is_tag && behind.starts_with(']')).then_some(OPEN.len() + label + 1 + TAG + 1)
}
