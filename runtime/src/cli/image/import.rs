//! `wasmpod image import` and `export`: between the store and files.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::Target;
use crate::image::{ForeignLayout, ImageConfig, ImageStore, Reference};

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The module or component; or an OCI image layout, a directory or a tar archive
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The name of the image, e.g. localhost/app:v1
    #[arg(value_name = "REFERENCE")]
    reference: Reference,
    /// A word of the command line; to be repeated. By default the file's name
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    entrypoint: Vec<String>,
    /// An argument that a Pod's `args` replace; to be repeated
    #[arg(long, value_name = "WORD", allow_hyphen_values = true)]
    cmd: Vec<String>,
    /// A variable of the environment; to be repeated
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = parse_variable)]
    env: Vec<(String, String)>,
    /// The working directory
    #[arg(long, short, value_name = "DIRECTORY")]
    workdir: Option<String>,
    /// Make it for somebody else
    #[arg(long = "for", value_name = "RUNTIME")]
    target: Option<Target>,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The image
    #[arg(value_name = "REFERENCE")]
    reference: Reference,
    /// Where to: a tar archive if it ends with .tar, else a new directory
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

impl ExportArgs {
    pub(super) fn run(self, store: &ImageStore, output: &mut Vec<u8>) -> anyhow::Result<()> {
        let digest = store.export(&self.reference, &self.to)?;
        writeln!(output, "{} {digest}", self.to.display())?;
        Ok(())
    }
}

impl ImportArgs {
    pub(super) fn run(self, store: &ImageStore, output: &mut Vec<u8>) -> anyhow::Result<()> {
        // What is not there is told as of a module.
        let layout = if self.file.exists() { ForeignLayout::open(&self.file)? } else { None };
        if let Some(layout) = layout {
            anyhow::ensure!(
                self.target.is_none()
                    && self.entrypoint.is_empty()
                    && self.cmd.is_empty()
                    && self.env.is_empty()
                    && self.workdir.is_none(),
                "{}: an image layout is imported as it is; options are for a .wasm file",
                self.file.display()
            );
            let digest = store.import_layout(&layout, &self.reference)?;
            writeln!(output, "{} {digest}", self.reference)?;
            return Ok(());
        }
        let config = ImageConfig {
            entrypoint: self.entrypoint,
            cmd: self.cmd,
            env: self.env,
            working_dir: self.workdir,
        };
        let digest = match self.target {
            None => store.import_wasm(&self.file, &self.reference, &config)?,
            Some(Target::Containerd) => {
                store.import_for_containerd(&self.file, &self.reference, &config)?
            }
        };
        writeln!(output, "{} {digest}", self.reference)?;
        Ok(())
    }
}

fn parse_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("want NAME=VALUE".to_owned()),
    }
}
