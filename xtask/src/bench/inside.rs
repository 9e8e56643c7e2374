//! What a process with the engine in it costs: a container more, a pod more.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, bail};

use super::sample::{Sampler, alternate};
use super::start::{milliseconds, precompiled};
use super::{Bench, Measurement};

const RUNS: usize = 100;
const WARM_UP: usize = 5;

/// Between how many pods the cost of one is measured: the first ones pay for what all share.
const PODS: [usize; 2] = [100, 600];

/// A container of a running process, from the start action to its end.
pub(crate) fn in_process(bench: &Bench) -> anyhow::Result<Measurement> {
    let mut measure = Measure::start(bench, "runs", &bench.hello)?;
    let compiled = bench.compiled()?;
    let mut ours = || {
        let microseconds = measure.ask("")?;
        Ok(microseconds.parse::<f64>()? / 1e3)
    };
    let mut peer = || milliseconds(&mut [precompiled(bench, &compiled)?]);
    let peer: Option<Sampler<'_>> = bench.wasmtime.is_some().then_some(&mut peer);
    let medians = alternate(WARM_UP, RUNS, &mut ours, peer)?;
    Ok(Measurement::new("start/in_process", "ms", medians.ours, medians.peer, RUNS))
}

/// One more idle pod: its own pages, its share of shared ones, and the tables of its pages.
pub(crate) fn kib_per_pod(bench: &Bench) -> anyhow::Result<Measurement> {
    let pause = bench.hello.with_file_name("pause.wasm");
    let mut measure = Measure::start(bench, "pods", &pause)?;
    let mut kib = [0; 2];
    for (kib, count) in kib.iter_mut().zip(PODS) {
        measure.ask(&count.to_string())?;
        *kib = measure.kib()?;
    }
    let count = PODS[1] - PODS[0];
    let per_pod = kib[1].saturating_sub(kib[0]) as f64 / count as f64;
    Ok(Measurement::new("density/kib_per_pod", "KiB", per_pod, None, count))
}

/// The process `measure`: answers each line with a line.
pub(crate) struct Measure {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Measure {
    pub(crate) fn start(bench: &Bench, mode: &str, guest: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new(bench.measure()?);
        command.arg(mode).arg(guest).arg(bench.folder(mode)?);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).env_remove("RUST_BACKTRACE");
        let mut process = command.spawn().context("cannot start measure")?;
        let input = process.stdin.take().expect("is piped");
        let output = BufReader::new(process.stdout.take().expect("is piped"));
        Ok(Self { process, input, output })
    }

    pub(crate) fn ask(&mut self, question: &str) -> anyhow::Result<String> {
        writeln!(self.input, "{question}")?;
        let mut answer = String::new();
        if self.output.read_line(&mut answer)? == 0 {
            bail!("measure gave up; see above");
        }
        Ok(answer.trim().to_owned())
    }

    /// Returns the number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    fn kib(&self) -> anyhow::Result<u64> {
        let process = Path::new("/proc").join(self.process.id().to_string());
        let read = |file: &str| {
            let path = process.join(file);
            fs::read_to_string(&path).with_context(|| format!("{} (Linux only)", path.display()))
        };
        let (memory, status) = (read("smaps_rollup")?, read("status")?);
        let pss = field(&memory, "Pss:").context("no Pss in smaps_rollup")?;
        let tables = field(&status, "VmPTE:").context("no VmPTE in status")?;
        Ok(pss + tables)
    }
}

/// Returns what a process has in memory.
pub(super) fn rss_kib(process: u32) -> anyhow::Result<f64> {
    let file = format!("/proc/{process}/status");
    let status = fs::read_to_string(&file).with_context(|| format!("{file} (Linux only)"))?;
    Ok(field(&status, "VmRSS:").context("no VmRSS")? as f64)
}

impl Drop for Measure {
    fn drop(&mut self) {
        // It may have given up before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Returns the number of a line `name   number kB`.
fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[test]
fn fields() {
    let check = |name: &str, expected: Option<u64>| {
        let text = "5581-7ffd ---p 00000000 [rollup]\nRss:    5012 kB\nPss:     812 kB\n";
        assert_eq!(field(text, name), expected, "{name}");
    };
    check("Pss:", Some(812));
    check("Rss:", Some(5012));
    check("VmPTE:", None);
}
