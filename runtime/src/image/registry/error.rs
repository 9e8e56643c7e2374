//! What can go wrong between us and a registry, and what to do about it.

use crate::image::artifact::NotWasm;
use crate::image::manifest::InvalidDocument;
use crate::image::store::StoreError;
use crate::image::volume::NoFiles;

/// Why an image could not be pulled or pushed.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// There is no such image, or we may not know of it.
    #[error("{what} is not at {registry}: check its name and tag, and whether it was pushed")]
    NotFound {
        /// Who was asked.
        registry: String,
        /// What was asked for.
        what: String,
    },
    /// The registry wants to know who asks.
    #[error(
        "{registry} requires a login for {repository}, or there is no such image: check the name, \
         or run `docker login {registry}`"
    )]
    LoginRequired {
        /// Who was asked.
        registry: String,
        /// What was asked for.
        repository: String,
    },
    /// The registry knows who asks, and refuses.
    #[error(
        "{registry} refuses access to {repository} for user {user}: check the password in the \
         Docker configuration (`docker login {registry}`) and the user's rights"
    )]
    Denied {
        /// Who was asked.
        registry: String,
        /// What was asked for.
        repository: String,
        /// As whom.
        user: String,
    },
    /// Nobody answers.
    #[error("registry {registry} cannot be reached: {why}; check the name and the network")]
    Unreachable {
        /// Who was asked.
        registry: String,
        /// The innermost reason.
        why: String,
    },
    /// Its certificate is not accepted.
    #[error(
        "no secure connection to registry {registry}: {why}; certificates are trusted by `ca` \
         in the configuration file; plain HTTP is spoken only with loopback and with registries that \
         are configured for it"
    )]
    Tls {
        /// Who was asked.
        registry: String,
        /// The innermost reason.
        why: String,
    },
    /// It is there, but it cannot serve us now.
    #[error("registry {registry} is unavailable, it answers {status}{message}; try again later")]
    Unavailable {
        /// Who was asked.
        registry: String,
        /// What it answered.
        status: u16,
        /// What it said, ready to print.
        message: String,
    },
    /// It answers what no registry should.
    #[error("registry {registry} answers {status}{message} to a request for {what}")]
    Refused {
        /// Who was asked.
        registry: String,
        /// What it answered.
        status: u16,
        /// What it said, ready to print.
        message: String,
        /// What was asked for.
        what: String,
    },
    /// The connection broke, or nothing came for long, in the middle of an answer.
    #[error("the download of {what} from {registry} broke off: {why}; try again")]
    Interrupted {
        /// Who was asked.
        registry: String,
        /// What was asked for.
        what: String,
        /// The innermost reason.
        why: String,
    },
    /// Its answer is too long, or contradicts itself.
    #[error("the answer of {registry} to a request for {what} {why}")]
    Answer {
        /// Who was asked.
        registry: String,
        /// What was asked for.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The manifest is not one.
    #[error("the manifest of {what} {why}")]
    Document {
        /// What was asked for.
        what: String,
        /// What is wrong with it.
        why: InvalidDocument,
    },
    /// The image is larger than is accepted.
    #[error("{what} has {size_bytes} bytes, more than the {max_bytes} that are accepted")]
    TooLarge {
        /// What was asked for.
        what: String,
        /// What it says.
        size_bytes: u64,
        /// What is accepted.
        max_bytes: u64,
    },
    /// The Docker configuration cannot be used.
    #[error("the credentials for {registry} cannot be read: {why}")]
    Credentials {
        /// For whom.
        registry: String,
        /// What is wrong.
        why: String,
    },
    /// The certificates of a registry's authorities cannot be used.
    #[error("the CA certificates in {} cannot be used: {why}", .path.display())]
    Ca {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The client of HTTP cannot be made.
    #[error("no HTTPS client: {0}; are CA certificates installed (package ca-certificates)?")]
    Client(String),
    /// It is no image for us.
    #[error(transparent)]
    NotWasm(#[from] NotWasm),
    /// It has no files to mount.
    #[error(transparent)]
    NoFiles(#[from] NoFiles),
    /// It could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PullError {
    /// Whether the image may still be had elsewhere, or by somebody else.
    pub(super) fn is_of_place(&self) -> bool {
        !matches!(
            self,
            Self::Document { .. }
                | Self::TooLarge { .. }
                | Self::NotWasm(_)
                | Self::NoFiles(_)
                | Self::Store(_)
        )
    }

    /// Whether it may be had by somebody else there: some registries do not tell strangers what
    /// they have.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::LoginRequired { .. } | Self::Denied { .. })
    }

    /// Whether the registry, not the image or this node, is to blame. Where nobody answers, nobody
    /// knows.
    pub fn is_registry_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Tls { .. })
    }
}

/// Returns the innermost reason of an error: the outer ones only repeat the address.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    crate::image::manifest::shortened(&error.to_string())
}
