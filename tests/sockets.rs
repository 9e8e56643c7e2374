//! Our sockets against the kernel's: each case is one program, run twice, over the network of a pod
//! and over the loopback of this machine through wasmtime's own WASI. What it prints is the same.
//!
//! What the program does is in `tests/guests/net-scripted`, and of WASI 0.3 in `net-scripted-p3`. In a case
//! `A`, `B` and `C` stand for addresses of the loopback, other ones for each case and each process, `L` for
//! the loopback's own address, `*` for the wildcard, and `P` for a port that is free.

mod datagrams;
pub(crate) mod kernel;
mod p3;
mod streams;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

use self::kernel::{Kernel, Version};
use crate::harness::{TestEnv, guest};

/// What a case is run in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Family {
    V4,
    V6,
}

/// A connection: stream 0 has connected to A, stream 1 was accepted there.
const CONNECTED: &str = "listen A; connect A; accept; ";

/// Runs every case both ways, and tells all that differ at once.
#[track_caller]
fn check_all(version: Version, family: Family, cases: &[&str]) {
    let name = match version {
        Version::P2 => "net-scripted",
        Version::P3 => "net_scripted_p3",
    };
    let module = guest("wasm32-wasip2", name);
    let (env, kernel) = (TestEnv::new(), Kernel::new(&module, version));
    let differences: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let steps = family.with_addresses(case);
            let output = env.run(["run", module.to_str().unwrap(), "--", &steps]);
            let expected = kernel.run(&steps);
            assert!(!expected.is_empty(), "{steps}");
            (output.stdout != expected)
                .then(|| format!("{case}\n--- pod\n{output}\n--- kernel\n{expected}"))
        })
        .collect();
    assert!(differences.is_empty(), "{version:?} {family:?}\n{}", differences.join("\n\n"));
}

/// The same, of a connection that is there.
#[track_caller]
fn check_connected(version: Version, family: Family, cases: &[&str]) {
    let cases: Vec<_> = cases.iter().map(|case| format!("{CONNECTED}{case}")).collect();
    let cases: Vec<_> = cases.iter().map(String::as_str).collect();
    check_all(version, family, &cases);
}

impl Family {
    pub(crate) fn with_addresses(self, case: &str) -> String {
        let port = free_port();
        let named = |name: u8| self.address(name, port + u16::from(name));
        let loopback = match self {
            Self::V4 => Ipv4Addr::LOCALHOST.to_string(),
            Self::V6 => format!("[{}]", Ipv6Addr::LOCALHOST),
        };
        let wildcard = match self {
            Self::V4 => Ipv4Addr::UNSPECIFIED.to_string(),
            Self::V6 => format!("[{}]", Ipv6Addr::UNSPECIFIED),
        };
        let word = |word: &str| match word.trim_end_matches(';') {
            "A" => word.replace('A', &named(0)),
            "B" => word.replace('B', &named(1)),
            "C" => word.replace('C', &named(2)),
            _ if word.contains(':') => {
                let ported = word.replace(":P", &format!(":{port}"));
                ported.replace("L:", &format!("{loopback}:")).replace("*:", &format!("{wildcard}:"))
            }
            _ => word.to_owned(),
        };
        case.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
    }

    /// IPv4 has a whole network of loopback addresses, IPv6 but one.
    fn address(self, name: u8, port: u16) -> String {
        let [.., high, low] = std::process::id().to_be_bytes();
        let ip: IpAddr = match self {
            Self::V4 => Ipv4Addr::new(127, 1 + high % 250, low, 1 + name).into(),
            Self::V6 => Ipv6Addr::LOCALHOST.into(),
        };
        SocketAddr::from((ip, port)).to_string()
    }
}

/// Returns a port that nobody has, of neither protocol and neither family, nor the two after it. It is
/// none of those that the system gives out by itself.
fn free_port() -> u16 {
    static LAST: AtomicU16 = AtomicU16::new(0);
    loop {
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let number = number.wrapping_add((std::process::id() as u16).wrapping_mul(61));
        let port = 10_000 + 3 * (number % 7_000);
        if (port..port + 3).all(is_free) {
            return port;
        }
    }
}

fn is_free(port: u16) -> bool {
    let all = [IpAddr::from(Ipv4Addr::UNSPECIFIED), Ipv6Addr::UNSPECIFIED.into()];
    all.into_iter()
        .all(|ip| TcpListener::bind((ip, port)).is_ok() && UdpSocket::bind((ip, port)).is_ok())
}
