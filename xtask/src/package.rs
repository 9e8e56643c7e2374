//! Programs of others that a chore needs, from Debian's packages.

use std::process::Command;

use crate::shell::{find, is_debian, run, succeeds};

/// Sees to it that `program` is there, which a package of that name has. Says whether it is: only root
/// can install one, and only on Debian.
pub(crate) fn get(program: &str) -> anyhow::Result<bool> {
    if find(program).is_some() {
        return Ok(true);
    }
    if !is_debian() || !is_root() {
        return Ok(false);
    }
    eprintln!("xtask: apt-get {}", install(program).join(" "));
    let mut quietly = apt_get(&install(program));
    if !succeeds(&mut quietly) {
        // Lists that are old or not there at all are the usual reason.
        run(&mut apt_get(&["-q", "update"]))?;
        run(&mut apt_get(&install(program)))?;
    }
    Ok(true)
}

/// Returns what `apt-get` is to be told.
pub(crate) fn install(package: &str) -> [&str; 4] {
    ["install", "-y", "--no-install-recommends", package]
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut apt_get = Command::new("apt-get");
    apt_get.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    apt_get
}

/// Only root installs packages, and only root may write here.
fn is_root() -> bool {
    succeeds(Command::new("test").args(["-w", "/usr/bin"]))
}
