//! Who we are to a registry, as `docker login` noted it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// No configuration and no helper's answer is longer.
const CONFIG_MAX_BYTES: u64 = 1 << 20;

/// The key of Docker Hub in the configuration, for historical reasons.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// Helpers say so of a user whose secret is an identity token.
const TOKEN_USER: &str = "<token>";

/// What proves who we are.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    /// A user and a password.
    Password {
        /// Who.
        user: String,
        /// Shown to nobody.
        password: String,
    },
    /// A token that is exchanged for short-lived ones.
    IdentityToken(String),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials of {}", self.user())
    }
}

impl Credentials {
    /// Returns whom to name in a message.
    pub(super) fn user(&self) -> &str {
        match self {
            Self::Password { user, .. } => user,
            Self::IdentityToken(_) => "(identity token)",
        }
    }

    fn new(user: String, secret: String) -> Self {
        match user.as_str() {
            TOKEN_USER => Self::IdentityToken(secret),
            _ => Self::Password { user, password: secret },
        }
    }
}

/// Returns where `docker login` notes what it was told.
pub(super) fn default_path() -> Option<PathBuf> {
    match std::env::var_os("DOCKER_CONFIG") {
        Some(directory) if !directory.is_empty() => {
            Some(PathBuf::from(directory).join("config.json"))
        }
        _ => etcetera::home_dir().ok().map(|home| home.join(".docker").join("config.json")),
    }
}

/// Looks up who we are to this registry. It may run a credential helper, so it may take a while.
pub(super) fn find(config: &Path, registry: &str) -> Result<Option<Credentials>, String> {
    let config = match read(config) {
        Ok(config) => config,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", config.display())),
    };
    let keys = keys(registry);
    let helper =
        keys.iter().find_map(|key| config.cred_helpers.get(key)).or(config.creds_store.as_ref());
    if let Some(helper) = helper {
        for key in &keys {
            if let Some(credentials) = ask_helper(helper, key)? {
                return Ok(Some(credentials));
            }
        }
    }
    match keys.iter().find_map(|key| config.auths.get(key)) {
        Some(entry) => entry.credentials(),
        None => Ok(None),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DockerConfig {
    auths: BTreeMap<String, AuthEntry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AuthEntry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

impl AuthEntry {
    fn credentials(&self) -> Result<Option<Credentials>, String> {
        if !self.identitytoken.is_empty() {
            return Ok(Some(Credentials::IdentityToken(self.identitytoken.clone())));
        }
        if !self.username.is_empty() {
            return Ok(Some(Credentials::new(self.username.clone(), self.password.clone())));
        }
        if self.auth.is_empty() {
            return Ok(None); // `docker login` leaves an empty entry where a helper has the secret
        }
        let invalid = || "its `auth` is not base64 of user:password".to_owned();
        let decoded = STANDARD.decode(self.auth.trim()).map_err(|_| invalid())?;
        let text = String::from_utf8(decoded).map_err(|_| invalid())?;
        let (user, password) = text.split_once(':').ok_or_else(invalid)?;
        let password = password.trim_end_matches('\0');
        Ok(Some(Credentials::new(user.to_owned(), password.to_owned())))
    }
}

fn read(path: &Path) -> io::Result<DockerConfig> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(CONFIG_MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// The names under which a registry may stand in the configuration.
fn keys(registry: &str) -> Vec<String> {
    match registry {
        "docker.io" => {
            vec![DOCKER_HUB_KEY.to_owned(), "docker.io".to_owned(), "index.docker.io".to_owned()]
        }
        other => vec![
            other.to_owned(),
            format!("https://{other}"),
            format!("https://{other}/"),
            format!("http://{other}"),
            format!("https://{other}/v1/"),
            format!("https://{other}/v2/"),
        ],
    }
}

/// Runs `docker-credential-NAME get` (Docker's credential helper protocol).
fn ask_helper(name: &str, key: &str) -> Result<Option<Credentials>, String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(is_word) {
        return Err(format!("{name:?} cannot be the name of a credential helper"));
    }
    let program = format!("docker-credential-{name}");
    let answer = run_helper(&program, key).map_err(|error| format!("{program}: {error}"))?;
    let Some(answer) = answer else { return Ok(None) };
    let answer: HelperAnswer = serde_json::from_slice(&answer)
        .map_err(|_| format!("{program}: its answer is not what a credential helper should say"))?;
    Ok(Some(Credentials::new(answer.username, answer.secret)))
}

/// Returns what the helper printed; none if it failed, which is how it says that it knows nothing.
fn run_helper(program: &str, key: &str) -> io::Result<Option<Vec<u8>>> {
    let mut child = Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    // A helper that ends without reading is judged by its exit code.
    let _ = child.stdin.take().expect("standard input is piped").write_all(key.as_bytes());
    let mut answer = Vec::new();
    let stdout = child.stdout.take().expect("standard output is piped");
    stdout.take(CONFIG_MAX_BYTES).read_to_end(&mut answer)?;
    Ok(child.wait()?.success().then_some(answer))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperAnswer {
    username: String,
    secret: String,
}

#[cfg(test)]
mod tests {
    use super::{Credentials, find};

    fn check(config: &str, registry: &str, expected: &str) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        std::fs::write(&path, config).unwrap();
        let outcome = match find(&path, registry) {
            Ok(None) => "nobody".to_owned(),
            Ok(Some(Credentials::Password { user, password })) => format!("{user} {password}"),
            Ok(Some(Credentials::IdentityToken(token))) => format!("token {token}"),
            Err(error) => format!("error: {error}"),
        };
        assert!(outcome.contains(expected), "{config}: {outcome}, want {expected}");
    }

    #[test]
    fn entries() {
        // `dXNlcjpzZTpjcmV0` is user:se:cret
        let auth = r#"{"auths":{"ghcr.io":{"auth":"dXNlcjpzZTpjcmV0"}}}"#;
        check(auth, "ghcr.io", "user se:cret");
        check(auth, "quay.io", "nobody");
        check(&auth.replace("ghcr.io", "https://ghcr.io/v2/"), "ghcr.io", "user se:cret");
        check(&auth.replace("ghcr.io", "https://index.docker.io/v1/"), "docker.io", "user se:cret");
        check(r#"{"auths":{"a.b":{"username":"u","password":"p"}}}"#, "a.b", "u p");
        check(r#"{"auths":{"a.b":{"identitytoken":"t"}}}"#, "a.b", "token t");
        check(r#"{"auths":{"a.b":{}}}"#, "a.b", "nobody");
        check("{}", "a.b", "nobody");
        check("garbage", "a.b", "error: ");
        check(r#"{"auths":{"a.b":{"auth":"***"}}}"#, "a.b", "error: its `auth` is not base64");
        check(r#"{"credsStore":"../../bin/sh"}"#, "a.b", "cannot be the name");
        check(
            r#"{"credHelpers":{"a.b":"there-is-none"}}"#,
            "a.b",
            "docker-credential-there-is-none",
        );
        check(r#"{"credHelpers":{"a.b":"there-is-none"}}"#, "c.d", "nobody");
    }

    #[test]
    fn no_file_is_nobody() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(find(&dir.path().join("config.json"), "a.b"), Ok(None));
    }

    #[test]
    fn secrets_are_not_printed() {
        let credentials = Credentials::new("u".into(), "secret".into());
        assert_eq!(format!("{credentials:?}"), "Credentials of u");
    }
}
