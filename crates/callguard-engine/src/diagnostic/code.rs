//! The register of codes. A code never changes its meaning and is never used again for another.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// A stable code of a diagnostic. Open: later versions add codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Code] = &[$(Code::$name,)+];

            /// The code as people write it: `CG0201`.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code,)+ }
            }

            /// One line that says what the code means.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// The code's page: Markdown with what, why, an example that fails and one that loads.
            pub fn page(self) -> CodePage {
                match self { $(Code::$name => CodePage { markdown: include_str!(concat!("pages/", $code, ".md")) },)+ }
            }
        }
    };
}

/// The documentation page of a code.
#[derive(Clone, Copy, Debug)]
pub struct CodePage {
    /// The page, in Markdown.
    pub markdown: &'static str,
}

codes! {
    /// the text is not YAML
    YamlSyntax = "CG0101",
    /// a document is larger than 1 MiB or nested deeper than 64
    TooLarge = "CG0102",
    /// a key stands twice in one mapping
    DuplicateKey = "CG0103",
    /// a merge key (`<<`) is refused
    MergeKey = "CG0104",
    /// aliases expand to too many nodes, or to themselves
    AliasBudget = "CG0105",
    /// the text is not UTF-8
    NotUtf8 = "CG0106",
    /// a key is not a scalar, or a tag is not of the core schema
    UnsupportedYaml = "CG0107",
    /// a key that does not exist
    UnknownKey = "CG0201",
}

impl std::fmt::Display for Code {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = ();

    fn from_str(text: &str) -> Result<Code, ()> {
        Code::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text)).ok_or(())
    }
}
