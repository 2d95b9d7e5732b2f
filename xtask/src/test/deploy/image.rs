//! The image: its file is linted, and what it would run is built and run in a root with nothing else in it.

use crate::{process, root, target_dir};
use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Of public authorities, as Debian has them.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

pub(super) fn lint(environment: &Path) -> Result<()> {
    process::run(process::command(environment.join("hadolint")).arg("deploy/container/Dockerfile"))
}

pub(super) fn run() -> Result<()> {
    let image = image()?;
    for folder in ["compose", "kubernetes"] {
        put(&image, &root().join("deploy").join(folder))?;
        let mut validate = inside(&image, &["gateway", "validate", "/etc/callguard/gateway.yaml"]);
        // What it names is not looked for: that the variables are there, `run` sees.
        process::run(validate.env("REDIS_PASSWORD", "x").env("REDIS_URL", "redis://redis/0"))?;
    }
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let folder = target_dir().join("image-files");
    fs::create_dir_all(&folder)?;
    let gateway = fs::read_to_string(root().join("examples/gateway/gateway.yaml"))?;
    let gateway = gateway.replace("127.0.0.1:8808", &format!("127.0.0.1:{port}"));
    fs::write(folder.join("gateway.yaml"), gateway.replace("audit.jsonl", "/var/log/audit.jsonl"))?;
    fs::copy(root().join("examples/gateway/policy.yaml"), folder.join("policy.yaml"))?;
    put(&image, &folder)?;
    let mut gateway = inside(&image, &["gateway", "run", "/etc/callguard/gateway.yaml"]);
    let mut gateway = Running(gateway.env("TICKETS_AUTHORIZATION", "x").spawn().context("the image does not start")?);
    gateway.answers(port)
}

/// The root of the image: the program, linked statically, certificates, and nothing else. Optimised it is the same program.
fn image() -> Result<PathBuf> {
    let mut build = process::cargo(["build", "--quiet", "--locked", "--package", "callguard-cli", "--target", TARGET]);
    build.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", "-C target-feature=+crt-static");
    process::run(&mut build)?;
    let image = target_dir().join("image");
    for folder in ["etc/callguard", "etc/ssl/certs", "dev", "var/log"] {
        fs::create_dir_all(image.join(folder))?;
    }
    fs::copy(CERTIFICATES, image.join(CERTIFICATES.trim_start_matches('/')))
        .with_context(|| format!("{CERTIFICATES} is not here: install ca-certificates"))?;
    fs::copy(target_dir().join(TARGET).join("debug/callguard"), image.join("callguard"))?;
    Ok(image)
}

fn put(image: &Path, folder: &Path) -> Result<()> {
    for name in ["gateway.yaml", "policy.yaml"] {
        let to = image.join("etc/callguard").join(name);
        fs::copy(folder.join(name), to).with_context(|| format!("no {name} in {}", folder.display()))?;
    }
    Ok(())
}

/// What a container gets: devices, a place to write to, and a root that is read-only.
const CONTAINER: &str = r#"
set -e
mount --bind "$0" "$0"
mount --rbind /dev "$0/dev"
mount -t tmpfs none "$0/var/log"
mount -o remount,bind,ro "$0"
exec chroot "$0" /callguard "$@"
"#;

/// A command in that root, which finds no library, no loader and no shell there.
fn inside(image: &Path, arguments: &[&str]) -> Command {
    let mut command = process::command("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", CONTAINER]).arg(image).args(arguments);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

struct Running(Child);

impl Running {
    /// Asks until it answers that it is well.
    fn answers(&mut self, port: u16) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.0.try_wait()? {
                bail!("the image's program ended: {status}");
            }
            if health(port).is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("the image's program does not answer at /healthz")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

fn health(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
