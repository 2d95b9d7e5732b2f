//! Globs over tool names as automata that read one letter at a time.

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Letter(char),
    /// `*`: stays within a segment.
    Within,
    /// `**`, and a lone `*`.
    Across,
}

/// A glob, ready to read names.
#[derive(Clone, Debug)]
pub(crate) struct GlobMachine {
    parts: Vec<Part>,
}

/// Where a glob stands after some letters.
///
/// Whether an underscore belongs to a separator (`__`) shows only at the next letter, so both answers are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GlobState {
    /// Places reached if the last underscore stands alone.
    alone: Vec<usize>,
    /// Places reached if it is part of a separator.
    separating: Vec<usize>,
    /// Whether the last letter was an underscore.
    after_underscore: bool,
}

impl GlobState {
    /// Whether no place is reached any more.
    pub(crate) fn is_dead(&self) -> bool {
        self.alone.is_empty() && self.separating.is_empty()
    }
}

impl GlobMachine {
    pub(crate) fn new(pattern: &str) -> GlobMachine {
        if pattern == "*" {
            return GlobMachine { parts: vec![Part::Across] };
        }
        let mut parts = Vec::new();
        let mut stars = 0_usize;
        for letter in pattern.chars() {
            if letter == '*' {
                stars = stars.saturating_add(1);
                continue;
            }
            push_stars(&mut parts, stars);
            stars = 0;
            parts.push(Part::Letter(letter));
        }
        push_stars(&mut parts, stars);
        GlobMachine { parts }
    }

    /// Letters that it names.
    pub(crate) fn letters(&self) -> impl Iterator<Item = char> {
        self.parts.iter().filter_map(|part| match part {
            Part::Letter(letter) => Some(*letter),
            Part::Within | Part::Across => None,
        })
    }

    pub(crate) fn start(&self) -> GlobState {
        let places = self.closed(vec![0]);
        GlobState { alone: places.clone(), separating: places, after_underscore: false }
    }

    pub(crate) fn step(&self, state: &GlobState, letter: char) -> GlobState {
        let separator = matches!(letter, '/' | ':');
        let joins = letter == '_' && state.after_underscore;
        let from = if joins { &state.separating } else { &state.alone };
        let blocked = self.moved(from, letter, false);
        let alone = if separator || joins { blocked.clone() } else { self.moved(from, letter, true) };
        // An underscore that stands alone so far may turn out to be the first of two.
        let separating = if letter == '_' { blocked } else { alone.clone() };
        GlobState { alone, separating, after_underscore: letter == '_' }
    }

    pub(crate) fn accepts(&self, state: &GlobState) -> bool {
        state.alone.contains(&self.parts.len())
    }

    fn moved(&self, from: &[usize], letter: char, within_passes: bool) -> Vec<usize> {
        let mut to = Vec::new();
        for place in from {
            match self.parts.get(*place) {
                Some(Part::Letter(wanted)) if *wanted == letter => to.push(place.saturating_add(1)),
                Some(Part::Within) if within_passes => to.push(*place),
                Some(Part::Across) => to.push(*place),
                _ => {}
            }
        }
        self.closed(to)
    }

    /// With the places that are reached by reading nothing.
    fn closed(&self, mut places: Vec<usize>) -> Vec<usize> {
        let mut at = 0;
        while let Some(place) = places.get(at).copied() {
            if matches!(self.parts.get(place), Some(Part::Within | Part::Across)) {
                places.push(place.saturating_add(1));
            }
            at = at.saturating_add(1);
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}

fn push_stars(parts: &mut Vec<Part>, stars: usize) {
    match stars {
        0 => {}
        1 => parts.push(Part::Within),
        _ => parts.push(Part::Across),
    }
}

#[cfg(test)]
mod tests {
    use super::GlobMachine;
    use callguard_engine::policy::model::PolicySet;
    use callguard_engine::policy::{LoadInput, NoBases, PolicyFile, load};

    const PATTERNS: &[&str] = &[
        "*", "**", "mcp__*", "mcp__**", "mcp_*", "_*", "*_", "a*_b", "*__x", "__*__", "a/*", "*:b", "*a*", "a__b",
        "_**_",
    ];

    /// The engine's own matching, by a policy with one contract a pattern.
    fn set() -> PolicySet {
        let contracts: String = PATTERNS
            .iter()
            .enumerate()
            .map(|(index, pattern)| format!("    - {{ id: c{index}, tools: \"{pattern}\", action: deny }}\n"))
            .collect();
        let text = format!(
            "apiVersion: callguard/v1\nkind: Policy\nmetadata: {{ name: p }}\nspec:\n  preconditions:\n{contracts}"
        );
        let files = vec![PolicyFile::new("p", text)];
        load(LoadInput { files, bases: &NoBases, operators: std::sync::Arc::default() }).unwrap().set
    }

    /// Every name of at most six letters over the letters that matter.
    #[test]
    fn the_machine_reads_names_as_the_engine_does() {
        let set = set();
        let mut names = vec![String::new()];
        let mut layer = names.clone();
        for _ in 0..6 {
            layer =
                layer.iter().flat_map(|name| ['a', '_', '/', 'b'].map(|letter| format!("{name}{letter}"))).collect();
            names.extend(layer.iter().cloned());
        }
        names.extend(["mcp__fs__x".to_owned(), "mcp_fs".to_owned(), "mcp__fs".to_owned(), "a:b".to_owned()]);
        for (contract, pattern) in set.policies[0].contracts.iter().zip(PATTERNS) {
            let glob = &contract.tools.include[0];
            let machine = GlobMachine::new(pattern);
            for name in &names {
                let state = name.chars().fold(machine.start(), |state, letter| machine.step(&state, letter));
                assert_eq!(machine.accepts(&state), glob.matches(name), "`{pattern}` on `{name}`");
            }
        }
    }
}
