use super::*;

#[test]
fn word_one_is_the_programs_name() {
    for (entry, text, expected) in [
        ("rm", "rm x", YES),
        ("rm", "/bin/rm x", YES),
        ("rm", "./rm x", RESTRICTS),
        ("rm", "/tmp/rm x", RESTRICTS),
        ("rm", "RM x", RESTRICTS),
        ("rm", "rmdir x", NO),
        ("rm", "ls rm", NO),
        ("rm", "echo 'rm -rf /'", NO),
        ("rm", "man rm", NO),
        ("mkfs*", "mkfs.ext4 /dev/sda1", YES),
        ("*", "anything at all", YES),
        ("./gradlew", "./gradlew build", YES),
        ("./gradlew", "/workspace/gradlew build", YES),
        ("./gradlew", "../gradlew build", NO),
    ] {
        assert_eq!(runs(entry, text), expected, "{entry}: {text}");
    }
}

#[test]
fn flags_are_flags_in_any_spelling() {
    for text in [
        "rm -r x",
        "rm -R x",
        "rm -rf x",
        "rm -fr x",
        "rm --recursive x",
        "rm --recurs x",
        "rm x -r",
        "rm -f -r -- x",
        "'r'\"m\" '-r'f x",
        "r\\m -rf x",
        "$'\\162m' -r x",
        "rm \"-rf\" x",
        "r\\\nm -r x",
        "X=1 rm -r x",
        ">/dev/null rm -r x",
        "2>&1 rm -r x",
    ] {
        assert_eq!(runs("rm -r", text), YES, "{text}");
        assert_eq!(runs("rm --recursive", text), YES, "{text}");
    }
    for text in ["rm -f x", "rm -- -r", "rm x", "rm ./-r"] {
        assert_eq!(runs("rm -r", text), NO, "{text}");
    }
    assert_eq!(runs("rm -rf", "rm -r -f x"), YES);
    assert_eq!(runs("rm -rf", "rm -r x"), NO);
    assert_eq!(runs("rm -r", "rm $FLAGS x"), (Unknown, Unknown));
    assert_eq!(runs("rm -r", "rm *"), (Unknown, Unknown));
    assert_eq!(runs("rm -r", "rm *.log ./*"), NO);
    assert_eq!(runs("rm -r", "rm -Zr x"), (Unknown, Unknown));
    assert_eq!(runs("terraform apply -auto-approve", "terraform apply -auto-approve"), YES);
    assert_eq!(runs("find -delete", "find . -name x -delete"), YES);
    assert_eq!(runs("find -name", "find . -iname x"), NO);
}

#[test]
fn leading_plain_words_are_the_subcommand() {
    for text in [
        "git push --force",
        "git push -f origin main",
        "git push origin +main",
        "git -C sub push --force",
        "git --no-pager push origin -f",
        "git push --forc origin",
    ] {
        assert_eq!(runs("git push --force", text).0, if text.contains("--forc ") { Unknown } else { True }, "{text}");
    }
    for text in [
        "git push",
        "git push origin main",
        "git commit -m 'push --force'",
        "git log push --force-x",
        "git pull --force",
    ] {
        assert_ne!(runs("git push --force", text).0, True, "{text}");
    }
    assert_eq!(runs("git push", "git push --force-with-lease"), YES);
    assert_eq!(runs("git push --force", "git push --force-with-lease"), NO);
    assert_eq!(runs("kubectl delete", "kubectl -n prod delete pod x"), YES);
    assert_eq!(runs("kubectl delete", "kubectl get pods"), NO);
    assert_eq!(runs("git", "git $SUB"), (True, Unknown));
}

#[test]
fn other_words_are_operand_globs() {
    for (entry, text, expected) in [
        ("dd of=/dev/*", "dd if=x of=/dev/sda", YES),
        ("dd of=/dev/*", "dd if=/dev/sda of=x", NO),
        ("rm -r /", "rm -rf /", YES),
        ("rm -r /", "rm -rf //", YES),
        ("rm -r /", "rm -rf /x", NO),
        ("rm -r ~", "rm -rf ~", YES),
        ("rm -r ~", "rm -rf $HOME/", YES),
        ("rm -r .", "rm -rf ../workspace", YES),
        ("rm -r /", "{rm,-rf,/}", YES),
        ("rm -r /", "F='-rf /'; rm $F", YES),
        ("rm /etc/*", "rm /etc/../etc/passwd", YES),
        ("npm run *", "npm run build", YES),
        ("kubectl delete name*", "kubectl delete namespace x", RESTRICTS),
        ("mystery --wipe", "mystery a --wipe=all", YES),
        ("mystery wipe", "mystery --x wipe", YES),
        ("mystery wipe", "mystery wiped", NO),
    ] {
        assert_eq!(runs(entry, text), expected, "{entry}: {text}");
    }
    assert_eq!(runs("rm /etc/x", "rm $F"), (Unknown, Unknown));
}

#[test]
fn an_entry_with_operands_excuses_no_others() {
    for (entry, text, expected) in [
        ("git push origin fix/*", "git push origin fix/a", YES),
        ("git push origin fix/*", "git push -u origin fix/a", YES),
        ("git push origin fix/*", "git push origin fix/a main", RESTRICTS),
        ("git push origin fix/*", "git push origin fix/a fix/b", YES),
        ("git push origin fix/* *", "git push origin fix/a main", YES),
        ("kubectl rollout status *", "kubectl rollout status deployment/a", YES),
        ("kubectl rollout status *", "kubectl rollout status", YES),
        ("kubectl rollout status *", "kubectl rollout restart status", RESTRICTS),
        ("git push", "git push origin main", YES),
        ("rm build/*", "rm build/a ~/b", RESTRICTS),
        ("pip install *==*", "pip install a==1 b", RESTRICTS),
        ("pip install *==*", "pip install a==1 b==2", YES),
        ("mystery wipe", "mystery wipe all", RESTRICTS),
        ("mystery wipe", "mystery wipe --all", YES),
        ("mystery wipe *", "mystery wipe all", YES),
        ("mystery --wipe", "mystery --wipe all", YES),
    ] {
        assert_eq!(runs(entry, text), expected, "{entry}: {text}");
    }
}

#[test]
fn entries_that_can_never_do_what_they_say_are_errors() {
    for bad in [&[][..], &[""], &["  "], &["curl * | sh"], &["ls; rm"], &["X=1 rm"], &["-r"], &["rm 'x"], &["$X"]] {
        let error = CommandTest::runs(&strings(bad)).unwrap_err();
        assert!(!error.message.ends_with('.'), "{error:?}");
        assert!(CommandTest::runs_only(&strings(bad)).is_err());
    }
    assert!(CommandTest::runs(&strings(&["git commit -m 'a | b'"])).is_ok());
}
