//! The configuration file: what this host is told once rather than with every command.
//!
//! Strict: a field that is not known, or given twice, is an error with its line, for a word that is
//! spelled wrong must not be passed over. Everything may be left out.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_yaml::{MessageFormatter as _, UserMessageFormatter};

/// No configuration is longer.
const MAX_BYTES: u64 = 1 << 20;

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Configuration {
    /// How registries are spoken to.
    pub registries: Registries,
}

/// How registries are spoken to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Registries {
    /// How long a connection may take; 10 if not set.
    pub connect_timeout_seconds: Option<NonZeroU32>,
    /// How long a registry may be silent in the middle of an answer; 30 if not set.
    pub read_timeout_seconds: Option<NonZeroU32>,
    /// What is special about some registries, by their names.
    pub hosts: BTreeMap<String, Host>,
}

/// What is special about one registry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub struct Host {
    /// Who is asked first: a registry each, perhaps with the beginning of a path.
    pub mirrors: Vec<String>,
    /// Whether it is spoken to without TLS.
    pub plain_http: bool,
    /// Certificates of authorities that are trusted for it besides the system's; a file of PEM, from
    /// the directory of the configuration file.
    pub ca: Option<PathBuf>,
}

/// The configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidConfiguration {
    /// It cannot be read.
    #[error("cannot read the configuration file {}: {error}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the system said; told once, so not the source.
        error: io::Error,
    },
    /// It is too long.
    #[error("{}: it is longer than the 1 MiB that a configuration may have", .0.display())]
    TooLong(PathBuf),
    /// It says what cannot be.
    #[error("{}:{line}:{column}: {message}", .path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// From 1.
        line: u64,
        /// From 1.
        column: u64,
        /// What is wrong there.
        message: String,
    },
}

impl InvalidConfiguration {
    fn is_denied(&self) -> bool {
        matches!(self, Self::Read { error, .. } if error.kind() == io::ErrorKind::PermissionDenied)
    }
}

impl Configuration {
    /// Reads the file of this user, `wasmpod/config.yaml` in the system's place for such files, e.g.
    /// `~/.config` on Linux; without one everything is as it is by default.
    pub fn of_user() -> Result<Self, InvalidConfiguration> {
        use etcetera::BaseStrategy as _;
        // Without a home directory there is no such place.
        let Ok(strategy) = etcetera::choose_base_strategy() else { return Ok(Self::default()) };
        let path = strategy.config_dir().join("wasmpod").join("config.yaml");
        match Self::read(&path) {
            Err(InvalidConfiguration::Read { error, .. })
                if error.kind() == io::ErrorKind::NotFound =>
            {
                Ok(Self::default())
            }
            // Whose place it is, e.g. root's under `sudo -u`, need not be ours; then it says nothing
            // to us. A file that was asked for by name is another matter.
            Err(error) if error.is_denied() => {
                tracing::warn!("{error}; going on without it");
                Ok(Self::default())
            }
            read => read,
        }
    }

    /// Reads this file.
    pub fn read(path: &Path) -> Result<Self, InvalidConfiguration> {
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text))
            .map_err(|error| InvalidConfiguration::Read { path: path.to_owned(), error })?;
        if text.len() as u64 > MAX_BYTES {
            return Err(InvalidConfiguration::TooLong(path.to_owned()));
        }
        let mut configuration = Self::parse(&text, path)?;
        let directory = path.parent().unwrap_or(Path::new(""));
        for ca in configuration.registries.hosts.values_mut().filter_map(|host| host.ca.as_mut()) {
            *ca = directory.join(&*ca);
        }
        Ok(configuration)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, InvalidConfiguration> {
        let options = serde_yaml::options! { with_snippet: false };
        let parsed = serde_yaml::from_str_with_options::<Option<Self>>(text, options);
        parsed.map(Option::unwrap_or_default).map_err(|error| {
            let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
            let message = UserMessageFormatter.format_message(&error).into_owned();
            let clean = |c: char| if c.is_control() { '\u{fffd}' } else { c };
            InvalidConfiguration::Content {
                path: path.to_owned(),
                line: line.max(1),
                column: column.max(1),
                message: message.chars().take(300).map(clean).collect(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it() {
        let text = "registries:
  connectTimeoutSeconds: 5
  readTimeoutSeconds: 60
  hosts:
    docker.io:
      mirrors: [mirror.example.org/hub]
    registry.example.org:5000: {ca: ca.pem, plainHttp: false}
";
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.yaml");
        std::fs::write(&path, text).unwrap();
        let registries = Configuration::read(&path).unwrap().registries;
        assert_eq!(registries.connect_timeout_seconds.map(NonZeroU32::get), Some(5));
        assert_eq!(registries.read_timeout_seconds.map(NonZeroU32::get), Some(60));
        assert_eq!(registries.hosts["docker.io"].mirrors, ["mirror.example.org/hub"]);
        let ca = registries.hosts["registry.example.org:5000"].ca.clone();
        assert_eq!(ca, Some(directory.path().join("ca.pem")));
    }

    #[test]
    fn nothing_is_the_default() {
        for text in ["", "# nothing\n", "{}", "registries: {}"] {
            let parsed = Configuration::parse(text, Path::new("c")).unwrap();
            assert_eq!(parsed, Configuration::default(), "{text:?}");
        }
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, expected) in [
            ("registry: {}", "c:1:1: "),
            ("registries:\n  hosts:\n    a.b: {plainHTTP: true}", "c:3:11: "),
            ("registries:\n  readTimeoutSeconds: 0", "c:2:"),
            ("registries:\n  readTimeoutSeconds: soon", "c:2:"),
            ("registries:\n  hosts: {}\n  hosts: {}", "c:3:"),
            ("registries: [", "c:1:"),
        ] {
            let error = Configuration::parse(text, Path::new("c")).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text:?}: {error}, want {expected}");
            assert!(!error.contains('\n'), "{error:?}");
        }
        let error = Configuration::parse("registry: {}", Path::new("c")).unwrap_err().to_string();
        assert!(error.contains("registry"), "{error}");
    }
}
