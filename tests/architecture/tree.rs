//! The Rust files of the repository, and which module each is.

use std::path::{Path, PathBuf};

use super::source::{Source, read};

/// A Rust file.
pub(crate) struct File {
    /// Its path in the repository, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) source: Source,
}

/// Returns the repository's root.
pub(crate) fn root() -> PathBuf {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR"));
    runtime.parent().expect("the runtime crate lies in the repository").to_owned()
}

/// Returns all Rust files under `folder`, in order of their paths.
pub(crate) fn files(folder: &str) -> Vec<File> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    paths.iter().map(|path| load(path)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    // A folder that does not exist has no files.
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.map(|entry| entry.unwrap().path()) {
        if entry.is_dir() && entry.file_name().is_some_and(|name| name != "target") {
            collect(&entry, paths);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            paths.push(entry);
        }
    }
}

fn load(path: &Path) -> File {
    let text = std::fs::read_to_string(path).unwrap();
    let relative = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
    File { path: relative, source: read(&text), text }
}

/// Returns the module path of `file` in the crate whose sources lie in `folder`.
///
/// The crate's root is the empty path.
pub(crate) fn module(folder: &str, file: &str) -> Vec<String> {
    let inside = file.strip_prefix(folder).unwrap_or(file).trim_start_matches('/');
    let inside = inside.trim_end_matches(".rs").trim_end_matches("/mod");
    let names: Vec<_> = inside.split('/').map(str::to_owned).collect();
    if names == ["lib"] { Vec::new() } else { names }
}

#[test]
fn modules_of_files() {
    fn check(file: &str, expected: &str) {
        assert_eq!(module("runtime/src", file).join("::"), expected);
    }
    check("runtime/src/lib.rs", "");
    check("runtime/src/main.rs", "main");
    check("runtime/src/clock.rs", "clock");
    check("runtime/src/wasm/mod.rs", "wasm");
    check("runtime/src/wasm/sockets/tcp.rs", "wasm::sockets::tcp");
}
