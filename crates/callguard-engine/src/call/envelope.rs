//! The envelope: everything known of a call before it runs.

use super::Principal;
use crate::value::Object;
use jiff::Timestamp;

/// What running a tool does to the world, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SideEffect {
    /// Nothing outside the call.
    Pure,
    /// It reads.
    Read,
    /// It changes something that can be changed back.
    Write,
    /// It changes something for good.
    Irreversible,
}

impl SideEffect {
    /// Every one, from least to most.
    pub const ALL: [SideEffect; 4] = [SideEffect::Pure, SideEffect::Read, SideEffect::Write, SideEffect::Irreversible];

    /// The word in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            SideEffect::Pure => "pure",
            SideEffect::Read => "read",
            SideEffect::Write => "write",
            SideEffect::Irreversible => "irreversible",
        }
    }
}

/// A tool call as it is judged. What is judged is what is forwarded. `Debug` hides arguments and claims.
#[derive(Clone)]
pub struct ToolEnvelope {
    /// The tool's name, byte for byte.
    pub tool: String,
    /// The arguments.
    pub args: Object,
    /// This call (a ULID when the SDK makes it).
    pub call_id: String,
    /// The run of the agent it belongs to.
    pub run_id: Option<String>,
    /// The host's session.
    pub session_id: Option<String>,
    /// The how-manieth call of the run.
    pub call_index: Option<u64>,
    /// The call that led to this one.
    pub parent_call_id: Option<String>,
    /// The framework's own id for the call.
    pub tool_use_id: Option<String>,
    /// Where it runs: `production`, `staging`, ….
    pub environment: Option<String>,
    /// When it was asked for. Decides `time.*`.
    pub timestamp: Timestamp,
    /// What asked (an agent's name).
    pub caller: Option<String>,
    /// The server that offers the tool.
    pub server: Option<String>,
    /// Where relative paths start, if the host knows.
    pub cwd: Option<String>,
    /// Who is asking.
    pub principal: Principal,
    /// Whatever else the host says.
    pub metadata: Object,
}

impl ToolEnvelope {
    /// A call of `tool` with `args` at `timestamp`, and nothing else known of it.
    pub fn new(tool: impl Into<String>, args: Object, timestamp: Timestamp) -> ToolEnvelope {
        ToolEnvelope {
            tool: tool.into(),
            args,
            call_id: String::new(),
            run_id: None,
            session_id: None,
            call_index: None,
            parent_call_id: None,
            tool_use_id: None,
            environment: None,
            timestamp,
            caller: None,
            server: None,
            cwd: None,
            principal: Principal::default(),
            metadata: Object::default(),
        }
    }
}

impl std::fmt::Debug for ToolEnvelope {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ToolEnvelope")
            .field("tool", &self.tool)
            .field("call_id", &self.call_id)
            .finish_non_exhaustive()
    }
}
