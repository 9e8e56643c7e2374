//! Whole pods: from a manifest to three containers that run, and a thousand that do nothing.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::inside::Measure;
use super::sample::{Sampler, alternate};
use super::start::milliseconds;
use super::{Bench, Measurement};
use crate::shell::{run, succeeds};

const RUNS: usize = 20;
const WARM_UP: usize = 2;

const CONTAINERS: usize = 3;

const IMAGE: &str = "localhost/bench/scripted:1";

/// What the peer runs; it has to be in its store.
const PEER_IMAGE: &str = "docker.io/library/busybox:latest";

/// As many as the usual limit of open files allows.
const IDLE_PODS: usize = 1000;
const IDLE_TIME: Duration = Duration::from_secs(5);

/// Three containers that run, from the command on. The peer's command ends when they do.
pub(crate) fn start_three(bench: &Bench) -> anyhow::Result<Measurement> {
    let data = bench.folder("start3")?;
    let scripted = bench.hello.with_file_name("scripted.wasm");
    let mut import = ours(bench, &data);
    run(import.args(["image", "import"]).arg(scripted).arg(IMAGE).stdout(Stdio::null()))?;
    let manifest = manifest(&data, IMAGE, r#"args: ["write up", forever]"#)?;
    let mut ours = || all_up(ours(bench, &data).arg("run").arg(&manifest));

    let peer_manifest = self::manifest(&bench.folder("start3-peer")?, PEER_IMAGE, SLEEP)?;
    let podman = bench.podman.as_ref().filter(|podman| {
        let there = succeeds(Command::new(podman).args(["image", "exists", PEER_IMAGE]));
        if !there {
            println!("skipped: pod/start3: podman has no image {PEER_IMAGE}");
        }
        there
    });
    let kube = |verb: &str| {
        let mut command = Command::new(podman.map_or(Path::new("podman"), PathBuf::as_path));
        command.args(["kube", verb]).arg(&peer_manifest);
        command
    };
    let mut peer = || {
        let took = milliseconds(&mut [kube("play")])?;
        run(kube("down").stdout(Stdio::null()))?;
        Ok(took)
    };
    let peer: Option<Sampler<'_>> = podman.is_some().then_some(&mut peer);
    let medians = alternate(WARM_UP, RUNS, &mut ours, peer)?;
    Ok(Measurement::new("pod/start3", "ms", medians.ours, medians.peer, RUNS))
}

const SLEEP: &str = r#"command: [sleep, "1000"]"#;

fn ours(bench: &Bench, data: &Path) -> Command {
    let mut command = Command::new(&bench.wasmpod);
    command.arg("--data-dir").arg(data);
    command
}

fn manifest(folder: &Path, image: &str, program: &str) -> anyhow::Result<PathBuf> {
    let mut text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: three}\nspec:\n  containers:\n".to_owned();
    for number in 0..CONTAINERS {
        writeln!(text, "    - {{name: c{number}, image: {image:?}, {program}}}")?;
    }
    let path = folder.join("pod.yaml");
    fs::write(&path, text)?;
    Ok(path)
}

/// Returns how long it takes until each container has written its line.
fn all_up(command: &mut Command) -> anyhow::Result<f64> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let start = Instant::now();
    let mut process = command.spawn().context("cannot start wasmpod")?;
    let lines = BufReader::new(process.stdout.take().context("no pipe")?).lines();
    let up = lines.take(CONTAINERS).filter(Result::is_ok).count();
    let took = start.elapsed();
    process.kill()?;
    process.wait()?;
    ensure!(up == CONTAINERS, "only {up} of {CONTAINERS} containers came up");
    Ok(took.as_secs_f64() * 1e3)
}

/// How often the threads of a process with many idle pods wake up in a second.
pub(crate) fn idle(bench: &Bench) -> anyhow::Result<Measurement> {
    let pause = bench.hello.with_file_name("pause.wasm");
    let mut measure = Measure::start(bench, "pods", &pause)?;
    measure.ask(&IDLE_PODS.to_string())?;
    // What the last starts have left behind them comes to rest.
    thread::sleep(Duration::from_secs(1));
    let before = switches(measure.id())?;
    thread::sleep(IDLE_TIME);
    let woken = switches(measure.id())?.saturating_sub(before);
    let per_second = woken as f64 / IDLE_TIME.as_secs_f64();
    Ok(Measurement::new("lifecycle/idle", "wake-ups/s", per_second, None, IDLE_PODS))
}

/// Returns how often all threads of a process were put on a processor.
fn switches(process: u32) -> anyhow::Result<u64> {
    let tasks = format!("/proc/{process}/task");
    let mut sum = 0;
    for task in fs::read_dir(&tasks).with_context(|| format!("{tasks} (Linux only)"))? {
        // A thread that has ended meanwhile does not wake up any more.
        let status = fs::read_to_string(task?.path().join("status")).unwrap_or_default();
        let lines = status.lines().filter_map(|line| line.split_once("ctxt_switches:"));
        sum += lines.filter_map(|(_, number)| number.trim().parse::<u64>().ok()).sum::<u64>();
    }
    Ok(sum)
}

/// One event of a pod of ten containers: applied, and planned what follows.
pub(crate) fn plan_ten(bench: &Bench) -> anyhow::Result<Measurement> {
    let mut measure = Measure::start(bench, "plan", &bench.hello)?;
    let mut ours = || Ok(measure.ask("")?.parse()?);
    let medians = alternate(WARM_UP, RUNS, &mut ours, None)?;
    Ok(Measurement::new("lifecycle/plan10", "µs", medians.ours, None, RUNS))
}
