//! The kinds of changes.

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Operator {
    /// A base is not extended.
    DropBase,
    /// A contract, or an override, is not there.
    DropContract,
    /// One of several conditions, or one of several operators on a value, is not there.
    DropCondition,
    /// The contract applies always.
    DropWhen,
    /// Nothing excuses from the contract.
    DropUnless,
    /// One of several literals is not there: of an operand, a definition, the tools of a contract.
    DropLiteral,
    /// A contract applies where it did not; what excused from it does not, and the rest does.
    NegateCondition,
    /// An operator is made its opposite.
    NegateOperator,
    /// An order includes its bound where it did not, and the other way round.
    ShiftBoundary,
    /// A whole number is one more.
    RaiseNumber,
    /// A whole number is one less.
    LowerNumber,
    /// `any` is made `all`, `some` is made `every`.
    AnyToAll,
    /// `all` is made `any`, `every` is made `some`.
    AllToAny,
    /// A glob, or the name of a tool or a program, matches more.
    WidenGlob,
    /// A path at any depth is one of the workspace.
    NarrowGlob,
    /// The contract is about every tool.
    DropTools,
    /// A command of `runs` is one without its last word.
    DropWord,
    /// What is read, or written, is all that is touched.
    WidenFacet,
    /// A contract that denies allows.
    DenyToAllow,
    /// A contract does something else when it applies.
    ChangeAction,
    /// What a contract does by doubt is what it does otherwise, or less.
    ChangeDoubt,
    /// A contract only records.
    Observe,
    /// A part of a redaction is not there.
    DropRedaction,
    /// A limit counts something else.
    SwapLimit,
    /// A limit holds for the whole life of its key.
    DropWindow,
    /// A limit counts per session.
    DropScope,
    /// A label is not added.
    DropLabel,
    /// A default is made its opposite.
    FlipDefault,
    /// The host need not fill a field.
    DropRequirement,
    /// A tool, or something that is said of it, is not declared.
    DropDeclaration,
    /// Case matters where it did not.
    MatchCase,
}

impl Operator {
    /// Every one, with its name and what it does.
    pub const ALL: &[(Operator, &str, &str)] = &[
        (Operator::DropBase, "drop-base", "a base is not extended"),
        (Operator::DropContract, "drop-contract", "a contract, or an override, is not there"),
        (Operator::DropCondition, "drop-condition", "one of several conditions, or of several operators, is not there"),
        (Operator::DropWhen, "drop-when", "the contract applies always"),
        (Operator::DropUnless, "drop-unless", "nothing excuses from the contract"),
        (
            Operator::DropLiteral,
            "drop-literal",
            "one literal of an operand, a definition or a contract's tools is not there",
        ),
        (Operator::NegateCondition, "negate-condition", "`when`, or `unless`, is made its opposite"),
        (Operator::NegateOperator, "negate-operator", "an operator is made its opposite"),
        (
            Operator::ShiftBoundary,
            "shift-boundary",
            "an order includes its bound where it did not, or the other way round",
        ),
        (Operator::RaiseNumber, "raise-number", "a whole number is one more"),
        (Operator::LowerNumber, "lower-number", "a whole number is one less"),
        (Operator::AnyToAll, "any-to-all", "`any` is made `all`, `some` is made `every`"),
        (Operator::AllToAny, "all-to-any", "`all` is made `any`, `every` is made `some`"),
        (Operator::WidenGlob, "widen-glob", "a glob, or the name of a tool or a program, matches more"),
        (Operator::NarrowGlob, "narrow-glob", "a path at any depth is one of the workspace"),
        (Operator::DropTools, "drop-tools", "the contract is about every tool"),
        (Operator::DropWord, "drop-word", "a command of `runs` is one without its last word"),
        (Operator::WidenFacet, "widen-facet", "what is read, or what is written, is all that is touched"),
        (Operator::DenyToAllow, "deny-to-allow", "a contract that denies allows"),
        (Operator::ChangeAction, "change-action", "a contract does something else when it applies"),
        (Operator::ChangeDoubt, "change-doubt", "what a contract does by doubt is what it does otherwise, or less"),
        (Operator::Observe, "observe", "a contract only records"),
        (Operator::DropRedaction, "drop-redaction", "a part of a redaction is not there"),
        (Operator::SwapLimit, "swap-limit", "a limit counts tries for runs or failures, or runs for tries"),
        (Operator::DropWindow, "drop-window", "a limit holds for the whole life of its key"),
        (Operator::DropScope, "drop-scope", "a limit counts per session"),
        (Operator::DropLabel, "drop-label", "a label is not added"),
        (Operator::FlipDefault, "flip-default", "a default is made its opposite"),
        (Operator::DropRequirement, "drop-requirement", "the host need not fill a field"),
        (Operator::DropDeclaration, "drop-declaration", "a tool, or something said of it, is not declared"),
        (Operator::MatchCase, "match-case", "case matters where it did not"),
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        Operator::ALL.iter().find(|(operator, ..)| *operator == self).map_or("change", |(_, name, _)| name)
    }
}
