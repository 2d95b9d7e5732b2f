use super::*;

fn by_words(line: &str) -> String {
    let words: Vec<Word> = line.split(' ').skip(1).map(Word::literal).collect();
    shown(by(line.split(' ').next().unwrap(), &words))
}

fn shown(word: Option<Word>) -> String {
    match word {
        None => "?".to_owned(),
        Some(Word { open: None, text, .. }) => text.into(),
        Some(word) => format!("~{}", word.glob.unwrap_or_default()),
    }
}

#[test]
fn what_words_say_is_printed() {
    for (line, expected) in [
        ("echo a b", "a b"),
        ("echo", ""),
        ("echo -n a", "?"),
        ("echo a\\n", "?"),
        ("printf a%s/%d b 3", "ab/3"),
        ("printf %s\\n a b", "a\nb"),
        ("printf %03d 7", "007"),
        ("printf %%", "%"),
        ("printf %x 7", "?"),
        ("printf -v x", "?"),
        ("printf a b", "?"),
        ("printf \\057", "?"),
        ("date +%F", "~[0-9]*"),
        ("date -u +x-%Y%m%d", "~x-[0-9]*[0-9]*[0-9]*"),
        ("date +%D", "?"),
        ("date +%Z", "?"),
        ("date", "?"),
        ("date +%b", "~?*"),
        ("date -I", "~[0-9]*"),
        ("basename a/b.c .c", "b"),
        ("basename a/b/", "b"),
        ("basename /", "?"),
        ("basename -a x", "?"),
        ("basename a/..", ".."),
        ("dirname a/b/c", "a/b"),
        ("dirname a", "."),
        ("dirname /a", "/"),
        ("seq 3", "1\n2\n3"),
        ("seq 2 2 6", "2\n4\n6"),
        ("seq 3 1", "?"),
        ("seq -1 3", "?"),
        ("seq 1 0 3", "?"),
        ("seq 999", "?"),
        ("mktemp -d -p build", "~build/tmp.?*"),
        ("mktemp build/x.XXXX", "~build/x.?*"),
        ("mktemp", "?"),
        ("mktemp -t x.XXX", "?"),
        ("mktemp -p build /etc/XXXX", "?"),
        ("nproc", "~[0-9]*"),
        ("uname -s", "~?*"),
        ("uname -n", "?"),
        ("git rev-parse --short HEAD", "~?*"),
        ("git rev-parse HEAD x", "?"),
    ] {
        assert_eq!(by_words(line), expected, "{line}");
    }
}

#[test]
fn names_stay_names() {
    let glob = |text: &str| {
        let start = text.split('*').next().unwrap_or_default();
        Word { text: start.into(), ..pattern("", text, "") }
    };
    for (name, suffix, expected) in [
        ("src/*.rs", "", "~*.rs"),
        ("src/*.rs", ".rs", "~*"),
        ("src/*.rs", ".md", "~*.rs"),
        ("src/*", ".rs", "?"),
        ("src/.*", "", "?"),
        ("src/[.]*", "", "?"),
        ("x*/a.rs", "", "a.rs"),
        ("*.rs", "", "?"),
    ] {
        let words = [glob(name), Word::literal(suffix)];
        let given = if suffix.is_empty() { words.get(..1).unwrap() } else { &words[..] };
        assert_eq!(shown(by("basename", given)), expected, "{name} {suffix}");
    }
    assert_eq!(shown(by("dirname", &[glob("src/*.rs")])), "src");
    assert_eq!(shown(by("dirname", &[glob("x*/a.rs")])), "?");
    assert_eq!(shown(by("basename", &[Word::unknown()])), "?");
    assert_eq!(shown(by("echo", &[Word::number()])), "~[0-9]*");
}
