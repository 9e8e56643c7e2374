//! What a connection between two containers costs that nobody says anything over: both of its ends, and
//! what the guest keeps for them.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use super::inside::rss_kib;
use super::{Bench, Measurement};

/// Between how many the cost of one is measured: the first ones pay for what all share.
const CONNECTIONS: [usize; 2] = [100, 1600];

pub(crate) fn idle(bench: &Bench) -> anyhow::Result<Measurement> {
    let [few, many] = CONNECTIONS;
    let (kib_of_few, kib_of_many) = (kib(bench, few)?, kib(bench, many)?);
    let per_connection = (kib_of_many - kib_of_few) / (many - few) as f64;
    Ok(Measurement::new("net/idle_connection", "KiB", per_connection, None, many - few))
}

/// Returns what a process takes in which a guest has so many.
fn kib(bench: &Bench, connections: usize) -> anyhow::Result<f64> {
    let steps = format!("listen 127.0.0.1:80; pairs 127.0.0.1:80 {connections}; sleep-for-ever");
    let mut command = Command::new(&bench.wasmpod);
    command.arg("--data-dir").arg(bench.folder("connections")?).arg("run");
    command.arg(bench.hello.with_file_name("net-scripted.wasm")).arg("--").arg(steps);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).env_remove("RUST_BACKTRACE");
    let mut process = command.spawn().context("cannot start wasmpod")?;
    let lines = BufReader::new(process.stdout.take().context("no pipe")?).lines();
    let told = lines.map_while(Result::ok).nth(1);
    let kib = rss_kib(process.id());
    process.kill()?;
    process.wait()?;
    ensure!(told == Some(format!("pairs: {connections}")), "the guest says {told:?}");
    kib
}
