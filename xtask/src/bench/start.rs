//! From a command to the end of a container that prints one line: whole processes, as a user starts them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

use super::sample::{Sampler, alternate};
use super::{Bench, Measurement};
use crate::shell::{output, run, show};

const RUNS: usize = 30;
const WARM_UP: usize = 3;

/// Everything compiled before, on both sides.
pub(crate) fn warm(bench: &Bench) -> anyhow::Result<Measurement> {
    let data = bench.folder("warm")?;
    greets(&mut ours(bench, &data))?;
    let compiled = bench.compiled()?;
    let mut ours = || milliseconds(&mut [ours(bench, &data)]);
    let mut peer = || milliseconds(&mut [precompiled(bench, &compiled)?]);
    let peer: Option<Sampler<'_>> = bench.wasmtime.is_some().then_some(&mut peer);
    let medians = alternate(WARM_UP, RUNS, &mut ours, peer)?;
    Ok(Measurement::new("start/warm", "ms", medians.ours, medians.peer, RUNS))
}

/// Nothing compiled before, on neither side.
pub(crate) fn cold(bench: &Bench) -> anyhow::Result<Measurement> {
    let compiled = bench.compiled()?;
    let mut ours = || {
        // A fresh data directory; making it is not measured.
        let data = bench.folder("cold")?;
        milliseconds(&mut [ours(bench, &data)])
    };
    let mut peer = || {
        let mut compile = Command::new(bench.peer()?);
        compile.arg("compile").arg(&bench.hello).arg("-o").arg(&compiled);
        milliseconds(&mut [compile, precompiled(bench, &compiled)?])
    };
    let peer: Option<Sampler<'_>> = bench.wasmtime.is_some().then_some(&mut peer);
    let medians = alternate(1, RUNS, &mut ours, peer)?;
    Ok(Measurement::new("start/cold", "ms", medians.ours, medians.peer, RUNS))
}

fn ours(bench: &Bench, data: &Path) -> Command {
    let mut command = Command::new(&bench.wasmpod);
    command.arg("--data-dir").arg(data).arg("run").arg(&bench.hello);
    command
}

/// Returns how the peer runs what it compiled before.
pub(crate) fn precompiled(bench: &Bench, compiled: &PathBuf) -> anyhow::Result<Command> {
    let mut command = Command::new(bench.peer()?);
    command.args(["run", "--allow-precompiled"]).arg(compiled);
    Ok(command)
}

/// Returns how long the commands take one after the other; each has to succeed.
pub(crate) fn milliseconds(commands: &mut [Command]) -> anyhow::Result<f64> {
    for command in &mut *commands {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    }
    let start = Instant::now();
    for command in &mut *commands {
        let status = command.status().with_context(|| show(command))?;
        if !status.success() {
            // Again, to see what it says.
            run(command.stdout(Stdio::inherit()).stderr(Stdio::inherit()))?;
            bail!("`{}` failed once", show(command));
        }
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}

/// Checks that what is measured is what it should be.
fn greets(command: &mut Command) -> anyhow::Result<()> {
    let printed = output(command)?;
    if !printed.contains("hello from a Wasm container") {
        bail!("`{}` printed {printed:?}", show(command));
    }
    Ok(())
}
