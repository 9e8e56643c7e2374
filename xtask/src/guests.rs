//! `cargo xtask guests`: compiles every guest of `examples/` and `tests/guests/`.
//!
//! A crate there says in `[package.metadata.guest]` for which `targets` it is compiled, and with `image`
//! what `demo` calls it. A crate without that table is a library of the others. What is compiled lies in
//! `target/guests/<target>/release/`, the same bytes wherever the repository lies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::shell::{cargo, output, root, run, target_dir};
use crate::toolchain::Toolchain;

const WORKSPACES: [&str; 2] = ["examples", "tests/guests"];

/// A compiled guest.
pub(crate) struct Guest {
    /// The folder of its crate, in the repository.
    pub(crate) folder: PathBuf,
    /// What its image is called, if it is to have one.
    pub(crate) image: Option<String>,
    /// The module or component.
    pub(crate) wasm: PathBuf,
}

/// Compiles, and prints where.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    if let [argument, ..] = arguments {
        bail!("guests takes no argument, found `{argument}`");
    }
    let guests = build()?;
    eprintln!("guests: {} compiled", guests.len());
    println!("{}", folder().display());
    Ok(())
}

/// Returns where compiled guests lie.
pub(crate) fn folder() -> PathBuf {
    target_dir().join("guests")
}

/// Compiles what is not up to date and returns all guests.
pub(crate) fn build() -> anyhow::Result<Vec<Guest>> {
    let mut workspaces = Vec::new();
    for workspace in WORKSPACES.map(|folder| root().join(folder).join("Cargo.toml")) {
        if workspace.exists() {
            let packages = packages(&workspace)?;
            workspaces.push((workspace, packages));
        }
    }
    let all = workspaces.iter().flat_map(|(_, packages)| packages);
    let targets: BTreeSet<_> = all.clone().flat_map(|p| p.targets().iter().cloned()).collect();
    let toolchain = Toolchain::get(&targets)?;
    for (workspace, packages) in &workspaces {
        compile(workspace, packages, &toolchain)?;
    }
    let guests: Vec<_> = all.flat_map(Package::guests).collect();
    if let Some(lost) = guests.iter().find(|guest| !guest.wasm.is_file()) {
        bail!("{} did not give {}", lost.folder.display(), lost.wasm.display());
    }
    Ok(guests)
}

fn packages(workspace: &Path) -> anyhow::Result<Vec<Package>> {
    let mut metadata = cargo(&["metadata", "--no-deps", "--format-version=1", "--manifest-path"]);
    let text = output(metadata.arg(workspace))?;
    let metadata: Metadata =
        serde_json::from_str(&text).with_context(|| workspace.display().to_string())?;
    Ok(metadata.packages)
}

/// Compiles the guests of one workspace, one call of cargo for each target.
fn compile(workspace: &Path, packages: &[Package], toolchain: &Toolchain) -> anyhow::Result<()> {
    let mut by_target: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        for target in package.targets() {
            by_target.entry(target).or_default().push(&package.name);
        }
    }
    for (target, names) in by_target {
        let mut build = cargo(&["build", "--quiet", "--release", "--target", target]);
        build.arg("--manifest-path").arg(workspace).arg("--target-dir").arg(folder());
        build.args(names.iter().flat_map(|name| ["--package", name]));
        build.env("CARGO_ENCODED_RUSTFLAGS", remap());
        toolchain.apply(&mut build);
        run(&mut build)?;
    }
    Ok(())
}

/// Returns the flags that keep this machine's paths out of the guests.
fn remap() -> String {
    let home = std::env::var("CARGO_HOME").ok();
    let home = home.or_else(|| Some(std::env::var("HOME").ok()? + "/.cargo"));
    let own = Some(format!("--remap-path-prefix={}=.", root().display()));
    let crates = home.map(|home| format!("--remap-path-prefix={home}=cargo"));
    [own, crates].into_iter().flatten().collect::<Vec<_>>().join("\x1f")
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    metadata: Option<PackageMetadata>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct PackageMetadata {
    guest: Option<GuestMetadata>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GuestMetadata {
    targets: Vec<String>,
    image: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Package {
    fn guest(&self) -> Option<&GuestMetadata> {
        self.metadata.as_ref()?.guest.as_ref()
    }

    fn targets(&self) -> &[String] {
        self.guest().map_or(&[], |guest| &guest.targets)
    }

    /// Returns what the crate gives: each of its programs for each of its targets.
    fn guests(&self) -> Vec<Guest> {
        let folder = self.manifest_path.parent().unwrap_or(Path::new(""));
        let image = self.guest().and_then(|guest| guest.image.clone());
        let files: Vec<_> = self.targets.iter().filter_map(Target::file).collect();
        let each = self.targets().iter().flat_map(|target| files.iter().map(move |f| (target, f)));
        each.map(|(target, file)| Guest {
            folder: folder.to_owned(),
            image: image.clone(),
            wasm: self::folder().join(target).join("release").join(file),
        })
        .collect()
    }
}

impl Target {
    /// Returns the name of the file that it gives, if it gives a module or component.
    fn file(&self) -> Option<String> {
        match self.kind.first()?.as_str() {
            "bin" => Some(format!("{}.wasm", self.name)),
            "cdylib" => Some(format!("{}.wasm", self.name.replace('-', "_"))),
            _ => None,
        }
    }
}

#[test]
fn a_package_gives_programs_for_its_targets() {
    fn check(metadata: &str, targets: &str, expected: &[&str]) {
        let text = format!(
            r#"{{"name":"a","manifest_path":"/x/Cargo.toml","metadata":{metadata},"targets":{targets}}}"#
        );
        let package: Package = serde_json::from_str(&text).expect(metadata);
        let found = package.guests().into_iter().map(|guest| {
            let file = guest.wasm.strip_prefix(folder()).expect("lies with the guests").to_owned();
            format!("{} {}", file.display(), guest.image.unwrap_or_default())
        });
        assert_eq!(found.collect::<Vec<_>>(), expected, "{text}");
    }
    let bin = r#"[{"name":"a-b","kind":["bin"]},{"name":"l","kind":["lib"]}]"#;
    let one = r#"{"guest":{"targets":["t1"],"image":"i"}}"#;
    check(one, bin, &["t1/release/a-b.wasm i"]);
    let two = r#"{"guest":{"targets":["t1","t2"]}}"#;
    check(
        two,
        r#"[{"name":"a-b","kind":["cdylib"]}]"#,
        &["t1/release/a_b.wasm ", "t2/release/a_b.wasm "],
    );
    check("null", bin, &[]);
}
