//! Which of the shapes in the wild an image has, and which of several platforms is taken.
//!
//! | shape | told by |
//! |---|---|
//! | an artifact, one layer of which is the module | the layer's media type |
//! | an ordinary image with the module as a file in it | tar layers and a Wasm program |
//!
//! Pure. Whether the module is a core module or a component is told later, from its bytes.

use super::ImageConfig;
use super::manifest::{ConfigFile, Descriptor, Index, Manifest, Platform, RunConfig, shortened};

/// Holds how to run an artifact, as the `config` of an image configuration; the configuration of a
/// Wasm artifact has no place for it.
pub(super) const RUN_CONFIG_ANNOTATION: &str = "wasmpod.dev/config";

/// Names the file that a layer was made from.
pub(super) const TITLE_ANNOTATION: &str = "org.opencontainers.image.title";

/// What the media types of tar layers start with; how they are compressed is told from the bytes.
const TAR_PREFIXES: [&str; 3] = [
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.docker.image.rootfs.diff.tar",
];

/// How an image holds its module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// This layer is the module.
    Module(Descriptor),
    /// The layers are a file tree, and the program in it is the module.
    FileTree(Vec<Descriptor>),
}

/// Tells the shape from a manifest alone.
pub(super) fn shape(manifest: &Manifest) -> Result<Shape, NotWasm> {
    let is_module = |layer: &&Descriptor| is_wasm_media_type(&layer.media_type);
    let modules: Vec<_> = manifest.layers.iter().filter(is_module).collect();
    match (modules.as_slice(), manifest.layers.as_slice()) {
        ([module], _) => Ok(Shape::Module((*module).clone())),
        ([], []) => Err(NotWasm::NoLayer(shortened(artifact_type(manifest)))),
        ([], layers) => match layers.iter().find(|layer| !is_tar(&layer.media_type)) {
            None => Ok(Shape::FileTree(layers.to_vec())),
            Some(other) => Err(NotWasm::Layer(shortened(&other.media_type))),
        },
        (several, _) => Err(NotWasm::SeveralModules {
            count: several.len(),
            artifact_type: shortened(artifact_type(manifest)),
        }),
    }
}

/// Returns how to run an artifact whose module is a layer.
///
/// What `wasmpod image import` noted counts; without a note the program is called by the layer's
/// title, or else by the name of the repository.
pub(super) fn module_config(
    manifest: &Manifest,
    layer: &Descriptor,
    base_name: &str,
) -> ImageConfig {
    let noted = manifest
        .annotations
        .get(RUN_CONFIG_ANNOTATION)
        .and_then(|note| serde_json::from_str::<RunConfig>(note).ok())
        .unwrap_or_default();
    let mut config = run_config(noted);
    if config.entrypoint.is_empty() {
        let name = layer.annotations.get(TITLE_ANNOTATION).cloned();
        config.entrypoint = vec![name.unwrap_or_else(|| format!("{base_name}.wasm"))];
    }
    config
}

/// Returns how to run an ordinary image, and the path of its program, if that is Wasm.
pub(super) fn file_tree_config(
    manifest: &Manifest,
    file: ConfigFile,
) -> Result<(ImageConfig, String), NotWasm> {
    let platform = format!("{}/{}", shortened(&file.os), shortened(&file.architecture));
    let is_marked = is_wasm(&file.os, &file.architecture)
        || manifest
            .annotations
            .get("module.wasm.image/variant")
            .is_some_and(|v| v.starts_with("compat"))
        || manifest.annotations.get("run.oci.handler").is_some_and(|handler| handler == "wasm");
    let config = run_config(file.config);
    let program = config.entrypoint.iter().chain(&config.cmd).next().cloned();
    match program {
        Some(program) if is_marked || program.ends_with(".wasm") => Ok((config, program)),
        Some(program) => Err(NotWasm::Program { platform, program: shortened(&program) }),
        None => Err(NotWasm::NoProgram { platform }),
    }
}

/// Chooses from an index: a Wasm platform before linux, the newest WASI first; an entry that names
/// no platform before linux too, since artifacts rarely name one. Of equals the first.
///
/// A linux entry can be an ordinary image with a `.wasm` program, as Docker builds them.
pub(super) fn choose(index: &Index) -> Result<&Descriptor, NotWasm> {
    index
        .manifests
        .iter()
        .filter_map(|entry| preference(entry).map(|rank| (rank, entry)))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, entry)| entry)
        .ok_or_else(|| NotWasm::NoPlatform(platforms(index)))
}

/// Why an image cannot be run here. Every reason names what was found instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWasm {
    /// A layer is neither a module nor part of a file tree.
    #[error(
        "a layer has media type `{0}`, which is no Wasm module: want `application/wasm`, or tar \
         layers with a .wasm program"
    )]
    Layer(String),
    /// There are no layers.
    #[error("an artifact of type `{0}` without layers has no Wasm module")]
    NoLayer(String),
    /// There are several modules.
    #[error("an artifact of type `{artifact_type}` has {count} Wasm modules, want one")]
    SeveralModules {
        /// How many.
        count: usize,
        /// What it is.
        artifact_type: String,
    },
    /// The program is not Wasm.
    #[error(
        "this is an image for {platform} whose program `{program}` is no Wasm: want a .wasm \
         program, or an image for wasip1/wasm"
    )]
    Program {
        /// What it is for.
        platform: String,
        /// What it would run.
        program: String,
    },
    /// There is no program.
    #[error("this is an image for {platform} with neither entrypoint nor cmd")]
    NoProgram {
        /// What it is for.
        platform: String,
    },
    /// None of the platforms is one.
    #[error("no platform of this image can be run here, it has {0}: want wasip1/wasm")]
    NoPlatform(String),
}

fn run_config(config: RunConfig) -> ImageConfig {
    let split = |entry: String| match entry.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (entry, String::new()),
    };
    ImageConfig {
        entrypoint: config.entrypoint,
        cmd: config.cmd,
        env: config.env.into_iter().map(split).collect(),
        working_dir: Some(config.working_dir).filter(|dir| !dir.is_empty()),
    }
}

/// `application/wasm` of the CNCF; by their suffix the layers of 2019
/// (`vnd.wasm.content.layer.v1+wasm`), of the Bytecode Alliance
/// (`vnd.bytecodealliance.wasm.component.layer.v0+wasm`), of wasmCloud and Istio
/// (`vnd.module.wasm.content.layer.v1+wasm`).
fn is_wasm_media_type(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence == "application/wasm"
        || (essence.starts_with("application/") && essence.ends_with("+wasm"))
}

pub(super) fn is_tar(media_type: &str) -> bool {
    TAR_PREFIXES.iter().any(|prefix| media_type.starts_with(prefix))
}

fn artifact_type(manifest: &Manifest) -> &str {
    manifest.artifact_type.as_deref().unwrap_or(&manifest.config.media_type)
}

fn is_wasm(os: &str, architecture: &str) -> bool {
    matches!(architecture, "wasm" | "wasm32") || os.starts_with("wasi")
}

/// The less, the better; none for what cannot be run.
fn preference(entry: &Descriptor) -> Option<u8> {
    if entry.annotations.contains_key("vnd.docker.reference.type") {
        return None; // a build's attestation, listed beside the images
    }
    let Some(Platform { os, architecture, .. }) = &entry.platform else { return Some(5) };
    match (os.as_str(), architecture.as_str()) {
        ("wasip3", _) => Some(0),
        ("wasip2", _) => Some(1),
        ("wasip1", _) => Some(2),
        (os, architecture) if is_wasm(os, architecture) && os != "js" => Some(3),
        ("", "") => Some(5),
        ("linux", _) => Some(6),
        _ => None,
    }
}

fn platforms(index: &Index) -> String {
    let names: Vec<_> = index
        .manifests
        .iter()
        .filter_map(|entry| entry.platform.as_ref())
        .map(|platform| format!("{}/{}", platform.os, platform.architecture))
        .take(10)
        .collect();
    if names.is_empty() { "none".to_owned() } else { shortened(&names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::manifest::media_type;

    fn blob(media_type: &str) -> Descriptor {
        Descriptor::of(media_type, media_type.as_bytes())
    }

    fn manifest(config: &str, layers: &[&str]) -> Manifest {
        Manifest::new(blob(config), layers.iter().map(|layer| blob(layer)).collect())
    }

    fn check_shape(config: &str, layers: &[&str], expected: &str) {
        let outcome = match shape(&manifest(config, layers)) {
            Ok(Shape::Module(layer)) => format!("module {}", layer.media_type),
            Ok(Shape::FileTree(layers)) => format!("tree of {}", layers.len()),
            Err(error) => error.to_string(),
        };
        assert!(outcome.contains(expected), "{layers:?}: {outcome}, want {expected}");
    }

    #[test]
    fn shapes() {
        let tar = "application/vnd.oci.image.layer.v1.tar+gzip";
        let docker_tar = "application/vnd.docker.image.rootfs.diff.tar.gzip";
        for wasm in [
            "application/wasm",
            "application/vnd.wasm.content.layer.v1+wasm",
            "application/vnd.bytecodealliance.component.layer.v0+wasm",
            "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm",
            "application/vnd.module.wasm.content.layer.v1+wasm",
        ] {
            check_shape(media_type::WASM_CONFIG, &[wasm], &format!("module {wasm}"));
            check_shape("application/vnd.oci.empty.v1+json", &[wasm], &format!("module {wasm}"));
        }
        check_shape("x/y", &["text/markdown", media_type::WASM], "module application/wasm");
        check_shape(media_type::IMAGE_CONFIG, &[tar], "tree of 1");
        check_shape(media_type::DOCKER_CONFIG, &[docker_tar, docker_tar], "tree of 2");
        check_shape(media_type::IMAGE_CONFIG, &[tar, "application/x-iso"], "`application/x-iso`");
        check_shape(
            "application/vnd.cncf.helm.config.v1+json",
            &["application/vnd.cncf.helm.chart.content.v1.tar+gzip"],
            "helm.chart",
        );
        check_shape("application/vnd.empty", &[], "type `application/vnd.empty` without layers");
        check_shape(
            "application/spin",
            &[media_type::WASM, media_type::WASM],
            "`application/spin` has 2 Wasm",
        );
        check_shape("x/y", &["text/\u{1b}[2Jplain"], "`text/[2Jplain`");
    }

    #[test]
    fn module_configs() {
        let mut manifest = manifest(media_type::WASM_CONFIG, &[media_type::WASM]);
        let mut layer = manifest.layers[0].clone();
        assert_eq!(module_config(&manifest, &layer, "app").entrypoint, ["app.wasm"]);

        layer.annotations.insert(TITLE_ANNOTATION.into(), "titled.wasm".into());
        assert_eq!(module_config(&manifest, &layer, "app").entrypoint, ["titled.wasm"]);

        let note = r#"{"Entrypoint":["run"],"Cmd":["a"],"Env":["A=b=c","B"],"WorkingDir":"/w"}"#;
        manifest.annotations.insert(RUN_CONFIG_ANNOTATION.into(), note.into());
        let expected = ImageConfig {
            entrypoint: vec!["run".into()],
            cmd: vec!["a".into()],
            env: vec![("A".into(), "b=c".into()), ("B".into(), String::new())],
            working_dir: Some("/w".into()),
        };
        assert_eq!(module_config(&manifest, &layer, "app"), expected);
    }

    #[test]
    fn programs() {
        let check = |config: &str, annotation: Option<(&str, &str)>, expected: &str| {
            let mut manifest = manifest(media_type::IMAGE_CONFIG, &[]);
            manifest.annotations.extend(annotation.map(|(key, value)| (key.into(), value.into())));
            let file = ConfigFile::parse(config.as_bytes()).unwrap();
            let outcome = match file_tree_config(&manifest, file) {
                Ok((_, program)) => program,
                Err(error) => error.to_string(),
            };
            assert!(outcome.contains(expected), "{config}: {outcome}, want {expected}");
        };
        let linux =
            |run: &str| format!(r#"{{"os":"linux","architecture":"amd64","config":{run}}}"#);
        let wasi = |run: &str| format!(r#"{{"os":"wasip1","architecture":"wasm","config":{run}}}"#);
        check(&linux(r#"{"Entrypoint":["/app.wasm","x"]}"#), None, "/app.wasm");
        check(&linux(r#"{"Cmd":["app.wasm"]}"#), None, "app.wasm");
        check(&wasi(r#"{"Entrypoint":["/bin/app"]}"#), None, "/bin/app");
        check(&linux(r#"{"Entrypoint":["/bin/sh"]}"#), None, "linux/amd64 whose program `/bin/sh`");
        check(&linux("null"), None, "linux/amd64 with neither");
        let handler = Some(("run.oci.handler", "wasm"));
        check(&linux(r#"{"Entrypoint":["/app"]}"#), handler, "/app");
        let variant = Some(("module.wasm.image/variant", "compat-smart"));
        check(&linux(r#"{"Entrypoint":["/app"]}"#), variant, "/app");
        check(
            &linux(r#"{"Entrypoint":["/app"]}"#),
            Some(("run.oci.handler", "krun")),
            "is no Wasm",
        );
    }

    #[test]
    fn platform_order() {
        let check = |platforms: &[&str], expected: &str| {
            let entry = |platform: &&str| {
                let mut entry = blob(platform);
                let (os, architecture) = platform.split_once('/').unwrap_or_default();
                let (os, architecture) = (os.to_owned(), architecture.to_owned());
                entry.platform =
                    (*platform != "none").then_some(Platform { os, architecture, variant: None });
                entry
            };
            let index = Index::of(platforms.iter().map(entry).collect());
            let outcome = match choose(&index) {
                Ok(entry) => entry.media_type.clone(),
                Err(error) => error.to_string(),
            };
            assert!(outcome.contains(expected), "{platforms:?}: {outcome}, want {expected}");
        };
        check(&["linux/amd64", "wasip1/wasm", "wasip2/wasm"], "wasip2/wasm");
        check(&["linux/amd64", "wasi/wasm"], "wasi/wasm");
        check(&["linux/amd64", "wasi/wasm32"], "wasi/wasm32");
        check(&["linux/arm64", "none"], "none");
        check(&["windows/amd64", "linux/arm64", "linux/amd64"], "linux/arm64");
        check(&["windows/amd64", "js/wasm", "unknown/unknown"], "it has windows/amd64, js/wasm, ");
        check(&[], "it has none");
    }

    #[test]
    fn attestations_are_no_images() {
        let mut entry = blob("attestation");
        entry.annotations.insert("vnd.docker.reference.type".into(), "attestation-manifest".into());
        let index = Index::of(vec![entry]);
        assert!(choose(&index).is_err());
    }
}
