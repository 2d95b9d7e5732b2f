//! An address as messages show it.

/// Scheme, host, port and path of an address: no user, no password, no setting. Nothing of what is no address; a place that
/// could be the end of a password is `…`.
pub(super) fn shown(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+') {
        return None;
    }
    let (place, settings) = rest.split_once('?').unwrap_or((rest, ""));
    let Some(place) = place.strip_prefix("//") else {
        return (scheme == "sqlite").then(|| format!("{scheme}:{place}"));
    };
    let place = if settings.contains('@') { None } else { located(place) };
    Some(format!("{scheme}://{}", place.as_deref().unwrap_or("…")))
}

/// Hosts and path of what stands behind `//`.
fn located(place: &str) -> Option<String> {
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let (hosts, path) = place.split_once('/').map_or((place, None), |(hosts, path)| (hosts, Some(path)));
    let hosts = hosts.split(',').map(host).collect::<Option<Vec<_>>>()?.join(",");
    Some(match path {
        Some(path) => format!("{hosts}/{path}"),
        None => hosts,
    })
}

/// A host, and its port if it is one: what else stands there may be a password without its host.
fn host(text: &str) -> Option<&str> {
    let is_whole = [("${", '}'), ("[", ']')].iter().any(|(begin, end)| text.starts_with(begin) && text.ends_with(*end));
    if is_whole {
        return Some(text);
    }
    let (name, port) = match text.rsplit_once(']').or_else(|| text.rsplit_once('}')) {
        Some((_, port)) => ("bracketed", port.strip_prefix(':')?),
        None => match text.split_once(':') {
            Some(parts) => parts,
            None => return Some(text),
        },
    };
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match (name.is_empty(), is_port) {
        (true, _) => None,
        (false, true) => Some(text),
        (false, false) => Some(name).filter(|name| *name != "bracketed"),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn an_address_is_shown_without_who_comes_in_and_how() {
        for (text, is_shown) in [
            ("redis://h", "redis://h"),
            ("rediss://me:hunter2@cache:6380/2?prefix=hunter2", "rediss://cache:6380/2"),
            ("redis://:hunter@2/x@cache/1", "redis://cache/1"),
            ("valkey://[::1]:7000", "valkey://[::1]:7000"),
            ("redis://[::1]", "redis://[::1]"),
            ("redis+unix:///run/redis.sock", "redis+unix:///run/redis.sock"),
            ("postgres://me@a:1,b:2/agents", "postgres://a:1,b:2/agents"),
            ("postgres:///d?host=/run&password=hunter2", "postgres:///d"),
            ("postgres://${env:HOST}:5432/d", "postgres://${env:HOST}:5432/d"),
            ("postgres://${env:HOST}/d", "postgres://${env:HOST}/d"),
            ("mysql://h/d", "mysql://h/d"),
            ("sqlite:/a/b.db?lease=1s", "sqlite:/a/b.db"),
            ("sqlite:///a/b.db", "sqlite:///a/b.db"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(is_shown), "{text}");
        }
    }

    #[test]
    fn what_may_be_a_password_is_not_shown() {
        for text in [
            "hunter2",
            "hunter2:x",
            "redis://:hunter2",
            "redis://:hunter2/1",
            "redis://me:hunter2",
            "redis://me:hunter2:6379",
            "redis://:a?hunter2@h",
            "redis://[hunter2]x:y",
            "postgres://h/d?user=a&password=hunter2@x",
            ":hunter2",
        ] {
            let shown = shown(text).unwrap_or_default();
            assert!(!shown.contains("hunter2"), "{text}: {shown}");
        }
        assert_eq!(shown("redis://me:hunter2@:6379").as_deref(), Some("redis://…"));
    }
}
