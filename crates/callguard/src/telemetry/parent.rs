//! What a call is part of, as hosts name it in text.

use callguard_engine::audit::event::TraceIds;

/// A `traceparent`: version, trace, span and flags (<https://www.w3.org/TR/trace-context/#traceparent-header>).
pub(crate) struct TraceParent {
    pub(crate) ids: TraceIds,
    #[cfg_attr(not(feature = "otel"), expect(dead_code, reason = "a build without telemetry makes no spans"))]
    pub(crate) is_sampled: bool,
}

impl TraceParent {
    /// What the text names; `None` where it is not of this form.
    pub(crate) fn parse(text: &str) -> Option<TraceParent> {
        let mut parts = text.trim().splitn(5, '-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let more = parts.next().is_some();
        let is_read = is_hex(version, 2) && version != "ff" && (version != "00" || !more);
        let names = |part: &str, length| is_hex(part, length) && part.bytes().any(|digit| digit != b'0');
        if !is_read || !names(trace, 32) || !names(span, 16) || !is_hex(flags, 2) {
            return None;
        }
        let is_sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        Some(TraceParent { ids: TraceIds { trace_id: trace.to_owned(), span_id: span.to_owned() }, is_sampled })
    }
}

/// Upper case is not the form's.
fn is_hex(part: &str, length: usize) -> bool {
    part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'))
}
