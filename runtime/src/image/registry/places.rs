//! Where an image may be had, and who we may be there, in the order in which to try it: the mirrors
//! of its registry, then the registry itself; at each of them as the pull secrets say, then as this
//! user's own configuration does.
//!
//! What is for a registry is never told to its mirrors: each is a place with a name of its own.

use super::credentials::{self, Credentials, Keyring};
use super::error::PullError;
use super::session::Session;
use super::{Registry, version};
use crate::image::reference::Reference;

impl Registry {
    /// Returns a conversation for each possibility; at least one.
    pub(super) async fn sessions(
        &self,
        reference: &Reference,
        keyring: &Keyring,
    ) -> Result<Vec<Session>, PullError> {
        let mut sessions = Vec::new();
        for place in self.places(reference) {
            for credentials in self.credentials(&place, keyring).await? {
                sessions.push(self.session(&place, credentials)?);
            }
        }
        Ok(sessions)
    }

    fn places(&self, reference: &Reference) -> Vec<Reference> {
        let host = self.config.hosts.get(reference.registry());
        let mirrors = host.map_or(&[] as &[String], |host| &host.mirrors).iter();
        let separator = if reference.digest().is_some() { '@' } else { ':' };
        let version = version(reference);
        let places = mirrors.filter_map(|mirror| {
            let place = format!("{mirror}/{}{separator}{version}", reference.repository());
            match place.parse() {
                Ok(place) => Some(place),
                Err(error) => {
                    tracing::warn!("mirror `{mirror}` cannot have {reference}: {error}");
                    None
                }
            }
        });
        places.chain([reference.clone()]).collect()
    }

    /// Returns who we may be there; nobody, if nothing else.
    async fn credentials(
        &self,
        place: &Reference,
        keyring: &Keyring,
    ) -> Result<Vec<Option<Credentials>>, PullError> {
        let mut found = keyring.find(place);
        match self.own_credentials(place).await {
            Ok(own) => found.extend(own),
            Err(error) if found.is_empty() => return Err(error),
            Err(error) => tracing::warn!("{error}; the pull secrets are tried alone"),
        }
        let nobody = found.is_empty().then_some(None);
        Ok(found.into_iter().map(Some).chain(nobody).collect())
    }

    async fn own_credentials(&self, place: &Reference) -> Result<Vec<Credentials>, PullError> {
        let Some(config) = self.config.docker_config.clone() else { return Ok(Vec::new()) };
        let wanted = place.clone();
        tokio::task::spawn_blocking(move || credentials::find(&config, &wanted))
            .await
            .unwrap_or_else(|panic| Err(panic.to_string()))
            .map_err(|why| PullError::Credentials { registry: place.registry().to_owned(), why })
    }
}
