//! The whole command within another one.

use super::Way;
use super::draw::Draw;
use super::line::{Line, quoted};
use data_encoding::BASE64;

pub(super) const WAYS: &[Way] = &[
    ("before others", |text, draw| {
        let after = draw
            .one(&["; true", "\n", "\ntrue", " && true", " || true", " | cat", " |& cat", " &", "; exit 0", " 2>&1"]);
        Some(format!("{text}{after}"))
    }),
    ("after others", |text, draw| {
        let before = draw.one(&[
            "true; ",
            "true && ",
            "false || ",
            "\n",
            ": ; ",
            "# nothing\n",
            "sleep 0 & ",
            "! ",
            "time ",
            "set -e; ",
        ]);
        Some(format!("{before}{text}"))
    }),
    ("group", |text, draw| Some(around(draw.one(GROUPS), text))),
    ("string of a shell", |text, draw| Some(format!("{} {}", draw.one(SHELLS), quoted(text)))),
    ("text of a shell", |text, draw| {
        Some(match draw.below(4) {
            0 => format!("bash <<'EOF_'\n{text}\nEOF_\n"),
            1 => format!("sh <<< {}", quoted(text)),
            2 => format!("echo {} | sh", quoted(text)),
            _ => format!("printf '%s' {} | bash -s", quoted(text)),
        })
    }),
    ("encoded", |text, draw| {
        let code = BASE64.encode(text.as_bytes());
        let hex: String = text.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        Some(match draw.below(4) {
            0 => format!("echo {code} | base64 -d | sh"),
            1 => format!("bash <(echo {code} | base64 --decode)"),
            2 => format!("eval \"$(printf '{hex}')\""),
            _ => format!("printf '{hex}' | bash"),
        })
    }),
    ("code of another language", |text, draw| {
        let double = format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n"));
        let code = draw.one(&[
            "python3 -c Q;import os; os.system(T)",
            "python -c Q;__import__('os').popen(T).read()",
            "perl -e Q;system(T)",
            "ruby -e Q;system(T)",
            "php -r Q;shell_exec(T);",
            "node -e Q;require('child_process').execSync(T)",
            "awk Q;BEGIN{system(T)}",
        ]);
        let (program, code) = code.split_once("Q;")?;
        Some(format!("{program}{}", quoted(&code.replace('T', &double))))
    }),
    ("wrapper", wrapped),
    ("redirections first", |text, draw| {
        Line::parse(text)?.command()?;
        Some(format!(
            "{}{text}",
            draw.one(&["</dev/null ", ">/dev/null ", "2>/dev/null ", "2>&1 ", "X=1 ", "LC_ALL=C "])
        ))
    }),
];

/// What encloses a list.
const GROUPS: &[(&str, &str)] = &[
    ("( ", " )"),
    ("( ", "\n)"),
    ("{ ", "; }"),
    ("{\n", "\n}"),
    ("if true; then ", "; fi"),
    ("if ", "; then true; fi"),
    ("for i in 1; do ", "; done"),
    ("while true; do ", "; break; done"),
    ("until ", "; do true; done"),
    ("case x in x) ", ";; esac"),
    ("f() { ", "; }; f"),
    ("function g { ", "\n}; g"),
    ("echo $( ", ")"),
    ("echo \"$( ", ")\""),
    ("x=$( ", ")"),
    (": ${x:=$( ", ")}"),
    ("cat <( ", ")"),
    ("cat <<EOF_\n$( ", ")\nEOF_\n"),
    ("[ -n \"$( ", ")\" ]"),
    ("trap '", "' EXIT"),
];

const SHELLS: &[&str] = &[
    "bash -c",
    "sh -c",
    "dash -c",
    "zsh -c",
    "/bin/bash -c",
    "bash -lc",
    "bash -e -c",
    "bash --norc -c",
    "eval",
    "sudo sh -c",
    "env bash -c",
    "busybox sh -c",
    "su -c",
    "timeout 5 sh -c",
    "xargs -0 sh -c",
    "exec sh -c",
    "script -q /dev/null -c",
    "nohup bash -c",
    "command eval",
    "builtin eval",
    "parallel -j1 --",
    "watch -n1",
    "ssh localhost",
    "flock /tmp/l -c",
];

/// Programs that run what follows.
const WRAPPERS: &[&str] = &[
    "sudo",
    "sudo -u root --",
    "doas",
    "env",
    "env -i",
    "env X=1",
    "env -u X",
    "nohup",
    "nice",
    "nice -n 5",
    "ionice -c3",
    "timeout 5",
    "timeout -s KILL 5s",
    "stdbuf -oL",
    "setsid",
    "setsid -w",
    "command",
    "exec",
    "time -p",
    "busybox",
    "xargs",
    "xargs -n1",
    "find . -maxdepth 0 -exec",
    "chroot /",
    "unshare -r",
    "nsenter -t 1 -m",
    "strace -f",
    "watch -x",
    "parallel",
    "systemd-run --",
    "flock /tmp/l",
    "caffeinate",
    "chrt 1",
    "taskset 1",
    "unbuffer",
    "faketime x",
    "/usr/bin/env",
    "\\env",
    "git -c alias.x=",
];

/// Builtins and the like: no program of their own.
const BUILTINS: &[&str] = &[
    "cd", "export", "source", ".", "eval", "exec", "set", "alias", "trap", "read", "declare", "pushd", "ulimit",
    "type", "command", "builtin",
];

fn wrapped(text: &str, draw: &mut Draw<'_>) -> Option<String> {
    let line = Line::parse(text)?;
    let program = *line.command()?.first()?;
    // What stands before the program would become the wrapper's.
    if program != 0 || BUILTINS.contains(&line.tokens[program].text.as_str()) {
        return None;
    }
    Some(match draw.one(WRAPPERS) {
        "git -c alias.x=" => format!("git -c {} x", quoted(&format!("alias.x=!{text}"))),
        finding @ "find . -maxdepth 0 -exec" if !line.tokens.iter().any(|token| token.is_operator) => {
            format!("{finding} {text} \\;")
        }
        "find . -maxdepth 0 -exec" => return None,
        // What it reads becomes more of its words: nothing here.
        xargs if xargs.starts_with("xargs") => format!("true | {xargs} {text}"),
        wrapper => format!("{wrapper} {text}"),
    })
}

fn around((open, close): (&str, &str), text: &str) -> String {
    let text = if open.ends_with('\'') { text.replace('\'', r"'\''") } else { text.to_owned() };
    format!("{open}{text}{close}")
}
