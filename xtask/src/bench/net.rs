//! A connection between two programs: how much goes through it, and how long a message takes to and fro.
//!
//! The programs are the same on both sides, and measure by themselves. Ours are two containers of a pod;
//! the peers are the same components over the sockets that come with the engine, both in one thread, and
//! two processes of this machine.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use super::inside::Measure;
use super::sample::alternate;
use super::{Bench, Measurement};
use crate::shell::{cargo, output, root, run};

const RUNS: usize = 15;
const WARM_UP: usize = 1;

const IMAGE: &str = "localhost/bench/speed:1";

/// What is measured, in nanoseconds, and what of that is told.
#[derive(Clone, Copy)]
enum What {
    /// Told in GB/s.
    Throughput,
    /// Told in µs.
    Roundtrip,
}

/// In 64 KiB each.
const BYTES: u32 = 1 << 30;

/// Messages of 64 bytes.
const MESSAGES: u32 = 20_000;

impl What {
    /// Returns what the two programs are called with.
    fn arguments(self, port: u16) -> [String; 2] {
        match self {
            Self::Throughput => {
                [format!("sink 127.0.0.1:{port}"), format!("pour 127.0.0.1:{port} {BYTES}")]
            }
            Self::Roundtrip => {
                [format!("echo 127.0.0.1:{port}"), format!("ping 127.0.0.1:{port} {MESSAGES}")]
            }
        }
    }

    /// Returns the number that is told, from what the client printed.
    fn told(self, printed: &str) -> anyhow::Result<f64> {
        let nanoseconds = printed.trim().parse::<f64>();
        let nanoseconds = nanoseconds.with_context(|| format!("the client printed {printed:?}"))?;
        Ok(match self {
            Self::Throughput => f64::from(BYTES) / nanoseconds,
            Self::Roundtrip => nanoseconds / 1e3,
        })
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Throughput => "GB/s",
            Self::Roundtrip => "µs",
        }
    }
}

pub(crate) fn p2_throughput(bench: &Bench) -> anyhow::Result<Measurement> {
    beside_stock(bench, "net/p2/throughput", "net-speed.wasm", What::Throughput)
}

pub(crate) fn p2_roundtrip(bench: &Bench) -> anyhow::Result<Measurement> {
    beside_stock(bench, "net/p2/roundtrip", "net-speed.wasm", What::Roundtrip)
}

pub(crate) fn p3_throughput(bench: &Bench) -> anyhow::Result<Measurement> {
    beside_stock(bench, "net/p3/throughput", "net_speed_p3.wasm", What::Throughput)
}

pub(crate) fn p3_roundtrip(bench: &Bench) -> anyhow::Result<Measurement> {
    beside_stock(bench, "net/p3/roundtrip", "net_speed_p3.wasm", What::Roundtrip)
}

pub(crate) fn native_throughput(bench: &Bench) -> anyhow::Result<Measurement> {
    beside_native(bench, "net/native_loopback/throughput", What::Throughput)
}

pub(crate) fn native_roundtrip(bench: &Bench) -> anyhow::Result<Measurement> {
    beside_native(bench, "net/native_loopback/roundtrip", What::Roundtrip)
}

/// Beside the same components on the sockets of the kernel.
fn beside_stock(
    bench: &Bench,
    name: &'static str,
    guest: &str,
    what: What,
) -> anyhow::Result<Measurement> {
    let guest = bench.hello.with_file_name(guest);
    let pod = TwoContainers::new(bench, &guest, what)?;
    let mut stock = Measure::start(bench, "stock", &guest)?;
    let mut peer = || what.told(&stock.ask(&what.arguments(free_port()?).join("|"))?);
    let medians = alternate(WARM_UP, RUNS, &mut || pod.sample(), Some(&mut peer))?;
    Ok(Measurement::new(name, what.unit(), medians.ours, medians.peer, RUNS))
}

/// Beside the same program, compiled for this machine, in two processes.
fn beside_native(bench: &Bench, name: &'static str, what: What) -> anyhow::Result<Measurement> {
    let pod = TwoContainers::new(bench, &bench.hello.with_file_name("net-speed.wasm"), what)?;
    let native = native(bench)?;
    let mut peer = || {
        let arguments = what.arguments(free_port()?);
        let [mut server, mut client] = arguments.map(|words| {
            let mut command = Command::new(&native);
            command.args(words.split_whitespace());
            command
        });
        let mut server = server.spawn().context("cannot start the native server")?;
        let printed = output(&mut client);
        // It has ended with its client, unless there was none.
        let _ = server.kill();
        server.wait()?;
        what.told(&printed?)
    };
    let medians = alternate(WARM_UP, RUNS, &mut || pod.sample(), Some(&mut peer))?;
    Ok(Measurement::new(name, what.unit(), medians.ours, medians.peer, RUNS))
}

/// Compiles the programs for this machine.
fn native(bench: &Bench) -> anyhow::Result<PathBuf> {
    let folder = bench.scratch.join("native");
    let mut build = cargo(&["build", "--quiet", "--release", "--package=net-speed"]);
    build.arg("--manifest-path").arg(root().join("tests/guests/Cargo.toml"));
    run(build.arg("--target-dir").arg(&folder))?;
    Ok(folder.join("release").join(format!("net-speed{}", std::env::consts::EXE_SUFFIX)))
}

/// A pod of a server and a client.
struct TwoContainers {
    wasmpod: PathBuf,
    data: PathBuf,
    manifest: PathBuf,
    what: What,
}

impl TwoContainers {
    fn new(bench: &Bench, guest: &Path, what: What) -> anyhow::Result<Self> {
        let data = bench.folder("net")?;
        let manifest = data.join("pod.yaml");
        let mut text = "apiVersion: v1\nkind: Pod\nmetadata: {name: speed}\nspec:\n  \
                        restartPolicy: Never\n  containers:\n"
            .to_owned();
        for (name, arguments) in ["server", "client"].iter().zip(what.arguments(80)) {
            let arguments: Vec<_> = arguments.split_whitespace().collect();
            text += &format!("    - {{name: {name}, image: {IMAGE:?}, args: {arguments:?}}}\n");
        }
        fs::write(&manifest, text)?;
        let pod = Self { wasmpod: bench.wasmpod.clone(), data, manifest, what };
        let mut import = pod.command();
        run(import.args(["image", "import"]).arg(guest).arg(IMAGE).stdout(Stdio::null()))?;
        Ok(pod)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.wasmpod);
        command.arg("--data-dir").arg(&self.data).env_remove("RUST_BACKTRACE");
        command
    }

    fn sample(&self) -> anyhow::Result<f64> {
        let mut pod = self.command();
        pod.arg("run").arg(&self.manifest).stdin(Stdio::null());
        // Its summary is for people.
        let output = pod.stderr(Stdio::null()).output().context("cannot start wasmpod")?;
        let printed = String::from_utf8(output.stdout)?;
        let lines = printed.lines().find_map(|line| line.strip_prefix("client | "));
        self.what.told(lines.unwrap_or(&printed))
    }
}

/// Returns a port of this machine that nobody has.
pub(super) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[test]
fn what_is_told() {
    let check = |what: What, printed: &str, expected: Option<f64>| {
        assert_eq!(what.told(printed).ok(), expected, "{printed:?}");
    };
    check(What::Throughput, "1073741824\n", Some(1.0));
    check(What::Roundtrip, "4700\n", Some(4.7));
    check(What::Roundtrip, "", None);
}
