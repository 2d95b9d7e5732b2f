//! What a client of HTTP gets.

use super::sse;
use crate::mcp::answer;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc::Receiver;

pub(super) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub(super) const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");

pub(super) type Reply = Response<ReplyBody>;

/// A body that is there, or that comes piece by piece.
pub(super) enum ReplyBody {
    Whole(Option<Bytes>),
    Pieces(Receiver<Bytes>),
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            ReplyBody::Whole(bytes) => Poll::Ready(bytes.take()),
            ReplyBody::Pieces(pieces) => pieces.poll_recv(cx),
        };
        piece.map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, ReplyBody::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            ReplyBody::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            ReplyBody::Pieces(_) => SizeHint::default(),
        }
    }
}

/// A status and nothing else.
pub(super) fn bare(status: StatusCode) -> Reply {
    let mut reply = Response::new(ReplyBody::Whole(None));
    *reply.status_mut() = status;
    reply
}

/// JSON.
pub(super) fn json(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    let body = body.into();
    let mut reply = Response::new(ReplyBody::Whole(Some(body).filter(|body| !body.is_empty())));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, JSON);
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

/// Messages, as one body.
pub(super) fn messages(status: StatusCode, lines: &[Vec<u8>], is_batch: bool) -> Reply {
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| sse::one_line(line.trim_ascii_end())).collect();
    match lines.as_slice() {
        [] => bare(StatusCode::ACCEPTED),
        [line] if !is_batch || line.starts_with(b"[") => json(status, line.clone()),
        lines => {
            // A batch of the server's is one of ours.
            let inner = |line: &Vec<u8>| match line.strip_prefix(b"[").and_then(|line| line.strip_suffix(b"]")) {
                Some(inner) => inner.to_vec(),
                None => line.clone(),
            };
            let joined = lines.iter().map(inner).collect::<Vec<_>>().join(&b","[..]);
            json(status, [&b"["[..], &joined, &b"]"[..]].concat())
        }
    }
}

/// Events as they come.
pub(super) fn events(pieces: Receiver<Bytes>) -> Reply {
    let mut reply = Response::new(ReplyBody::Pieces(pieces));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, EVENTS);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    // Proxies that keep events back would keep them from the client.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    reply
}

/// A JSON-RPC error that answers no request in particular.
pub(super) fn error(status: StatusCode, code: i32, message: &str) -> Reply {
    error_to(status, "null", code, message)
}

pub(super) fn error_to(status: StatusCode, id: &str, code: i32, message: &str) -> Reply {
    json(status, answer::error(id, code, message).trim_ascii_end().to_vec())
}

pub(super) fn method_not_allowed(allowed: &'static str) -> Reply {
    let mut reply = bare(StatusCode::METHOD_NOT_ALLOWED);
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    fn body(lines: &[&str], is_batch: bool) -> String {
        let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        match messages(StatusCode::OK, &lines, is_batch).into_body() {
            ReplyBody::Whole(bytes) => String::from_utf8(bytes.unwrap_or_default().to_vec()).unwrap(),
            ReplyBody::Pieces(_) => panic!("it is whole"),
        }
    }

    #[test]
    fn a_batch_is_answered_by_one_batch() {
        assert_eq!(body(&["{\"id\":1}\n"], false), "{\"id\":1}");
        assert_eq!(body(&["{\"id\":1}\n"], true), "[{\"id\":1}]");
        assert_eq!(body(&["{\"id\":1}\n", "[{\"id\":2},{\"id\":3}]\n"], true), "[{\"id\":1},{\"id\":2},{\"id\":3}]");
        assert_eq!(body(&["[{\"id\":2}]\n"], true), "[{\"id\":2}]");
        assert_eq!(body(&[], true), "");
    }
}
