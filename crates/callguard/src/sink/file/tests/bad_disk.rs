//! Disks that run full and syncs that fail.

use super::super::disk::{Disk, DiskFile, RealDisk, private};
use super::*;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex};

/// A disk that runs full, or whose syncs fail, at one's wish.
#[derive(Debug, Default)]
struct BadDisk {
    /// Bytes that still fit; below zero there is no end.
    room: AtomicI64,
    bad_sync: AtomicBool,
    opened: AtomicU64,
    /// Files on which something failed, and what was asked of them afterwards.
    failed: Mutex<Vec<u64>>,
    retried: AtomicU64,
}

struct BadFile {
    number: u64,
    disk: Arc<BadDisk>,
    file: fs::File,
}

#[derive(Debug)]
struct Shared(Arc<BadDisk>);

impl Disk for Shared {
    fn open(&self, path: &Path, new: bool) -> io::Result<Box<dyn DiskFile>> {
        let number = self.0.opened.fetch_add(1, Ordering::Relaxed);
        let file = private(path, new)?;
        Ok(Box::new(BadFile { number, disk: Arc::clone(&self.0), file }))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync_folder(path)
    }
}

impl BadFile {
    fn used(&self) {
        if self.disk.failed.lock().unwrap().contains(&self.number) {
            self.disk.retried.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn fails<T>(&self, kind: io::ErrorKind) -> io::Result<T> {
        self.disk.failed.lock().unwrap().push(self.number);
        Err(kind.into())
    }
}

impl Write for BadFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.used();
        let room = self.disk.room.load(Ordering::Relaxed);
        if room == 0 {
            return self.fails(io::ErrorKind::StorageFull);
        }
        let most = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        let written = self.file.write(&bytes[..most])?;
        if room > 0 {
            self.disk.room.fetch_sub(i64::try_from(written).unwrap(), Ordering::Relaxed);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for BadFile {
    fn sync(&mut self) -> io::Result<()> {
        self.used();
        if self.disk.bad_sync.swap(false, Ordering::Relaxed) {
            return self.fails(io::ErrorKind::Other);
        }
        self.file.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }
}

fn bad_disk(log: &Log, sync: Sync) -> (Arc<BadDisk>, FileAuditSink) {
    let disk = Arc::new(BadDisk { room: AtomicI64::new(-1), ..BadDisk::default() });
    let options = FileAuditSink::options().sync(sync).disk(Arc::new(Shared(Arc::clone(&disk))));
    (disk, options.open(log.path()).unwrap())
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged_and_goes_on_when_there_is_room() {
    for room in [0, 1, 100, 700, 1500] {
        let log = Log::new();
        let (disk, mut sink) = bad_disk(&log, Sync::Group);
        (0..10).for_each(|number| sink.write(&event(number)).unwrap());
        sink.flush().unwrap();
        disk.room.store(room, Ordering::Relaxed);
        (10..20).for_each(|number| sink.write(&event(number)).unwrap());
        assert_eq!(sink.flush().unwrap_err().kind(), io::ErrorKind::StorageFull, "{room} bytes of room");
        sink.flush().unwrap_err();
        assert!(sink.due().is_some());
        disk.room.store(-1, Ordering::Relaxed);
        sink.write(&event(20)).unwrap();
        sink.close().unwrap();
        let found = verify(&log.path());
        assert_eq!((found.findings.as_slice(), found.events), (&[][..], 21), "{room} bytes of room");
        assert_eq!(disk.retried.load(Ordering::Relaxed), 0);
    }
}

#[test]
fn a_failed_sync_is_never_tried_again_on_the_same_file() {
    for sync in [Sync::Group, Sync::Every] {
        let log = Log::new();
        let (disk, mut sink) = bad_disk(&log, sync);
        for number in 0..50 {
            disk.bad_sync.store(number % 10 == 5, Ordering::Relaxed);
            sink.write(&event(number)).unwrap();
            sink.flush().unwrap();
        }
        sink.close().unwrap();
        let found = verify(&log.path());
        assert_eq!((found.findings.as_slice(), found.events), (&[][..], 50));
        assert_eq!((found.files, disk.retried.load(Ordering::Relaxed)), (6, 0));
        assert_eq!(disk.failed.lock().unwrap().len(), 5);
    }
}

#[test]
fn what_does_not_fit_into_the_memory_any_more_is_counted_in_the_log() {
    let log = Log::new();
    let (disk, mut sink) = bad_disk(&log, Sync::Group);
    disk.room.store(0, Ordering::Relaxed);
    let mut call = ToolEnvelope::new("run", Object::default(), Timestamp::UNIX_EPOCH);
    (0..10_000).for_each(|number| call.args.insert(format!("a{number}"), Value::from("x ".repeat(60))));
    let occurrence = Occurrence::new("01E".to_owned(), Timestamp::UNIX_EPOCH, AuditAction::CallDenied);
    let large = redacted(&Occurrence { call: Some(Arc::new(call)), ..occurrence });
    let refused = (0..20).filter(|_| sink.write(&large).is_err()).count();
    assert!(refused > 10);
    disk.room.store(-1, Ordering::Relaxed);
    sink.close().unwrap();
    let found = verify(&log.path());
    assert_eq!(found.findings, []);
    let lost: u64 = LogFiles::of(log.path())
        .list()
        .unwrap()
        .iter()
        .flat_map(|file| records(file.path()))
        .filter_map(|record| record.content().get("events").and_then(serde_json::Value::as_u64))
        .sum();
    assert_eq!(found.events + lost, 20);
}
