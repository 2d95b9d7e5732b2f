//! A server of one test: in a folder of its own, gone with the test.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Whose a server is that refuses to run as root.
const NOBODY: u32 = 65_534;

/// A running server.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) folder: TempDir,
    command: Box<dyn Fn() -> Command>,
    child: Child,
}

impl Server {
    /// Starts one; `command` is given its folder and its port.
    pub(crate) fn start(folder: TempDir, command: impl Fn(&Path, u16) -> Command + 'static) -> Server {
        let port = free_port();
        let path = folder.path().to_owned();
        let command = Box::new(move || command(&path, port));
        let child = spawn(command());
        let mut server = Server { port, folder, command, child };
        server.wait_until_up();
        server
    }

    /// Ends it at once, without a chance to write anything, and starts it again.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.start_again();
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn start_again(&mut self) {
        self.child = spawn((self.command)());
        self.wait_until_up();
    }

    fn wait_until_up(&mut self) {
        let limit = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(Instant::now() < limit, "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
            // It will not start while children of the one that was killed are still there.
            if self.child.try_wait().unwrap().is_some() {
                std::thread::sleep(Duration::from_millis(200));
                self.child = spawn((self.command)());
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn spawn(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// Redis, with an append-only file that is written at each command.
pub(crate) fn redis(more: &[&str]) -> Server {
    let more: Vec<String> = more.iter().map(|&word| word.to_owned()).collect();
    redis_in(tempfile::tempdir().unwrap(), move |_| more.clone())
}

/// The same in a folder that holds something already; `more` is given its port.
pub(crate) fn redis_in(folder: TempDir, more: impl Fn(u16) -> Vec<String> + 'static) -> Server {
    Server::start(folder, move |folder, port| {
        let mut command = with_libraries(&program("CALLGUARD_REDIS_SERVER"), "CALLGUARD_REDIS_LIBRARIES");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
        command.args(["--port", &port.to_string(), "--dir"]).arg(folder).args(more(port));
        command
    })
}

/// PostgreSQL, whose user `callguard` needs no password.
pub(crate) fn postgres(more: &[&str]) -> Server {
    let more: Vec<String> = more.iter().map(|&word| word.to_owned()).collect();
    postgres_in(tempfile::tempdir().unwrap(), more)
}

/// The same in a folder that holds something already.
pub(crate) fn postgres_in(folder: TempDir, more: Vec<String>) -> Server {
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if is_root {
        let inside = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        for path in inside.chain([folder.path().to_owned()]) {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    let run = move |name: &str| {
        let program = program("CALLGUARD_POSTGRES_PROGRAMS").join(name);
        let mut command = with_libraries(&program, "CALLGUARD_POSTGRES_LIBRARIES");
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    };
    let mut init = run("initdb");
    init.args(["--no-sync", "--auth=trust", "--username=callguard", "--pgdata"]).arg(folder.path().join("data"));
    let made = init.current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Server::start(folder, move |folder, port| {
        let mut command = run("postgres");
        command.arg("-D").arg(folder.join("data")).arg("-k").arg(folder).current_dir(folder);
        command
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"])
            .args(&more);
        command
    })
}

/// rsyslog, as its configuration says; `config` is given its folder and its port.
pub(crate) fn rsyslog_in(folder: TempDir, config: impl Fn(&Path, u16) -> String + 'static) -> Server {
    Server::start(folder, move |folder, port| {
        let place = folder.join("rsyslog.conf");
        std::fs::write(&place, config(folder, port)).unwrap();
        let mut command = with_libraries(&program("CALLGUARD_RSYSLOG_SERVER"), "CALLGUARD_RSYSLOG_LIBRARIES");
        let libraries = std::env::var_os("CALLGUARD_RSYSLOG_LIBRARIES").unwrap_or_default();
        // Its modules lie beside the libraries.
        let modules = std::env::split_paths(&libraries).map(|place| place.join("rsyslog")).find(|place| place.exists());
        command.arg("-n").arg("-f").arg(place).arg("-i").arg(folder.join("pid")).arg("-M").arg(modules.unwrap());
        command
    })
}

/// Rotel, a collector of OpenTelemetry's, which writes what it takes to the file `out` of its folder.
pub(crate) fn rotel() -> Server {
    let grpc = free_port();
    Server::start(tempfile::tempdir().unwrap(), move |folder, port| {
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$0\" start \"$@\" >> out"]).arg(program("CALLGUARD_ROTEL")).current_dir(folder);
        command.args(["--otlp-http-endpoint", &format!("127.0.0.1:{port}")]);
        command.args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{grpc}"), "--exporter", "blackhole"]);
        command.args(["--debug-log", "logs", "--debug-log-verbosity", "detailed"]);
        command
    })
}

/// A program that may have been unpacked together with its libraries.
fn with_libraries(program: &Path, variable: &str) -> Command {
    let mut command = Command::new(program);
    if let Some(libraries) = std::env::var_os(variable) {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    command
}

fn program(variable: &str) -> PathBuf {
    let found = std::env::var_os(variable);
    found.unwrap_or_else(|| panic!("`{variable}` is not set: run `cargo xtask test --stage stores`")).into()
}
