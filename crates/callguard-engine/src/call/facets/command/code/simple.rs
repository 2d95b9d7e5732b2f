//! Perl, Ruby and PHP: a few whole forms that print, select and substitute.

use super::Language;
use regex::Regex;
use std::sync::LazyLock;

/// A regular expression between slashes, or a text between quotes, that interpolates nothing but plain variables.
const PERL: &str = r#"(?x)
    \s*
    (?:
        (?: print | say ) (?: \s+ (?: \$_ | \$\. | \$\d | scalar\(localtime\) (?: \s*,\s* "\\n" )? | "[^"\\@$`]* (?: \\[nt] [^"\\@$`]* )* " | '[^'\\]*' ) )? (?: \s+ (?: if | unless ) \s+ (?: /[^/]*/i? | m\{[^{}]*\}i? | \$\. \s* [=<>]=? \s* \d+ ) )?
      | s / [^/]* / [^/]* / [gims]*
      | s \| [^|]* \| [^|]* \| [gims]*
      | (?: tr | y ) / [^/]* / [^/]* / [cds]*
      | chomp | next \s+ (?: if | unless ) \s+ /[^/]*/i?
      | \$\w+ (?: \+\+ | \s* \+= \s* (?: \$\w+ | \$F\[\d+\] | \d+ ) )
      | (?: BEGIN | END ) \s* \{ \s* print \s+ (?: "[^"\\@`]*(?:\\n)?" | \$\w+ ) \s* ;? \s* \}
    )
    \s*
    (?: ; \s* | \z )
"#;

const RUBY: &str = r#"(?x) \s* (?: puts | print | p ) \s+ (?: "[^"\\\#]*" | '[^'\\]*' | [\d\s+*/().-]+ | RUBY_VERSION ) \s* (?: ; | \n | \z ) \s*"#;

const PHP: &str = r#"(?x) \s* (?: echo | print ) \s+ (?: "[^"\\$]*(?:\\n)?" | '[^'\\]*' | [\d\s+*/().-]+ | PHP_VERSION | PHP_OS | phpversion\(\) ) \s* ; \s*"#;

struct Forms {
    perl: Option<Regex>,
    ruby: Option<Regex>,
    php: Option<Regex>,
}

static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    let whole = |form: &str| Regex::new(&format!(r"\A(?:{form})+\z")).ok();
    Forms { perl: whole(PERL), ruby: whole(RUBY), php: whole(PHP) }
});

/// Whether the whole code is made of forms that do no harm.
pub(super) fn is_harmless(language: Language, code: &str) -> bool {
    let form = match language {
        Language::Perl => &FORMS.perl,
        Language::Ruby => &FORMS.ruby,
        Language::Php => &FORMS.php,
        _ => return false,
    };
    // Code within a regular expression, and what interpolation can run.
    let runs = ["(?{", "(??{", "@{", "${", "`", "@["].iter().any(|way| code.contains(way));
    !runs && form.as_ref().is_some_and(|form| form.is_match(code))
}
