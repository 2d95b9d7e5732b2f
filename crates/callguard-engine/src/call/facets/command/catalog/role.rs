//! What a word, or an option, means to its program.

macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $role:ident = $name:literal,)*) => {
        /// What a word, or an option without one, means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in super::super) enum Role {
            $($(#[doc = $doc])+ $role,)*
        }

        impl Role {
            /// Every role with its name in the data and what it means.
            pub(super) const ALL: &'static [(Role, &'static str, &'static str)] =
                &[$((Role::$role, $name, concat!($($doc),+))),*];
        }
    };
}

roles! {
    /// nothing beyond the program
    Text = "text",
    /// a file that is read
    Read = "read",
    /// a directory that is read with everything below it
    ReadTree = "read-tree",
    /// a file with names of files that are read
    List = "list",
    /// a file that is written, moved or removed
    Write = "write",
    /// a file in the place of those that it would name itself
    WriteInstead = "write-instead",
    /// a directory below which files are written, in the place of its own
    WriteTree = "write-tree",
    /// where the program works
    Directory = "directory",
    /// a URL; a missing scheme is `http`
    Url = "url",
    /// a host, perhaps `user@host`
    Host = "host",
    /// the port of the host before it
    Port = "port",
    /// a name that is looked up, or `@SERVER`
    Dns = "dns",
    /// a file, or `host:file`, that is read
    ReadRemote = "read-remote",
    /// a file, or `host:file`, that is written
    WriteRemote = "write-remote",
    /// the name of a git remote, or its URL
    GitRemote = "git-remote",
    /// the name of a profile of a configured place
    Profile = "profile",
    /// a revision, a file, or `REVISION:FILE`
    Pathspec = "pathspec",
    /// a revision, or a file that is written
    PathspecWritten = "pathspec-written",
    /// a name that files must match to be worked on
    Name = "name",
    /// `DIRECTORY:PLACE` for a container
    Mount = "mount",
    /// data, or `@FILE` that is read
    Upload = "upload",
    /// data that is sent, or `@FILE`
    Sends = "sends",
    /// data that is sent, or a file behind an `@` at the start
    SendsAt = "sends-at",
    /// data that is sent
    SendsText = "sends-text",
    /// a file that is sent
    SendsFile = "sends-file",
    /// `NAME=VALUE`, or a file that is read
    Cookie = "cookie",
    /// a script of the shell
    Script = "script",
    /// a program; what follows are its words
    Program = "program",
    /// a program up to `;` or `+`
    Command = "command",
    /// a package that is run like the program of its name; what follows are its words
    Package = "package",
    /// a word that what is read takes the place of
    Placeholder = "placeholder",
    /// `NAME=VALUE` before a program
    Assignment = "assignment",
    /// `NAME=VALUE`, or a text
    AssignmentOrText = "assignment-or-text",
    /// a variable that gets a value
    Variable = "variable",
    /// code of the program's language
    Code = "code",
    /// code in a file
    CodeFile = "code-file",
    /// source code that may draw in other files
    Source = "source",
    /// a format that starts with `+`; anything else is set
    Format = "format",
    /// a setting `NAME=VALUE`, harmless ones being listed
    Setting = "setting",
    /// a setting's name
    SettingName = "setting-name",
    /// makes what the program does unknowable
    Runs = "runs",
    /// makes it change something
    Writes = "writes",
    /// makes it change something for good
    Destroys = "destroys",
    /// removes what it works on
    Removes = "removes",
    /// makes it change nothing
    Dry = "dry",
    /// makes it tell about itself
    Help = "help",
    /// makes the operands what is below them too
    Tree = "tree",
    /// makes the operands written, and takes them back from reading
    InPlace = "in-place",
    /// writes files that its URLs name
    NamedByUrl = "named-by-url",
    /// writes no file that its URLs name
    NotNamed = "not-named",
    /// writes a file that somebody else names
    WritesHere = "writes-here",
    /// writes files that somebody else names, wherever they are
    WritesAnywhere = "writes-anywhere",
    /// may be sent on to another host
    Follows = "follows",
    /// makes a link stand for what it leads to
    FollowsLinks = "follows-links",
    /// reaches no configured place
    Offline = "offline",
    /// makes operands texts
    OthersAreText = "others-are-text",
    /// makes operands files that are read
    OthersAreRead = "others-are-read",
    /// `if=FILE`, `of=FILE`, as `dd` has them
    KeyValue = "key-value",
}

impl Role {
    pub(super) fn parse(word: &str) -> Option<Role> {
        let name = if word.is_empty() { "text" } else { word };
        Role::ALL.iter().find(|(_, known, _)| *known == name).map(|(role, _, _)| *role)
    }

    /// Its name in the data.
    pub(in super::super) fn name(self) -> &'static str {
        Role::ALL.iter().find(|(role, _, _)| *role == self).map_or("text", |(_, name, _)| name)
    }

    /// Whether it can make a program run code that is not its own.
    pub(in super::super) fn can_run(self) -> bool {
        matches!(
            self,
            Role::Runs | Role::Script | Role::Code | Role::CodeFile | Role::Program | Role::Command | Role::Package
        )
    }

    /// Whether it changes something, or reaches a host.
    pub(in super::super) fn can_change(self) -> bool {
        matches!(
            self,
            Role::Write
                | Role::WriteInstead
                | Role::WriteTree
                | Role::Writes
                | Role::Destroys
                | Role::Removes
                | Role::InPlace
                | Role::Runs
                | Role::WriteRemote
                | Role::WritesHere
                | Role::Sends
                | Role::SendsAt
                | Role::SendsText
                | Role::SendsFile
                | Role::Command
                | Role::Script
        )
    }
}
