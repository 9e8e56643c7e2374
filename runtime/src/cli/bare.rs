//! The pod that a bare `.wasm` file gets: one container, never started again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::network::PublishedPort;
use crate::spec::{
    Container, ContainerKind, ContainerName, ContainerPort, EnvValue, EnvVar, HostPathType,
    ImagePullPolicy, Metadata, Pod, PodSpec, RestartPolicy, Volume, VolumeMount, VolumeSource,
};

/// The longest name of a container, RFC 1123.
const NAME_MAX: usize = 63;

/// What the command line says about a bare module.
#[derive(Debug, Default)]
pub(super) struct Bare {
    pub(super) file: PathBuf,
    pub(super) args: Vec<String>,
    pub(super) env: Vec<String>,
    pub(super) volumes: Vec<String>,
    pub(super) ports: Vec<PublishedPort>,
    pub(super) name: Option<String>,
}

impl Bare {
    /// Returns the pod, with this uid.
    pub(super) fn pod(self, uid: String) -> anyhow::Result<Pod> {
        let name = match self.name {
            Some(name) if is_label(&name) => name,
            Some(name) => bail!(
                "--name {name:?}: want lower-case letters, digits and `-`, at most {NAME_MAX}, \
                 with a letter or digit at both ends"
            ),
            None => label(&self.file),
        };
        let binds =
            self.volumes.iter().map(|volume| bind(volume)).collect::<Result<Vec<_>, _>>()?;
        check_binds(&binds)?;
        let volumes = binds.iter().enumerate().map(|(index, bind)| Volume {
            name: format!("volume-{index}"),
            source: VolumeSource::HostPath {
                path: bind.host.clone(),
                kind: HostPathType::Directory,
            },
        });
        let volume_mounts = binds.iter().enumerate().map(|(index, bind)| VolumeMount {
            name: format!("volume-{index}"),
            mount_path: bind.guest.clone(),
            sub_path: None,
            read_only: bind.read_only,
        });
        let env = self.env.iter().map(|variable| env_var(variable)).collect::<Result<_, _>>()?;
        let image = self.file.display().to_string();
        let container = Container {
            image_pull_policy: ImagePullPolicy::Never,
            // `$(NAME)` is the manifest's language, not the command line's.
            args: self.args.iter().map(|arg| arg.replace("$", "$$")).collect(),
            env,
            ports: self.ports.into_iter().map(container_port).collect(),
            volume_mounts: volume_mounts.collect(),
            stdin: true,
            stdin_once: true,
            // It sees the directories that it is given, and no other.
            termination_message_path: String::new(),
            ..Container::new(ContainerName::new(&name), ContainerKind::Regular, image)
        };
        let spec = PodSpec {
            volumes: volumes.collect(),
            // It is no pod to anybody but us: it gets the environment that it is given.
            hostname: Some(String::new()),
            ..PodSpec::new(Vec::new(), vec![container], RestartPolicy::Never)
        };
        let metadata = Metadata {
            name,
            namespace: "default".to_owned(),
            uid,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
        };
        Ok(Pod { metadata, spec })
    }
}

fn container_port(port: PublishedPort) -> ContainerPort {
    ContainerPort {
        name: None,
        container_port: port.container_port,
        host_port: Some(port.host.port()),
        host_ip: Some(port.host.ip().to_string()),
        protocol: port.protocol,
    }
}

/// A directory of the host, as `-v HOST:GUEST[:ro]` says.
#[derive(Debug, PartialEq, Eq)]
struct Bind {
    host: String,
    guest: String,
    read_only: bool,
}

fn bind(text: &str) -> anyhow::Result<Bind> {
    let (paths, read_only) = match text.rsplit_once(':') {
        Some((paths, "ro")) => (paths, true),
        Some((paths, "rw")) => (paths, false),
        _ => (text, false),
    };
    if let Some((path, option)) = paths.rsplit_once(':')
        && has_two_paths(path)
        && !option.contains(['/', '\\', '.'])
    {
        bail!("-v {text:?}: unknown option {option:?}, want ro or rw");
    }
    // From the right: a path of Windows has a colon of its own.
    let Some((host, guest)) =
        paths.rsplit_once(':').filter(|(host, guest)| !host.is_empty() && !guest.is_empty())
    else {
        bail!("-v {text:?}: want HOST:GUEST, or HOST:GUEST:ro");
    };
    let host = std::path::absolute(host).with_context(|| format!("-v {text:?}"))?;
    Ok(Bind { host: host.display().to_string(), guest: guest.to_owned(), read_only })
}

/// Checks what can be said better now than by the volumes of a pod.
fn check_binds(binds: &[Bind]) -> anyhow::Result<()> {
    let mut seen = BTreeSet::new();
    for Bind { host, guest, .. } in binds {
        if !Path::new(host).is_dir() {
            bail!("-v: there is no directory {host}");
        }
        if !seen.insert(guest) {
            bail!("-v: {guest} is mounted twice");
        }
    }
    Ok(())
}

/// Returns whether `HOST:GUEST` stands here, rather than one path, perhaps with a drive's letter.
fn has_two_paths(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, _)| host.len() > 1)
}

/// `NAME=VALUE`, or `NAME` alone for its value in our own environment.
fn env_var(text: &str) -> anyhow::Result<EnvVar> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, value.to_owned()),
        None => match std::env::var(text) {
            Ok(value) => (text, value),
            Err(_) => bail!("-e {text:?}: there is no such variable to pass on; want NAME=VALUE"),
        },
    };
    if name.is_empty() {
        bail!("-e {text:?}: want NAME=VALUE");
    }
    let value = EnvValue::Literal(value.replace('$', "$$"));
    Ok(EnvVar { name: name.to_owned(), value })
}

/// Returns the name of a file as a name for a container.
fn label(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let label: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let label = label.trim_matches('-');
    let label = label[..label.len().min(NAME_MAX)].trim_end_matches('-');
    if label.is_empty() { "wasm".to_owned() } else { label.to_owned() }
}

fn is_label(name: &str) -> bool {
    let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=NAME_MAX).contains(&name.len())
        && name.chars().all(is_fine)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        for (file, expected) in [
            ("app.wasm", "app"),
            ("/x/My App_v1.2.wasm", "my-app-v1-2"),
            ("---.wasm", "wasm"),
            ("ünï.wasm", "n"),
            ("", "wasm"),
        ] {
            assert_eq!(label(Path::new(file)), expected, "{file}");
            assert!(is_label(expected));
        }
        assert_eq!(label(Path::new(&"x".repeat(100))).len(), NAME_MAX);
        for bad in ["", "-a", "a-", "A", "a.b", "a b", &"x".repeat(64)] {
            assert!(!is_label(bad), "{bad}");
        }
    }

    #[test]
    fn binds() {
        let check = |text: &str, guest: &str, read_only: bool| {
            let bind = bind(text).unwrap();
            assert_eq!((bind.guest.as_str(), bind.read_only), (guest, read_only), "{text}");
            assert!(Path::new(&bind.host).is_absolute(), "{text}");
        };
        check("/a:/b", "/b", false);
        check("a:/b:ro", "/b", true);
        check("a:b:rw", "b", false);
        for bad in ["", "a", ":", "a:", ":a", "a::ro", "a:ro", "a/b:/c:foo"] {
            assert!(bind(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn environment() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let found = env_var(text).ok();
            let expected = expected.map(|(name, value)| EnvVar {
                name: name.to_owned(),
                value: EnvValue::Literal(value.to_owned()),
            });
            assert_eq!(found, expected, "{text}");
        };
        check("A=b", Some(("A", "b")));
        check("A=", Some(("A", "")));
        check("A=b=c", Some(("A", "b=c")));
        check("A=$(B) $", Some(("A", "$$(B) $$")));
        check("=b", None);
        check("THERE_IS_NO_SUCH_VARIABLE", None);
    }
}
