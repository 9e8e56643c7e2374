//! A Rust compiler for guests: one that has the standard library of every target asked for.
//!
//! The first of these that works: the compiler of this machine; the one `guest-toolchain.sh` has
//! unpacked before; the compiler of this machine after `rustup target add`; on Debian, where rustup is
//! missing or cannot download, the one `guest-toolchain.sh` unpacks now.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

use crate::shell::{find, is_debian, output, root, run, succeeds};

/// A compiler for guests.
pub(crate) enum Toolchain {
    /// The compiler that cargo takes by itself.
    Own,
    /// This one, given to cargo as `RUSTC`.
    Unpacked(PathBuf),
}

impl Toolchain {
    /// Finds or gets a compiler for `targets`.
    pub(crate) fn get(targets: &BTreeSet<String>) -> anyhow::Result<Self> {
        if installed(&rustc(), targets) {
            return Ok(Self::Own);
        }
        let unpacked = unpacked();
        if let Some(found) = unpacked.as_ref().filter(|rustc| installed(rustc, targets)) {
            return Ok(Self::Unpacked(found.clone()));
        }
        let names: Vec<_> = targets.iter().map(String::as_str).collect();
        if add(&names) && installed(&rustc(), targets) {
            return Ok(Self::Own);
        }
        match unpacked {
            Some(rustc) if is_debian() => {
                unpack()?;
                Ok(Self::Unpacked(rustc))
            }
            _ => {
                bail!("guests need targets: `rustup target add {}` installs them", names.join(" "))
            }
        }
    }

    /// Has `cargo` use this compiler.
    pub(crate) fn apply(&self, cargo: &mut Command) {
        if let Self::Unpacked(rustc) = self {
            cargo.env("RUSTC", rustc);
        }
    }
}

fn rustc() -> PathBuf {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()).into()
}

/// Returns whether `rustc` has the standard libraries of all `targets`.
fn installed(rustc: &Path, targets: &BTreeSet<String>) -> bool {
    let mut command = Command::new(rustc);
    command.args(["--print", "sysroot"]);
    if rustc.is_absolute() && !rustc.exists() {
        return false;
    }
    let Ok(sysroot) = output(&mut command) else { return false };
    let libraries = Path::new(sysroot.trim()).join("lib/rustlib");
    targets.iter().all(|target| libraries.join(target).join("lib").is_dir())
}

/// Returns where `guest-toolchain.sh` puts, or has put, its compiler.
fn unpacked() -> Option<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("guest-toolchain/bin/rustc"))
}

/// Adds `targets` with rustup; where there is none or no network, it does not work and that is that.
fn add(targets: &[&str]) -> bool {
    if find("rustup").is_none() {
        return false;
    }
    eprintln!("guests: rustup target add {}", targets.join(" "));
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add"]).args(targets).env("RUSTUP_MAX_RETRIES", "1");
    succeeds(&mut rustup)
}

fn unpack() -> anyhow::Result<()> {
    eprintln!("guests: rustup cannot provide the targets: unpacking Debian's compiler");
    run(Command::new("sh").arg(root().join("xtask/guest-toolchain.sh")))
}
