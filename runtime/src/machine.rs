//! What this machine is: what Kubernetes calls the node.

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::Path;
use std::thread::available_parallelism;

/// The node, as pods may ask about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its host name; empty if it has none.
    pub name: String,
    /// How many cores this process may use.
    pub cores: u64,
    /// How much memory it has; 0 if the system does not say.
    pub memory_bytes: u64,
    /// How large the disk with the data directory is; 0 if the system does not say.
    pub disk_bytes: u64,
    /// How it finds names, in the form of `/etc/resolv.conf`; empty if it has no such file.
    pub resolv_conf: String,
}

/// How much of its file may be the resolver's.
const RESOLV_CONF_BYTES_MAX: u64 = 64 << 10;

impl Machine {
    /// Asks the system. `data` is where the disk is that counts.
    pub fn read(data: &Path) -> Self {
        Self {
            name: system::name(),
            cores: available_parallelism().map_or(1, |cores| cores.get() as u64),
            memory_bytes: system::memory_bytes(),
            disk_bytes: system::disk_bytes(data),
            resolv_conf: resolv_conf(),
        }
    }
}

/// Lets this process have as many open files as it may: the soft limit of most systems is for
/// programs that cannot have more, and a container takes a handful. What the system refuses stays as
/// it is.
pub fn allow_open_files() {
    system::allow_open_files();
}

/// Reads the resolver's file. Where that says no more than that the host's own cache is asked, which
/// nobody else can, it is the one by which the cache asks.
fn resolv_conf() -> String {
    let text = text("/etc/resolv.conf");
    let mut nameservers =
        text.lines().filter_map(|line| line.trim_start().strip_prefix("nameserver")).peekable();
    let is_near =
        |address: &str| address.trim().parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if nameservers.peek().is_some() && nameservers.all(is_near) {
        let behind = self::text("/run/systemd/resolve/resolv.conf");
        if !behind.is_empty() {
            return behind;
        }
    }
    text
}

fn text(path: &str) -> String {
    let mut text = Vec::new();
    // A host without such a file has nothing to say.
    if let Ok(file) = File::open(path) {
        let _ = file.take(RESOLV_CONF_BYTES_MAX).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(unix)]
mod system {
    use std::path::Path;

    pub(super) fn name() -> String {
        rustix::system::uname().nodename().to_string_lossy().to_lowercase()
    }

    #[cfg(target_os = "linux")]
    pub(super) fn memory_bytes() -> u64 {
        let info = rustix::system::sysinfo();
        // The width of these differs between the architectures.
        #[allow(clippy::useless_conversion)]
        u64::from(info.totalram).saturating_mul(u64::from(info.mem_unit))
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn memory_bytes() -> u64 {
        0
    }

    pub(super) fn allow_open_files() {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        // Where it is refused, there is less room.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }

    pub(super) fn disk_bytes(directory: &Path) -> u64 {
        // It may not exist yet; what it will be on does.
        let found = directory.ancestors().find_map(|path| rustix::fs::statvfs(path).ok());
        found.map_or(0, |disk| disk.f_frsize.saturating_mul(disk.f_blocks))
    }
}

#[cfg(not(unix))]
mod system {
    use std::path::Path;

    pub(super) fn name() -> String {
        std::env::var("COMPUTERNAME").unwrap_or_default().to_lowercase()
    }

    pub(super) fn memory_bytes() -> u64 {
        0
    }

    pub(super) fn allow_open_files() {}

    pub(super) fn disk_bytes(_: &Path) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::Machine;

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_has_something() {
        let directory = tempfile::tempdir().unwrap();
        let machine = Machine::read(&directory.path().join("not/there/yet"));
        assert!(machine.cores > 0 && machine.memory_bytes > 0 && machine.disk_bytes > 0);
        assert!(!machine.name.is_empty());
    }
}
