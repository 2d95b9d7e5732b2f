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
    /// a part of YAML that policies do not use: a key that is not a scalar, a tag, a directive
    UnsupportedYaml = "CG0107",
    /// a key that does not exist
    UnknownKey = "CG0201",
    /// a value of the wrong shape
    WrongShape = "CG0202",
    /// a key that must be there is missing
    MissingKey = "CG0203",
    /// a word that the key does not take
    UnknownWord = "CG0204",
    /// a name or id that is not spelled as names are
    BadName = "CG0205",
    /// a list or mapping that must not be empty
    EmptyValue = "CG0206",
    /// a duration that cannot be read
    BadDuration = "CG0207",
    /// a date that cannot be read
    BadDate = "CG0208",
    /// a time that cannot be read
    BadTime = "CG0209",
    /// a file that holds no policy
    NoPolicy = "CG0211",
    /// a document of another kind where a policy should be
    WrongKind = "CG0212",
    /// a time zone that does not exist
    UnknownTimeZone = "CG0213",
    /// a workspace or home that is not an absolute path
    BadFilesystem = "CG0214",
    /// a selector that does not exist
    UnknownSelector = "CG0301",
    /// a text that is not written as a selector
    MalformedSelector = "CG0302",
    /// a selector that cannot stand where it does
    SelectorNotHere = "CG0303",
    /// a fact that is not declared
    UndeclaredFact = "CG0304",
    /// an operator that does not exist
    UnknownOperator = "CG0305",
    /// an operator that can never apply to its selector
    OperatorNeverApplies = "CG0306",
    /// an operand that the operator does not take, or that nothing could meet
    BadOperand = "CG0307",
    /// a regex that cannot be read, or is too large
    BadRegex = "CG0308",
    /// `some` or `every` where it means nothing
    BadQuantifier = "CG0309",
    /// two contracts of a document have one id
    DuplicateId = "CG0401",
    /// a contract that does nothing when it applies
    MissingAction = "CG0402",
    /// an action that the contract cannot take
    BadAction = "CG0403",
    /// a limit that cannot be counted
    BadLimit = "CG0404",
    /// a key that means nothing where it stands
    KeyWithoutMeaning = "CG0405",
    /// a redaction that cannot be carried out
    BadRedaction = "CG0406",
    /// a message that is too long, or whose placeholders cannot be filled
    BadMessage = "CG0407",
    /// a pattern that no tool's name can match
    BadToolGlob = "CG0501",
    /// a tool is declared twice
    DuplicateTool = "CG0502",
    /// a schema that is not JSON Schema
    BadSchema = "CG0503",
    /// a base that cannot be read
    BaseNotFound = "CG0601",
    /// a policy that extends itself
    ExtendsCycle = "CG0602",
    /// two policies of one name
    DuplicatePolicy = "CG0603",
    /// an override of a contract that no base has
    UnknownContract = "CG0604",
    /// two overrides of one contract, equally near
    OverrideTwice = "CG0605",
    /// a change that weakens what a base has locked
    Locked = "CG0606",
    /// a `$name` that nothing defines
    UndefinedName = "CG0607",
    /// a definition that is neither a scalar nor a list of scalars
    BadDefinition = "CG0608",
    /// a definition that leads back to itself
    DefinitionCycle = "CG0609",
    /// two bases, equally near, say different things
    BasesDisagree = "CG0610",
    /// an override that changes nothing, or what is not there
    BadOverride = "CG0611",
    /// more files, policies or contracts than one load takes
    TooMuchComposed = "CG0612",
    /// an example that does not hold
    ExampleFails = "CG0701",
    /// an example that does not say which tool is called
    ExampleTool = "CG0702",
    /// `files` that cannot stand on one disk
    BadFiles = "CG0703",
    /// a test case without a call, or without what to expect of it
    CaseWithoutCall = "CG0801",
    /// a plain scalar that readers of YAML 1.1 take for something else
    PlainScalar = "CG0901",
    /// a control character in a double-quoted scalar
    ControlCharacter = "CG0902",
    /// a plain value that ends at ` #`
    CutByComment = "CG0903",
    /// what cannot be decided passes with a warning
    WarnOnUnknown = "CG0911",
    /// the built-in redaction is switched off
    BuiltinRedactionOff = "CG0912",
    /// a setting that is looser than its base's
    Loosened = "CG0913",
    /// a name counts as public, wherever it leads
    Rebinding = "CG0921",
    /// a `${selector}` within a longer text
    FieldInText = "CG0922",
    /// a `*` where it stands for itself
    LiteralStar = "CG0923",
    /// a host without the port that hosts of URLs have
    HostWithoutPort = "CG0924",
    /// the MCP server cannot be started
    ServerNotStarted = "CG1051",
    /// the MCP server's process cannot be watched
    ServerNotWatched = "CG1052",
    /// the MCP server does not say which tools it has
    ServerNotListed = "CG1053",
    /// what a gateway's configuration names cannot be used
    GatewayNotReady = "CG1054",
    /// the address of a store cannot be used
    BadStore = "CG1061",
    /// the store cannot be reached
    StoreNotReached = "CG1062",
    /// a contract that no call can bring to apply
    NeverApplies = "CG1101",
    /// a condition that no call can make true
    NeverTrue = "CG1102",
    /// a contract that another one always overrules
    Overruled = "CG1103",
    /// an `allow` that a `deny` always overrules
    AllowUnderDeny = "CG1104",
    /// an `allow` where calls are allowed anyway
    AllowAnyway = "CG1105",
    /// a limit that another one always reaches first
    LimitNeverBinds = "CG1106",
    /// an entry of a list that another one covers
    Covered = "CG1111",
    /// a `\b` beside a sign that is no letter
    BoundaryAtSign = "CG1112",
    /// a restriction that a call without the value passes by
    MissingPasses = "CG1121",
    /// an excuse that a missing value never gives
    MissingNeverExcuses = "CG1122",
    /// an `unless` on what a call touches, without a `when` on it
    UnlessOnFacet = "CG1123",
    /// an `allow` on one of the things that a tool touches
    AllowOneFacet = "CG1124",
    /// a restriction without examples
    NoExamples = "CG1131",
    /// an entry that gives a shell away
    GivesShell = "CG1132",
    /// a contract that is judged at every call
    JudgedEveryTime = "CG1133",
    /// a tool that nobody has
    ToolOfNobody = "CG1141",
    /// an argument that no such tool takes
    ArgumentOfNobody = "CG1142",
    /// a condition that no value of the argument's type meets
    TypeNeverMeets = "CG1143",
}

impl Code {
    /// Whether the code never keeps a policy from loading (`CG09xx`, `CG11xx`).
    pub fn is_lint(self) -> bool {
        self.as_str().starts_with("CG09") || self.is_of_lint()
    }

    /// Whether only `callguard lint` looks for it (`CG11xx`).
    pub fn is_of_lint(self) -> bool {
        self.as_str().starts_with("CG11")
    }

    /// Where the generated copy of the page stands, beneath the repository's root.
    pub fn page_path(self) -> String {
        format!("docs/reference/errors/{self}.md")
    }
}

/// An example of a page: policy text between fences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageExample {
    /// Whether it shows what the code is about (`yaml fails`) or what loads (`yaml`).
    pub fails: bool,
    /// The file as it would be read: UTF-8, or Latin-1 where the fence says so.
    pub bytes: Vec<u8>,
}

impl CodePage {
    /// The title: the first line, without its marks.
    pub fn title(self) -> &'static str {
        self.markdown.lines().next().unwrap_or_default().trim_start_matches('#').trim()
    }

    /// The examples in order: every fence whose info string starts with `yaml`.
    pub fn examples(self) -> Vec<PageExample> {
        let mut found = Vec::new();
        let mut open: Option<(&str, Vec<&str>)> = None;
        for line in self.markdown.lines() {
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(info)) => open = Some((info, Vec::new())),
                (None, None) => {}
                (Some((_, lines)), None) => lines.push(line),
                (Some(_), Some(_)) => found.extend(open.take().and_then(|(info, lines)| example(info, &lines))),
            }
        }
        found
    }
}

fn example(info: &str, lines: &[&str]) -> Option<PageExample> {
    let mut words = info.split_whitespace();
    if words.next() != Some("yaml") {
        return None;
    }
    let words: Vec<&str> = words.collect();
    let text = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let bytes = match words.contains(&"latin-1") {
        true => text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
        false => text.into_bytes(),
    };
    Some(PageExample { fails: words.contains(&"fails"), bytes })
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
