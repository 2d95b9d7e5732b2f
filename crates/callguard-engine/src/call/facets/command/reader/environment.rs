//! Variables that make programs run code, or load what can: the value itself, or a configuration that it names.

/// Variables whose value is loaded, or decides what is run.
const CODE: &[&str] = &[
    "BASH_ENV",
    "ENV",
    "PS4",
    "PROMPT_COMMAND",
    "SHELLOPTS",
    "BASHOPTS",
    "CDPATH",
    "GLOBIGNORE",
    "EXECIGNORE",
    "GCONV_PATH",
    "LOCPATH",
    "LESS",
    "MORE",
    "MANOPT",
    "MANROFFOPT",
    "LESSOPEN",
    "LESSCLOSE",
    "LESSKEYIN",
    "TAR_OPTIONS",
    "PYTHONSTARTUP",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONBREAKPOINT",
    "PYTHONINSPECT",
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
    "RUSTFLAGS",
    "RUSTDOCFLAGS",
    "VIMINIT",
    "EXINIT",
    "AWKPATH",
    "AWKLIBPATH",
    "DOCKER_HOST",
    "RIPGREP_CONFIG_PATH",
    "ACKRC",
    "ACK_OPTIONS",
    "BAT_CONFIG_PATH",
    "BAT_CONFIG_DIR",
    "BAT_OPTS",
    "FZF_DEFAULT_OPTS",
    "FZF_DEFAULT_OPTS_FILE",
    "LESSKEY",
    "LESSKEY_CONTENT",
    "LESSKEYIN_SYSTEM",
    "LESSKEY_SYSTEM",
    "GROFF_COMMAND_PREFIX",
    "GROFF_BIN_PATH",
    "GROFF_FONT_PATH",
    "GROFF_TMAC_PATH",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "CURL_HOME",
    "WGETRC",
    "SYSTEM_WGETRC",
    "ZDOTDIR",
    "BASH_LOADABLES_PATH",
    "PYTHONUSERBASE",
    "PYTHONPLATLIBDIR",
    "PYTHONWARNINGS",
    "PYTHONPYCACHEPREFIX",
    "PYTHONEXECUTABLE",
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
    "PERLLIB",
    "PERL5SHELL",
    "RUBYSHELL",
    "GEM_HOME",
    "GEM_PATH",
    "BUNDLE_GEMFILE",
    "NODE_REPL_EXTERNAL_MODULE",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "CLASSPATH",
    "JAVA_OPTS",
    "MAVEN_OPTS",
    "MAVEN_ARGS",
    "GRADLE_OPTS",
    "GRADLE_USER_HOME",
    "ANT_OPTS",
    "ANT_ARGS",
    "SBT_OPTS",
    "R_PROFILE",
    "R_PROFILE_USER",
    "R_ENVIRON",
    "R_ENVIRON_USER",
    "R_LIBS",
    "JULIA_LOAD_PATH",
    "JULIA_DEPOT_PATH",
    "TCLLIBPATH",
    "GUILE_LOAD_PATH",
    "ERL_FLAGS",
    "ERL_AFLAGS",
    "ERL_ZFLAGS",
    "ERL_LIBS",
    "ELIXIR_ERL_OPTIONS",
    "EMACSLOADPATH",
    "VIM",
    "VIMRUNTIME",
    "MYVIMRC",
    "NVIM_APPNAME",
    "SCREENRC",
    "MAILRC",
    "PSQLRC",
    "MYSQL_HOME",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "GTK_MODULES",
    "GTK_PATH",
    "QT_PLUGIN_PATH",
    "GIO_EXTRA_MODULES",
    "GST_PLUGIN_PATH",
    "GOFLAGS",
    "GOENV",
    "GOTOOLDIR",
    "GOROOT",
    "MAKEFILES",
    "GNUMAKEFLAGS",
    "CMAKE_TOOLCHAIN_FILE",
    "CMAKE_C_COMPILER_LAUNCHER",
    "CMAKE_CXX_COMPILER_LAUNCHER",
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
    "CCACHE_PREFIX",
    "TEXMFCNF",
    "TEXMFHOME",
    "AWS_CONFIG_FILE",
    "TF_CLI_CONFIG_FILE",
    "CONTAINERS_CONF",
    "GNUPGHOME",
    "RUBYGEMS_GEMDEPS",
];

/// Beginnings of such names.
const CODE_PREFIXES: [&str; 9] =
    ["GIT_", "DYLD_", "BASH_FUNC_", "npm_config_", "PIP_", "CARGO_", "NPM_CONFIG_", "LD_", "LUA_"];

/// Names with these beginnings that run nothing.
const HARMLESS_PREFIXES: [&str; 21] = [
    "GIT_AUTHOR_",
    "GIT_COMMITTER_",
    "GIT_TERMINAL_PROMPT",
    "GIT_MERGE_AUTOEDIT",
    "GIT_OPTIONAL_LOCKS",
    "GIT_LFS_SKIP_SMUDGE",
    "GIT_ADVICE",
    "CARGO_TERM_",
    "CARGO_INCREMENTAL",
    "CARGO_NET_",
    "CARGO_PROFILE_",
    "CARGO_BUILD_JOBS",
    "CARGO_TARGET_DIR",
    "PIP_NO_",
    "PIP_DISABLE_",
    "PIP_DEFAULT_TIMEOUT",
    "npm_config_loglevel",
    "npm_config_yes",
    "NPM_CONFIG_LOGLEVEL",
    "NPM_CONFIG_YES",
    "LD_BIND_NOW",
];

/// Variables whose value is a command line.
pub(super) const COMMANDS: &[&str] = &[
    "SHELL",
    "PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "BROWSER",
    "SUDO_ASKPASS",
    "SSH_ASKPASS",
    "RSYNC_RSH",
    "CVS_RSH",
    "GIT_PAGER",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_EXTERNAL_DIFF",
    "GIT_ASKPASS",
    "SYSTEMD_PAGER",
    "KUBE_EDITOR",
    "CC",
    "CXX",
    "LD",
    "RUSTC",
    "RUSTC_WRAPPER",
    "BAT_PAGER",
    "DELTA_PAGER",
    "ACK_PAGER",
    "ACK_PAGER_COLOR",
    "PSQL_PAGER",
    "PSQL_EDITOR",
    "PGCLI_PAGER",
    "AWS_PAGER",
    "GH_PAGER",
    "GH_EDITOR",
    "GH_BROWSER",
    "GLAB_PAGER",
    "PERLDOC_PAGER",
    "RI_PAGER",
    "FZF_DEFAULT_COMMAND",
    "FZF_CTRL_T_COMMAND",
    "FZF_ALT_C_COMMAND",
    "FCEDIT",
    "HGEDITOR",
    "HGMERGE",
    "SVN_EDITOR",
    "SVN_SSH",
    "SVN_MERGE",
    "SUDO_EDITOR",
    "SYSTEMD_EDITOR",
    "DIFFPROG",
    "LESSEDIT",
    "KUBECTL_EXTERNAL_DIFF",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTDOC",
    "AR",
    "AS",
    "CPP",
    "FC",
    "LEX",
    "YACC",
];

/// Whether what a variable holds is loaded, or names what is.
pub(super) fn is_code(name: &str) -> bool {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    CODE.contains(&name) || starts(&CODE_PREFIXES) && !starts(&HARMLESS_PREFIXES)
}

/// Whether a value of such a variable loads nothing from elsewhere.
pub(super) fn is_harmless(name: &str, value: &str) -> bool {
    let each = |wanted: fn(&str) -> bool| value.split_whitespace().all(wanted);
    match name {
        // Code beside what is run anyway.
        "PYTHONPATH" | "NODE_PATH" | "RUBYLIB" | "PERL5LIB" => {
            value.split(':').all(|part| !part.starts_with(['/', '~', '$']) && !part.contains(".."))
        }
        "NODE_OPTIONS" => each(|word| {
            ["--max-old-space-size", "--no-warnings", "--enable-source-maps", "--trace-", "--openssl-legacy-provider"]
                .iter()
                .chain(&["--experimental-vm-modules", "--no-deprecation", "--stack-size", "--unhandled-rejections"])
                .any(|start| word.starts_with(start))
        }),
        // `-toolexec` and `-overlay` run and swap; these choose what is built.
        "GOFLAGS" => each(|word| {
            ["-mod=", "-tags=", "-count=", "-p=", "-buildvcs="].iter().any(|start| word.starts_with(start))
                || ["-v", "-x", "-race", "-trimpath", "-short", "-json"].contains(&word)
        }),
        "RUSTFLAGS" | "RUSTDOCFLAGS" => {
            each(|word| !word.contains("linker") && !word.contains("link-arg") && !word.starts_with(['@', '/']))
        }
        // Options of a pager, none of which takes a file, and no commands.
        "LESS" | "MORE" => !value.contains(['+', '!', 'o', 'O', 'k', 'T', 't', '"', '=']),
        "MAKEFLAGS" => each(|word| word.starts_with("-j") && word.bytes().skip(2).all(|byte| byte.is_ascii_digit())),
        _ => value.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::CommandLine;
    use super::*;
    use crate::call::facets::path::PathCx;

    fn why(text: &str) -> Option<&'static str> {
        CommandLine::parse(text, &PathCx::lexical("/workspace", "/home/agent")).not_understood()
    }

    #[test]
    fn each_variable_counts_however_it_is_set() {
        let prefixed = CODE_PREFIXES.iter().map(|prefix| format!("{prefix}SOMETHING"));
        for name in CODE.iter().map(|name| (*name).to_owned()).chain(prefixed) {
            for text in [format!("{name}=/x:+o ls"), format!("export {name}=/x:+o; ls"), format!("env {name}=/x:+o ls")]
            {
                assert!(why(&text).is_some(), "{text}");
            }
        }
    }

    #[test]
    fn each_command_line_is_read() {
        for name in COMMANDS {
            let text = format!("{name}='rm -r x' git log");
            let line = CommandLine::parse(&text, &PathCx::lexical("/workspace", "/home/agent"));
            assert!(line.programs().any(|program| program == "rm"), "{text}");
            assert!(why(&format!("{name}=$X git log")).is_some(), "{name}");
        }
    }

    #[test]
    fn what_loads_nothing_is_understood() {
        for name in HARMLESS_PREFIXES {
            assert_eq!(why(&format!("{name}X=1 ls")), None, "{name}");
        }
        for text in [
            "GOFLAGS=-mod=vendor go build ./...",
            "MAKEFLAGS=-j4 make",
            "LESS=-R git log",
            "RIPGREP_CONFIG_PATH= rg x",
            "PAGER=cat git log",
            "NO_COLOR=1 ls",
        ] {
            assert_eq!(why(text), None, "{text}");
        }
    }
}
