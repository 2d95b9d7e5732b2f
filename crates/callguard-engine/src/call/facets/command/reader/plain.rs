//! The plain command line, read without the parser: words, quotes, `&&`, `||`, `|`, `;`, `&`, files that are read and written.
//!
//! Most lines are so, and of what such a line costs the parser takes the most. Whatever may be read otherwise than the
//! parser reads it is left to the parser; the tests hold the two to the same tree.

use super::parse::has_long_descriptor;
use brush_parser::{SourceSpan, ast};

/// Bytes of a line that has not too many parts, whatever it says.
pub(super) const SHORT: usize = 1024;

/// Words that may open a compound command, or stand before one, wherever they stand; with more of them the line is not
/// plain.
const MOST_KEYWORDS: usize = 8;

/// Words that room is made for at once.
const MOST_ROOM: usize = 32;

/// What means something else where a command starts.
const RESERVED: [&str; 22] = [
    "!", "{", "}", "[[", "]]", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if",
    "in", "select", "then", "time", "until", "while",
];

/// The tree of a plain line. `None`: it is not plain, or may be one that the scan does not let through, for more than its
/// length.
pub(super) fn parse(text: &str) -> Option<ast::Program> {
    if memchr::memchr2(b'\0', b'\r', text.as_bytes()).is_some() || has_long_descriptor(text) {
        return None;
    }
    let mut line = Line { rest: text, keywords: 0 };
    let mut items = Vec::new();
    while items.is_empty() || !line.rest.is_empty() {
        let chain = line.chain()?;
        items.push(ast::CompoundListItem(chain, line.separator()?));
        line.skip_blanks();
    }
    Some(ast::Program { complete_commands: vec![ast::CompoundList(items)] })
}

struct Line<'a> {
    rest: &'a str,
    /// Words so far that a compound command may start with.
    keywords: usize,
}

impl<'a> Line<'a> {
    fn chain(&mut self) -> Option<ast::AndOrList> {
        let first = self.pipeline()?;
        let mut additional = Vec::new();
        loop {
            if self.take("&&") {
                additional.push(ast::AndOr::And(self.pipeline()?));
            } else if self.take("||") {
                additional.push(ast::AndOr::Or(self.pipeline()?));
            } else {
                return Some(ast::AndOrList { first, additional });
            }
        }
    }

    fn pipeline(&mut self) -> Option<ast::Pipeline> {
        let mut seq = vec![self.command()?];
        while !self.rest.starts_with("||") && self.take("|") {
            if self.rest.starts_with('&') {
                return None;
            }
            seq.push(self.command()?);
        }
        Some(ast::Pipeline { timed: None, bang: false, seq })
    }

    fn command(&mut self) -> Option<ast::Command> {
        use ast::CommandPrefixOrSuffixItem as Item;
        let (mut prefix, mut name, mut suffix) = (Vec::new(), None, Vec::with_capacity(self.blanks_ahead()));
        loop {
            self.skip_blanks();
            if self.rest.is_empty() || self.rest.starts_with([';', '&', '|']) {
                break;
            }
            let items = if name.is_none() { &mut prefix } else { &mut suffix };
            if self.is_at_redirect() {
                items.push(Item::IoRedirect(self.redirect()?));
                continue;
            }
            let text = self.word()?;
            match (&name, text.split_once('=')) {
                (Some(_), _) => items.push(Item::Word(word(text))),
                (None, Some((variable, value))) => items.push(assignment(text, variable, value)?),
                (None, None) if RESERVED.contains(&text) => return None,
                (None, None) => name = Some(word(text)),
            }
        }
        if name.is_none() && prefix.is_empty() {
            return None;
        }
        let prefix = (!prefix.is_empty()).then_some(ast::CommandPrefix(prefix));
        let suffix = (!suffix.is_empty()).then_some(ast::CommandSuffix(suffix));
        Some(ast::Command::Simple(ast::SimpleCommand { prefix, word_or_name: name, suffix }))
    }

    /// Blanks up to the end of the command: about as many words.
    fn blanks_ahead(&self) -> usize {
        let own = self.rest.bytes().take_while(|byte| !matches!(byte, b';' | b'&' | b'|'));
        own.filter(|byte| *byte == b' ').take(MOST_ROOM).count()
    }

    /// Whether a redirection stands here, perhaps after a digit.
    fn is_at_redirect(&self) -> bool {
        let bytes = self.rest.as_bytes();
        let is_sign = |at: usize| matches!(bytes.get(at), Some(b'<' | b'>'));
        is_sign(0) || is_sign(1) && bytes.first().is_some_and(u8::is_ascii_digit)
    }

    fn redirect(&mut self) -> Option<ast::IoRedirect> {
        let number = self.rest.chars().next().and_then(|first| first.to_digit(10));
        self.rest = self.rest.trim_start_matches(|first: char| first.is_ascii_digit());
        let kind = self.operator()?;
        self.skip_blanks();
        let target = word(self.word()?);
        let target = match kind {
            ast::IoFileRedirectKind::DuplicateOutput => ast::IoFileRedirectTarget::Duplicate(target),
            _ => ast::IoFileRedirectTarget::Filename(target),
        };
        Some(ast::IoRedirect::File(number.and_then(|number| i32::try_from(number).ok()), kind, target))
    }

    fn operator(&mut self) -> Option<ast::IoFileRedirectKind> {
        use ast::IoFileRedirectKind as Kind;
        let known = [(">>", Kind::Append), (">&", Kind::DuplicateOutput), (">", Kind::Write), ("<", Kind::Read)];
        let (_, kind) = known.into_iter().find(|(operator, _)| self.take(operator))?;
        // `>|`, `<<`, `<>`, `<&`, `<(`, `&>>`
        if self.rest.starts_with(['<', '>', '&', '|', '(']) { None } else { Some(kind) }
    }

    /// The source of a word, which is not empty.
    fn word(&mut self) -> Option<&'a str> {
        let end = end_of_word(self.rest)?;
        let (word, after) = self.rest.split_at_checked(end).filter(|(word, _)| !word.is_empty())?;
        // Digits here may be the number of a descriptor.
        if after.starts_with(['<', '>']) && word.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.keywords = self.keywords.saturating_add(usize::from(may_open(word)));
        self.rest = after;
        (self.keywords <= MOST_KEYWORDS).then_some(word)
    }

    fn separator(&mut self) -> Option<ast::SeparatorOperator> {
        let separator = if self.take("&") { ast::SeparatorOperator::Async } else { ast::SeparatorOperator::Sequence };
        let is_plain = self.rest.is_empty() || matches!(separator, ast::SeparatorOperator::Async) || self.take(";");
        // `;;`, `;&`, `&>`
        (is_plain && !self.rest.starts_with([';', '&', '|', '<', '>'])).then_some(separator)
    }

    fn take(&mut self, sign: &str) -> bool {
        let after = self.rest.strip_prefix(sign);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }
}

/// Where a plain word ends. `None`: it is not plain.
fn end_of_word(text: &str) -> Option<usize> {
    let mut quote = None;
    let start = text.bytes().position(|byte| !is_itself(byte)).unwrap_or(text.len());
    let mut bytes = text.bytes().enumerate().skip(start).peekable();
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (Some(open), byte) if open == byte => quote = None,
            (Some(b'\''), _) => {}
            (_, b'\\' | b'`') => return None,
            (_, b'$') if !bytes.peek().is_some_and(|(_, next)| next.is_ascii_alphanumeric() || *next == b'_') => {
                return None;
            }
            (Some(_), _) => {}
            (None, b' ' | b'\t' | b';' | b'&' | b'|' | b'<' | b'>') => return Some(at),
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'#') if at == 0 => return None,
            (None, b'(' | b')') => return None,
            (None, byte) if !byte.is_ascii_graphic() => return None,
            (None, _) => {}
        }
    }
    if quote.is_none() { Some(text.len()) } else { None }
}

/// Whether a byte is part of a plain word wherever it stands.
fn is_itself(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b'=' | b':' | b',' | b'%' | b'@' | b'+')
}

/// Whether the scan may count a word as the start of a compound command, or of what stands before one.
fn may_open(word: &str) -> bool {
    matches!(word, "{" | "if" | "while" | "until" | "for" | "case" | "select" | "coproc" | "!" | "time")
}

/// `NAME=VALUE` before a program. `None`: of an array, or no name.
fn assignment(text: &str, name: &str, value: &str) -> Option<ast::CommandPrefixOrSuffixItem> {
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.starts_with(|first: char| !first.is_ascii_digit());
    let assigned = ast::Assignment {
        name: ast::AssignmentName::VariableName(name.to_owned()),
        value: ast::AssignmentValue::Scalar(word(value)),
        append: false,
        loc: SourceSpan::default(),
    };
    is_name.then(|| ast::CommandPrefixOrSuffixItem::AssignmentWord(assigned, word(text)))
}

fn word(text: &str) -> ast::Word {
    ast::Word { value: text.to_owned(), loc: None }
}

#[cfg(test)]
mod properties {
    use super::super::super::CommandLine;
    use super::super::{Reader, parse};
    use super::*;
    use crate::call::facets::path::PathCx;
    use proptest::prelude::*;

    /// What plain lines are made of.
    const PLAIN: [&str; 40] = [
        "ls", "cat", "rm", "-rf", "a", "b.txt", "/etc/x", "cd", "git", "export", "A=1", "b=$x", "=", "'q r'",
        "\"q $x\"", "'a|b'", "\"a;b\"", "$x", "$1", "a#b", "~", "*", "[a]", "{a,b}", "!", "if", "in", "done", " ",
        "\t", ";", "&", "&&", "|", "||", ">", ">>", "<", "2>&1", "2>",
    ];
    /// What other lines have as well.
    const OTHER: [&str; 34] = [
        "time ",
        "for ",
        "\r",
        "'98765>a'",
        "a+=b",
        "x[0]=1",
        "1=2",
        "$",
        "${x}",
        "$(a)",
        "`a`",
        "\\",
        "#",
        "{",
        "}",
        "then",
        "fi",
        "do",
        "time",
        "[[",
        "]]",
        "function",
        "f()",
        "(",
        ")",
        "\n",
        "|&",
        "<<<",
        ">&",
        "&>",
        "12345>",
        "\u{e9}",
        "'",
        "\"",
    ];

    fn line(parts: Vec<&'static str>) -> impl Strategy<Value = String> {
        prop::collection::vec((prop::sample::select(parts), any::<bool>()), 1..14).prop_map(|parts| {
            let spaced = |(part, spaced): (&str, bool)| if spaced { format!("{part} ") } else { part.to_owned() };
            parts.into_iter().map(spaced).collect()
        })
    }

    /// The tree as it is written, and what the reader makes of it.
    fn read(text: &str, program: &ast::Program) -> (String, CommandLine) {
        let mut reader = Reader::new(&PathCx::lexical("/workspace", "/home/agent"));
        reader.program(program, &super::super::Input::None);
        (program.to_string(), CommandLine { text: text.to_owned(), seen: reader.finish() })
    }

    /// Whether the line is plain; if it is, both must read it, and read the same.
    fn is_read_the_same(text: &str) -> Result<bool, TestCaseError> {
        let Some(ours) = super::parse(text) else { return Ok(false) };
        prop_assert_eq!(parse::refused(text), None);
        let Some(theirs) = parse::by_the_parser(text) else {
            return Err(TestCaseError::fail(format!("the parser does not read `{text}`")));
        };
        let ((ours, line), (theirs, other)) = (read(text, &ours), read(text, &theirs));
        prop_assert_eq!(ours, theirs);
        let cx = PathCx::lexical("/workspace", "/home/agent");
        prop_assert_eq!(line.explain(&cx), other.explain(&cx));
        Ok(true)
    }

    proptest! {
        #[test]
        fn the_parser_reads_a_plain_line_the_same(text in line(PLAIN.to_vec())) {
            is_read_the_same(&text)?;
        }

        #[test]
        fn what_the_parser_reads_otherwise_is_left_to_it(text in line([&PLAIN[..], &OTHER[..]].concat())) {
            is_read_the_same(&text)?;
        }
    }

    #[test]
    fn what_the_scan_refuses_is_not_plain() {
        let refused = [
            "echo if".repeat(20).replace("ifecho", "if echo"),
            format!("echo {}", "{ ".repeat(17)),
            format!("echo {}", "time ".repeat(17)),
            "echo '\0'".to_owned(),
            "echo '\r'".to_owned(),
            "echo '12345>x'".to_owned(),
            "echo x12345<x".to_owned(),
        ];
        for text in refused {
            assert!(parse::refused(&text).is_some() && super::parse(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn lines_as_agents_write_them_are_plain() {
        let plain = [
            "ls",
            "cd services/web && npm run build -- --mode production 2>&1 | tail -n 4 > build/last.log; git diff --stat a...b -- src",
            "grep -rn --include='*.ts' \"TODO(release)\" src/ | sort -u | head -n 20 && RUST_LOG=info cargo test --quiet",
            "export A=1 B='x y'; echo $A \"$B\" >> out.txt 2>/dev/null &",
            "rm -rf /x/* || true",
            "find . -name '*.rs' -exec wc -l {} +",
            "git commit -m 'one\ntwo (three) `four`'",
        ];
        for text in plain {
            assert!(is_read_the_same(text).unwrap_or(false), "{text}");
        }
    }

    #[test]
    fn whatever_may_be_read_otherwise_is_not_plain() {
        let other = [
            "", " ", "a\nb", "a &&", "; a", "a ;; b", "a |& b", "a &> b", "a >| b", "a << b", "a <(b)", "(a)",
            "{ a; }", "! a", "time a", "if a", "[[ a", "f() b", "a=(b)", "a+=b", "a[0]=b", "$(a)", "`a`", "${a}",
            "$'a'", "$\"a\"", "\"$(a)\"", "a\\ b", "# a", "a # b", "a12>b", "a '", "a \"", "a > ", "\u{e9}", "A=1 if",
        ];
        for text in other {
            assert!(super::parse(text).is_none(), "{text}");
        }
    }
}
