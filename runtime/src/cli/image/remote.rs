//! `wasmpod image pull` and `push`: between the store and registries.

use std::io::Write as _;

use anyhow::Context as _;
use clap::Args;

use super::Target;
use super::progress::ProgressLine;
use crate::cli::Context;
use crate::image::{ImageStore, Keyring, PullEvent, Reference, Registry};
use crate::runtime;

#[derive(Debug, Args)]
pub(super) struct RemoteArgs {
    /// The image, e.g. ghcr.io/team/app:v1
    #[arg(value_name = "REFERENCE")]
    reference: Reference,
    /// Speak plain HTTP with the registry. Registries on loopback need no such word
    #[arg(long)]
    plain_http: bool,
}

#[derive(Debug, Args)]
pub(super) struct PushArgs {
    #[command(flatten)]
    remote: RemoteArgs,
    /// Push it in the form that somebody else runs
    #[arg(long = "for", value_name = "RUNTIME")]
    target: Option<Target>,
}

impl RemoteArgs {
    pub(super) async fn pull(
        self,
        store: &ImageStore,
        context: &Context,
        output: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        let progress = ProgressLine::new("pulling");
        let (registry, keyring) = (self.registry(context)?, Keyring::default());
        let show = |event: PullEvent<'_>| progress.show(event);
        let pulled = registry.pull(store, &self.reference, &keyring, &show).await;
        progress.end();
        let pulled = pulled.with_context(|| format!("cannot pull {}", self.reference))?;
        // A file tree is unpacked now rather than at the first start.
        let (unpacking, reference) = (store.clone(), self.reference.clone());
        let resolved = tokio::task::spawn_blocking(move || unpacking.resolve(&reference)).await?;
        resolved.with_context(|| format!("cannot unpack {}", self.reference))?;
        writeln!(output, "{} {}", self.reference, pulled.manifest)?;
        Ok(())
    }

    fn registry(&self, context: &Context) -> anyhow::Result<Registry> {
        let mut config = runtime::registries(&context.configuration)?;
        if self.plain_http {
            let host = config.hosts.entry(self.reference.registry().to_owned()).or_default();
            host.plain_http = true;
        }
        Ok(Registry::new(config))
    }
}

impl PushArgs {
    pub(super) async fn run(
        self,
        store: &ImageStore,
        context: &Context,
        output: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        let progress = ProgressLine::new("pushing");
        let reference = &self.remote.reference;
        let registry = self.remote.registry(context)?;
        let show = |event: PullEvent<'_>| progress.show(event);
        let pushed = match self.target {
            None => registry.push(store, reference, &show).await,
            Some(Target::Containerd) => registry.push_for_containerd(store, reference, &show).await,
        };
        progress.end();
        let digest = pushed.with_context(|| format!("cannot push {reference}"))?;
        writeln!(output, "{reference} {digest}")?;
        Ok(())
    }
}
