//! The plain command line, read without the parser: words, quotes, `&&`, `||`, `|`, `;`, `&`, files that are read and written.
//!
//! Most lines are so, and of what such a line costs the parser takes the most. Whatever may be read otherwise than the
//! parser reads it is left to the parser; the tests hold the two to the same tree.

use brush_parser::{SourceSpan, ast};

/// What means something else where a command starts.
const RESERVED: [&str; 22] = [
    "!", "{", "}", "[[", "]]", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if",
    "in", "select", "then", "time", "until", "while",
];

/// The tree of a plain line that the scan has let through. `None`: it is not plain.
pub(super) fn parse(text: &str) -> Option<ast::Program> {
    let mut line = Line { rest: text };
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
        let (mut prefix, mut name, mut suffix) = (Vec::new(), None, Vec::new());
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

    /// Whether a redirection stands here, perhaps after a digit.
    fn is_at_redirect(&self) -> bool {
        let digit = |first: char| first.is_ascii_digit();
        self.rest.strip_prefix(digit).unwrap_or(self.rest).starts_with(['<', '>'])
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
        self.rest = after;
        Some(word)
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
    let mut bytes = text.bytes().enumerate().peekable();
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
    const OTHER: [&str; 30] = [
        "a+=b", "x[0]=1", "1=2", "$", "${x}", "$(a)", "`a`", "\\", "#", "{", "}", "then", "fi", "do", "time", "[[",
        "]]", "function", "f()", "(", ")", "\n", "|&", "<<<", ">&", "&>", "12345>", "\u{e9}", "'", "\"",
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
        let Some(ours) = parse::refused(text).is_none().then(|| super::parse(text)).flatten() else { return Ok(false) };
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
