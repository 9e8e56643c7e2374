//! `wasmpod image inspect`: what is known of an image.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::{Form, OutputArgs, write_json};
use crate::cli::transfer::size;
use crate::image::{Digest, Image, ImageStore, Manifest, Reference};

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// The image
    #[arg(value_name = "REFERENCE")]
    reference: Reference,
    #[command(flatten)]
    output: OutputArgs,
}

impl InspectArgs {
    pub(super) fn run(self, store: &ImageStore, output: &mut Vec<u8>) -> anyhow::Result<()> {
        let (_, manifest) = store.manifest(&self.reference)?;
        let image = store.resolve(&self.reference)?;
        let image = image.with_context(|| {
            format!("{} is incomplete: blobs are missing; pull or import it again", self.reference)
        })?;
        match self.output.output {
            Form::Json => write_json(output, &Inspection::new(&self.reference, &image, &manifest)),
            Form::Text => self.write_text(&image, &manifest, output),
        }
    }

    fn write_text(
        &self,
        image: &Image,
        manifest: &Manifest,
        output: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        let config = &image.config;
        let env: Vec<_> =
            config.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut line = |name: &str, value: &str| writeln!(output, "{name:<12}{value}");
        line("Reference", &self.reference.to_string())?;
        line("Digest", image.digest.as_str())?;
        line("Type", &manifest.config.media_type)?;
        line("Module", &image.module.path.display().to_string())?;
        if let Some(rootfs) = &image.rootfs {
            line("Files", &rootfs.display().to_string())?;
        }
        line("Entrypoint", &words(&config.entrypoint))?;
        line("Cmd", &words(&config.cmd))?;
        line("Env", &words(&env))?;
        line("WorkingDir", config.working_dir.as_deref().unwrap_or("/"))?;
        for layer in &manifest.layers {
            line("Layer", &format!("{} {} {}", layer.digest, layer.media_type, size(layer.size)))?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspection<'a> {
    reference: String,
    digest: &'a Digest,
    module: InspectedModule<'a>,
    rootfs: Option<&'a PathBuf>,
    config: InspectedConfig<'a>,
    manifest: &'a Manifest,
}

#[derive(Serialize)]
struct InspectedModule<'a> {
    digest: &'a Digest,
    path: &'a PathBuf,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InspectedConfig<'a> {
    entrypoint: &'a [String],
    cmd: &'a [String],
    env: Vec<String>,
    working_dir: Option<&'a str>,
}

impl<'a> Inspection<'a> {
    fn new(reference: &Reference, image: &'a Image, manifest: &'a Manifest) -> Self {
        let config = &image.config;
        let env = config.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self {
            reference: reference.to_string(),
            digest: &image.digest,
            module: InspectedModule { digest: &image.module.digest, path: &image.module.path },
            rootfs: image.rootfs.as_ref(),
            config: InspectedConfig {
                entrypoint: &config.entrypoint,
                cmd: &config.cmd,
                env,
                working_dir: config.working_dir.as_deref(),
            },
            manifest,
        }
    }
}

fn words(words: &[String]) -> String {
    serde_json::to_string(words).expect("words have a JSON form")
}
