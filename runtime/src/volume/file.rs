//! A file that a container left in a volume, read by the host.

use std::io::{self, Read as _};
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

/// How large such a file may be: as a ConfigMap.
const BYTES_MAX: u64 = 1024 * 1024;

/// Returns the text of the file, and none if there is none.
///
/// A guest made it, and may change it or the way to it meanwhile: symbolic links are followed
/// within the volume alone, and nothing but a regular file is read.
pub(super) fn read(volume: &Path, path: &str) -> io::Result<Option<String>> {
    let root = Dir::open_ambient_dir(volume, ambient_authority())?;
    let file = match root.open_with(path, &read_only()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    if !file.metadata()?.is_file() {
        return Err(invalid("it is not a regular file".to_owned()));
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(invalid(format!("it is larger than {} MiB", BYTES_MAX >> 20)));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(invalid("it is not UTF-8 text".to_owned())),
    }
}

/// Opening must not wait, as it would for a pipe that nobody writes to.
fn read_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{BYTES_MAX, read};

    #[test]
    fn only_text_within_the_volume_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let volume = directory.path().join("volume");
        fs::create_dir_all(volume.join("folder")).unwrap();
        fs::write(directory.path().join("outside"), "out").unwrap();
        fs::write(volume.join("folder/file"), "ä").unwrap();
        fs::write(volume.join("bytes"), b"\xff").unwrap();
        fs::write(volume.join("large"), vec![b'a'; BYTES_MAX as usize]).unwrap();
        fs::write(volume.join("larger"), vec![b'a'; BYTES_MAX as usize + 1]).unwrap();
        let check = |path: &str, expected: &str| {
            let found = match read(&volume, path) {
                Ok(text) => format!("{text:?}"),
                Err(error) => error.to_string(),
            };
            assert!(found.contains(expected), "{path}: {found:.100}");
        };
        check("folder/file", "Some(\"ä\")");
        check("none", "None");
        check("none/file", "None");
        check("folder", "it is not a regular file");
        check("bytes", "it is not UTF-8 text");
        check("large", "aaa");
        check("larger", "it is larger than 1 MiB");
        check("../outside", "outside of the filesystem");
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink("../outside", volume.join("out")).unwrap();
            symlink(directory.path().join("outside"), volume.join("absolute")).unwrap();
            symlink("folder/file", volume.join("in")).unwrap();
            symlink("nowhere", volume.join("dangling")).unwrap();
            check("out", "outside of the filesystem");
            check("absolute", "outside of the filesystem");
            check("in", "Some(\"ä\")");
            check("dangling", "None");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let (mode, device) = (rustix::fs::Mode::from_raw_mode(0o600), 0);
        let pipe = directory.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, pipe, rustix::fs::FileType::Fifo, mode, device)
            .unwrap();
        let error = read(directory.path(), "pipe").unwrap_err().to_string();
        assert_eq!(error, "it is not a regular file");
    }
}
