//! Who we are to a registry: as pull secrets say, and as `docker login` noted it.

mod docker_config;
mod keyring;

use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use self::docker_config::DockerConfig;
pub use self::docker_config::InvalidDockerConfig;
pub use self::keyring::Keyring;
use crate::image::reference::Reference;

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

/// Looks up who we may be to the registry of an image, in the order in which to try it. It may run a
/// credential helper, so it may take a while.
pub(super) fn find(config: &Path, reference: &Reference) -> Result<Vec<Credentials>, String> {
    let config = match read(config) {
        Ok(bytes) => {
            DockerConfig::parse(&bytes).map_err(|error| format!("{}: {error}", config.display()))?
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", config.display())),
    };
    let keys = keys(reference.registry());
    let helper =
        keys.iter().find_map(|key| config.cred_helpers.get(key)).or(config.creds_store.as_ref());
    if let Some(helper) = helper {
        for key in &keys {
            if let Some(credentials) = ask_helper(helper, key)? {
                return Ok(vec![credentials]);
            }
        }
    }
    let mut keyring = Keyring::default();
    keyring.add(config).map_err(|error| error.to_string())?;
    Ok(keyring.find(reference))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(CONFIG_MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The names under which a helper may know a registry.
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
        let image = format!("{registry}/app").parse().unwrap();
        let found = find(&path, &image).map(|found| found.into_iter().next());
        let outcome = match found {
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
        check(
            r#"{"auths":{"a.b":{"auth":"***"}}}"#,
            "a.b",
            "error: the `auth` of a.b is not base64",
        );
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
        assert_eq!(
            find(&dir.path().join("config.json"), &"a.b/c".parse().unwrap()),
            Ok(Vec::new())
        );
    }

    #[test]
    fn secrets_are_not_printed() {
        let credentials = Credentials::new("u".into(), "secret".into());
        assert_eq!(format!("{credentials:?}"), "Credentials of u");
    }
}
