//! What is wrong with a JSON text, said without repeating any of it.

/// Why a JSON text is refused. Open: later versions may tell more apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// More bytes than the limit.
    TooLarge,
    /// Nested deeper than the limit.
    TooDeep,
    /// A key stands twice in one object, after unescaping.
    DuplicateKey,
    /// Not UTF-8.
    NotUtf8,
    /// Half of a surrogate pair, which is no character.
    LoneSurrogate,
    /// A byte order mark.
    ByteOrderMark,
    /// Not a number of JSON, or one too long to be compared.
    Number,
    /// The text ends before the value does.
    Truncated,
    /// Something stands after the value.
    TrailingData,
    /// Anything else that JSON's grammar does not have.
    Syntax,
}

/// Why a text is refused, and where. Holds nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at byte {offset}")]
pub struct JsonError {
    kind: JsonErrorKind,
    message: &'static str,
    offset: usize,
}

impl JsonError {
    /// What is wrong.
    pub fn kind(&self) -> JsonErrorKind {
        self.kind
    }

    /// Where, in bytes from the start.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// One plain sentence without the place.
    pub fn message(&self) -> &'static str {
        self.message
    }

    pub(super) fn new(kind: JsonErrorKind, offset: usize) -> JsonError {
        JsonError { kind, message: sentence(kind), offset }
    }

    pub(super) fn from_jiter(error: &jiter::JiterError, text: &[u8]) -> JsonError {
        let (kind, message) = match &error.error_type {
            jiter::JiterErrorType::JsonError(found) => classify(found),
            jiter::JiterErrorType::WrongType { .. } => (JsonErrorKind::Syntax, sentence(JsonErrorKind::Syntax)),
        };
        let offset = match (kind, std::str::from_utf8(text)) {
            // jiter counts in the unescaped string.
            (JsonErrorKind::NotUtf8, Err(place)) => place.valid_up_to(),
            _ => error.index.min(text.len()),
        };
        JsonError { kind, message, offset }
    }
}

fn sentence(kind: JsonErrorKind) -> &'static str {
    match kind {
        JsonErrorKind::TooLarge => "the JSON text is larger than the limit",
        JsonErrorKind::TooDeep => "the JSON text is nested deeper than the limit",
        JsonErrorKind::DuplicateKey => "a key stands twice in one object",
        JsonErrorKind::NotUtf8 => "the JSON text is not UTF-8",
        JsonErrorKind::LoneSurrogate => "an escape is half of a surrogate pair",
        JsonErrorKind::ByteOrderMark => "the JSON text starts with a byte order mark",
        JsonErrorKind::Number => "a number is not one that JSON has",
        JsonErrorKind::Truncated => "the JSON text ends too early",
        JsonErrorKind::TrailingData => "something stands after the JSON value",
        JsonErrorKind::Syntax => "the text is not JSON",
    }
}

fn classify(found: &jiter::JsonErrorType) -> (JsonErrorKind, &'static str) {
    use jiter::JsonErrorType as J;
    let kind = match found {
        J::EofWhileParsingList | J::EofWhileParsingObject | J::EofWhileParsingString | J::EofWhileParsingValue => {
            JsonErrorKind::Truncated
        }
        J::InvalidNumber | J::FloatExpectingInt => JsonErrorKind::Number,
        J::InvalidUnicodeCodePoint => JsonErrorKind::NotUtf8,
        J::LoneLeadingSurrogateInHexEscape | J::UnexpectedEndOfHexEscape => JsonErrorKind::LoneSurrogate,
        J::TrailingCharacters => JsonErrorKind::TrailingData,
        J::RecursionLimitExceeded => JsonErrorKind::TooDeep,
        J::DuplicateKey(_) => JsonErrorKind::DuplicateKey,
        J::NumberOutOfRange => return (JsonErrorKind::Number, "a number has too many digits"),
        J::ExpectedColon => return (JsonErrorKind::Syntax, "a `:` is missing after a key"),
        J::ExpectedListCommaOrEnd => return (JsonErrorKind::Syntax, "a `,` or `]` is missing in a list"),
        J::ExpectedObjectCommaOrEnd => return (JsonErrorKind::Syntax, "a `,` or `}` is missing in an object"),
        J::InvalidEscape => return (JsonErrorKind::Syntax, "a string has an escape that JSON does not know"),
        J::ControlCharacterWhileParsingString => {
            return (JsonErrorKind::Syntax, "a string has a control character that is not escaped");
        }
        J::KeyMustBeAString => return (JsonErrorKind::Syntax, "a key is not a string in double quotes"),
        J::TrailingComma => return (JsonErrorKind::Syntax, "a comma stands before the end of a list or object"),
        J::ExpectedSomeIdent | J::ExpectedSomeValue | J::InternalError(_) => JsonErrorKind::Syntax,
    };
    (kind, sentence(kind))
}
