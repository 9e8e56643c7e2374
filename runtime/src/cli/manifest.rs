//! Manifests that the command line names: which files they are, and what is in them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::spec::manifest::MAX_BYTES;
use crate::spec::parse::Finding;

/// How a manifest's file name ends.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// Returns the files to read: those named, and those with a manifest's ending in directories.
pub(super) fn files(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if named.iter().filter(|file| is_stdin(file)).count() > 1 {
        bail!("- is named more than once; standard input can be read once");
    }
    let mut files = Vec::new();
    for file in named {
        if file.is_dir() {
            files.extend(in_directory(file)?);
        } else {
            files.push(file.clone());
        }
    }
    Ok(files)
}

fn in_directory(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot_read = || format!("cannot read {}", directory.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(cannot_read)? {
        let path = entry.with_context(cannot_read)?.path();
        if path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)) {
            found.push(path);
        }
    }
    ensure!(!found.is_empty(), "{} has no .yaml, .yml or .json file in it", directory.display());
    found.sort();
    Ok(found)
}

/// Reads a manifest, or one byte more than it may have, so that its size is told.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = if is_stdin(file) {
        read_bounded(io::stdin().lock())
    } else {
        read_bounded(File::open(file).context("cannot open it")?)
    };
    bytes.context("cannot read it")
}

fn read_bounded(input: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

/// Returns a finding as a line of text.
pub(super) fn told(file: &str, finding: &Finding, severity: &str) -> String {
    let Finding { line, column, problem } = finding;
    format!("{file}:{line}:{column}: {severity}: {problem}")
}

#[cfg(test)]
mod tests {
    use super::{files, read};

    #[test]
    fn directories_are_searched_for_manifests() {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let path = |name: &str| directory.path().join(name);
        let empty = files(&[directory.path().to_owned()]).expect_err("it is empty");
        assert!(empty.to_string().ends_with("has no .yaml, .yml or .json file in it"), "{empty}");
        for name in ["b.json", "a.yaml", "c.txt"] {
            std::fs::write(path(name), "").expect("a file can be written");
        }
        let found = files(&[directory.path().to_owned(), "-".into()]).expect("it can be read");
        assert_eq!(found, [path("a.yaml"), path("b.json"), "-".into()]);
    }

    #[test]
    fn standard_input_is_named_once() {
        let error = files(&["-".into(), "a".into(), "-".into()]).expect_err("it is there twice");
        assert!(error.to_string().contains("more than once"), "{error}");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let error = read("/nowhere/pod.yaml".as_ref()).expect_err("it is not there");
        assert!(format!("{error:#}").starts_with("cannot open it: "), "{error:#}");
    }
}
