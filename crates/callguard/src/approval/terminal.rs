//! Asks on the terminal.

use super::{Approval, ApprovalRequest, Approver};
use std::future::Future;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::pin::Pin;
use std::sync::mpsc;
use std::time::Duration;

/// Asks on the terminal that the program runs on, never on its standard output. Blocks the calling thread until the
/// answer or the timeout; without a terminal, nobody answers.
#[derive(Clone, Debug, Default)]
pub struct TerminalApprover {
    groups: Vec<String>,
}

impl TerminalApprover {
    /// Who sits at the terminal speaks for these groups.
    pub fn for_groups(groups: impl IntoIterator<Item = String>) -> TerminalApprover {
        TerminalApprover { groups: groups.into_iter().collect() }
    }
}

impl Approver for TerminalApprover {
    fn ask<'a>(&'a self, request: ApprovalRequest<'a>) -> Pin<Box<dyn Future<Output = Approval> + Send + 'a>> {
        Box::pin(async move { ask(&request, &self.groups).unwrap_or(Approval::TimedOut) })
    }
}

fn ask(request: &ApprovalRequest<'_>, groups: &[String]) -> Option<Approval> {
    let terminal = std::fs::File::options().read(true).write(true).open("/dev/tty").ok()?;
    if !terminal.is_terminal() {
        return None;
    }
    let mut screen = terminal.try_clone().ok()?;
    write!(screen, "{}", question(request)).ok()?;
    screen.flush().ok()?;
    let (sender, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        // Without a reader any more (the time is over) the answer is dropped.
        if BufReader::new(terminal).read_line(&mut line).is_ok() {
            let _late = sender.send(line);
        }
    });
    let line = answer.recv_timeout(Duration::from_millis(request.terms.timeout_millis)).ok()?;
    Some(answer_of(&line, groups))
}

fn question(request: &ApprovalRequest<'_>) -> String {
    format!(
        "\nCallGuard asks: {}\n  tool    {}\n  args    {}\n  digest  {}\nAllow this call once? [y/N] ",
        request.message,
        request.call.tool.escape_debug(),
        request.shown_args.escape_debug(),
        request.digest,
    )
}

fn answer_of(line: &str, groups: &[String]) -> Approval {
    let by = "terminal".to_owned();
    match line.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Approval::Granted { by, groups: groups.to_vec() },
        _ => Approval::Refused { by, why: "refused on the terminal".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for line in ["y\n", "YES", " yes \n"] {
            assert!(matches!(answer_of(line, &[]), Approval::Granted { .. }), "{line}");
        }
        for line in ["", "n", "yess", "ok"] {
            assert!(matches!(answer_of(line, &[]), Approval::Refused { .. }), "{line}");
        }
    }
}
