//! Starting other programs, and where things are in the repository.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail};

/// Returns the repository's root.
///
/// As cargo says when it starts us: what it said when it compiled us is wrong once the repository has
/// been moved, and it does not compile us again for that.
pub(crate) fn root() -> PathBuf {
    let now = std::env::var_os("CARGO_MANIFEST_DIR");
    let own = now.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    own.parent().expect("xtask lies in the repository").to_owned()
}

/// Returns where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    let own = std::env::var_os("CARGO_TARGET_DIR");
    // A relative one is relative to where cargo is started: the root.
    root().join(own.unwrap_or_else(|| "target".into()))
}

/// Returns where cargo puts the program `name` that it builds with `profile`.
pub(crate) fn built(profile: &str, name: &str) -> PathBuf {
    target_dir().join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Returns a call of cargo in the root.
///
/// What the cargo that started us says about this crate is not passed on: build scripts look at it, and
/// dependencies would be compiled once for those who go through here and once for those who do not.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(arguments).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Runs `command`; an exit code that is not 0 is an error.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| show(command))?;
    if !status.success() {
        bail!("`{}` failed ({status})", show(command));
    }
    Ok(())
}

/// Runs `command` and returns what it printed; its errors are shown.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| show(command))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", show(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| show(command))
}

/// Returns whether `command` runs and succeeds. Nothing of it is shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Becomes `command`, so that its exit code and the signals are its own.
#[cfg(unix)]
pub(crate) fn become_(command: &mut Command) -> anyhow::Result<ExitCode> {
    let error = std::os::unix::process::CommandExt::exec(command);
    Err(error).with_context(|| show(command))
}

/// Runs `command` and ends as it did.
#[cfg(not(unix))]
pub(crate) fn become_(command: &mut Command) -> anyhow::Result<ExitCode> {
    let status = command.status().with_context(|| show(command))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Returns where `program` is, if it is in PATH.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// Returns whether packages are installed with Debian's tools here.
pub(crate) fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && find("apt-get").is_some()
}

/// Returns `command` as one would type it.
pub(crate) fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
