//! Where paths are read: the working directory, the workspace, the home, and who resolves links.

use super::readings::expand_home;
use crate::policy::model::SymlinkMode;
use std::sync::Arc;

/// What a relative path, `.` and `~` mean during one call.
#[derive(Clone)]
pub struct PathCx {
    /// Where relative paths start, if known. Absolute.
    pub cwd: Option<String>,
    /// What `.` and relative operands mean. Absolute.
    pub workspace: Option<String>,
    /// What `~` and `$HOME` mean. Absolute.
    pub home: Option<String>,
    /// Who resolves links.
    pub resolver: Arc<dyn PathResolver + Send + Sync>,
}

impl PathCx {
    /// Nothing known, no disk.
    pub fn unknown() -> PathCx {
        PathCx { cwd: None, workspace: None, home: None, resolver: Arc::new(Lexical) }
    }

    /// In this workspace, starting there, with this home, no disk.
    pub fn lexical(workspace: impl Into<String>, home: impl Into<String>) -> PathCx {
        let workspace = workspace.into();
        PathCx {
            cwd: Some(workspace.clone()),
            workspace: Some(workspace),
            home: Some(home.into()),
            resolver: Arc::new(Lexical),
        }
    }

    /// The same, with links followed as a policy's `resolve_symlinks` says.
    #[must_use]
    pub fn following(self, mode: SymlinkMode) -> PathCx {
        match mode {
            SymlinkMode::Auto => self,
            SymlinkMode::Never => PathCx { resolver: Arc::new(Lexical), ..self },
            SymlinkMode::Always => PathCx { resolver: Arc::new(Insisting(Arc::clone(&self.resolver))), ..self },
        }
    }

    /// The same, with relative paths starting at `cwd`: absolute, or from the home. Any other start is not known.
    #[must_use]
    pub fn starting_at(&self, cwd: Option<String>) -> PathCx {
        self.clone().from(cwd)
    }

    /// [`PathCx::starting_at`], used up.
    #[must_use]
    pub(crate) fn from(self, cwd: Option<String>) -> PathCx {
        let cwd = cwd.and_then(|cwd| match cwd.starts_with('/') {
            true => Some(cwd),
            false => expand_home(&cwd, self.home.as_deref()).ok().flatten().filter(|home| home.starts_with('/')),
        });
        PathCx { cwd, ..self }
    }
}

impl std::fmt::Debug for PathCx {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PathCx")
            .field("cwd", &self.cwd)
            .field("workspace", &self.workspace)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// A file's identity on its device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// The device.
    pub device: u64,
    /// The inode.
    pub inode: u64,
}

/// What a resolver says of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// The resolver does not look: the text is all there is.
    NotAsked,
    /// Where the path leads, links followed before `..`, a missing tail kept.
    Resolved {
        /// The real path, absolute.
        path: String,
        /// The file, if it exists.
        file: Option<FileId>,
    },
    /// It looked and could not tell (no permission, a loop of links): one short reason.
    Failed(String),
}

/// A name in a directory, and what bears it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name.
    pub name: String,
    /// What bears it.
    pub kind: ListedKind,
}

/// What bears a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedKind {
    /// A file of any kind that nothing lies below.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
}

/// Follows links for the engine, which opens nothing itself. Advisory: between deciding and opening a link can change.
pub trait PathResolver {
    /// Resolves an absolute path whose `..` are still in place: a link stands before the `..` that follows it.
    fn resolve(&self, absolute: &str) -> Resolution;

    /// Whether it ever looks: if not, every answer is [`Resolution::NotAsked`].
    fn looks(&self) -> bool {
        true
    }

    /// What stands in a directory whose links are followed already; nothing if it is not there. `None`: nobody looks, nobody
    /// may, or there is too much of it.
    fn names_in(&self, _directory: &str) -> Option<Arc<[Listed]>> {
        None
    }

    /// The same for the time of one call, of which it may remember what it has seen; `None`: it remembers nothing.
    fn for_one_call(&self) -> Option<Arc<dyn PathResolver + Send + Sync>> {
        None
    }
}

/// Looks at no disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lexical;

impl PathResolver for Lexical {
    fn resolve(&self, _absolute: &str) -> Resolution {
        Resolution::NotAsked
    }

    fn looks(&self) -> bool {
        false
    }
}

/// Fails where the other does not look.
struct Insisting(Arc<dyn PathResolver + Send + Sync>);

impl PathResolver for Insisting {
    fn resolve(&self, absolute: &str) -> Resolution {
        match self.0.resolve(absolute) {
            Resolution::NotAsked => Resolution::Failed("there is no disk to look at".to_owned()),
            answer => answer,
        }
    }

    fn names_in(&self, directory: &str) -> Option<Arc<[Listed]>> {
        self.0.names_in(directory)
    }

    fn for_one_call(&self) -> Option<Arc<dyn PathResolver + Send + Sync>> {
        self.0.for_one_call().map(|resolver| Arc::new(Insisting(resolver)) as _)
    }
}
