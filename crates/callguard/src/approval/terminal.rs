//! Asks on the terminal.

use super::{Approval, ApprovalRequest, Approver};
use std::future::Future;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::mpsc;
use std::time::Duration;

/// Asks on the terminal that the program runs on, never on its standard output. Blocks the calling thread until the
/// answer or the timeout; without a terminal, nobody answers.
#[derive(Clone, Debug)]
pub struct TerminalApprover {
    groups: Vec<String>,
    device: PathBuf,
}

impl TerminalApprover {
    /// Who sits at the terminal speaks for these groups.
    pub fn for_groups(groups: impl IntoIterator<Item = String>) -> TerminalApprover {
        TerminalApprover { groups: groups.into_iter().collect(), ..TerminalApprover::default() }
    }

    /// On another terminal than the process's own.
    #[must_use]
    pub fn on(self, device: impl Into<PathBuf>) -> TerminalApprover {
        TerminalApprover { device: device.into(), ..self }
    }
}

impl Default for TerminalApprover {
    /// On the process's own terminal, for no group.
    fn default() -> TerminalApprover {
        TerminalApprover { groups: Vec::new(), device: PathBuf::from("/dev/tty") }
    }
}

impl Approver for TerminalApprover {
    fn ask<'a>(&'a self, request: ApprovalRequest<'a>) -> Pin<Box<dyn Future<Output = Approval> + Send + 'a>> {
        Box::pin(async move { self.answer(&request).unwrap_or(Approval::TimedOut) })
    }
}

impl TerminalApprover {
    fn answer(&self, request: &ApprovalRequest<'_>) -> Option<Approval> {
        let terminal = std::fs::File::options().read(true).write(true).open(&self.device).ok()?;
        if !terminal.is_terminal() {
            return None;
        }
        converse(terminal.try_clone().ok()?, BufReader::new(terminal), request, &self.groups)
    }
}

/// Shows the question and takes the answer; `None` if none came in time.
fn converse(
    mut screen: impl Write,
    mut keyboard: impl BufRead + Send + 'static,
    request: &ApprovalRequest<'_>,
    groups: &[String],
) -> Option<Approval> {
    screen.write_all(question(request).as_bytes()).ok()?;
    screen.flush().ok()?;
    let (sender, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        // Without a reader any more (the time is over) the answer is dropped.
        if keyboard.read_line(&mut line).is_ok() {
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use callguard_engine::call::ToolEnvelope;
    use callguard_engine::decide::AskTerms;
    use callguard_engine::policy::model::OnTimeout;
    use callguard_engine::value::Object;
    use jiff::Timestamp;
    use std::io::Cursor;

    fn asked(keyboard: impl BufRead + Send + 'static, timeout_millis: u64) -> (Option<Approval>, String) {
        let call = ToolEnvelope::new("deploy\u{1b}[2J", Object::default(), Timestamp::UNIX_EPOCH);
        let terms =
            AskTerms { contracts: Vec::new(), timeout_millis, on_timeout: OnTimeout::Deny, approvers: Vec::new() };
        let request = ApprovalRequest {
            call: &call,
            shown_args: "{}".to_owned(),
            digest: "d1".to_owned(),
            message: "May it deploy?",
            terms: &terms,
        };
        let mut screen = Vec::new();
        let answer = converse(&mut screen, keyboard, &request, &["release".to_owned()]);
        (answer, String::from_utf8(screen).unwrap())
    }

    #[test]
    fn only_yes_is_yes() {
        for line in ["y\n", "YES", " yes \n"] {
            let groups = vec!["release".to_owned()];
            let granted = Approval::Granted { by: "terminal".to_owned(), groups };
            assert_eq!(asked(Cursor::new(line), 60_000).0, Some(granted), "{line}");
        }
        for line in ["", "n", "yess", "ok"] {
            assert!(matches!(asked(Cursor::new(line), 60_000).0, Some(Approval::Refused { .. })), "{line}");
        }
    }

    #[test]
    fn the_question_names_the_call_and_cannot_be_painted_over() {
        let (_, shown) = asked(Cursor::new("n"), 60_000);
        assert!(shown.contains("May it deploy?") && shown.contains("d1"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }

    /// A person who never answers.
    struct Silent;

    impl std::io::Read for Silent {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            loop {
                std::thread::park();
            }
        }
    }

    #[test]
    fn an_answer_that_does_not_come_in_time_is_none() {
        assert_eq!(asked(BufReader::new(Silent), 1).0, None);
    }
}
