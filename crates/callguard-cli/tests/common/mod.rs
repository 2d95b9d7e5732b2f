//! What tests of the program share.

use std::fmt::Write as _;
use std::process::Command;

/// Runs the binary in a folder of `tests/data` and shows what came of it.
pub(crate) fn shown_in(folder: &str, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_callguard"))
        .args(args)
        .current_dir(format!("{}/tests/data/{folder}", env!("CARGO_MANIFEST_DIR")))
        .env_clear()
        // Where coverage of this process goes, when it is measured.
        .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|place| ("LLVM_PROFILE_FILE", place)))
        .output()
        .unwrap();
    let mut text = format!("$ callguard {}\nexit {}\n", args.join(" "), output.status.code().unwrap());
    for (name, bytes) in [("stdout", output.stdout), ("stderr", output.stderr)] {
        let printed = String::from_utf8(bytes).unwrap();
        if !printed.is_empty() {
            write!(text, "--- {name}\n{printed}").unwrap();
        }
    }
    text
}
