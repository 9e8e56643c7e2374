//! Which program the first word of a command line names, in a container.
//!
//! A word with a `/` is a path in the container's file tree, one without is looked for in `PATH`, as
//! a shell does; there, `.wasm` may be left out. The container's own program, which need not be in
//! the file tree, has its own names, with or without directory and `.wasm`.

use std::io;

use super::compile::{BlobError, Source};
use super::file_tree::FileTree;

/// How many directories of `PATH` are searched.
const PATH_DIRECTORIES_MAX: usize = 100;

/// Names of programs that people look for, and that no Wasm container has of itself.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "busybox"];

/// Where names are looked up.
pub(super) struct Lookup<'a> {
    /// The name of the container's own program.
    pub(super) own_name: &'a str,
    pub(super) env: &'a [(String, String)],
    pub(super) working_dir: &'a str,
    pub(super) files: &'a FileTree,
}

/// What a name means.
pub(super) enum Found {
    /// The container's own program.
    Own,
    /// A file that it can see.
    File(Source),
}

/// Why a name means nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotFound {
    #[error("executable file not found in $PATH{}", hint(.name))]
    InPath { name: String },
    #[error("stat {path}: no such file or directory{}", hint(.path))]
    AtPath { path: String },
    #[error("{path}: {reason}")]
    Unreadable { path: String, reason: io::Error },
    #[error(transparent)]
    Blob(BlobError),
}

impl Lookup<'_> {
    /// Finds a program. Blocks, and reads the file.
    pub(super) fn find(&self, name: &str) -> Result<Found, NotFound> {
        if self.own_name == name {
            return Ok(Found::Own);
        }
        let search_path = self.env.iter().rev().find(|(name, _)| name == "PATH");
        let search_path = search_path.map_or("", |(_, value)| value);
        for path in candidates(name, self.working_dir, search_path) {
            match self.files.open_file(&path) {
                Ok(found) => {
                    let source = Source::of_guest(path, found.file, found.writable);
                    return source.map(Found::File).map_err(NotFound::Blob);
                }
                Err(error) if is_absence(&error) => {}
                Err(reason) => return Err(NotFound::Unreadable { path, reason }),
            }
        }
        if stem(self.own_name) == stem(name) {
            return Ok(Found::Own);
        }
        Err(match name.contains('/') {
            true => NotFound::AtPath { path: name.to_owned() },
            false => NotFound::InPath { name: name.to_owned() },
        })
    }
}

/// Returns the files that a name may mean, as absolute paths, the best first.
fn candidates(name: &str, working_dir: &str, search_path: &str) -> Vec<String> {
    let in_directory = |directory: &str| {
        let directory = if directory.starts_with('/') {
            directory.to_owned()
        } else {
            format!("{working_dir}/{directory}")
        };
        [format!("{directory}/{name}"), format!("{directory}/{name}.wasm")]
    };
    if name.starts_with('/') {
        vec![name.to_owned(), format!("{name}.wasm")]
    } else if name.contains('/') {
        in_directory(working_dir).into()
    } else if name.is_empty() || search_path.is_empty() {
        Vec::new()
    } else {
        search_path.split(':').take(PATH_DIRECTORIES_MAX).flat_map(in_directory).collect()
    }
}

/// Returns whether an error says that there is no such file.
fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | InvalidFilename)
}

/// Returns a program's name without directory and `.wasm`.
fn stem(name: &str) -> &str {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.strip_suffix(".wasm").unwrap_or(file)
}

/// Says what to do about a program that is no mistake to expect.
fn hint(name: &str) -> &'static str {
    if SHELLS.contains(&stem(name)) {
        "; a WebAssembly container has no shell: name a program, with its arguments"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::{NotFound, candidates, stem};

    #[test]
    fn where_names_lead() {
        for (name, search_path, expected) in [
            ("/bin/a", "/x", &["/bin/a", "/bin/a.wasm"][..]),
            ("./a", "/x", &["/app/./a", "/app/./a.wasm"]),
            ("b/a.wasm", "", &["/app/b/a.wasm", "/app/b/a.wasm.wasm"]),
            ("a", "/x:y", &["/x/a", "/x/a.wasm", "/app/y/a", "/app/y/a.wasm"]),
            ("a", "", &[]),
            ("", "/x", &[]),
        ] {
            assert_eq!(candidates(name, "/app", search_path), expected, "{name:?}");
        }
        assert_eq!(candidates("a", "/", &"/x:".repeat(5000)).len(), 200);
    }

    #[test]
    fn stems() {
        for (name, expected) in
            [("/bin/app.wasm", "app"), ("app", "app"), ("app.wasm", "app"), ("", ""), ("/", "")]
        {
            assert_eq!(stem(name), expected, "{name:?}");
        }
    }

    #[test]
    fn words() {
        let in_path = |name: &str| NotFound::InPath { name: name.to_owned() }.to_string();
        let at_path = |path: &str| NotFound::AtPath { path: path.to_owned() }.to_string();
        let hint = "; a WebAssembly container has no shell: name a program, with its arguments";
        assert_eq!(in_path("foo"), "executable file not found in $PATH");
        assert_eq!(in_path("sh"), format!("executable file not found in $PATH{hint}"));
        assert_eq!(at_path("/foo"), "stat /foo: no such file or directory");
        assert_eq!(at_path("/bin/sh"), format!("stat /bin/sh: no such file or directory{hint}"));
    }
}
