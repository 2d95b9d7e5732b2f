//! Python: built-ins that run nothing, safe modules with listed attributes, files that are named literally.

use super::lexer::{Rules, Token, plain, tokens};
use super::{Touched, library};

const RULES: Rules =
    Rules { quotes: "\"'", hash_comments: true, slash_comments: false, regexes: false, python: true, templates: false };

/// Built-ins that run code, or give a way to it. The others are closed and known.
const REFUSED: &[&str] = &[
    "eval",
    "exec",
    "compile",
    "getattr",
    "setattr",
    "delattr",
    "globals",
    "locals",
    "vars",
    "breakpoint",
    "help",
    "memoryview",
    "copyright",
    "credits",
    "license",
    // Arguments that lead elsewhere than the path that stands there.
    "followlinks",
    "dir_fd",
    "src_dir_fd",
    "dst_dir_fd",
];

const MODULES: &[&str] = &[
    "json",
    "sys",
    "os",
    "os.path",
    "math",
    "re",
    "datetime",
    "time",
    "string",
    "itertools",
    "collections",
    "textwrap",
    "statistics",
    "random",
    "base64",
    "hashlib",
    "uuid",
    "platform",
    "html",
    "unicodedata",
    "struct",
    "decimal",
    "fractions",
    "functools",
    "csv",
    "calendar",
    "pprint",
    "typing",
    "dataclasses",
    "enum",
    "tomllib",
    "pathlib",
    "difflib",
    "bisect",
    "heapq",
    "secrets",
    "binascii",
    "colorsys",
    "numbers",
    "operator",
    "zoneinfo",
    "urllib.parse",
    "ipaddress",
    "socket",
    "shutil",
    "subprocess",
];

/// Attributes that neither run code nor change a file, whatever they are of.
const ATTRIBUTES: &str = "\
 loads dumps load dump argv stdin stdout stderr version version_info platform exit maxsize executable read write flush
 readline readlines writelines buffer close getcwd environ get sep name path join exists basename dirname isfile isdir
 abspath splitext expanduser normpath relpath getsize items keys values append extend insert pop remove index count
 sort reverse copy update add discard union intersection difference setdefault fromkeys split rsplit strip lstrip
 rstrip replace lower upper title capitalize casefold startswith endswith find rfind zfill ljust rjust center encode
 decode format splitlines partition rpartition isdigit isalpha isalnum isspace isupper islower isnumeric translate
 maketrans sub subn match search findall finditer fullmatch group groups groupdict span start end IGNORECASE MULTILINE
 DOTALL VERBOSE I M S X escape sqrt ceil floor pi e inf nan log log2 log10 exp pow sin cos tan atan atan2 asin acos
 radians degrees factorial gcd lcm comb perm hypot fsum prod isclose isnan isinf trunc now today utcnow
 fromtimestamp strftime strptime isoformat fromisoformat timedelta date datetime timezone utc year month day hour minute
 second weekday days seconds total_seconds time perf_counter monotonic gmtime localtime ctime ascii_letters digits
 ascii_lowercase ascii_uppercase punctuation chain product permutations combinations count cycle repeat islice groupby
 accumulate zip_longest starmap takewhile dropwhile Counter defaultdict OrderedDict deque namedtuple most_common elements
 appendleft popleft dedent indent wrap fill shorten mean median mode stdev variance pstdev randint choice choices
 shuffle sample uniform seed random b64encode b64decode urlsafe_b64encode urlsafe_b64decode b32encode b16encode md5
 sha1 sha256 sha512 sha3_256 blake2b hexdigest digest uuid4 uuid1 hex system_name machine processor node release
 python_version uname unescape normalize category pack unpack calcsize Decimal Fraction quantize reduce partial
 lru_cache cache reader writer DictReader writerow fieldnames month_name day_name isleap monthrange pprint pformat
 read_text read_bytes is_file is_dir stem suffix parent parts name bisect insort heappush heappop nlargest nsmallest
 token_hex token_urlsafe hexlify unhexlify real imag conjugate bit_length to_bytes from_bytes is_integer numerator
 denominator ratio unified_diff get_close_matches ndiff itemgetter mul sub truediv ZoneInfo Path linesep pathsep
 urllib parse urlparse urlsplit urlunparse urlunsplit urljoin urlencode quote quote_plus unquote unquote_plus parse_qs parse_qsl
 netloc scheme hostname port query fragment params geturl ip_address ip_network ip_interface is_global is_private is_loopback
 is_multicast is_reserved is_link_local hosts exploded compressed num_addresses network_address broadcast_address prefixlen
 gethostname returncode isatty fileno encoding getrecursionlimit getsizeof byteorder implementation cpu_count getpid getppid";

const MOST_NESTED: usize = 3;

pub(super) fn read(code: &str) -> Option<Touched> {
    let mut touched = Touched::default();
    read_into(code, 0, &mut touched)?;
    Some(touched)
}

fn read_into(code: &str, depth: usize, touched: &mut Touched) -> Option<()> {
    if depth > MOST_NESTED {
        return None;
    }
    let tokens = tokens(code, RULES)?;
    let is_of_files =
        |token: &Token| matches!(token, Token::Name(name) if ["os", "pathlib", "Path"].contains(&name.as_str()));
    let names_files = tokens.iter().any(is_of_files);
    // `Path("/") / "etc"`
    if names_files && tokens.contains(&Token::Sign('/')) {
        return None;
    }
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        at = at.saturating_add(1);
        match token {
            Token::Template(holes) => {
                for hole in holes {
                    read_into(hole, depth.saturating_add(1), touched)?;
                }
            }
            Token::Name(name) if name.starts_with("__") || name.starts_with('_') && name.len() > 1 => return None,
            Token::Name(name) if before == Some(&Token::Sign('.')) => {
                let of = at.checked_sub(3).and_then(|at| tokens.get(at));
                if name == "Path" {
                    at = file(&tokens, at, true, touched)?;
                    continue;
                }
                if let Some(Token::Name(module)) = of.filter(|of| is_library(of))
                    && (module != "os" || !is_attribute(name) || names_change(name))
                {
                    at = library::call(module, name, &tokens, at, touched)?;
                    continue;
                }
                // `sys.path` says where modules come from; of files these two are no methods of texts and lists.
                let changes =
                    name == "path" && of == Some(&Token::Name("sys".to_owned())) || names_files && names_change(name);
                if !is_attribute(name) || changes {
                    return None;
                }
            }
            Token::Name(name) if REFUSED.contains(&name.as_str()) => return None,
            Token::Name(name) if name == "import" || name == "from" => at = import(&tokens, at, name == "from")?,
            Token::Name(name) if name == "open" || name == "Path" => {
                at = file(&tokens, at, name == "Path", touched)?;
            }
            // No other name may stand for it.
            Token::Name(name) if library::MODULES.contains(&name.as_str()) => {
                (tokens.get(at) == Some(&Token::Sign('.'))).then_some(())?;
            }
            _ => {}
        }
    }
    Some(())
}

fn is_library(token: &Token) -> bool {
    matches!(token, Token::Name(name) if name == "os" || library::MODULES.contains(&name.as_str()))
}

/// Of files these are no methods of texts and lists.
fn names_change(name: &str) -> bool {
    matches!(name, "replace" | "remove")
}

fn is_attribute(name: &str) -> bool {
    ATTRIBUTES.split_whitespace().any(|known| known == name)
}

/// `import a, b as c`, `from a import b, c`. Where the statement ends.
fn import(tokens: &[Token], start: usize, from: bool) -> Option<usize> {
    let end = tokens.iter().skip(start).position(|token| matches!(token, Token::Newline | Token::Sign(';')));
    let end = end.map_or(tokens.len(), |length| start.saturating_add(length));
    let mut words = tokens.get(start..end)?.iter();
    if from {
        let text = source(words.by_ref().take_while(|token| **token != Token::Name("import".to_owned())))?;
        // `yield from x` has no `import`.
        if !MODULES.contains(&text.as_str()) || library::MODULES.contains(&text.as_str()) {
            return None;
        }
        let names = source(words)?;
        let harmless = |name: &str| {
            let name = name.split(" as ").next().unwrap_or_default().trim();
            is_attribute(name) && !matches!(name, "path" | "replace" | "remove")
        };
        return names.trim_matches(['(', ')']).split(',').all(harmless).then_some(end);
    }
    let modules = source(words)?;
    let harmless = |name: &str| {
        let (module, other) = name.split_once(" as ").map_or((name, None), |(module, other)| (module, Some(other)));
        MODULES.contains(&module.trim()) && (other.is_none() || !library::MODULES.contains(&module.trim()))
    };
    modules.split(',').all(harmless).then_some(end)
}

/// Names and dots as they were written.
fn source<'a>(tokens: impl Iterator<Item = &'a Token>) -> Option<String> {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Name(name) if name == "as" => text.push_str(" as "),
            Token::Name(name) => text.push_str(name),
            Token::Sign(sign @ ('.' | ',' | '(' | ')')) => text.push(*sign),
            _ => return None,
        }
    }
    Some(text)
}

/// `open("a")`, `open("a", "w")`, `Path("a")`: what follows the name. Anything else is not followed.
fn file(tokens: &[Token], start: usize, is_path: bool, touched: &mut Touched) -> Option<usize> {
    let mut ahead = tokens.iter().skip(start);
    let (Some(Token::Sign('(')), Some(Token::Text(path))) = (ahead.next(), ahead.next()) else { return None };
    let path = plain(path)?.to_owned();
    let mode = match (ahead.next(), ahead.next(), ahead.next()) {
        (Some(Token::Sign(')')), ..) => "r".to_owned(),
        (Some(Token::Sign(',')), Some(Token::Text(mode)), Some(Token::Sign(')' | ','))) => mode.clone(),
        (Some(Token::Sign(',')), Some(Token::Name(name)), Some(Token::Sign('='))) if name == "encoding" => {
            "r".to_owned()
        }
        _ => return None,
    };
    if is_path {
        let end = start.checked_add(3)?;
        (tokens.get(end.checked_sub(1)?) == Some(&Token::Sign(')'))).then_some(())?;
        touched.reads.push(path.clone());
        return library::of_path(&path, tokens, end, touched);
    }
    match mode.as_str() {
        "r" | "rb" | "rt" => touched.reads.push(path),
        "w" | "a" | "x" | "wb" | "ab" | "r+" | "w+" | "a+" | "wt" => touched.writes.push(path),
        _ => return None,
    }
    start.checked_add(2)
}
