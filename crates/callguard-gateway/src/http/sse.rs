//! Server-sent events: read as the standard says (WHATWG, "Server-sent events"), written so that nobody reads them otherwise.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Body;
use std::collections::VecDeque;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) retry: Option<String>,
    /// Lines of `data`, one below the other; `None` where the event has none.
    pub(super) data: Option<Vec<u8>>,
}

/// Why a stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The connection is gone.
    Gone,
    /// One event is larger than may be kept.
    TooLong,
}

/// A comment: it keeps a connection from falling asleep.
pub(super) const BEAT: &[u8] = b":\n\n";

impl Event {
    /// The event as bytes. The line ends of every reader that is known are escaped: some know more than the standard.
    pub(super) fn write(&self) -> Bytes {
        let mut out = Vec::new();
        let mut field = |name: &str, value: &[u8]| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.push(b'\n');
        };
        if let Some(id) = self.id.as_deref().filter(|id| is_plain(id)) {
            field("id", id.as_bytes());
        }
        if let Some(name) = self.name.as_deref().filter(|name| is_plain(name)) {
            field("event", name.as_bytes());
        }
        if let Some(retry) = self.retry.as_deref().filter(|retry| retry.bytes().all(|byte| byte.is_ascii_digit())) {
            field("retry", retry.as_bytes());
        }
        if let Some(data) = &self.data {
            field("data", &one_line(data));
        }
        out.push(b'\n');
        out.into()
    }
}

/// JSON on one line for every reader: outside of strings a line end is white space, within them these are letters.
pub(super) fn one_line(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some((byte, tail)) = rest.split_first() {
        let (escape, length): (&[u8], usize) = match rest {
            [b'\n' | b'\r', ..] => (b" ", 1),
            [0xc2, 0x85, ..] => (b"\\u0085", 2),
            [0xe2, 0x80, 0xa8, ..] => (b"\\u2028", 3),
            [0xe2, 0x80, 0xa9, ..] => (b"\\u2029", 3),
            _ => {
                out.push(*byte);
                rest = tail;
                continue;
            }
        };
        out.extend_from_slice(escape);
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// Visible ASCII: what every reader reads alike.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads events off a body.
pub(super) struct Events<B> {
    body: B,
    parser: Parser,
}

impl<B: Body<Data = Bytes> + Unpin> Events<B> {
    pub(super) fn new(body: B, most: usize) -> Events<B> {
        Events { body, parser: Parser { most, ..Parser::default() } }
    }

    /// The next event; `None` at the end. May be dropped and asked again.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, Broken> {
        loop {
            if let Some(event) = self.parser.ready.pop_front() {
                return Ok(Some(event));
            }
            match self.body.frame().await {
                None => return Ok(None),
                Some(Err(_)) => return Err(Broken::Gone),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        self.parser.feed(&data)?;
                    }
                }
            }
        }
    }
}

#[derive(Default)]
struct Parser {
    most: usize,
    line: Vec<u8>,
    after_return: bool,
    has_begun: bool,
    event: Event,
    ready: VecDeque<Event>,
}

impl Parser {
    fn feed(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        for byte in bytes {
            match byte {
                b'\n' if std::mem::take(&mut self.after_return) => {}
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    self.end_of_line();
                }
                _ => {
                    self.after_return = false;
                    self.line.push(*byte);
                }
            }
            let kept = self.event.data.as_ref().map_or(0, Vec::len).saturating_add(self.line.len());
            if kept > self.most {
                return Err(Broken::TooLong);
            }
        }
        Ok(())
    }

    fn end_of_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        if !std::mem::replace(&mut self.has_begun, true)
            && let Some(rest) = line.strip_prefix(b"\xef\xbb\xbf")
        {
            line = rest.to_vec();
        }
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            if event != Event::default() {
                self.ready.push_back(event);
            }
            return;
        }
        let colon = memchr::memchr(b':', &line).unwrap_or(line.len());
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        let value = value.strip_prefix(b":").unwrap_or(value);
        self.field(name, value.strip_prefix(b" ").unwrap_or(value));
    }

    fn field(&mut self, name: &[u8], value: &[u8]) {
        let text = || Some(String::from_utf8_lossy(value).into_owned());
        match name {
            b"data" => match &mut self.event.data {
                Some(data) => {
                    data.push(b'\n');
                    data.extend_from_slice(value);
                }
                none => *none = Some(value.to_vec()),
            },
            b"id" if !value.contains(&0) => self.event.id = text(),
            b"event" => self.event.name = text(),
            b"retry" => self.event.retry = text(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hyper::body::Frame;

    /// The events of bytes that arrive in pieces of every size.
    async fn read(text: &str) -> Vec<Event> {
        let mut all: Vec<Vec<Event>> = Vec::new();
        for size in 1..=text.len() {
            let mut parser = Parser { most: 1 << 20, ..Parser::default() };
            text.as_bytes().chunks(size).for_each(|piece| parser.feed(piece).unwrap());
            all.push(parser.ready.into());
        }
        assert!(all.windows(2).all(|two| two[0] == two[1]), "{text:?}");
        all.pop().unwrap_or_default()
    }

    fn event(id: &str, data: &str) -> Event {
        Event {
            id: Some(id.to_owned()).filter(|id| !id.is_empty()),
            data: Some(data.as_bytes().to_vec()),
            ..Event::default()
        }
    }

    #[tokio::test]
    async fn every_line_end_ends_a_line() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("id: 1{end}data: a{end}data:b{end}{end}: beat{end}{end}data{end}{end}");
            assert_eq!(read(&text).await, [event("1", "a\nb"), event("", "")], "{end:?}");
        }
    }

    #[tokio::test]
    async fn what_has_not_ended_is_no_event() {
        assert_eq!(read("\u{feff}data: a\n\ndata: b\n").await, [event("", "a")]);
    }

    #[test]
    fn no_reader_finds_another_event() {
        let written = event("1", "{\"a\":\n\"x\u{2028}data: {}\u{85}\u{2029}\"}\r").write();
        assert_eq!(written, "id: 1\ndata: {\"a\": \"x\\u2028data: {}\\u0085\\u2029\"} \n\n".as_bytes());
        let odd = Event { name: Some("a\u{2028}b".to_owned()), retry: Some("1x".to_owned()), ..event("a b", "1") };
        assert_eq!(odd.write(), "data: 1\n\n".as_bytes());
    }

    #[tokio::test]
    async fn an_event_has_a_largest_size() {
        let mut parser = Parser { most: 8, ..Parser::default() };
        assert_eq!(parser.feed(b"data: 12\n\ndata: 1\ndata: 23456789"), Err(Broken::TooLong));
        let body = Pieces(vec![Bytes::from_static(b"data: 1\n"), Bytes::from_static(b"\n")].into());
        let mut events = Events::new(body, 100);
        assert_eq!(events.next().await, Ok(Some(event("", "1"))));
        assert_eq!(events.next().await, Ok(None));
    }

    struct Pieces(VecDeque<Bytes>);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            std::task::Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
        }
    }
}
