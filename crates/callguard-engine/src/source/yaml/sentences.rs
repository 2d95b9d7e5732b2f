//! What the parser's messages mean to the person who wrote the policy.

/// What to do about a syntax error.
#[derive(Clone, Copy, Debug)]
pub(super) enum Help {
    /// This.
    Do(&'static str),
    /// Quote the value, if that would mend it; else this.
    QuoteOr(&'static str),
}

/// A syntax error in our words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sentence {
    /// A part of what the parser says.
    pub(super) needle: &'static str,
    pub(super) message: &'static str,
    pub(super) help: Help,
}

const fn make(needle: &'static str, message: &'static str, help: &'static str) -> Sentence {
    Sentence { needle, message, help: Help::Do(help) }
}

const fn quote(needle: &'static str, message: &'static str, or: &'static str) -> Sentence {
    Sentence { needle, message, help: Help::QuoteOr(or) }
}

/// The sentence for a message of the parser: the first that fits.
pub(super) fn sentence(info: &str) -> Option<Sentence> {
    SENTENCES.iter().copied().find(|sentence| info.contains(sentence.needle))
}

const SPACES: &str = "indent with spaces";
const EVEN: &str = "indent the lines evenly, with spaces";
const CLOSE_QUOTE: &str = "close it; a quote within single quotes is written twice";
const CLOSE_BRACKET: &str = "close the bracket, or quote the value that it belongs to";
const TAG: &str = "`!` at the start of a value is a YAML tag, which policies do not use";
const TAB: &str = "a tab cannot indent YAML";

/// In the order in which they are tried: what is special before what is general.
const SENTENCES: &[Sentence] = &[
    quote("anchor or alias", "`*` and `&` at the start of a value need a name", "quote the value"),
    quote("handle wasn't declared", TAG, "quote the value"),
    quote("scanning a tag", TAG, "quote the value"),
    quote("parsing a tag", TAG, "quote the value"),
    quote("verbatim tag", TAG, "quote the value"),
    quote("mapping values are not", "a `: ` stands where no key can be", "indent the key as its neighbours are"),
    quote("mapping keys are not", "a `? ` at the start of a value begins a key", "remove the `?`"),
    make("simple key expect", "this line is neither `key: value` nor `- item`", "add the `:`, or indent the line"),
    quote("did not find expected key", "a key was expected here", "indent the line as its neighbours are"),
    make("expected '-' indicator", "a `- ` item was expected here", "indent the line as its neighbours are"),
    make("block sequence entries are", "a list cannot start here", "put each `- ` on a line beneath the key"),
    make("valid inside a block", "a `- ` cannot stand within brackets", "separate the items by commas"),
    make("start with '-' followed", "a `-` cannot stand alone within brackets", "quote it"),
    make("indentation for anchor", "an anchor is not indented as its value is", EVEN),
    make("flow construct", "what stands within brackets is indented less than the key above", "indent the line"),
    make("in quoted scalar", "the quote that opens here is not closed", CLOSE_QUOTE),
    make("wrongly indented line", "this line is indented less than the first of its block", EVEN),
    make("start with a tab", TAB, SPACES),
    make("invalid indentation", "this line is indented as none above it is", EVEN),
    make("tab cannot be used", TAB, SPACES),
    make("tabs disallowed", TAB, SPACES),
    make("found a tab", TAB, SPACES),
    make("valid YAML whitespace", "a space must follow here, not a tab", "write a space"),
    make("unexpected end of stream", "the quote that opens here is not closed", CLOSE_QUOTE),
    make("unexpected document indicator", "the quote that opens here is not closed", CLOSE_QUOTE),
    quote("unknown escape", "a `\\` within double quotes starts an escape, and YAML has none like this", "use `'`"),
    make(
        "hexadecimal number",
        "an escape in this value lacks digits",
        "write `\\x41` or `\\u0041`, or use single quotes",
    ),
    make("Unicode character escape", "an escape in this value is no character", "use single quotes for a backslash"),
    quote("trailing content", "text follows the closing quote", "quote the whole value"),
    make("expected ',' or '}'", "a `,` or a `}` was expected here", CLOSE_BRACKET),
    make("expected ',' or ']'", "a `,` or a `]` was expected here", CLOSE_BRACKET),
    make("placement of ':'", "a key within brackets must stand on one line", CLOSE_BRACKET),
    quote("misplaced bracket", "this bracket closes nothing", "remove it"),
    make("may not precede any of", "a space must stand between `:` and a bracket", "write `key: [` or `key: {`"),
    quote("expected node content", "a value was expected here", "write one"),
    quote("end of plain scalar", "a value was expected here", "write one"),
    make(
        "comment intercepting",
        "` #` starts a comment, and the value goes on behind it",
        "quote it, or move the comment",
    ),
    make("comments must be separated", "a comment must stand apart from what is before it", "write a space before `#`"),
    make("indicator equal to 0", "a block cannot be indented by 0", "write a digit from 1 to 9, or none"),
    quote("block scalar", "after `|` or `>` the text starts on the next line", "start a new line"),
    make("byte order mark", "a byte order mark stands within the text", "remove the character"),
    make("document end marker", "nothing may follow `...` on its line", "start a new line"),
    make(
        "expected <document start>",
        "the document has ended above",
        "indent the line, or start a document with `---`",
    ),
    make("directive", "a line that starts with `%` is a directive, and this is none", "indent the line"),
];
