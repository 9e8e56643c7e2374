//! Files that appear all at once, and change all at once, as the kubelet lays them out.
//!
//! ```text
//! <volume>
//! ├── ..2026_11_21_19_30_00.a1B2c3/   the files, never changed
//! ├── ..data -> ..2026_11_21_19_30_00.a1B2c3
//! └── key -> ..data/key               one for each name at the top
//! ```
//!
//! New files go into a directory of their own, and one rename of `..data` shows them: whoever reads
//! sees the old files or the new, and never some of each.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use crate::clock;
use crate::spec::files::Files;

/// The link to the directory with the files.
const DATA: &str = "..data";

/// What it is called before it takes the other's place.
const NEW_DATA: &str = "..data_tmp";

/// Makes the volume hold these files and no others. It stays untouched if it does already.
pub(super) fn publish(volume: &Path, files: &Files<'_>) -> io::Result<()> {
    fs::create_dir_all(volume)?;
    let before = match fs::read_link(volume.join(DATA)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        link => Some(volume.join(link?)),
    };
    if let Some(before) = &before
        && holds(before, files)?
    {
        return show(volume, files);
    }
    let time = clock::wall().strftime("..%Y_%m_%d_%H_%M_%S.").to_string();
    let new = tempfile::Builder::new().prefix(&time).rand_bytes(6).tempdir_in(volume)?;
    write(new.path(), files)?;
    let name = new.path().file_name().unwrap_or_default().to_owned();
    remove_file(&volume.join(NEW_DATA))?;
    link(Path::new(&name), &volume.join(NEW_DATA))?;
    fs::rename(volume.join(NEW_DATA), volume.join(DATA))?;
    // From now on it is not removed again.
    let _ = new.keep();
    show(volume, files)?;
    before.map_or(Ok(()), fs::remove_dir_all)
}

/// Whether a directory holds these files and no others.
fn holds(directory: &Path, files: &Files<'_>) -> io::Result<bool> {
    for (path, file) in files {
        match fs::read(directory.join(path)) {
            Ok(data) if *data == *file.data => {}
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => return Ok(false),
        }
    }
    Ok(count(directory)? == files.len())
}

/// Returns how many files are in a directory, and in those in it.
fn count(directory: &Path) -> io::Result<usize> {
    let mut files = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        files += if entry.file_type()?.is_dir() { count(&entry.path())? } else { 1 };
    }
    Ok(files)
}

fn write(directory: &Path, files: &Files<'_>) -> io::Result<()> {
    permit(directory, 0o755)?;
    for (path, file) in files {
        let path = directory.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, &file.data)?;
        permit(&path, file.mode)?;
    }
    Ok(())
}

/// Has a link at the top of the volume for each name at the top of the files, and no other.
fn show(volume: &Path, files: &Files<'_>) -> io::Result<()> {
    let names: BTreeSet<_> = files.keys().filter_map(|path| path.split('/').next()).collect();
    for name in &names {
        match link(&Path::new(DATA).join(name), &volume.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => result?,
        }
    }
    for entry in fs::read_dir(volume)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_shown = |name: &str| name.starts_with("..") || names.contains(name);
        let is_old = entry.file_type()?.is_symlink() && !name.to_str().is_some_and(is_shown);
        if is_old {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, path)
}

/// On Windows a link to a directory is another thing than one to a file, and whoever may not make
/// them is told so.
#[cfg(windows)]
fn link(target: &Path, path: &Path) -> io::Result<()> {
    let place = path.parent().unwrap_or(path).join(target);
    if place.is_dir() {
        std::os::windows::fs::symlink_dir(target, path)
    } else {
        std::os::windows::fs::symlink_file(target, path)
    }
}

/// Sets the permission bits, whatever the process's mask leaves of them.
#[cfg(unix)]
fn permit(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Windows has no such bits.
#[cfg(windows)]
fn permit(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::publish;
    use crate::spec::files::{Files, VolumeFile};

    fn files(contents: &[(&str, &'static str)]) -> Files<'static> {
        let file = |(path, text): &(&str, &'static str)| {
            let file = VolumeFile { data: text.as_bytes().into(), mode: 0o640 };
            ((*path).to_owned(), file)
        };
        contents.iter().map(file).collect()
    }

    /// Returns what stands at the top: links with their targets, and the number of directories.
    fn top(volume: &Path) -> (Vec<String>, usize) {
        let (mut links, mut directories) = (BTreeSet::new(), 0);
        for entry in fs::read_dir(volume).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            match fs::read_link(entry.path()) {
                Ok(_) if name == "..data" => {}
                Ok(target) => drop(links.insert(format!("{name} -> {}", target.display()))),
                Err(_) => directories += 1,
            }
        }
        (links.into_iter().collect(), directories)
    }

    #[test]
    fn files_appear_and_go() {
        let directory = tempfile::tempdir().unwrap();
        let volume = directory.path().join("volume");
        let now = || fs::read_link(volume.join("..data")).unwrap();
        let links = |names: &[&str]| {
            let links = names.iter().map(|name| format!("{name} -> ..data/{name}"));
            (links.collect::<Vec<_>>(), 1)
        };
        publish(&volume, &files(&[("a", "1"), ("d/b", "2"), ("d/c", "3")])).unwrap();
        assert_eq!(top(&volume), links(&["a", "d"]));
        assert_eq!(fs::read_to_string(volume.join("d/c")).unwrap(), "3");
        let mode = fs::metadata(volume.join("a")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o640);
        let first = now();
        assert!(first.to_str().unwrap().starts_with("..20"), "{first:?}");

        publish(&volume, &files(&[("a", "1"), ("d/b", "2"), ("d/c", "3")])).unwrap();
        assert_eq!(now(), first, "nothing has changed");
        publish(&volume, &files(&[("a", "1"), ("d/b", "2")])).unwrap();
        assert_ne!(now(), first);
        assert!(!volume.join("d/c").exists());
        publish(&volume, &files(&[("e", "")])).unwrap();
        assert_eq!(top(&volume), links(&["e"]));
        publish(&volume, &files(&[])).unwrap();
        assert_eq!(top(&volume), links(&[]));
    }

    #[test]
    fn what_a_crash_or_another_has_left_is_in_nobodys_way() {
        let directory = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", directory.path().join("..data_tmp")).unwrap();
        fs::create_dir(directory.path().join("made")).unwrap();
        publish(directory.path(), &files(&[("a", "1")])).unwrap();
        publish(directory.path(), &files(&[("a", "2")])).unwrap();
        assert_eq!(fs::read_to_string(directory.path().join("a")).unwrap(), "2");
        assert!(directory.path().join("made").is_dir());
    }

    #[test]
    fn a_file_that_is_also_a_directory_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        publish(directory.path(), &files(&[("a", "1")])).unwrap();
        publish(directory.path(), &files(&[("b", ""), ("b/c", "")])).unwrap_err();
        assert_eq!(top(directory.path()), (vec!["a -> ..data/a".to_owned()], 1));
    }
}
