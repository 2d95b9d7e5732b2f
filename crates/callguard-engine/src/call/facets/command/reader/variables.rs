//! Assignments, and the variables that make other programs run code.

use super::Reader;
use brush_parser::ast;

/// Variables whose value is run, loaded, or decides what is run.
const CODE: [&str; 47] = [
    "BASH_ENV",
    "ENV",
    "IFS",
    "PS4",
    "PROMPT_COMMAND",
    "SHELLOPTS",
    "BASHOPTS",
    "CDPATH",
    "GLOBIGNORE",
    "SHELL",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "LD_AUDIT",
    "GCONV_PATH",
    "PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "SUDO_ASKPASS",
    "SSH_ASKPASS",
    "RSYNC_RSH",
    "TAR_OPTIONS",
    "PYTHONSTARTUP",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONBREAKPOINT",
    "PERL5OPT",
    "PERL5LIB",
    "PERL5DB",
    "RUBYOPT",
    "RUBYLIB",
    "NODE_OPTIONS",
    "NODE_PATH",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "MAKEFLAGS",
    "GREP_OPTIONS",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTFLAGS",
    "CC",
    "CXX",
    "DOCKER_HOST",
];

/// Beginnings of such names.
const CODE_PREFIXES: [&str; 6] = ["GIT_", "DYLD_", "BASH_FUNC_", "npm_config_", "PIP_", "CARGO_"];

impl Reader {
    pub(super) fn assignment(&mut self, assignment: &ast::Assignment) {
        match &assignment.name {
            ast::AssignmentName::VariableName(name) => self.assigned(name),
            // An index is arithmetic, which can run substitutions.
            ast::AssignmentName::ArrayElementName(name, _) => {
                self.assigned(name);
                self.not_understood("an element of an array is assigned");
            }
        }
        match &assignment.value {
            ast::AssignmentValue::Scalar(word) => drop(self.word(&word.value)),
            ast::AssignmentValue::Array(elements) => {
                for (key, value) in elements {
                    if key.is_some() {
                        self.not_understood("an element of an array is assigned");
                    }
                    self.word(&value.value);
                }
            }
        }
    }

    /// What it means that this variable has another value from here on.
    pub(super) fn assigned(&mut self, name: &str) {
        let name = name.trim_end_matches('+');
        if CODE.contains(&name) || CODE_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
            self.not_understood("a variable that makes programs run code is assigned");
        }
        match name {
            "PATH" => self.shadowed("`PATH` is changed"),
            "HOME" => self.home = None,
            "PWD" => self.cwds = vec![None],
            _ => {}
        }
    }
}
