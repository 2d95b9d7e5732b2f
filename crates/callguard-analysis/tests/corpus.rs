//! Pairs of policies with known answers: every file of `spec/diff`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test reads files"
)]
#![allow(missing_docs, unreachable_pub, reason = "tests")]

mod common;

use callguard_analysis::proof::{Flip, Verdict};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What a pair is known to come to.
struct Expected {
    flips: BTreeSet<String>,
    unknown: bool,
}

impl Expected {
    /// `# expect: equal`, `# expect: deny -> allow, allow -> deny`, `# expect: …; unknown`.
    fn read(text: &str) -> Expected {
        let line =
            text.lines().find_map(|line| line.strip_prefix("# expect: ")).expect("a line that says what is expected");
        let (flips, unknown) = match line.split_once("; ") {
            Some((flips, "unknown")) => (flips, true),
            Some((_, other)) => panic!("`{other}` is nothing to expect"),
            None => (line, line == "unknown"),
        };
        let known = |flip: &&str| Flip::ALL.iter().any(|known| known.to_string() == **flip);
        let flips = match flips {
            "equal" | "unknown" => BTreeSet::new(),
            flips => flips.split(", ").map(|flip| Some(flip).filter(known).unwrap().to_owned()).collect(),
        };
        Expected { flips, unknown }
    }
}

#[test]
fn every_pair_has_its_known_answer() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/diff");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 60, "{} pairs", files.len());
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let expected = Expected::read(&text);
        let (old, new) = text.split_once("---\n").unwrap();
        let (old, new, report) = common::compare(old, new);
        let flips: BTreeSet<String> = report.proof.witnesses.iter().map(|witness| witness.flip.to_string()).collect();
        for witness in &report.proof.witnesses {
            let decided = (
                witness.situation.decide(&old.clone().interpreted()),
                witness.situation.decide(&new.clone().interpreted()),
            );
            assert_eq!(
                (decided.0.effect, decided.1.effect),
                (witness.flip.old, witness.flip.new),
                "{}",
                file.display()
            );
        }
        let unknown = !report.proof.unknown.is_empty();
        if flips != expected.flips || unknown != expected.unknown {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("{name}: {flips:?}, unknown {:?}", report.proof.unknown));
        }
        assert_eq!(report.proof.verdict() == Verdict::Equal, flips.is_empty() && !unknown);
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
