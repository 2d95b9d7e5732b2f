use super::*;
use proptest::prelude::*;

#[test]
fn hostile_text_takes_bounded_time_and_stack() {
    let deepest = format!("{}ls{}", "(".repeat(15), ")".repeat(15));
    let nested = format!("{}ls{}", "$(".repeat(15), ")".repeat(15));
    let texts = [
        "(".repeat(16 * 1024),
        "( ".repeat(40),
        format!("{}{}", "(".repeat(30), "x;".repeat(1000)),
        "$(".repeat(8 * 1024),
        "{ ".repeat(8 * 1024),
        "if ".repeat(5000),
        "! ".repeat(8 * 1024),
        "env ".repeat(4 * 1024),
        "a|".repeat(8 * 1024),
        "a&&".repeat(5 * 1024),
        "a;".repeat(8 * 1024),
        "'".repeat(16 * 1024 - 1),
        "\\".repeat(16 * 1024),
        "<<E\n".repeat(4 * 1024),
        "[[ ! ".repeat(3 * 1024),
        format!("[[ {}a ]]", "a && ".repeat(3000)),
        format!("{}x{}", "${a:-".repeat(15), "}".repeat(15)),
        format!("{}1{}", "$((".repeat(8), "))".repeat(8)),
        "x".repeat(300 * 1024),
        "rm ".to_owned() + &"-r ".repeat(5000),
        deepest,
        nested,
        format!("{}ls{}", "{ ".repeat(15), ";}".repeat(15)),
        format!("{}ls;{}", "if a; then ".repeat(15), "fi;".repeat(15)),
        format!("{}ls;{}", "for x in a b; do ".repeat(15), "done;".repeat(15)),
        format!("{}ls;{}", "while a; do ".repeat(15), "done;".repeat(15)),
        format!("{}ls;;{}", "case a in a) ".repeat(15), "esac;".repeat(15)),
        format!("{}ls", "sudo env nice ".repeat(200)),
        format!(
            "f0() {{ ls; }}; {}",
            (1..30).map(|n| format!("f{n}() {{ f{0}; f{0}; }}; ", n - 1_i32)).collect::<String>()
        ),
        (0..1600).map(|n| format!("v{n}=1&&")).collect::<String>() + "ls",
        "x=1&&".repeat(3000) + "ls",
        "cd a;".repeat(3000),
        "cd a||".repeat(2700) + "ls",
        format!("echo {}", "{a,b}".repeat(3000)),
        format!("echo {}x", "{a,".repeat(5000)),
        format!("find . {}", "-o -name x ".repeat(1400)),
        format!("find . {}", "( ".repeat(8000)),
        format!("echo {}", "$x".repeat(8000)),
        format!("x=/a; cat {}", "$x ".repeat(5000)),
        format!("awk '{}'", "{print $1}".repeat(800)),
        format!("sed '{}'", "s/a/b/;".repeat(1100)),
        format!("python3 -c '{}'", "x = (1 + 2)\n".repeat(600)),
        "cp * b;".repeat(2000),
        "cat <<E\n$(ls)\nE\n".repeat(900),
        "ls|".repeat(5000) + "ls",
        "git -C a log --format=x;".repeat(600),
        "a=(1 2 3 4 5 6 7 8);".repeat(800),
        format!("a=({}); {}", "x ".repeat(32), "echo \"${a[@]}\";".repeat(900)),
        "echo \"$(echo x)\";".repeat(900),
        "ls $(echo x);".repeat(1200),
        "x=$(date +%F);".repeat(1100),
        format!("echo {}x{}", "$(echo ".repeat(15), ")".repeat(15)),
        format!("f() {{ x=$1; }}; {}", "f a b c d e f g;".repeat(900)),
        format!("f() {{ :; }}; {}", "f;".repeat(7000)),
        "trap ls EXIT;".repeat(1200),
        "(trap 'trap ls EXIT' EXIT);".repeat(500),
        format!("printf '{}' | xargs rm", "a ".repeat(8000)),
        format!("echo {} | xargs -n1 rm", "a ".repeat(60)).repeat(100),
        format!("{}ls", "xargs -I{} ".repeat(400)),
        (0..1000).map(|n| format!("f{n}(){{ :; }};")).collect::<String>() + "ls",
    ];
    let work = move || {
        let test = CommandTest::runs(&strings(&["rm -r /x/*", "git push --force"])).unwrap();
        for text in &texts {
            let start = std::time::Instant::now();
            let line = line(text);
            test.holds(&line, Restricting, &cx());
            line.paths(&cx());
            let took = start.elapsed();
            assert!(took.as_millis() < 3000, "{:.40} took {took:?}", text);
        }
    };
    std::thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap().join().unwrap();
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC*|[a-z $(){}'\"`;&|<>=*?\\\\\n#!\\[\\]~/.-]{0,80}|.*") {
        let line = line(&text);
        line.paths(&cx());
        line.hosts();
        line.side_effect();
        let _ = CommandTest::runs(&[text]).map(|test| both(&test, "rm -rf x"));
    }

    /// Shell words put together at random: parsers meet more than they do in noise.
    #[test]
    fn any_words_are_read(words in proptest::collection::vec(proptest::sample::select(vec![
        "if", "then", "fi", "for", "in", "do", "done", "case", "esac", "{", "}", "(", ")", "((", "))", "[[", "]]", "&&", "||",
        ";", ";;", "|", "&", "\n", "$(", "`", "${", "<<E", "E", "<(", ">", "2>", "99999999999>", "a=(", "a[1]=", "x", "rm", "-rf", "'", "\"",
        "\\", "#", "!", "function", "f()", "time", "coproc", "$'", "$\"", "~", "*", "=", "$x", "select", "until", "while",
    ]), 0..40), glue in proptest::sample::select(vec!["", " "])) {
        let text = words.join(glue);
        let start = std::time::Instant::now();
        let line = line(&text);
        line.paths(&cx());
        prop_assert!(start.elapsed().as_millis() < 2000, "{text}");
    }
}

/// What unfolds is cut off where it would cost more than it says.
#[test]
fn what_unfolds_into_too_much_is_not_understood() {
    for text in [
        format!("cat <<E\n{}\nE", "$(a)".repeat(3000)),
        format!("for i in a b c d e f g h; do {} done", "ls $i;".repeat(200)),
        format!("f() {{ {} }}; f; f; f; f; f; f", "ls;".repeat(200)),
        "a{1..9} b{1..9};".repeat(400),
        format!("{}ls {}", "sudo env ".repeat(10), "a ".repeat(800)),
        format!("for i in a b c d; do read {}; done", "a ".repeat(500)),
    ] {
        assert_eq!(line(&text).not_understood(), Some("a command unfolds into too much"), "{text:.40}");
        assert!(line(&text).seen.commands.len() <= 1024, "{text:.40}");
    }
    assert_eq!(line(&"ls a;".repeat(300)).not_understood(), None);
    assert_eq!(line(&format!("sudo env nice ls {}", "a ".repeat(1000))).not_understood(), None);
    assert_eq!(line(&"a=1;".repeat(500)).not_understood(), None);
}

#[test]
fn hosts_beyond_the_most_are_not_known_and_hide_no_file() {
    let urls: String = (0..300).map(|n| format!(" https://h{n}.example/")).collect();
    let cx = PathCx::lexical("/workspace", "/home/agent");
    let touched = CommandLine::parse(&format!("curl{urls} file:///etc/shadow"), &cx).touched(&cx);
    assert_eq!(touched.hosts.values.len(), 256);
    assert_eq!(touched.hosts.open.as_deref(), Some("more hosts than are looked at"));
    assert!(touched.urls.open.is_some());
    assert!(touched.paths.values.iter().any(|path| path.value.text() == "/etc/shadow"));
}
