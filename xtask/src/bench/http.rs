//! Requests to a service that says hello, from a real client: how many in a second, and how long the
//! slowest of a hundred takes.
//!
//! Ours is reached through a published port of the host. Both sides share the cores with the client.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};

use super::inside::{Measure, rss_kib};
use super::net::free_port;
use super::sample::{Sampler, alternate};
use super::{Bench, Measurement};
use crate::package;
use crate::shell::{output, run};

/// The client.
pub(crate) const CLIENT: &str = "wrk";

const RUNS: usize = 7;
const WARM_UP: usize = 1;
const CONNECTIONS: usize = 50;
const SECONDS: usize = 3;

/// How long a server may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

const IMAGE: &str = "localhost/bench/hello_http:1";

/// How many requests an instance answers where it may answer several.
const REUSE: u32 = 1000;

/// How long is waited, with requests, until memory is looked at for the first time, and the last.
const GROWTH_SECONDS: [usize; 2] = [10, 60];

/// What the client tells.
struct Told {
    per_second: f64,
    p99_ms: f64,
}

/// Returns whether the client is there, if need be because it was installed.
pub(crate) fn has_client() -> anyhow::Result<bool> {
    package::get(CLIENT)
}

pub(crate) fn fresh(bench: &Bench) -> anyhow::Result<Measurement> {
    beside_serve(bench, "http/fresh/rate", 1, "1/s", |told| told.per_second)
}

pub(crate) fn fresh_p99(bench: &Bench) -> anyhow::Result<Measurement> {
    beside_serve(bench, "http/fresh/p99", 1, "ms", |told| told.p99_ms)
}

pub(crate) fn reuse(bench: &Bench) -> anyhow::Result<Measurement> {
    beside_serve(bench, "http/reuse/rate", REUSE, "1/s", |told| told.per_second)
}

/// Beside the library that both stand on, with nothing behind it.
pub(crate) fn ceiling(bench: &Bench) -> anyhow::Result<Measurement> {
    let ours = Server::pod(bench, 1)?;
    let mut hyper = Measure::start(bench, "hyper", &bench.hello)?;
    let address = hyper.ask("")?.parse()?;
    let mut sample = || Ok(load(ours.address, SECONDS)?.per_second);
    let mut peer = || Ok(load(address, SECONDS)?.per_second);
    let medians = alternate(WARM_UP, RUNS, &mut sample, Some(&mut peer))?;
    Ok(Measurement::new("http/ceiling", "1/s", medians.ours, medians.peer, RUNS))
}

/// How much memory a million of requests leave behind.
pub(crate) fn growth(bench: &Bench) -> anyhow::Result<Measurement> {
    let ours = Server::pod(bench, 1)?;
    let [warm_up, counted] = GROWTH_SECONDS;
    load(ours.address, warm_up)?;
    let before = rss_kib(ours.process.id())?;
    let requests = load(ours.address, counted)?.per_second * counted as f64;
    let grown = rss_kib(ours.process.id())? - before;
    let per_million = grown * 1e6 / requests;
    Ok(Measurement::new("http/growth", "KiB/million", per_million, None, requests as usize))
}

/// Beside `wasmtime serve`, with as many requests to an instance.
fn beside_serve(
    bench: &Bench,
    name: &'static str,
    reuse: u32,
    unit: &'static str,
    what: fn(Told) -> f64,
) -> anyhow::Result<Measurement> {
    let ours = Server::pod(bench, reuse)?;
    let peer = bench.wasmtime.as_ref().map(|_| Server::wasmtime(bench, reuse)).transpose()?;
    let mut sample = || Ok(what(load(ours.address, SECONDS)?));
    let mut sample_of_peer = || {
        let peer = peer.as_ref().context("no peer")?;
        Ok(what(load(peer.address, SECONDS)?))
    };
    let peer: Option<Sampler<'_>> = peer.is_some().then_some(&mut sample_of_peer);
    let medians = alternate(WARM_UP, RUNS, &mut sample, peer)?;
    Ok(Measurement::new(name, unit, medians.ours, medians.peer, RUNS))
}

/// Sends requests for so long.
fn load(address: SocketAddr, seconds: usize) -> anyhow::Result<Told> {
    let mut client = Command::new(CLIENT);
    client.args(["-t1", "--latency"]);
    client.arg(format!("-c{CONNECTIONS}")).arg(format!("-d{seconds}s"));
    Told::read(&output(client.arg(format!("http://{address}/")))?)
}

impl Told {
    fn read(text: &str) -> anyhow::Result<Self> {
        for fault in ["Non-2xx", "Socket errors"] {
            if let Some(line) = text.lines().find(|line| line.trim_start().starts_with(fault)) {
                bail!("the requests failed: {}", line.trim());
            }
        }
        let after = |name: &str| {
            let line = text.lines().find_map(|line| line.trim_start().strip_prefix(name));
            line.map(str::trim).with_context(|| format!("the client does not tell {name}"))
        };
        let p99_ms = milliseconds(after("99%")?).context("the client tells an odd time")?;
        Ok(Self { per_second: after("Requests/sec:")?.parse()?, p99_ms })
    }
}

fn milliseconds(text: &str) -> Option<f64> {
    let number = text.trim_end_matches(char::is_alphabetic);
    let factor = match &text[number.len()..] {
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// A process that answers, until dropped.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// The service in a pod, published on the host.
    fn pod(bench: &Bench, reuse: u32) -> anyhow::Result<Self> {
        let data = bench.folder(&format!("http-{reuse}"))?;
        let ours = || {
            let mut command = Command::new(&bench.wasmpod);
            command.arg("--data-dir").arg(&data);
            command
        };
        let mut import = ours();
        import.args(["image", "import"]).arg(guest(bench)).arg(IMAGE);
        run(import.stdout(Stdio::null()))?;
        let port = free_port()?;
        let manifest = data.join("pod.yaml");
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: hello\n  annotations: \
             {{wasmpod.dev/http-reuse: \"{reuse}\"}}\nspec:\n  containers:\n    - {{name: hello, \
             image: {IMAGE:?}, ports: [{{containerPort: 80, hostPort: {port}, hostIP: 127.0.0.1}}]}}\n"
        );
        fs::write(&manifest, text)?;
        Self::start(ours().arg("run").arg(manifest), port)
    }

    fn wasmtime(bench: &Bench, reuse: u32) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(bench.peer()?);
        command.args(["serve", "-Scli", "--addr"]).arg(format!("127.0.0.1:{port}"));
        if reuse > 1 {
            command.arg(format!("--max-instance-reuse-count={reuse}"));
        }
        Self::start(command.arg(guest(bench)), port)
    }

    fn start(command: &mut Command, port: u16) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // What it says of errors that are none is not what is measured.
        command.env_remove("RUST_BACKTRACE");
        let process = command.spawn().context("cannot start a server")?;
        let mut server = Self { process, address: ([127, 0, 0, 1], port).into() };
        let tries = PATIENCE.as_millis() / 10;
        for _ in 0..tries {
            if let Some(status) = server.process.try_wait()? {
                bail!("the server has ended: {status}");
            }
            if TcpStream::connect(server.address).is_ok() && load(server.address, 1).is_ok() {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(10));
        }
        bail!("the server does not answer")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn guest(bench: &Bench) -> PathBuf {
    bench.hello.with_file_name("hello_http.wasm")
}

#[test]
fn what_the_client_tells() {
    let text = "Running 3s test\n  Latency Distribution\n     50%  828.00us\n     \
                99%    1.25ms\n  9 requests in 3.00s, 1MB read\nRequests/sec:  42000.50\n";
    let told = Told::read(text).expect("it is what wrk prints");
    assert_eq!((told.per_second, told.p99_ms), (42000.5, 1.25));
    assert!(Told::read(&format!("{text}  Non-2xx or 3xx responses: 7\n")).is_err());
    assert!(Told::read("").is_err());
    for (text, expected) in [("1s", Some(1000.0)), ("250us", Some(0.25)), ("5m", None)] {
        assert_eq!(milliseconds(text), expected, "{text}");
    }
}
