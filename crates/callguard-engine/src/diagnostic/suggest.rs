//! "Did you mean".

/// The longest word that is compared: nothing that people name is longer.
const LONGEST: usize = 64;

/// The known word nearest to `word`, if one is near enough to be meant.
///
/// Looks past case and spelling habits (`userId`, `user-id`), for typing errors, for a selector without its first part
/// (`user_id` for `principal.user_id`) or with a wrong one, and for the start of a longer word (`desc`).
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let meant = snake(word);
    let scored = known.into_iter().filter(|candidate| *candidate != word);
    let scored = scored.filter_map(|candidate| Some((distance(&meant, &snake(candidate))?, candidate)));
    scored.min_by_key(|(distance, _)| *distance).map(|(_, candidate)| candidate)
}

/// How far a known word is from the one that was written, both in snake case; `None` if too far. What is wrong in
/// kind ranks behind what is wrong in letters.
fn distance(word: &str, candidate: &str) -> Option<(usize, usize)> {
    if let Some(letters) = typing_errors(word, candidate) {
        return Some((0, letters));
    }
    let tail = |text: &'_ str| text.rsplit_once('.').map(|(_, tail)| tail.to_owned());
    match (tail(word), tail(candidate)) {
        (None, Some(last)) if last == word => Some((1, candidate.len())),
        (Some(own), Some(last)) if own == last => Some((2, strsim::damerau_levenshtein(word, candidate))),
        (None, None) if word.len() >= 3 && candidate.starts_with(word) => Some((1, candidate.len())),
        _ => None,
    }
}

/// Wrong, missing and swapped letters, few for the length of the word; of a selector, for each of its parts.
fn typing_errors(word: &str, candidate: &str) -> Option<usize> {
    if word.matches('.').count() == candidate.matches('.').count() {
        return word.split('.').zip(candidate.split('.')).map(|(word, part)| few(word, part)).sum();
    }
    few(word, candidate)
}

fn few(word: &str, candidate: &str) -> Option<usize> {
    let letters = strsim::damerau_levenshtein(word, candidate);
    let shorter = word.chars().count().min(candidate.chars().count());
    (letters == 0 || letters <= 1.max(shorter / 3) && letters < shorter).then_some(letters)
}

/// `userId`, `user-id` and `User Id` as `user_id`.
fn snake(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut lower = false;
    for c in word.chars() {
        if c.is_uppercase() && lower {
            out.push('_');
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        match c {
            '-' | ' ' => out.push('_'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    const KNOWN: [&str; 18] = [
        "tools",
        "when",
        "unless",
        "action",
        "message",
        "description",
        "on_unknown",
        "side_effect",
        "preconditions",
        "postconditions",
        "environment",
        "principal.user_id",
        "principal.role",
        "principal.roles",
        "call.paths",
        "call.paths.write",
        "session.calls",
        "not_in",
    ];

    #[track_caller]
    fn meant(word: &str, expected: &str) {
        assert_eq!(did_you_mean(word, KNOWN), Some(expected).filter(|word| !word.is_empty()), "{word}");
    }

    #[test]
    fn typing_errors() {
        meant("tool", "tools");
        meant("wehn", "when");
        meant("unles", "unless");
        meant("mesage", "message");
        meant("precondition", "preconditions");
        meant("postcondtions", "postconditions");
        meant("principal.rol", "principal.role");
        meant("principle.role", "principal.role");
        meant("call.path", "call.paths");
        meant("call.paths.writes", "call.paths.write");
    }

    #[test]
    fn habits_of_other_languages() {
        meant("onUnknown", "on_unknown");
        meant("on-unknown", "on_unknown");
        meant("SideEffect", "side_effect");
        meant("notIn", "not_in");
        meant("principal.userId", "principal.user_id");
        meant("Tools", "tools");
    }

    #[test]
    fn a_selector_without_its_first_part_or_with_a_wrong_one() {
        meant("user_id", "principal.user_id");
        meant("userId", "principal.user_id");
        meant("role", "principal.role");
        meant("user.role", "principal.role");
        meant("paths", "call.paths");
    }

    #[test]
    fn the_start_of_a_word() {
        meant("desc", "description");
        meant("env", "environment");
        meant("pre", "preconditions");
    }

    #[test]
    fn nothing_is_better_than_nonsense() {
        for word in ["", "x", "banana", "foo.bar", "to", "zzzz", "principal.xyz", &"tools".repeat(1000)] {
            meant(word, "");
        }
        assert_eq!(did_you_mean("tools", ["tools"]), None);
    }
}
