#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test stops at what it did not expect"
)]

mod bad_disk;
mod kills;

use super::*;
use crate::audit_log::{Finding, FindingKind, LogFiles, LogKey, Record, Verification, Verifier};
use callguard_engine::audit::event::{AuditAction, Occurrence, Redactor};
use callguard_engine::call::{SideEffect, ToolEnvelope};
use callguard_engine::policy::{LoadInput, NoBases, PolicyFile, load};
use callguard_engine::value::{Object, Value};
use jiff::Timestamp;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

/// A denied call of `run`.
fn event(number: usize) -> AuditEvent {
    of_call(AuditAction::CallDenied, &format!("01C{number:023}"), SideEffect::Write, number)
}

fn of_call(action: AuditAction, call_id: &str, side_effect: SideEffect, number: usize) -> AuditEvent {
    let mut args = Object::default();
    args.insert("n", Value::from(number as u64));
    let call = ToolEnvelope::new("run", args, Timestamp::UNIX_EPOCH);
    let call = Some(Arc::new(ToolEnvelope { call_id: call_id.to_owned(), ..call }));
    let occurrence = Occurrence::new(format!("01E{number:023}"), Timestamp::UNIX_EPOCH, action);
    redacted(&Occurrence { call, side_effect: Some(side_effect), ..occurrence })
}

fn redacted(occurrence: &Occurrence) -> AuditEvent {
    static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| {
        let policy = "apiVersion: callguard/v1\nkind: Policy\nmetadata: { name: p }\nspec: { default: allow, unknown_tools: allow }\n";
        let files = vec![PolicyFile { name: "p".to_owned(), bytes: policy.into() }];
        Redactor::new(&load(LoadInput { files, bases: &NoBases, operators: Arc::default() }).unwrap().set)
    });
    REDACTOR.event(occurrence)
}

fn write(options: FileAuditOptions, path: &Path, numbers: std::ops::Range<usize>) {
    let mut sink = options.open(path).unwrap();
    for number in numbers {
        sink.write(&event(number)).unwrap();
    }
    sink.close().unwrap();
}

fn verify(path: &Path) -> Verification {
    Verifier::default().verify(&LogFiles::of(path), |_| ()).unwrap()
}

fn records(path: &Path) -> Vec<Record> {
    let text = fs::read(path).unwrap();
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| Record::read(line).unwrap()).collect()
}

struct Log {
    folder: tempfile::TempDir,
}

impl Log {
    fn new() -> Log {
        Log { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }
}

#[test]
fn a_log_goes_on_where_it_ended_and_verifies_with_its_key() {
    let log = Log::new();
    let key = LogKey::generate().unwrap();
    let options = || FileAuditSink::options().signing_key(key.clone()).checkpoint(10, Duration::from_secs(3600));
    write(options(), &log.path(), 0..25);
    write(options(), &log.path(), 25..40);
    let files = LogFiles::of(log.path());
    let found = Verifier::default().key(key.public()).verify(&files, |_| ()).unwrap();
    assert_eq!(found.findings, []);
    assert_eq!((found.events, found.files, found.unsigned_tail), (40, 1, 0));
    assert!(found.signed_checkpoints >= 5 && found.unchecked_checkpoints == 0);
    assert_eq!(found.last.unwrap().0, found.records);
    // Another key: every checkpoint is a finding.
    let other = LogKey::generate().unwrap();
    let found = Verifier::default().key(other.public()).verify(&files, |_| ()).unwrap();
    assert!(found.findings.iter().all(|finding| finding.kind == FindingKind::Signature) && !found.holds());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(log.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let log = Log::new();
    let mut sink = FileAuditSink::open(log.path()).unwrap();
    for number in 0..300 {
        sink.writer.append(&json!({ "action": "call_denied", "tool": "run", "n": number }));
    }
    drop(sink);
    let text = fs::read(log.path()).unwrap();
    let lines: Vec<&[u8]> = text.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n').collect();
    let missed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for part in lines.chunks(lines.len().div_ceil(4)) {
            let missed = &missed;
            scope.spawn(move || {
                for line in part {
                    let mut flipped = line.to_vec();
                    for bit in 0..line.len() * 8 {
                        flipped[bit / 8] ^= 1 << (bit % 8);
                        // A new line end makes two lines of one; neither is a record.
                        if flipped.split(|byte| *byte == b'\n').any(|line| Record::read(line).is_ok()) {
                            missed.fetch_add(1, Ordering::Relaxed);
                        }
                        flipped[bit / 8] ^= 1 << (bit % 8);
                    }
                }
            });
        }
    });
    assert_eq!(missed.load(Ordering::Relaxed), 0);
    // Line ends, and a bit of every line, through the verifier.
    for (number, line) in lines.iter().enumerate().step_by(7) {
        let at = lines[..number].iter().map(|line| line.len() + 1).sum::<usize>();
        for place in [at + line.len(), at + line.len() / 2] {
            let mut flipped = text.clone();
            flipped[place] ^= 1 << (number % 8);
            fs::write(log.path(), &flipped).unwrap();
            let found = verify(&log.path());
            assert!(!found.holds(), "line {number}, byte {place}");
            // A line without its end is the next one's beginning.
            let near =
                |finding: &Finding| finding.line.is_some_and(|line| (number..=number + 2).contains(&(line as usize)));
            assert!(found.findings.iter().any(near), "line {number}, byte {place}: {:?}", found.findings);
        }
    }
}

#[test]
fn what_was_taken_out_put_in_moved_or_cut_off_is_found() {
    let log = Log::new();
    write(FileAuditSink::options().checkpoint(7, Duration::from_secs(3600)), &log.path(), 0..20);
    let text = fs::read_to_string(log.path()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let found = |lines: &[&str]| {
        fs::write(log.path(), lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        verify(&log.path()).findings
    };
    assert_eq!(found(&lines), []);
    for number in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(number);
        let kinds: Vec<FindingKind> = found(&fewer).iter().map(|finding| finding.kind).collect();
        let wanted = if number + 1 == lines.len() { FindingKind::Truncated } else { FindingKind::Missing };
        assert_eq!(kinds, [wanted], "record {number} taken out");
        let mut twice = lines.clone();
        twice.insert(number, lines[number]);
        assert_eq!(found(&twice)[0].kind, FindingKind::Misplaced, "record {number} twice");
        if number + 1 < lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(number, number + 1);
            assert!(!found(&swapped).is_empty(), "records {number} and the next swapped");
            assert!(!found(&lines[..=number]).is_empty(), "cut off behind record {number}");
        }
    }
    // A record of the same number from elsewhere.
    let other = Log::new();
    write(FileAuditSink::options(), &other.path(), 0..20);
    let foreign = fs::read_to_string(other.path()).unwrap();
    let mut put_in = lines.clone();
    put_in[5] = foreign.lines().nth(5).unwrap();
    assert_eq!(found(&put_in)[0].kind, FindingKind::Foreign);
    // Cut off anywhere.
    for length in (0..text.len()).step_by(23).chain(text.len() - 600..text.len()) {
        fs::write(log.path(), &text.as_bytes()[..length]).unwrap();
        assert!(!verify(&log.path()).holds(), "cut off after {length} bytes");
    }
}

#[test]
fn a_log_written_anew_differs_from_the_checkpoint_that_was_kept() {
    let log = Log::new();
    let key = LogKey::generate().unwrap();
    write(FileAuditSink::options().signing_key(key.clone()), &log.path(), 0..20);
    let kept = log.folder.path().join("kept");
    let head = LogFiles::of(log.path()).head();
    fs::copy(&head, &kept).unwrap();
    for path in [log.path(), head] {
        fs::remove_file(path).unwrap();
    }
    write(FileAuditSink::options(), &log.path(), 0..30);
    assert!(verify(&log.path()).holds());
    let files = LogFiles::of(log.path());
    let found = Verifier::default().head(kept).verify(&files, |_| ()).unwrap();
    assert_eq!(found.findings[0].kind, FindingKind::Rewritten);
    assert!(!Verifier::default().key(key.public()).verify(&files, |_| ()).unwrap().holds());
}

#[test]
fn files_rotate_and_go_and_the_log_says_which() {
    for compress in [false, true] {
        let log = Log::new();
        let options = || FileAuditSink::options().rotate_size(100_000).compress(compress);
        write(options(), &log.path(), 0..600);
        write(options(), &log.path(), 600..700);
        let found = verify(&log.path());
        assert_eq!((found.findings.as_slice(), found.events), (&[][..], 700));
        assert!(found.files > 3, "{} files", found.files);
        let list = LogFiles::of(log.path()).list().unwrap();
        assert!(list.iter().filter(|file| file.first().is_some()).all(|file| file.is_compressed() == compress));
        // Taken out by hand, a file is missed.
        fs::rename(list[1].path(), log.folder.path().join("elsewhere")).unwrap();
        assert_eq!(verify(&log.path()).findings[0].kind, FindingKind::Missing);
        fs::rename(log.folder.path().join("elsewhere"), list[1].path()).unwrap();
        // A compressed file that was changed cannot be read to its end.
        let mut bytes = fs::read(list[0].path()).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        fs::write(list[0].path(), bytes).unwrap();
        assert!(!verify(&log.path()).holds());
    }
    let log = Log::new();
    write(FileAuditSink::options().rotate_size(2000).keep(2), &log.path(), 0..1500);
    let found = verify(&log.path());
    assert_eq!(found.findings, []);
    assert!(found.first.unwrap() > 1 && found.files <= 3, "{found:?}");
    fs::remove_file(LogFiles::of(log.path()).list().unwrap()[0].path()).unwrap();
    assert_eq!(verify(&log.path()).findings[0].kind, FindingKind::Missing);
}

#[test]
fn a_line_that_a_crash_cut_off_is_put_aside_and_named() {
    let log = Log::new();
    write(FileAuditSink::options(), &log.path(), 0..5);
    let whole = fs::read(log.path()).unwrap();
    for torn in [&b"{\"action\":\"call_al"[..], b"\0\0\0\0", b"\0\0\n\0\0\n"] {
        fs::write(log.path(), [&whole, torn].concat()).unwrap();
        write(FileAuditSink::options(), &log.path(), 5..6);
        assert_eq!(verify(&log.path()).findings, []);
        let records = records(&log.path());
        let recovered = records.iter().find(|record| record.kind() == Some("recovered")).unwrap().content();
        let aside = log.folder.path().join(recovered["torn_file"].as_str().unwrap());
        assert_eq!(fs::read(&aside).unwrap(), torn);
        fs::remove_file(aside).unwrap();
    }
    // A first line that never came to its end is no log yet; other lines are somebody else's.
    for file in ["audit.jsonl", "audit.jsonl.head"] {
        fs::remove_file(log.folder.path().join(file)).unwrap();
    }
    fs::write(log.path(), "{\"acti").unwrap();
    write(FileAuditSink::options(), &log.path(), 0..1);
    assert_eq!(verify(&log.path()).events, 1);
    fs::write(log.path(), "{\"action\":\"call_allowed\"}\n").unwrap();
    let error = FileAuditSink::open(log.path()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}

#[test]
fn a_call_that_nobody_reported_back_has_an_unknown_outcome() {
    let log = Log::new();
    let options = || FileAuditSink::options().rotate_size(900);
    let mut sink = options().open(log.path()).unwrap();
    sink.write(&of_call(AuditAction::CallAllowed, "01A", SideEffect::Irreversible, 1)).unwrap();
    sink.flush().unwrap();
    sink.write(&of_call(AuditAction::CallAllowed, "01B", SideEffect::Write, 1)).unwrap();
    sink.flush().unwrap();
    sink.write(&of_call(AuditAction::CallAllowed, "01C", SideEffect::Read, 1)).unwrap();
    sink.write(&of_call(AuditAction::CallDenied, "01D", SideEffect::Write, 1)).unwrap();
    sink.flush().unwrap();
    sink.write(&of_call(AuditAction::CallExecuted, "01B", SideEffect::Write, 1)).unwrap();
    drop(sink);
    assert!(LogFiles::of(log.path()).list().unwrap().len() > 2);
    drop(options().rotate_size(1 << 20).open(log.path()).unwrap());
    drop(options().rotate_size(1 << 20).open(log.path()).unwrap());
    let unknown: Vec<Record> = records(&log.path())
        .into_iter()
        .filter(|record| record.content().get("action").is_some_and(|action| action == "unknown_outcome"))
        .collect();
    assert_eq!(unknown.len(), 1);
    assert_eq!((&unknown[0].content()["call_id"], &unknown[0].content()["tool"]), (&json!("01A"), &json!("run")));
    assert_eq!(verify(&log.path()).findings, []);
}

#[test]
fn there_is_one_writer() {
    let log = Log::new();
    let first = FileAuditSink::open(log.path()).unwrap();
    let refused = FileAuditSink::open(log.path()).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
    assert!(refused.to_string().starts_with("another writer (in this process) has it"), "{refused}");
    assert!(verify(&log.path()).is_live);
    drop(first);
    assert!(!verify(&log.path()).is_live);
    FileAuditSink::open(log.path()).unwrap();
}
