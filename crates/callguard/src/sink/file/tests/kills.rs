//! A process that writes a log and is killed at any moment.

use super::*;
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

const CHILD: &str = "CALLGUARD_TEST_WRITES_TO";

/// How often; `cargo xtask soak` asks for more.
fn kills() -> u64 {
    std::env::var("CALLGUARD_KILLS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(50)
}

/// A process writes, and is killed at any moment: while it starts, or in the middle of it.
#[test]
fn what_was_acknowledged_survives_a_kill() {
    if let Some(path) = std::env::var_os(CHILD) {
        write_for_ever(Path::new(&path));
    }
    let log = Log::new();
    let mut acknowledged = HashSet::new();
    for run in 0..kills() {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sink::file::tests::kills::what_was_acknowledged_survives_a_kill", "--nocapture"])
            .env(CHILD, log.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (first, begun) = std::sync::mpsc::sync_channel(1);
        let reader = std::thread::spawn(move || {
            let acks =
                lines.map_while(Result::ok).filter_map(|line| line.split_once("ack ").map(|ack| ack.1.to_owned()));
            acks.inspect(|_| {
                // Only the first is waited for.
                let _seen = first.try_send(());
            })
            .collect::<Vec<String>>()
        });
        if run % 4 != 0 {
            begun.recv_timeout(Duration::from_secs(30)).unwrap();
        }
        std::thread::sleep(Duration::from_micros(run * 7919 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(reader.join().unwrap());
    }
    assert!(acknowledged.len() as u64 > kills(), "{} acknowledged", acknowledged.len());
    drop(FileAuditSink::open(log.path()).unwrap());
    assert_eq!(verify(&log.path()).findings, []);
    let files = LogFiles::of(log.path()).list().unwrap();
    let written = files
        .iter()
        .flat_map(|file| records(file.path()))
        .filter_map(|record| record.content().get("tool_args").map(|args| args["n"].to_string()));
    let written: HashSet<String> = written.collect();
    let lost: Vec<&String> = acknowledged.difference(&written).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged events are lost: {lost:?}", lost.len(), acknowledged.len());
}

fn write_for_ever(path: &Path) -> ! {
    let options = FileAuditSink::options().rotate_size(50_000).checkpoint(20, Duration::from_secs(3600));
    let mut sink = options.open(path).unwrap();
    let mut number = usize::try_from(std::process::id()).unwrap() * 1_000_000;
    loop {
        sink.write(&event(number)).unwrap();
        sink.flush().unwrap();
        writeln!(std::io::stdout(), "ack {number}").unwrap();
        number += 1;
    }
}
