//! `cargo xtask bench`: how fast and how small we are, beside a peer measured in the same run.
//!
//! Only the ratios mean something on another machine; docs/performance.md keeps them. A peer that is not
//! in PATH is named and left out.

mod connections;
mod http;
mod image;
mod inside;
mod net;
mod pod;
mod report;
mod sample;
mod start;
mod validate;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use self::report::Measurement;
use crate::guests;
use crate::shell::{built, cargo, find, run, target_dir};

type Measure = fn(&Bench) -> anyhow::Result<Measurement>;

/// What can be measured, and who is the peer.
const BENCHES: [(&str, Option<&str>, Measure); 21] = [
    ("start/warm", Some("wasmtime"), start::warm),
    ("start/cold", Some("wasmtime"), start::cold),
    ("start/in_process", Some("wasmtime"), inside::in_process),
    ("pod/start3", Some("podman"), pod::start_three),
    ("density/kib_per_pod", None, inside::kib_per_pod),
    ("lifecycle/plan10", None, pod::plan_ten),
    ("lifecycle/idle", None, pod::idle),
    ("validate/1000", None, validate::thousand),
    ("image/hit", None, image::hit),
    ("net/p2/throughput", None, net::p2_throughput),
    ("net/p2/roundtrip", None, net::p2_roundtrip),
    ("net/p3/throughput", None, net::p3_throughput),
    ("net/p3/roundtrip", None, net::p3_roundtrip),
    ("net/native_loopback/throughput", None, net::native_throughput),
    ("net/native_loopback/roundtrip", None, net::native_roundtrip),
    ("net/idle_connection", None, connections::idle),
    ("http/fresh/rate", Some("wasmtime"), http::fresh),
    ("http/fresh/p99", Some("wasmtime"), http::fresh_p99),
    ("http/reuse/rate", Some("wasmtime"), http::reuse),
    ("http/ceiling", None, http::ceiling),
    ("http/growth", None, http::growth),
];

/// What the measurements stand on.
pub(crate) struct Bench {
    /// The release build of ours.
    wasmpod: PathBuf,
    /// The guest that prints one line.
    hello: PathBuf,
    /// The peers, if they are there.
    wasmtime: Option<PathBuf>,
    podman: Option<PathBuf>,
    /// Where files of the run go.
    scratch: PathBuf,
}

/// Measures what was named, or everything.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    let Arguments { names, json } = Arguments::parse(arguments)?;
    let bench = Bench::prepare()?;
    let mut lines = String::new();
    println!("{}", Measurement::heading());
    for (name, peer, measure) in BENCHES.iter().filter(|(name, ..)| asked_for(&names, name)) {
        if name.starts_with("http/") && !http::has_client()? {
            println!("skipped: {name}: no `{}` in PATH, and no way to install it", http::CLIENT);
            continue;
        }
        let measurement = measure(&bench).with_context(|| format!("cannot measure {name}"))?;
        println!("{}", measurement.row());
        lines += &(measurement.json() + "\n");
        if let Some(peer) = peer.filter(|peer| find(peer).is_none()) {
            println!("skipped: {name}: no `{peer}` in PATH");
        }
    }
    println!("size of the binary: {:.1} MiB", mebibytes(&bench.wasmpod)?);
    if let Some(file) = json {
        std::fs::write(&file, lines).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

impl Bench {
    fn prepare() -> anyhow::Result<Self> {
        guests::build()?;
        run(&mut cargo(&["build", "--release", "--package=wasmpod"]))?;
        let scratch = target_dir().join("bench");
        let own = Self {
            wasmpod: built("release", "wasmpod"),
            hello: guests::folder().join("wasm32-wasip2/release/hello.wasm"),
            wasmtime: find("wasmtime"),
            podman: find("podman"),
            scratch,
        };
        own.folder("")?;
        Ok(own)
    }

    /// Builds the process to measure in, and returns it.
    fn measure(&self) -> anyhow::Result<PathBuf> {
        // With `wasmpod` again: so that the features are the same, and nothing is compiled twice.
        let packages = ["build", "--release", "--package=wasmpod", "--package=measure"];
        run(&mut cargo(&packages))?;
        Ok(built("release", "measure"))
    }

    /// Returns an empty folder.
    fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.scratch.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    fn peer(&self) -> anyhow::Result<&Path> {
        self.wasmtime.as_deref().context("no `wasmtime` in PATH")
    }

    /// Returns the guest as the peer compiled it, if the peer is there.
    fn compiled(&self) -> anyhow::Result<PathBuf> {
        let compiled = self.scratch.join("hello.cwasm");
        if let Some(wasmtime) = &self.wasmtime {
            run(Command::new(wasmtime).arg("compile").arg(&self.hello).arg("-o").arg(&compiled))?;
        }
        Ok(compiled)
    }
}

fn mebibytes(file: &Path) -> anyhow::Result<f64> {
    // No binary is so large that a float would lose bytes of it.
    Ok(std::fs::metadata(file)?.len() as f64 / 1024.0 / 1024.0)
}

/// Returns whether `name` was named, itself or a group it belongs to; nothing named is everything.
fn asked_for(names: &[String], name: &str) -> bool {
    let is_of = |asked: &String| {
        name.strip_prefix(asked.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    names.is_empty() || names.iter().any(is_of)
}

#[derive(Debug, Default, PartialEq)]
struct Arguments {
    names: Vec<String>,
    json: Option<PathBuf>,
}

impl Arguments {
    fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let mut parsed = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--json" {
                parsed.json = Some(arguments.next().context("--json needs a file")?.into());
            } else if BENCHES
                .iter()
                .any(|(name, ..)| asked_for(std::slice::from_ref(argument), name))
            {
                parsed.names.push(argument.clone());
            } else {
                let known: Vec<_> = BENCHES.iter().map(|(name, ..)| *name).collect();
                bail!("no bench `{argument}`; there are {}", known.join(", "));
            }
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        fn check(line: &str, expected: Result<(&[&str], Option<&str>), &str>) {
            let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
            let parsed = Arguments::parse(&words).map_err(|error| error.to_string());
            let expected = expected.map(|(names, json)| Arguments {
                names: names.iter().map(ToString::to_string).collect(),
                json: json.map(PathBuf::from),
            });
            match (parsed, expected) {
                (Err(error), Err(start)) => assert!(error.starts_with(start), "{error}"),
                (parsed, expected) => assert_eq!(parsed, expected.map_err(str::to_owned), "{line}"),
            }
        }
        check("", Ok((&[], None)));
        check("start/warm --json a.json", Ok((&["start/warm"], Some("a.json"))));
        check("start", Ok((&["start"], None)));
        check("net/p2", Ok((&["net/p2"], None)));
        check("net/p", Err("no bench `net/p`; there are start/warm"));
        check("stop", Err("no bench `stop`; there are start/warm"));
        check("--json", Err("--json needs a file"));
    }
}
