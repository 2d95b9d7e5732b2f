//! Any text as a command line: it is read in bounded time, it looks the same twice, and what excuses is understood.

#![no_main]

use callguard_engine::call::facets::command::{CommandLine, CommandTest};
use callguard_engine::call::facets::path::PathCx;
use callguard_engine::decide::{Direction, Truth};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static TESTS: LazyLock<[CommandTest; 3]> = LazyLock::new(|| {
    let entries = |list: &[&str]| list.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>();
    [
        CommandTest::runs(&entries(&["rm -r /x/*", "git push --force", "find -delete"])).expect("entries"),
        CommandTest::runs_only(&entries(&["ls", "cat", "git log", "grep"])).expect("entries"),
        CommandTest::not_fully_understood(true),
    ]
});

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let cx = PathCx::lexical("/workspace", "/home/agent");
    let line = CommandLine::parse(text, &cx);
    let explained = line.explain(&cx);
    assert_eq!(explained, CommandLine::parse(text, &cx).explain(&cx), "the same text, understood otherwise");
    for test in TESTS.iter() {
        test.holds(&line, Direction::Restricting, &cx);
    }
    let excused = TESTS[1].holds(&line, Direction::Excusing, &cx) == Truth::True;
    assert!(!(excused && explained.not_understood.is_some()), "what is not understood excuses");
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    CommandLine::from_argv(&words, &cx).explain(&cx);
});
