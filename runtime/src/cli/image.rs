//! `wasmpod image`: the images on this host.

mod gc;

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use self::gc::GcArgs;
use super::stderr;
use super::table::table;
use crate::config::DataDir;
use crate::image::{
    Digest, Image, ImageConfig, ImageStore, Manifest, PullEvent, Reference, Registry,
    RegistryConfig, Removed, StoredImage,
};

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
    /// Make an image of a .wasm file
    Import(ImportArgs),
    /// List images
    #[command(visible_alias = "list")]
    Ls(OutputArgs),
    /// Show what is known of an image
    Inspect(InspectArgs),
    /// Remove images
    Rm(RmArgs),
    /// Send an image to its registry
    Push(RemoteArgs),
    Gc(GcArgs),
}

#[derive(Debug, Args)]
struct RemoteArgs {
    /// The image, e.g. ghcr.io/team/app:v1
    #[arg(value_name = "REFERENCE")]
    reference: Reference,
    /// Speak plain HTTP with the registry. Registries on loopback need no such word
    #[arg(long)]
    plain_http: bool,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// The module or component
    #[arg(value_name = "FILE.wasm")]
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
}

#[derive(Debug, Args)]
struct InspectArgs {
    /// The image
    #[arg(value_name = "REFERENCE")]
    reference: Reference,
    #[command(flatten)]
    output: OutputArgs,
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

impl ImageCommand {
    /// Does it, with the images of the data directory, and writes to standard output.
    pub(super) async fn run(self, data: &DataDir) -> anyhow::Result<()> {
        let store = ImageStore::open(data.images())?;
        let mut output = Vec::new();
        let done = self.write_to(&store, data, &mut output).await;
        // What was done before something failed is told too.
        match io::stdout().write_all(&output) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => done,
        }
    }

    async fn write_to(
        self,
        store: &ImageStore,
        data: &DataDir,
        output: &mut Vec<u8>,
    ) -> anyhow::Result<()> {
        match self.action {
            Action::Pull(args) => args.pull(store, output).await,
            Action::Import(args) => args.run(store, output),
            Action::Ls(args) => list(store, args.output, output),
            Action::Inspect(args) => args.run(store, output),
            Action::Rm(args) => args.run(store, output),
            Action::Push(args) => args.push(store, output).await,
            Action::Gc(args) => args.run(store, data, output),
        }
    }
}

impl RemoteArgs {
    async fn pull(self, store: &ImageStore, output: &mut Vec<u8>) -> anyhow::Result<()> {
        let progress = ProgressLine::new("pulled");
        let registry = self.registry();
        let pulled = registry.pull(store, &self.reference, &|event| progress.show(event)).await;
        progress.end();
        let pulled = pulled.with_context(|| format!("cannot pull {}", self.reference))?;
        // A file tree is unpacked now rather than at the first start.
        let (unpacking, reference) = (store.clone(), self.reference.clone());
        let resolved = tokio::task::spawn_blocking(move || unpacking.resolve(&reference)).await?;
        resolved.with_context(|| format!("cannot unpack {}", self.reference))?;
        writeln!(output, "{} {}", self.reference, pulled.manifest)?;
        Ok(())
    }

    async fn push(self, store: &ImageStore, output: &mut Vec<u8>) -> anyhow::Result<()> {
        let progress = ProgressLine::new("pushed");
        let registry = self.registry();
        let pushed = registry.push(store, &self.reference, &|event| progress.show(event)).await;
        progress.end();
        let digest = pushed.with_context(|| format!("cannot push {}", self.reference))?;
        writeln!(output, "{} {digest}", self.reference)?;
        Ok(())
    }

    fn registry(&self) -> Registry {
        let mut config = RegistryConfig::from_environment();
        if self.plain_http {
            config.plain_http.push(self.reference.registry().to_owned());
        }
        Registry::new(config)
    }
}

impl ImportArgs {
    fn run(self, store: &ImageStore, output: &mut Vec<u8>) -> anyhow::Result<()> {
        let config = ImageConfig {
            entrypoint: self.entrypoint,
            cmd: self.cmd,
            env: self.env,
            working_dir: self.workdir,
        };
        let digest = store.import_wasm(&self.file, &self.reference, &config)?;
        writeln!(output, "{} {digest}", self.reference)?;
        Ok(())
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

impl InspectArgs {
    fn run(self, store: &ImageStore, output: &mut Vec<u8>) -> anyhow::Result<()> {
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

/// One line on a terminal that says how far a transfer is; nothing anywhere else.
struct ProgressLine {
    verb: &'static str,
    is_terminal: bool,
    /// Bytes that came, and bytes that were announced.
    bytes: Mutex<(u64, u64)>,
}

impl ProgressLine {
    fn new(verb: &'static str) -> Self {
        Self { verb, is_terminal: io::stderr().is_terminal(), bytes: Mutex::default() }
    }

    fn show(&self, event: PullEvent<'_>) {
        let mut bytes = self.bytes.lock().expect("no holder panics");
        match event {
            PullEvent::Blob { size_bytes, .. } => bytes.1 += size_bytes,
            PullEvent::Bytes { count, .. } => bytes.0 += count,
            PullEvent::Begin | PullEvent::Unpacking => {}
        }
        if self.is_terminal {
            // What a terminal does not take is not worth a word.
            let _ = write!(
                io::stderr(),
                "\r{} {} of {}\x1b[K",
                self.verb,
                size(bytes.0),
                size(bytes.1)
            );
        }
    }

    fn end(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn parse_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("want NAME=VALUE".to_owned()),
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

fn words(words: &[String]) -> String {
    serde_json::to_string(words).expect("words have a JSON form")
}

fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} GiB")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

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
            let data = DataDir::new(self.dir.path());
            let done = cli.image.write_to(&store, &data, &mut output).await;
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

    #[test]
    fn sizes() {
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KiB"),
            (2 << 20, "2.0 MiB"),
            (3 << 30, "3.0 GiB"),
            (2000 << 30, "2000.0 GiB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }
}
