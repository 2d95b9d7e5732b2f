//! Requests that bring data to the agent, and that policies judge as calls.

use super::envelope;

/// Tools whose names begin so are requests of other kinds; no server's tool is called by such a name.
pub(crate) const RESERVED: &str = "mcp:";

/// A kind of request that is judged as a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// `tools/call`: always.
    Tool,
    /// `resources/read`, where asked for: the tool `mcp:resources/read`, with `uri`.
    Resource,
    /// `prompts/get`, where asked for: the tool `mcp:prompts/get`, with `name` and `arguments`.
    Prompt,
}

impl Route {
    pub(crate) const ALL: [Route; 3] = [Route::Tool, Route::Resource, Route::Prompt];

    /// What a configuration calls those that are governed where it says so.
    pub(crate) const NAMED: [(&str, Route); 2] = [("resources", Route::Resource), ("prompts", Route::Prompt)];

    /// The request's method.
    pub(crate) fn method(self) -> &'static str {
        match self {
            Route::Tool => "tools/call",
            Route::Resource => "resources/read",
            Route::Prompt => "prompts/get",
        }
    }

    /// The parameter that says what is wanted.
    pub(crate) fn subject(self) -> &'static str {
        match self {
            Route::Tool | Route::Prompt => "name",
            Route::Resource => "uri",
        }
    }

    /// Parameters that must not be there in another case.
    pub(crate) fn parameters(self) -> &'static [&'static str] {
        match self {
            Route::Tool => &["name", "arguments", "_meta", "task"],
            Route::Resource => &["uri", "_meta"],
            Route::Prompt => &["name", "arguments", "_meta"],
        }
    }

    /// What policies call it, unless that is the name of a tool.
    pub(crate) fn tool(self) -> Option<String> {
        (self != Route::Tool).then(|| format!("{RESERVED}{}", self.method()))
    }

    /// The route of a method, however a lenient reader may read it.
    pub(crate) fn of(method: &str) -> Option<Route> {
        Route::ALL.into_iter().find(|route| envelope::resembles(method, route.method()))
    }
}
