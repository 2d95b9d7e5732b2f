//! Which pairs of letters a text has, as far as 128 bits tell: what lacks one of a fragment's has not the fragment.

/// The pairs of a text, without regard to the case of ASCII letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bigrams(u128);

impl Bigrams {
    /// None at all: every text has these.
    pub(super) const NONE: Bigrams = Bigrams(0);

    /// The pairs of bytes of `text`, as it stands: another form of it has others.
    pub(super) fn of(text: &str) -> Bigrams {
        let pairs = text.bytes().zip(text.bytes().skip(1));
        Bigrams(pairs.fold(0, |bits, (first, second)| bits | bit(first, second)))
    }

    /// The pairs of both.
    pub(super) fn and(self, other: Bigrams) -> Bigrams {
        Bigrams(self.0 | other.0)
    }

    /// Whether a text with these pairs may have a fragment with those.
    pub(super) fn may_have(self, fragment: Bigrams) -> bool {
        fragment.0 & !self.0 == 0
    }
}

/// The low bits of a letter tell letters apart and its cases not.
fn bit(first: u8, second: u8) -> u128 {
    let (first, second) = (u32::from(first & 0x1f), u32::from(second & 0x1f));
    1 << ((first * 5 + second * 23) % 128)
}

#[cfg(test)]
mod tests {
    use super::Bigrams;

    #[test]
    fn a_text_may_have_what_stands_in_it() {
        let path = Bigrams::of("/home/dev/.SSH/id_rsa");
        for fragment in [".ssh", "id_rsa", "dev", "h", ""] {
            assert!(path.may_have(Bigrams::of(fragment)), "{fragment}");
        }
        assert!(Bigrams::of("/home/h\u{e9}l\u{e8}ne/.ssh/id").may_have(Bigrams::of(".ssh")));
    }

    #[test]
    fn most_other_fragments_are_told_apart() {
        let path = Bigrams::of("/work/project/src/components/main.rs");
        let others = [".env", "id_rsa", ".pem", "kubeconfig", "credentials", ".aws", "shadow", "terraform.tfstate"];
        let taken = others.into_iter().filter(|fragment| path.may_have(Bigrams::of(fragment))).count();
        assert_eq!(taken, 0);
    }
}
