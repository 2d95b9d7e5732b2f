//! The letters that a set of patterns tells apart: one for each kind, the plainest.

use callguard_engine::decide::fold;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// A set of letters, as ranges.
pub(crate) type Letters = Vec<(char, char)>;

/// One letter of each kind: letters are of one kind if every class holds both or neither.
pub(crate) fn representatives(classes: &[Letters]) -> Vec<char> {
    let classes: BTreeSet<Letters> = classes.iter().map(sorted).collect();
    let mut kinds: BTreeMap<Vec<bool>, char> = BTreeMap::new();
    for letter in starts(&classes) {
        let kind: Vec<bool> = classes.iter().map(|class| holds(class, letter)).collect();
        let known = kinds.entry(kind).or_insert(letter);
        if plainness(letter) < plainness(*known) {
            *known = letter;
        }
    }
    let mut letters: Vec<char> = kinds.into_values().collect();
    letters.sort_by_key(|letter| plainness(*letter));
    letters
}

fn sorted(class: &Letters) -> Letters {
    let mut class = class.clone();
    class.sort_unstable();
    class
}

/// Every letter at which a class begins or has just ended, and every plain one.
fn starts(classes: &BTreeSet<Letters>) -> BTreeSet<char> {
    let mut found: BTreeSet<char> = ('\0'..='\u{ff}').collect();
    for (from, to) in classes.iter().flatten() {
        found.insert(*from);
        let beyond = u32::from(*to).checked_add(1).map(|code| if code == 0xd800 { 0xe000 } else { code });
        found.extend(beyond.and_then(char::from_u32));
    }
    found
}

fn holds(class: &Letters, letter: char) -> bool {
    let at = class.partition_point(|(from, _)| *from <= letter);
    at.checked_sub(1).and_then(|at| class.get(at)).is_some_and(|(_, to)| letter <= *to)
}

/// The smaller, the rather a person would write it.
fn plainness(letter: char) -> (u8, char) {
    let rank = match letter {
        'a'..='z' => 0,
        '0'..='9' => 1,
        'A'..='Z' => 2,
        '-' | '_' | '.' | '/' => 3,
        _ if letter.is_ascii_graphic() => 4,
        ' ' => 5,
        _ if letter.is_ascii() => 8,
        _ if letter.is_alphanumeric() => 6,
        _ => 7,
    };
    (rank, letter)
}

/// Every letter that folds to something in which one of `folded` stands, each a class of its own.
pub(crate) fn folding_to(folded: &str) -> Vec<Letters> {
    let own = folded.chars();
    let others = folded.chars().filter_map(|letter| unfolded().get(&letter)).flatten().copied();
    own.chain(others).map(|letter| vec![(letter, letter)]).collect()
}

/// For each letter of folded text, those others that fold to it, alone or with more.
fn unfolded() -> &'static BTreeMap<char, Vec<char>> {
    static TABLE: OnceLock<BTreeMap<char, Vec<char>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: BTreeMap<char, Vec<char>> = BTreeMap::new();
        let mut text = String::new();
        for letter in '\0'..=char::MAX {
            text.clear();
            text.push(letter);
            let folded = fold(&text);
            if folded != text {
                folded.chars().for_each(|to| table.entry(to).or_default().push(letter));
            }
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::{folding_to, representatives};

    #[test]
    fn each_kind_has_its_plainest_letter() {
        let letters = representatives(&[vec![('a', 'f')], vec![('c', 'z')], vec![('é', 'é')]]);
        assert_eq!(letters, ['a', 'c', 'g', '0', 'é']);
    }

    #[test]
    fn letters_fold_from_afar() {
        let letters: Vec<char> = folding_to("sk").into_iter().flatten().map(|(letter, _)| letter).collect();
        for letter in ['s', 'S', 'ſ', 'ß', 'k', 'K', '\u{212a}'] {
            assert!(letters.contains(&letter), "{letter}");
        }
    }
}
