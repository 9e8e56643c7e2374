//! `wasmpod image gc`: makes room.

use std::io::{IsTerminal as _, Write};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::{Form, OutputArgs, write_json};
use crate::cli::logs::duration;
use crate::cli::stderr;
use crate::cli::transfer::size;
use crate::clock;
use crate::config::DataDir;
use crate::image::{CollectPolicy, Collected, ImageStore};
use crate::spec::quantity::Quantity;
use crate::wasm::{self, CollectedCode};

/// Remove what no image needs: blobs, unpacked file trees, compiled code, and what killed processes
/// left. With one of the options also images that no pod uses
#[derive(Debug, Args)]
pub(super) struct GcArgs {
    /// Also all images that no pod uses
    #[arg(long, short)]
    all: bool,
    /// Also images that no pod has used for so long, e.g. 168h
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    older_than: Option<Duration>,
    /// Also images that no pod uses, those first that were used the longest ago, until the images
    /// take no more than this, e.g. 10Gi
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    keep_bytes: Option<u64>,
    /// Say only what would be removed
    #[arg(long, short = 'n')]
    dry_run: bool,
    #[command(flatten)]
    output: OutputArgs,
}

impl GcArgs {
    pub(super) fn run(
        self,
        store: &ImageStore,
        data: &DataDir,
        output: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        let unused_since = self.older_than.map(|age| {
            SystemTime::from(clock::wall()).checked_sub(age).unwrap_or(SystemTime::UNIX_EPOCH)
        });
        let policy = CollectPolicy {
            all: self.all,
            unused_since,
            keep_bytes: self.keep_bytes,
            dry_run: self.dry_run,
        };
        if std::io::stderr().is_terminal() && !store.is_idle() {
            stderr::say(format_args!("waiting for another wasmpod that pulls or imports an image"));
        }
        let images = store.collect(&policy)?;
        let code = wasm::collect_compiled_code(data.compiled(), &images.modules, self.dry_run)
            .with_context(|| format!("cannot remove code from {}", data.compiled().display()))?;
        match self.output.output {
            Form::Text => write_text(&images, code, self.dry_run, output),
            Form::Json => write_json(output, &Report::new(&images, code)),
        }
    }
}

fn write_text(
    images: &Collected,
    code: CollectedCode,
    dry_run: bool,
    output: &mut Vec<u8>,
) -> anyhow::Result<()> {
    let (removed, freed) = match dry_run {
        true => ("would remove", "would be freed"),
        false => ("removed", "freed"),
    };
    for name in &images.names {
        writeln!(output, "{removed} {name}")?;
    }
    let Collected { blobs, trees, .. } = images;
    let files = code.files;
    writeln!(output, "{removed} blobs: {blobs}, file trees: {trees}, compiled code: {files}")?;
    let bytes = images.freed_bytes + code.freed_bytes;
    writeln!(output, "{} {freed}, images take {}", size(bytes), size(images.kept_bytes))?;
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    images: &'a [String],
    blobs: usize,
    file_trees: usize,
    compiled_code: usize,
    freed_bytes: u64,
    kept_bytes: u64,
}

impl<'a> Report<'a> {
    fn new(images: &'a Collected, code: CollectedCode) -> Self {
        Self {
            images: &images.names,
            blobs: images.blobs,
            file_trees: images.trees,
            compiled_code: code.files,
            freed_bytes: images.freed_bytes + code.freed_bytes,
            kept_bytes: images.kept_bytes,
        }
    }
}

fn bytes(text: &str) -> Result<u64, String> {
    let quantity = text.parse::<Quantity>().ok().filter(|quantity| !quantity.is_negative());
    let quantity = quantity.ok_or("want a number of bytes, e.g. 500Mi or 10G")?;
    u64::try_from(quantity.value()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("0", Some(0)),
            ("10Gi", Some(10 << 30)),
            ("5M", Some(5_000_000)),
            ("-1", None),
            ("x", None),
        ] {
            assert_eq!(bytes(text).ok(), expected, "{text}");
        }
    }
}
