//! Which tools of an agent a guard stands before, as an event tells it.

/// A tool of an agent. Names and reasons are redacted like any other text of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoveredTool {
    /// The tool.
    pub tool: String,
    /// The agent that has it, where it has a name.
    pub agent: Option<String>,
    /// Whether the guard decides its calls.
    pub guarded: bool,
    /// What guards it, or why nothing does and what would.
    pub why: String,
}

/// `1 of 2 tools are guarded`.
pub fn in_words(tools: &[CoveredTool]) -> String {
    let guarded = tools.iter().filter(|tool| tool.guarded).count();
    format!("{guarded} of {} tools are guarded", tools.len())
}

#[cfg(test)]
mod tests {
    use super::{CoveredTool, in_words};

    #[test]
    fn both_are_counted() {
        let tool = |guarded| CoveredTool { tool: "t".into(), agent: None, guarded, why: "w".into() };
        assert_eq!(in_words(&[tool(true), tool(false), tool(true)]), "2 of 3 tools are guarded");
        assert_eq!(in_words(&[]), "0 of 0 tools are guarded");
    }
}
