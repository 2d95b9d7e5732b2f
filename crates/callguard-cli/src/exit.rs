//! Exit codes: one list, the same with and without `--json`.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done; of a decision: allowed.
    Ok = 0,
    /// Something outside of CallGuard failed: a file that cannot be written, a server that cannot be started.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The call is denied (of several: at least one).
    Denied = 3,
    /// A person must decide (of several: at least one, and none is denied).
    Ask = 4,
    /// A policy or a test file does not load.
    PolicyInvalid = 5,
    /// A test failed, or tests show less than is asked of them.
    TestsFailed = 6,
    /// An audit log is not the one that was written.
    LogBroken = 7,
    /// Decisions differ in what `--fail-on` names, or tools from what was accepted.
    Differs = 8,
    /// Policies load, and `lint` or `fmt --check` found something.
    Found = 9,
}

impl Exit {
    /// Every code with what it means, for the reference.
    pub(crate) const ALL: &[(Exit, &str)] = &[
        (Exit::Ok, "done; of a decision: allowed"),
        (Exit::Failed, "something outside of CallGuard failed: a file, a server"),
        (Exit::Usage, "the command line is wrong"),
        (Exit::Denied, "the call is denied; of several calls: at least one"),
        (Exit::Ask, "a person must decide; of several calls: at least one, and none is denied"),
        (Exit::PolicyInvalid, "a policy or a test file does not load"),
        (Exit::TestsFailed, "a test failed, or tests show less than is asked of them"),
        (Exit::LogBroken, "an audit log is not the one that was written"),
        (Exit::Differs, "decisions change as `--fail-on` names or cannot be ruled out; tools are not as accepted"),
        (Exit::Found, "`lint` found something that `--fail-on` names, or `fmt --check` a file of another form"),
    ];

    /// Every code with what it means, one a line.
    pub(crate) fn table() -> String {
        let line = |(exit, meaning): &(Exit, &str)| format!("\n  {}  {meaning}", exit.code());
        Exit::ALL.iter().map(line).fold("Exit codes:".to_owned(), |table, line| table + &line)
    }

    /// The number.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}
