//! A real OCI registry: Debian's docker-registry on a port of its own on loopback.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;

const DEADLINE: Duration = Duration::from_secs(30);

/// Who a guarded registry lets in.
pub(crate) const USER: &str = "user";

/// The password of [`USER`].
pub(crate) const PASSWORD: &str = "U*U";

/// The same as bcrypt has it; from the test vectors of its authors.
const PASSWORD_HASH: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

/// A registry that holds nothing yet. It ends, and forgets, with its owner.
pub(crate) struct Registry {
    process: Child,
    host: String,
    directory: tempfile::TempDir,
}

impl Registry {
    /// Starts a registry and waits until it listens.
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = configuration(directory.path(), "");
        Self::with_configuration(directory, &config)
    }

    /// Starts a registry that speaks TLS, with a certificate that nobody knows, and lets nobody in
    /// but [`USER`].
    pub(crate) fn start_guarded() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(path("ca.pem"), pem("CERTIFICATE", certified.cert.der())).unwrap();
        std::fs::write(path("key.pem"), pem("PRIVATE KEY", &certified.signing_key.serialize_der()))
            .unwrap();
        std::fs::write(path("htpasswd"), format!("{USER}:{PASSWORD_HASH}\n")).unwrap();
        let tls =
            format!(", tls: {{certificate: {:?}, key: {:?}}}", path("ca.pem"), path("key.pem"));
        let auth = format!("auth: {{htpasswd: {{realm: test, path: {:?}}}}}\n", path("htpasswd"));
        let config = configuration(directory.path(), &tls) + &auth;
        Self::with_configuration(directory, &config)
    }

    fn with_configuration(directory: tempfile::TempDir, configuration: &str) -> Self {
        let config = directory.path().join("config.yml");
        std::fs::write(&config, configuration).unwrap();
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(config).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::piped()).env_clear();
        let mut process = command.spawn().unwrap_or_else(|error| {
            panic!("docker-registry: {error}; `apt-get install docker-registry` installs it")
        });
        let host = listening(process.stderr.take().unwrap());
        // Made first, so that the process ends also when the next line panics.
        let mut registry = Self { process, host: String::new(), directory };
        registry.host =
            host.unwrap_or_else(|log| panic!("docker-registry does not listen:\n{log}"));
        registry
    }

    /// Returns `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Returns the file with the certificate of a guarded one.
    pub(crate) fn ca(&self) -> std::path::PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Returns a reference into it, e.g. to `hello:1`.
    pub(crate) fn reference(&self, name: &str) -> String {
        format!("{}/{name}", self.host)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Port 0: the system chooses, so that tests beside each other never meet.
fn configuration(directory: &Path, tls: &str) -> String {
    let storage = directory.join("storage");
    format!(
        "version: 0.1
log: {{level: info, formatter: text}}
storage:
  filesystem: {{rootdirectory: {storage:?}}}
  delete: {{enabled: true}}
http: {{addr: '127.0.0.1:0'{tls}}}
"
    )
}

/// Returns the address that the registry says it listens on, or its log if it never does.
fn listening(stderr: ChildStderr) -> Result<String, String> {
    let (until, lines) = (Instant::now() + DEADLINE, lines(stderr));
    let mut log = String::new();
    while let Ok(line) = lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
        if let Some(address) = address(&line) {
            return Ok(address.to_owned());
        }
        log += &line;
        log.push('\n');
    }
    Err(log)
}

/// Hands over the lines; reads on when nobody wants them, so that the registry never blocks.
fn lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

fn address(line: &str) -> Option<&str> {
    let (_, after) = line.split_once("listening on ")?;
    Some(after.split(['"', ' ', ',']).next().unwrap_or(after))
}

#[test]
fn finds_the_address_in_the_log() {
    fn check(line: &str, expected: Option<&str>) {
        assert_eq!(address(line), expected, "{line:?}");
    }
    check(
        r#"time="x" level=info msg="listening on 127.0.0.1:4711" go.version=go1"#,
        Some("127.0.0.1:4711"),
    );
    check(r#"time="x" level=info msg="redis not configured""#, None);
}

#[test]
fn answers() {
    use std::io::{Read, Write};

    let registry = Registry::start();
    let mut connection = std::net::TcpStream::connect(registry.host()).unwrap();
    connection.set_read_timeout(Some(DEADLINE)).unwrap();
    write!(connection, "GET /v2/ HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n"), "{answer}");
}
