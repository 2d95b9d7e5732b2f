//! Redis, PostgreSQL and rsyslog: the machine's, else Debian's packages, unpacked into the cache. Rotel, a collector of
//! OpenTelemetry's, from PyPI.

use crate::apt::Apt;
use crate::{cache, process, root, tools};
use anyhow::{Context, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a server's programs are, and the libraries that were unpacked with them.
struct Programs {
    place: PathBuf,
    libraries: Option<OsString>,
}

/// Servers that the tests of stores and sinks start.
pub(crate) struct Servers {
    redis: Programs,
    postgres: Programs,
    rsyslog: Programs,
    rotel: PathBuf,
}

impl Servers {
    /// Those of this machine, fetched if need be.
    pub(crate) fn find() -> Result<Servers> {
        let redis = match tools::on_path("redis-server") {
            Some(place) => Programs { place, libraries: None },
            None => unpacked(
                "redis",
                |_| Ok("redis-server".to_owned()),
                |folder| Some(folder.join("usr/bin/redis-server")),
            )?,
        };
        let postgres = match postgres_in(Path::new("/")) {
            Some(place) => Programs { place, libraries: None },
            None => unpacked("postgresql", newest_postgres, postgres_in)?,
        };
        // The machine's own may be without TLS.
        let rsyslog = unpacked(
            "rsyslog",
            |_| Ok("rsyslog-gnutls".to_owned()),
            |folder| Some(folder.join("usr/sbin/rsyslogd")).filter(|place| place.exists()),
        )?;
        Ok(Servers { redis, postgres, rsyslog, rotel: rotel()? })
    }

    /// Tells a command where they are.
    pub(crate) fn tell<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("CALLGUARD_REDIS_SERVER", &self.redis.place);
        command.env("CALLGUARD_POSTGRES_PROGRAMS", &self.postgres.place);
        command.env("CALLGUARD_RSYSLOG_SERVER", &self.rsyslog.place);
        command.env("CALLGUARD_ROTEL", &self.rotel);
        let libraries = [
            ("CALLGUARD_REDIS_LIBRARIES", &self.redis.libraries),
            ("CALLGUARD_POSTGRES_LIBRARIES", &self.postgres.libraries),
            ("CALLGUARD_RSYSLOG_LIBRARIES", &self.rsyslog.libraries),
        ];
        for (variable, libraries) in libraries {
            if let Some(libraries) = libraries {
                command.env(variable, libraries);
            }
        }
        command
    }
}

/// The package is a program with a little Python around it.
fn rotel() -> Result<PathBuf> {
    let environment = tools::python_environment("rotel", &root().join("xtask/servers.lock"))?;
    let versions = std::fs::read_dir(environment.join("lib"))?.filter_map(Result::ok);
    let mut places = versions.map(|version| version.path().join("site-packages/rotel/rotel-agent"));
    places.find(|place| place.exists()).context("the package holds no rotel-agent")
}

/// The folder of the newest PostgreSQL's programs beneath a root.
fn postgres_in(root: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(root.join("usr/lib/postgresql")).ok()?;
    let programs = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    programs.filter(|programs| ["initdb", "postgres"].iter().all(|name| programs.join(name).exists())).max()
}

/// `postgresql-15`: the package of that name without a number holds nothing itself.
fn newest_postgres(apt: &Apt) -> Result<String> {
    let found = apt.search("^postgresql-[0-9]+$")?;
    let names = found.lines().filter_map(|line| line.split(' ').next());
    names.max().map(str::to_owned).context("Debian has no PostgreSQL")
}

/// A package and every library that it needs.
fn unpacked(
    kind: &str,
    package: impl FnOnce(&Apt) -> Result<String>,
    place: impl FnOnce(&Path) -> Option<PathBuf>,
) -> Result<Programs> {
    let release = std::fs::read_to_string("/etc/os-release").context("cannot tell the Debian release")?;
    let folder = cache::directory(kind, &cache::key([], &[&release])?, |folder| {
        let apt = Apt::new(folder)?;
        let package = package(&apt)?;
        apt.unpack(&needed(&apt.depends(&[&package])?, &package))?;
        apt.finish()
    })?;
    let place = place(&folder).with_context(|| format!("the package holds no {kind}"))?;
    Ok(Programs { place, libraries: Some(std::env::join_paths(libraries(&folder)?)?) })
}

/// Of what `apt-cache depends` names: the package, its own parts, and libraries, but for the C library, which must be the
/// system's own.
fn needed(listing: &str, package: &str) -> Vec<String> {
    let names = listing.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_alphanumeric()));
    let is_needed = |name: &&str| {
        let is_library = name.starts_with("lib") && !["libc6", "libc-bin", "libc-l10n"].contains(name);
        is_library || *name == package || ["redis-tools", "rsyslog"].contains(name)
    };
    names.filter(is_needed).map(str::to_owned).collect()
}

/// The folders of libraries: the machine's triple, and what lies directly in `lib`.
fn libraries(folder: &Path) -> Result<Vec<PathBuf>> {
    let triple = process::output(Command::new("uname").arg("-m"))?;
    let triple = format!("{}-linux-gnu", triple.trim());
    let places = ["usr/lib", "lib"].map(|lib| folder.join(lib));
    Ok(places.iter().flat_map(|lib| [lib.join(&triple), lib.clone()]).filter(|lib| lib.exists()).collect())
}
