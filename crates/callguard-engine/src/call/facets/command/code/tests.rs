use super::*;

#[test]
fn honest_code_is_understood() {
    for (language, code) in [
        (Language::Awk, "{print $1}"),
        (Language::Awk, "{ s += $2 } END { print s }"),
        (Language::Awk, "NR > 1 && $3 > 100 { print $1, $2 }"),
        (Language::Awk, "BEGIN { FS=\",\" } { a[$1]++ } END { for (k in a) print k, a[k] }"),
        (Language::Awk, "/foo|bar/ { gsub(/a\\/b/, \"x\"); printf(\"%s\\n\", $0) }"),
        (Language::Awk, "{ print ($1 > $2) ? \"a\" : \"b\" }"),
        (Language::Awk, "length($0) > 80 || $1 ~ /x/"),
        (Language::Sed, "1,5p"),
        (Language::Sed, "s/rm -rf/x/e-mail/"),
        (Language::Sed, "/start/,/end/{s/a/b/g;p}"),
        (Language::Sed, "$!N;s/\\n/ /;P;D"),
        (Language::Sed, "s|/usr|/opt|g; s#a#b#"),
        (Language::Sed, "/^#/d;/^$/d"),
        (Language::Sed, ":a;N;$!ba;s/\\n/,/g"),
        (Language::Sed, "1i\\header"),
        (Language::Sed, "y/abc/xyz/"),
        (Language::Sed, "s/[^/]*$//"),
        (Language::Sed, "s/[[:space:]/]*x/y/"),
        (Language::Python, "print(1+1)"),
        (Language::Python, "import json; print(json.dumps({}))"),
        (Language::Python, "import sys, json; d = json.load(sys.stdin); print(d['a'][0])"),
        (Language::Python, "from datetime import datetime\nprint(datetime.now().isoformat())"),
        (Language::Python, "print('\\n'.join(sorted(set(l.strip() for l in sys.stdin))))"),
        (Language::Python, "x = 3\nprint(f'{x:>3} {x + 1}')"),
        (Language::Python, "import sys; print(sys.version_info[:2])"),
        (Language::Python, "import os; print(os.getcwd(), os.path.exists('a'))"),
        (Language::Javascript, "console.log(1 + 1)"),
        (Language::Javascript, "console.log(process.version, process.argv[1])"),
        (Language::Javascript, "console.log([1,2].map(x => x * 2).join(','))"),
        (Language::Javascript, "const a = {b: 1}; console.log(JSON.stringify(a, null, 2))"),
        (Language::Javascript, "console.log(`${1 + 1} done`)"),
        (Language::Javascript, "console.log(require('./package.json').scripts.build)"),
        (Language::Perl, "print if /foo/"),
        (Language::Perl, "s/a/b/g; print"),
        (Language::Perl, "print if m{https?://}"),
        (Language::Perl, "print scalar(localtime), \"\\n\""),
        (Language::Python, "from urllib.parse import urlparse; print(urlparse('https://a.example/b').netloc)"),
        (Language::Python, "import urllib.parse as u; print(u.quote('a b'))"),
        (Language::Python, "import ipaddress; print(ipaddress.ip_address('10.0.0.1').is_global)"),
        (Language::Python, "import socket; print(socket.gethostname())"),
        (Language::Perl, "print \"hi\\n\""),
        (Language::Ruby, "puts 1 + 1"),
        (Language::Php, "echo PHP_VERSION;"),
    ] {
        assert!(language.read(code).is_some(), "{language:?} {code}");
    }
}

#[test]
fn everything_else_is_not() {
    for (language, code) in [
        (Language::Awk, "BEGIN{system(\"x\")}"),
        (Language::Awk, "{ print | \"sh\" }"),
        (Language::Awk, "{ \"date\" | getline d }"),
        (Language::Awk, "{ while ((getline line < \"/etc/x\") > 0) print line }"),
        (Language::Awk, "BEGIN{ARGV[1]=\"/etc/x\";ARGC=2}{print}"),
        (Language::Awk, "@load \"filefuncs\"; BEGIN{x}"),
        (Language::Awk, "{ print > $1 }"),
        (Language::Awk, "{ print > \"a\" $1 }"),
        (Language::Awk, "BEGIN { f = \"sys\" \"tem\"; @f(\"x\") }"),
        (Language::Awk, "{ print |& \"sh\" }"),
        (Language::Sed, "1e rm x"),
        (Language::Sed, "s/x/rm x/e"),
        (Language::Sed, "s/a/b/ge"),
        (Language::Sed, "e"),
        (Language::Sed, "p;e date"),
        (Language::Sed, "s/[[:alpha:]/]/x/e"),
        (Language::Sed, "s/[\\]/]/x/e"),
        (Language::Sed, "s/a"),
        (Language::Python, "import os; os.system('x')"),
        (Language::Python, "__import__('os').system('x')"),
        (Language::Python, "eval('1')"),
        (Language::Python, "ｅｖａｌ('1')"),
        (Language::Python, "import subprocess; subprocess.run('x', shell=True)"),
        (Language::Python, "import subprocess; subprocess.run(['x'], cwd='/')"),
        (Language::Python, "import subprocess; subprocess.run(['x' 'y'])"),
        (Language::Python, "import subprocess; subprocess.run(['x'] + y)"),
        (Language::Python, "import subprocess; subprocess.Popen(['x'])"),
        (Language::Python, "import subprocess as s; s.run(['x'])"),
        (Language::Python, "from subprocess import run; run(['x'])"),
        (Language::Python, "import shutil; shutil.rmtree(x)"),
        (Language::Python, "import shutil; shutil.copy('a' + b, 'c')"),
        (Language::Python, "import shutil; s = shutil; s.copy(a, b)"),
        (Language::Python, "import shutil; [shutil][0].copy(a, b)"),
        (Language::Python, "import shutil; f = shutil.rmtree; f('x')"),
        (Language::Python, "import os; o = os; o.remove('x')"),
        (Language::Python, "import os; f = os.remove; f('x')"),
        (Language::Python, "import os; os.remove(*x)"),
        (Language::Python, "import os; os.chdir('/'); open('etc/x')"),
        (Language::Python, "from os import remove; remove('x')"),
        (Language::Python, "import socket; socket.socket()"),
        (Language::Python, "import socket; socket.create_connection(x)"),
        (Language::Python, "import urllib.request"),
        (Language::Python, "import urllib.parse; urllib.request.urlopen(x)"),
        (Language::Python, "from pathlib import Path; (Path('/') / 'etc').read_text()"),
        (Language::Python, "from pathlib import Path; Path('a', 'b').read_text()"),
        (Language::Python, "from pathlib import Path; Path('a').rglob('../*')"),
        (Language::Python, "from pathlib import Path; p = Path('a'); p.unlink()"),
        (Language::Python, "import pathlib; pathlib.Path(x).read_text()"),
        (Language::Python, "from os import system"),
        (Language::Python, "from os import *"),
        (Language::Python, "print(f\"{eval('1')}\")"),
        (Language::Python, "print(f'{x:{eval(1)}}')"),
        (Language::Python, "().__class__.__bases__"),
        (Language::Python, "import random; random._os.system('x')"),
        (Language::Python, "import json; json.codecs.open('x','w')"),
        (Language::Python, "open(x)"),
        (Language::Python, "f = open; f('x', 'w')"),
        (Language::Python, "import os as o; o.remove('x')"),
        (Language::Python, "import operator, os; operator.attrgetter('system')(os)('x')"),
        (Language::Python, "import sys; sys.modules['os']"),
        (Language::Python, "import sys; sys.path.insert(0, '/tmp'); import json"),
        (Language::Python, "from sys import path; path.insert(0, '/tmp')"),
        (Language::Python, "from pathlib import Path; Path('a').replace('b')"),
        (Language::Python, "print('unterminated"),
        (Language::Javascript, "require('child_process').execSync('x')"),
        (Language::Javascript, "require('fs').readFileSync('/etc/' + 'x')"),
        (Language::Javascript, "require('fs').writeFileSync(x, 'y')"),
        (Language::Javascript, "require('fs').symlinkSync('a', 'b')"),
        (Language::Javascript, "eval('1')"),
        (Language::Javascript, "[].constructor.constructor('x')()"),
        (Language::Javascript, "[]['constru' + 'ctor']"),
        (Language::Javascript, "process.mainModule.require('fs')"),
        (Language::Javascript, "process['binding']('x')"),
        (Language::Javascript, "fs.rmSync('x')"),
        (Language::Javascript, "import('fs')"),
        (Language::Javascript, "globalThis.process"),
        (Language::Javascript, "const r = require; r('fs')"),
        (Language::Javascript, "console.log(`${eval(1)}`)"),
        (Language::Javascript, "ev\\u0061l('1')"),
        (Language::Javascript, "new Function('x')()"),
        (Language::Javascript, "(1 ? eval : 0)('x')"),
        (Language::Perl, "system('x')"),
        (Language::Perl, "print `x`"),
        (Language::Perl, "s/x/system(1)/e"),
        (Language::Perl, "print if /(?{system 1})/"),
        (Language::Perl, "print \"@{[system 1]}\""),
        (Language::Perl, "unlink 'x'"),
        (Language::Perl, "s/a/b/g; unlink"),
        (Language::Ruby, "puts `x`"),
        (Language::Ruby, "puts \"#{`x`}\""),
        (Language::Php, "system('x');"),
        (Language::Php, "echo `x`;"),
    ] {
        assert_eq!(language.read(code), None, "{language:?} {code}");
    }
}

#[test]
fn files_that_code_names() {
    let read = |language: Language, code: &str| {
        let touched = language.read(code).unwrap();
        format!("{} > {}", touched.reads.join(" "), touched.writes.join(" "))
    };
    assert_eq!(read(Language::Awk, "{ print > \"out\" }"), " > out");
    assert_eq!(read(Language::Awk, "{ print >> \"out\"; x = $1 > 2 }"), " > out");
    assert_eq!(read(Language::Sed, "r in\nw out"), "in > out");
    assert_eq!(read(Language::Sed, "s/a/b/gw out"), " > out");
    assert_eq!(read(Language::Python, "print(open('a').read()[:10])"), "a > ");
    assert_eq!(read(Language::Python, "open('a', 'w').write('x')"), " > a");
    let below = |code: &str| {
        let touched = Language::Python.read(code).unwrap();
        let runs: Vec<String> = touched.runs.iter().map(|words| words.join(" ")).collect();
        format!("{} > {}; {}", touched.reads_below.join(" "), touched.writes_below.join(" "), runs.join(" | "))
    };
    assert_eq!(
        read(Language::Python, "import os; os.makedirs('a/b', exist_ok=True); print(os.listdir('c'))"),
        "c > a/b"
    );
    assert_eq!(read(Language::Python, "import shutil; shutil.copy('a/x', 'b')"), "a/x > b");
    assert_eq!(read(Language::Python, "import pathlib; print(pathlib.Path('/a').read_text())"), "/a > ");
    assert_eq!(read(Language::Python, "from pathlib import Path; Path('a').write_text('b')"), "a > a");
    assert_eq!(below("import shutil; shutil.rmtree('a', ignore_errors=True)"), " > a; ");
    assert_eq!(below("import shutil; shutil.move('a/x', 'b')"), " > a/x b/x; ");
    assert_eq!(below("import os; print([f for f in os.walk('a')])"), "a > ; ");
    assert_eq!(below("from pathlib import Path; print(sorted(Path('a').rglob('*.py')))"), "a > ; ");
    assert_eq!(below("import subprocess; subprocess.run(['ls', 'a'], check=True, timeout=3)"), " > ; ls a");
    assert_eq!(read(Language::Javascript, "require('fs').writeFileSync('a', JSON.stringify({a: 1}))"), " > a");
    assert_eq!(read(Language::Javascript, "console.log(require('fs').readFileSync('a', 'utf8'))"), "a > ");
}
