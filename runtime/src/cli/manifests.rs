//! Manifests that the command line names: which files they are, and what is in them.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::spec::manifest::MAX_BYTES;
use crate::spec::parse::Finding;
use crate::spec::printable;

/// How the names of manifests end in a directory.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// Returns the manifests that these paths name, in order.
pub(super) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        bail!("- is named more than once; standard input can be read once");
    }
    let mut files = Vec::new();
    for path in paths {
        files.extend(named(path, false).with_context(|| path.display().to_string())?);
    }
    Ok(files)
}

/// Returns the manifests that a path names, in order: the path itself, or, of a directory, those in
/// it and, if `recursive`, in the directories in it.
///
/// As with kubectl, a file that is named itself may have any name, and links to directories are not
/// followed.
pub(super) fn named(path: &Path, recursive: bool) -> anyhow::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let (mut found, mut open) = (Vec::new(), vec![path.to_owned()]);
    while let Some(directory) = open.pop() {
        let context = || format!("cannot read the directory {}", directory.display());
        for entry in fs::read_dir(&directory).with_context(context)? {
            let entry = entry.with_context(context)?;
            let path = entry.path();
            if entry.file_type().with_context(context)?.is_dir() {
                if recursive {
                    open.push(path);
                }
            } else if is_manifest(&path) {
                found.push(path);
            }
        }
    }
    anyhow::ensure!(
        !found.is_empty(),
        "it has no .json, .yaml or .yml file in it{}",
        if recursive { "" } else { " (directories in it are read with --recursive)" }
    );
    found.sort();
    Ok(found)
}

/// Whether a file in a directory is a manifest, by its name. Pipes and the like, which could have us
/// wait, are none; of a link that leads nowhere there is something to say.
fn is_manifest(path: &Path) -> bool {
    let is_named_so =
        path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|end| extension == *end));
    is_named_so && fs::metadata(path).map_or(true, |metadata| metadata.is_file())
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
    printable(&format!("{file}:{line}:{column}: {severity}: {problem}")).into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{files, named, read};

    /// The manifests in a directory, by their names in it, or why there is none.
    fn found(directory: &Path, recursive: bool) -> Result<Vec<String>, String> {
        let files = named(directory, recursive).map_err(|error| format!("{error:#}"))?;
        let relative = |file: &Path| file.strip_prefix(directory).map(|f| f.display().to_string());
        Ok(files.iter().map(|file| relative(file).expect("it is in there")).collect())
    }

    #[test]
    fn directories_are_searched_for_manifests() {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let directory = directory.path();
        fs::create_dir_all(directory.join("more.yaml/most")).expect("so can those in it");
        let none = "it has no .json, .yaml or .yml file in it";
        let hint = " (directories in it are read with --recursive)";
        assert_eq!(found(directory, false), Err(format!("{none}{hint}")));
        assert_eq!(found(directory, true), Err(none.to_owned()));
        for name in ["b.json", "a.yaml", "c.txt", "more.yaml/d.yml", "more.yaml/most/e.yaml"] {
            fs::write(directory.join(name), "").expect("a file can be written");
        }
        assert_eq!(found(directory, false).expect("it is read"), ["a.yaml", "b.json"]);
        let all = ["a.yaml", "b.json", "more.yaml/d.yml", "more.yaml/most/e.yaml"];
        assert_eq!(found(directory, true).expect("it is read"), all);
    }

    #[test]
    fn what_is_no_directory_is_a_manifest() {
        for name in ["-", "/nowhere/pod", "pod.txt"] {
            assert_eq!(named(name.as_ref(), false).expect("it is not read"), [Path::new(name)]);
        }
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

    #[cfg(unix)]
    #[test]
    fn links() {
        use std::os::unix::fs::symlink;

        let directory = tempfile::tempdir().expect("a directory can be made");
        let directory = directory.path();
        symlink(".", directory.join("circle")).expect("a link can be made");
        symlink(".", directory.join("circle.yaml")).expect("a link can be made");
        symlink("nowhere", directory.join("broken.yaml")).expect("a link can be made");
        fs::write(directory.join("a.yaml"), "").expect("a file can be written");
        symlink("a.yaml", directory.join("b.yaml")).expect("a link can be made");
        let expected = ["a.yaml", "b.yaml", "broken.yaml"];
        assert_eq!(found(directory, true).expect("it is read"), expected);
    }
}
