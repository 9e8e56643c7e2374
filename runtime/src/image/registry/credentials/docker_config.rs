//! The configuration of `docker login`, also as pull secrets hold it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::Credentials;

/// `~/.docker/config.json`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DockerConfig {
    auths: BTreeMap<String, AuthEntry>,
    /// Programs that know credentials, by registry.
    pub(super) cred_helpers: BTreeMap<String, String>,
    /// One that knows all others.
    pub(super) creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AuthEntry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

/// A configuration cannot be read. What it holds is secret, so no more is said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDockerConfig {
    /// It has another form.
    #[error("it is no Docker configuration (line {line}, column {column})")]
    Form {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// One of its entries has another form.
    #[error("the `auth` of {0} is not base64 of user:password")]
    Auth(String),
}

impl DockerConfig {
    pub(super) fn parse(json: &[u8]) -> Result<Self, InvalidDockerConfig> {
        serde_json::from_slice(json).map_err(|error| InvalidDockerConfig::of(&error))
    }

    /// Reads the form that has the entries alone.
    pub(super) fn parse_dockercfg(json: &[u8]) -> Result<Self, InvalidDockerConfig> {
        let auths =
            serde_json::from_slice(json).map_err(|error| InvalidDockerConfig::of(&error))?;
        Ok(Self { auths, ..Self::default() })
    }

    /// Returns the entries that say who we are; `docker login` leaves an empty one where a helper has
    /// the secret.
    pub(super) fn into_credentials(
        self,
    ) -> Result<Vec<(String, Credentials)>, InvalidDockerConfig> {
        let mut found = Vec::new();
        for (place, entry) in self.auths {
            match entry.credentials() {
                Ok(credentials) => {
                    found.extend(credentials.map(|credentials| (place, credentials)))
                }
                Err(()) => return Err(InvalidDockerConfig::Auth(place)),
            }
        }
        Ok(found)
    }
}

impl AuthEntry {
    fn credentials(self) -> Result<Option<Credentials>, ()> {
        if !self.identitytoken.is_empty() {
            return Ok(Some(Credentials::IdentityToken(self.identitytoken)));
        }
        if !self.username.is_empty() {
            return Ok(Some(Credentials::new(self.username, self.password)));
        }
        if self.auth.is_empty() {
            return Ok(None);
        }
        let decoded = STANDARD.decode(self.auth.trim()).map_err(drop)?;
        let text = String::from_utf8(decoded).map_err(drop)?;
        let (user, password) = text.split_once(':').ok_or(())?;
        let password = password.trim_end_matches('\0');
        Ok(Some(Credentials::new(user.to_owned(), password.to_owned())))
    }
}

impl InvalidDockerConfig {
    fn of(error: &serde_json::Error) -> Self {
        Self::Form { line: error.line(), column: error.column() }
    }
}
