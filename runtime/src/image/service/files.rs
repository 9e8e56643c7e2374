//! The files of images, for image volumes.

use std::path::Path;

use super::{ImageError, Images, Presence, Wanted, hold};
use crate::image::Reference;
use crate::image::registry::{Keyring, Progress, PullEvent, Pulled};
use crate::image::store::StoreError;
use crate::image::volume::PackedFiles;
use crate::spec::ImagePullPolicy;

impl Images {
    /// Unpacks the files of an image into a directory that does not exist yet, by the policy of the
    /// volume and with the credentials of its pod.
    ///
    /// # Errors
    ///
    /// As [`Images::ensure`], but that any image will do.
    pub async fn unpack_files(
        &self,
        image: &str,
        policy: ImagePullPolicy,
        keyring: &Keyring,
        progress: Progress<'_>,
        directory: &Path,
    ) -> Result<Presence, ImageError> {
        let reference: Reference = image
            .parse()
            .map_err(|source| ImageError::InvalidName { image: image.to_owned(), source })?;
        let wanted = Wanted { image, reference: &reference, policy, keyring, progress };
        // Nothing of it is removed before it is unpacked.
        let _in_use = hold(self.open(image)?).await;
        let found = self.find_files(&wanted)?;
        let is_current = match policy {
            ImagePullPolicy::Always => found.is_some() && self.is_current(&wanted).await?,
            ImagePullPolicy::IfNotPresent | ImagePullPolicy::Never => true,
        };
        let (files, presence, _pulled) = match found.filter(|_| is_current) {
            Some(files) => (files, Presence::AlreadyPresent, None),
            None if policy == ImagePullPolicy::Never => {
                return Err(ImageError::NeverPull { image: image.to_owned() });
            }
            None => self.pull_files(&wanted).await?,
        };
        let (store, directory) = (self.open(image)?.clone(), directory.to_owned());
        let unpack = move || store.unpack_files(&files, &directory);
        let unpacked = tokio::task::spawn_blocking(unpack).await.expect("unpacking does not panic");
        unpacked.map_err(|source| ImageError::from_store(image, source))?;
        Ok(presence)
    }

    async fn pull_files(
        &self,
        wanted: &Wanted<'_>,
    ) -> Result<(PackedFiles, Presence, Option<Pulled>), ImageError> {
        (wanted.progress)(PullEvent::Begin);
        let store = self.open(wanted.image)?;
        let Wanted { reference, keyring, progress, .. } = wanted;
        let pulled = self.registry.pull_files(store, reference, keyring, progress).await;
        let pulled = pulled.map_err(|source| ImageError::Pull {
            image: wanted.image.to_owned(),
            source: Box::new(source),
        })?;
        let files = self.find_files(wanted)?.ok_or_else(|| {
            ImageError::from_store(wanted.image, StoreError::NoImage(reference.stored_name()))
        })?;
        let presence = Presence::Pulled { fetched_bytes: pulled.fetched_bytes };
        Ok((files, presence, Some(pulled)))
    }

    fn find_files(&self, wanted: &Wanted<'_>) -> Result<Option<PackedFiles>, ImageError> {
        match self.open(wanted.image)?.packed_files(wanted.reference) {
            Err(error) if error.is_damage() && wanted.policy != ImagePullPolicy::Never => {
                tracing::warn!(image = wanted.image, %error, "pulling the image again");
                Ok(None)
            }
            found => found.map_err(|source| ImageError::from_store(wanted.image, source)),
        }
    }
}
