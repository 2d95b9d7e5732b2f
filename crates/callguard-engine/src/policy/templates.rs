//! The policies that CallGuard ships, named `template/NAME` in `extends` and on the command line.

/// A shipped policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name, without `template/`.
    pub name: &'static str,
    /// The policy.
    pub text: &'static str,
    /// Its `PolicyTest`.
    pub tests: &'static str,
}

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        /// Every template, in the order of their names.
        pub const TEMPLATES: &[Template] = &[$(Template {
            name: $name,
            text: include_str!(concat!("../templates/", $name, ".yaml")),
            tests: include_str!(concat!("../templates/tests/", $name, ".test.yaml")),
        },)+];
    };
}

templates!("coding-agent", "data-analyst", "deny-sensitive-reads", "devops-agent", "file-agent", "research-agent");

/// What stands before a template's name.
pub const PREFIX: &str = "template/";

/// The template of that name (without `template/`).
pub fn template(name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.name == name)
}
