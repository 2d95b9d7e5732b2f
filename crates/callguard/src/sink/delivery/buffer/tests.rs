#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use super::*;

fn bounds(bytes: u64, segment: u64) -> Bounds {
    Bounds { bytes, segment, when_full: WhenFull::DropNewest, durable: false }
}

fn open(folder: &Path) -> Buffer {
    Buffer::open(folder, bounds(1 << 20, 1000)).unwrap()
}

fn payload(number: u64) -> Vec<u8> {
    format!("event {number:0100}").into_bytes()
}

fn push(buffer: &Buffer, numbers: std::ops::Range<u64>) {
    for number in numbers {
        assert_eq!(buffer.push(&payload(number)).unwrap(), Pushed::Kept);
        buffer.flush().unwrap();
    }
}

/// Everything that waits, in batches.
fn drain(buffer: &Buffer, most: usize) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let batch = buffer.peek(most, usize::MAX).unwrap();
        let Some(last) = batch.last() else { return all };
        assert!(batch.len() <= most);
        buffer.acknowledge(last).unwrap();
        all.extend(batch.into_iter().map(|entry| entry.payload));
    }
}

fn numbers(range: std::ops::Range<u64>) -> Vec<Vec<u8>> {
    range.map(payload).collect()
}

#[test]
fn what_is_pushed_is_read_in_order_over_segments_and_restarts() {
    for most in [1, 7, 1000] {
        let folder = tempfile::tempdir().unwrap();
        let buffer = open(folder.path());
        push(&buffer, 0..50);
        assert!(buffer.slot.segments().unwrap().len() > 4);
        assert_eq!(buffer.waiting().0, 50);
        let batch = buffer.peek(20, usize::MAX).unwrap();
        assert_eq!(batch.len(), 20);
        buffer.acknowledge(&batch[9]).unwrap();
        drop(buffer);
        let buffer = open(folder.path());
        assert_eq!(buffer.waiting().0, 40);
        push(&buffer, 50..60);
        assert_eq!(drain(&buffer, most), numbers(10..60));
        assert_eq!((buffer.waiting().0, buffer.take_unreadable()), (0, 0));
        assert!(buffer.waiting().1 <= 2000, "acknowledged segments are removed");
        push(&buffer, 60..61);
        assert_eq!(drain(&buffer, most), numbers(60..61));
    }
}

#[test]
fn a_batch_has_so_many_bytes_and_at_least_one_event() {
    let folder = tempfile::tempdir().unwrap();
    let buffer = open(folder.path());
    push(&buffer, 0..10);
    assert_eq!(buffer.peek(10, 350).unwrap().len(), 3);
    assert_eq!(buffer.peek(10, 1).unwrap().len(), 1);
}

#[test]
fn a_full_buffer_drops_the_newest_or_waits() {
    let folder = tempfile::tempdir().unwrap();
    let buffer = Buffer::open(folder.path(), bounds(2000, 500)).unwrap();
    let pushed: Vec<Pushed> = (0..40).map(|number| buffer.push(&payload(number)).unwrap()).collect();
    let kept = pushed.iter().filter(|pushed| **pushed == Pushed::Kept).count() as u64;
    assert!(kept > 10 && kept < 17, "{kept}");
    buffer.flush().unwrap();
    assert_eq!(drain(&buffer, 5), numbers(0..kept));
    assert_eq!(buffer.push(&payload(99)).unwrap(), Pushed::Kept);
    assert_eq!(buffer.push(&vec![0; 3000]).unwrap(), Pushed::Dropped, "it never fits");
    drop(buffer);
    let waits = Bounds { when_full: WhenFull::Block, ..bounds(2000, 500) };
    let buffer = std::sync::Arc::new(Buffer::open(folder.path(), waits).unwrap());
    let writer = std::sync::Arc::clone(&buffer);
    let pusher =
        std::thread::spawn(move || (0..100).map(|number| writer.push(&payload(number)).unwrap()).collect::<Vec<_>>());
    let mut seen = Vec::new();
    while seen.len() < 90 {
        assert!(buffer.waiting().1 <= 2000, "it stays within its bound");
        seen.extend(drain(&buffer, 3));
        std::thread::yield_now();
    }
    assert!(pusher.join().unwrap().iter().all(|pushed| *pushed == Pushed::Kept));
    buffer.flush().unwrap();
    seen.extend(drain(&buffer, 3));
    assert_eq!(seen[seen.len() - 100..], numbers(0..100)[..]);
}

#[test]
fn what_a_crash_cut_off_is_cut_off_and_the_rest_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let buffer = Buffer::open(folder.path(), bounds(1 << 20, 1 << 20)).unwrap();
    push(&buffer, 0..10);
    let path = buffer.slot.segment(1);
    drop(buffer);
    let whole = fs::read(&path).unwrap();
    let record = whole.len() / 10;
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let buffer = Buffer::open(folder.path(), bounds(1 << 20, 1 << 20)).unwrap();
        let entries = buffer.peek(100, usize::MAX).unwrap();
        assert_eq!(entries.len(), length / record, "cut off after {length} bytes");
        assert_eq!(fs::metadata(&path).unwrap().len() as usize, length / record * record);
    }
}

#[test]
fn a_spoiled_record_costs_its_segment_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let buffer = open(folder.path());
    push(&buffer, 0..30);
    let second = {
        let mut firsts = buffer.slot.segments().unwrap();
        firsts.sort_unstable();
        firsts[1]
    };
    drop(buffer);
    let path = segment_path(&folder.path().join("0"), second);
    let mut bytes = fs::read(&path).unwrap();
    bytes[150] ^= 1;
    fs::write(&path, bytes).unwrap();
    let buffer = open(folder.path());
    let mut all = Vec::new();
    let mut lost = 0;
    for _ in 0..100 {
        all.extend(drain(&buffer, 4));
        lost += buffer.take_unreadable();
    }
    assert_eq!(all.len() as u64 + lost, 30);
    assert!(lost > 0 && lost < 10, "{lost}");
    push(&buffer, 30..33);
    assert_eq!(drain(&buffer, 4), numbers(30..33));
}

#[test]
fn each_process_has_a_slot_and_takes_over_what_another_left() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (open(folder.path()), open(folder.path()));
    assert_ne!(first.folder(), second.folder());
    push(&first, 0..3);
    drop(first);
    assert_eq!(drain(&open(folder.path()), 10), numbers(0..3));
}
