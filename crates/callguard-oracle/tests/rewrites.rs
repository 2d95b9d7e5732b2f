//! Calls that are denied, written otherwise: none fares better. `cargo xtask soak --target rewrites` tries a million.

use callguard_oracle::sample::Sample;
use std::collections::BTreeSet;
use std::path::Path;

/// Rewrites that are judged here, from one seed.
const REWRITES: u64 = 4_000;

#[test]
fn no_rewrite_of_a_denied_call_fares_better() -> Result<(), String> {
    let sample = Sample::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/bypass"))?;
    let (mut weaker, mut taken, mut ids) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for rewrite in (0..REWRITES).filter_map(|seed| sample.rewrite(seed)) {
        if rewrite.is_weaker() {
            weaker.push(rewrite.to_string());
        }
        taken.extend(rewrite.written.steps);
        ids.insert(rewrite.id);
    }
    assert!(weaker.is_empty(), "{} of {REWRITES}:\n{}", weaker.len(), weaker.join("\n"));
    assert_eq!(taken, callguard_oracle::rewrite::names(), "every way of writing is taken");
    assert!(ids.len() > 120, "{} calls of {}", ids.len(), sample.len());
    Ok(())
}
