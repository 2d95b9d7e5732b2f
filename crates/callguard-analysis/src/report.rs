//! A comparison: what is written, what is decided, what was called.

use crate::history::Past;
use crate::meaning::Meaning;
use crate::proof::{Flip, Proof, Verdict};
use callguard_engine::decide::Engine;
use jiff::Timestamp;

/// How two sets of policies compare.
#[derive(Clone, Debug)]
pub struct Report {
    /// `sha256:` of the old policies.
    pub old_version: String,
    /// `sha256:` of the new policies.
    pub new_version: String,
    /// What differs in what is written.
    pub meaning: Meaning,
    /// What differs in what is decided.
    pub proof: Proof,
    /// Which calls of the past would be decided otherwise, where some were given.
    pub past: Option<Past>,
}

impl Report {
    /// Compares two engines. `base` is the time of calls that no condition on time tells apart.
    pub fn of(old: &Engine, new: &Engine, base: Timestamp) -> Report {
        Report {
            old_version: old.policies().version.to_string(),
            new_version: new.policies().version.to_string(),
            meaning: Meaning::of(old.policies(), new.policies()),
            proof: Proof::of(old, new, base),
            past: None,
        }
    }

    /// Whether a call gets a milder decision: one that was built, or one of the past.
    pub fn loosens(&self) -> bool {
        self.proof.loosens() || self.past.as_ref().is_some_and(Past::loosens)
    }

    /// Whether one may: it does, or it cannot be ruled out.
    pub fn may_loosen(&self) -> bool {
        self.proof.may_loosen() || self.loosens()
    }

    /// Whether a call may be decided otherwise.
    pub fn may_differ(&self) -> bool {
        self.proof.verdict() != Verdict::Equal || self.past.as_ref().is_some_and(|past| past.flipped() > 0)
    }

    /// Every pair of decisions that a call was shown to get.
    pub fn flips(&self) -> Vec<Flip> {
        let shown = |flip: &&Flip| self.proof.witnesses.iter().any(|witness| witness.flip == **flip);
        Flip::ALL.iter().filter(shown).copied().collect()
    }
}
