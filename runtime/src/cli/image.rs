//! `wasmpod image`: the images on this host.

mod gc;
mod import;
mod inspect;
mod progress;
mod remote;

use std::io::{self, Write};

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use self::gc::GcArgs;
use self::import::{ExportArgs, ImportArgs};
use self::inspect::InspectArgs;
use self::remote::{PushArgs, RemoteArgs};
use super::Context;
use super::stderr;
use super::table::table;
use crate::cli::transfer::size;
use crate::image::{Digest, ImageStore, Reference, Removed, StoredImage};

/// Manage the images on this host
#[derive(Debug, Args)]
pub(super) struct ImageCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Fetch an image from its registry
    Pull(RemoteArgs),
    /// Make an image of a .wasm file, or take one from an OCI image layout
    Import(ImportArgs),
    /// List images
    #[command(visible_alias = "list")]
    Ls(OutputArgs),
    /// Show what is known of an image
    Inspect(InspectArgs),
    /// Remove images
    Rm(RmArgs),
    /// Send an image to its registry
    Push(PushArgs),
    /// Write an image to a file, as an OCI image layout
    Export(ExportArgs),
    Gc(GcArgs),
}

#[derive(Debug, Args)]
struct RmArgs {
    /// The images
    #[arg(value_name = "REFERENCE", required = true)]
    references: Vec<Reference>,
}

#[derive(Debug, Args)]
struct OutputArgs {
    /// The form of the output
    #[arg(long, short, value_name = "FORM", default_value = "text")]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// Who is to run an image that is no CNCF Wasm artifact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Its CRI: one manifest for wasip1/wasm, with an ordinary layer
    Containerd,
}

impl ImageCommand {
    /// Does it, with the images of the data directory, and writes to standard output.
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<()> {
        let store = ImageStore::open(context.data.images())?;
        let mut output = Vec::new();
        let done = self.write_to(&store, context, &mut output).await;
        // What was done before something failed is told too.
        match io::stdout().write_all(&output) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => done,
        }
    }

    async fn write_to(
        self,
        store: &ImageStore,
        context: &Context,
        output: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        match self.action {
            Action::Pull(args) => args.pull(store, context, output).await,
            Action::Import(args) => args.run(store, output),
            Action::Ls(args) => list(store, args.output, output),
            Action::Inspect(args) => args.run(store, output),
            Action::Rm(args) => args.run(store, output),
            Action::Push(args) => args.run(store, context, output).await,
            Action::Export(args) => args.run(store, output),
            Action::Gc(args) => args.run(store, &context.data, output),
        }
    }
}

impl RmArgs {
    fn run(self, store: &ImageStore, output: &mut Vec<u8>) -> anyhow::Result<()> {
        let mut failed = 0;
        for reference in &self.references {
            let removed = match store.remove(reference) {
                Ok(removed) => removed,
                Err(error) if self.references.len() == 1 => return Err(error.into()),
                Err(error) => {
                    // The others are removed all the same.
                    stderr::say(format_args!("error: {:#}", anyhow::Error::from(error)));
                    failed += 1;
                    continue;
                }
            };
            match removed {
                Removed::Blobs { freed_bytes } => {
                    writeln!(output, "removed {reference}, {} freed", size(freed_bytes))?;
                }
                Removed::NameOnly => writeln!(
                    output,
                    "removed the name {reference}; its blobs stay, for another wasmpod uses them; `wasmpod image gc` \
                     removes them later"
                )?,
            }
        }
        anyhow::ensure!(failed == 0, "{failed} of {} were not removed", self.references.len());
        Ok(())
    }
}

fn list(store: &ImageStore, form: Form, output: &mut Vec<u8>) -> anyhow::Result<()> {
    let images = store.list()?;
    match form {
        Form::Json => {
            let images: Vec<_> = images.iter().map(ListedImage::new).collect();
            write_json(output, &images)
        }
        Form::Text => {
            let header = ["REFERENCE", "DIGEST", "SIZE"].map(str::to_owned);
            let rows = images.iter().map(|image| {
                let digest = image.digest.hex()[..12].to_owned();
                [image.name.clone(), digest, image.size_bytes.map_or("incomplete".to_owned(), size)]
            });
            write_table(output, &std::iter::once(header).chain(rows).collect::<Vec<_>>())
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedImage<'a> {
    reference: &'a str,
    digest: &'a Digest,
    /// Null if blobs are missing.
    size_bytes: Option<u64>,
}

impl<'a> ListedImage<'a> {
    fn new(image: &'a StoredImage) -> Self {
        Self { reference: &image.name, digest: &image.digest, size_bytes: image.size_bytes }
    }
}

fn write_json(output: &mut Vec<u8>, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *output, value)?;
    output.push(b'\n');
    Ok(())
}

/// Writes rows with aligned columns.
fn write_table<const COLUMNS: usize>(
    output: &mut Vec<u8>,
    rows: &[[String; COLUMNS]],
) -> anyhow::Result<()> {
    Ok(output.write_all(table(rows, "   ").as_bytes())?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::config::{Configuration, DataDir};

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        image: ImageCommand,
    }

    struct Fixture {
        dir: tempfile::TempDir,
    }

    impl Fixture {
        fn new() -> Self {
            Self { dir: tempfile::tempdir().unwrap() }
        }

        /// Runs a command and returns what it wrote, and what went wrong.
        async fn run(&self, words: &[&str]) -> String {
            let store = ImageStore::open(self.dir.path().join("images")).unwrap();
            let cli = match Cli::try_parse_from([&["image"], words].concat()) {
                Ok(cli) => cli,
                Err(error) => return error.to_string(),
            };
            let mut output = Vec::new();
            let context = Context {
                data: DataDir::new(self.dir.path()),
                configuration: Configuration::default(),
                verbose: false,
            };
            let done = cli.image.write_to(&store, &context, &mut output).await;
            let mut output = String::from_utf8(output).unwrap();
            if let Err(error) = done {
                output += &format!("error: {error:#}");
            }
            output.replace(self.dir.path().to_str().unwrap(), "DIR")
        }

        fn file(&self, bytes: &[u8]) -> String {
            let path = self.dir.path().join("app.wasm");
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        }
    }

    #[tokio::test]
    async fn a_life_of_an_image() {
        let fixture = Fixture::new();
        assert_eq!(fixture.run(&["ls"]).await, "REFERENCE   DIGEST   SIZE\n");
        let file = fixture.file(b"\0asm\x01\0\0\0");
        let imported = fixture
            .run(&["import", &file, "localhost/app", "--cmd", "-v", "-e", "A=1", "-w", "/srv"])
            .await;
        let digest = imported.strip_prefix("localhost/app:latest sha256:").unwrap().trim_end();
        assert_eq!(digest.len(), 64);

        let listed = fixture.run(&["ls"]).await;
        assert!(
            listed.contains(&format!("localhost/app:latest   {}   ", &digest[..12])),
            "{listed}"
        );
        let json: serde_json::Value =
            serde_json::from_str(&fixture.run(&["ls", "-o", "json"]).await).unwrap();
        assert_eq!(json[0]["reference"], "localhost/app:latest");
        assert!(json[0]["sizeBytes"].as_u64() > Some(8));

        let text = fixture.run(&["inspect", "localhost/app"]).await;
        for line in [
            "Reference   localhost/app:latest",
            "Type        application/vnd.wasm.config.v0+json",
            r#"Entrypoint  ["app.wasm"]"#,
            r#"Cmd         ["-v"]"#,
            r#"Env         ["A=1"]"#,
            "WorkingDir  /srv",
            "application/wasm 8 B",
        ] {
            assert!(text.contains(line), "{text}, want {line}");
        }
        let json = fixture.run(&["inspect", "localhost/app", "-o", "json"]).await;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["config"]["cmd"][0], "-v");
        assert_eq!(json["manifest"]["layers"][0]["mediaType"], "application/wasm");

        let removed = fixture.run(&["rm", "localhost/app"]).await;
        assert!(removed.starts_with("removed localhost/app:latest, "), "{removed}");
        assert_eq!(fixture.run(&["ls"]).await, "REFERENCE   DIGEST   SIZE\n");
    }

    #[tokio::test]
    async fn mistakes() {
        let fixture = Fixture::new();
        let text = fixture.file(b"(module)");
        for (words, expected) in [
            (["import", &text, "app"].as_slice(), "error: DIR/app.wasm: this is WebAssembly text"),
            (&["import", "no.wasm", "app"], "error: no.wasm: there is no such file"),
            (&["import", &text, "App"], "repository name (App) must be lowercase"),
            (&["import", &text, "app", "-e", "A"], "want NAME=VALUE"),
            (&["inspect", "app"], "error: image docker.io/library/app:latest is not in the store"),
            (&["rm", "app"], "error: image docker.io/library/app:latest is not in the store"),
            (&["push", "app"], "is not in the store; `wasmpod image ls` lists what is"),
            (&["ls", "-o", "xml"], "invalid value 'xml'"),
            (&["rm"], "required arguments"),
        ] {
            let output = fixture.run(words).await;
            assert!(output.contains(expected), "{words:?}: {output}, want {expected}");
        }
    }
}
