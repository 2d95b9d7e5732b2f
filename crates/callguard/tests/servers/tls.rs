//! TLS: whom a store trusts, and what it shows of itself.

use crate::kinds::open;
use crate::process::{postgres_in, redis_in};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Certificates of an authority of our own: one for `localhost`, one for a client.
pub(crate) struct Certificates {
    folder: TempDir,
}

impl Certificates {
    pub(crate) fn new() -> Certificates {
        let folder = tempfile::tempdir().unwrap();
        let mut params = named("authority", Vec::new());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        write(&folder.path().join("ca.pem"), &params.self_signed(&key).unwrap().pem());
        let issuer = Issuer::new(params, key);
        for (name, host) in [("server", "localhost"), ("client", "agent")] {
            let key = KeyPair::generate().unwrap();
            let cert = named(host, vec![host.to_owned()]).signed_by(&key, &issuer).unwrap();
            write(&folder.path().join(format!("{name}.pem")), &cert.pem());
            write(&folder.path().join(format!("{name}.key")), &key.serialize_pem());
        }
        Certificates { folder }
    }

    /// A copy of a file where its reader may need to own it.
    pub(crate) fn copied(&self, names: &[&str], to: &Path) {
        for name in names {
            write(&to.join(name), &std::fs::read_to_string(self.file(name)).unwrap());
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn settings(&self, names: &[(&str, &str)]) -> String {
        let settings = names.iter().map(|(setting, name)| format!("{setting}={}", self.file(name).display()));
        settings.collect::<Vec<_>>().join("&")
    }
}

/// Who signs and who is signed must not have one name.
fn named(name: &str, hosts: Vec<String>) -> CertificateParams {
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

const CA: (&str, &str) = ("ca", "ca.pem");
const CLIENT: [(&str, &str); 3] = [CA, ("cert", "client.pem"), ("key", "client.key")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_over_tls_is_who_it_says() {
    let certificates = Certificates::new();
    let folder = tempfile::tempdir().unwrap();
    certificates.copied(&["ca.pem", "server.pem", "server.key"], folder.path());
    let path = folder.path().to_owned();
    let server = redis_in(folder, move |port| {
        let file = |name: &str| path.join(name).display().to_string();
        let port = port.to_string();
        let mut words = ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "yes"].map(str::to_owned).to_vec();
        for (setting, name) in [("cert", "server.pem"), ("key", "server.key"), ("ca-cert", "ca.pem")] {
            words.extend([format!("--tls-{setting}-file"), file(name)]);
        }
        words
    });
    let address = |host: &str, settings: &str| format!("rediss://{host}:{}?timeout=5s&{settings}", server.port);
    assert_eq!(open(&address("localhost", &certificates.settings(&CLIENT))).health().await, Ok(()));
    for (host, settings, why) in [
        ("127.0.0.1", certificates.settings(&CLIENT), "its certificate has another name"),
        ("localhost", certificates.settings(&[CA]), "it asks who we are"),
        ("localhost", certificates.settings(&CLIENT[1..]), "the system does not trust its authority"),
    ] {
        open(&address(host, &settings)).health().await.expect_err(why);
    }
    open(&address("localhost", "").replace("rediss", "redis")).health().await.expect_err("it speaks TLS alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_over_tls_is_who_it_says() {
    let certificates = Certificates::new();
    let folder = tempfile::tempdir().unwrap();
    certificates.copied(&["ca.pem", "server.pem", "server.key"], folder.path());
    let file = |name: &str| folder.path().join(name).display().to_string();
    let settings = [
        "ssl=on".to_owned(),
        format!("ssl_cert_file={}", file("server.pem")),
        format!("ssl_key_file={}", file("server.key")),
        format!("ssl_ca_file={}", file("ca.pem")),
    ];
    let more = settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]).collect();
    let server = postgres_in(folder, more);
    let address = |host: &str, settings: &str| {
        format!("postgres://callguard@{host}:{}/postgres?timeout=5s&sslmode=verify-full&{settings}", server.port)
    };
    for settings in [certificates.settings(&[CA]), certificates.settings(&CLIENT)] {
        assert_eq!(open(&address("localhost", &settings)).health().await, Ok(()));
    }
    open(&address("127.0.0.1", &certificates.settings(&[CA])))
        .health()
        .await
        .expect_err("its certificate has another name");
    open(&address("localhost", "connections=1")).health().await.expect_err("the system does not trust its authority");
}
