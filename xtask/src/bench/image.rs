//! What images cost a start.

use std::process::Command;

use super::inside::Measure;
use super::sample::alternate;
use super::{Bench, Measurement};
use crate::shell::output;

const RUNS: usize = 200;
const WARM_UP: usize = 10;

/// What `measure hit` asks for.
const STORED: &str = "localhost/measured:v1";

/// Finding and leasing an image that is in the store, by a process that has not asked for it before.
pub(crate) fn hit(bench: &Bench) -> anyhow::Result<Measurement> {
    let mut measure = Measure::start(bench, "hit", &bench.hello)?;
    let mut import = Command::new(&bench.wasmpod);
    // Where `measure` looks, once it is asked.
    import.arg("--data-dir").arg(bench.scratch.join("hit"));
    output(import.args(["image", "import"]).arg(&bench.hello).arg(STORED))?;
    let mut ours = || Ok(measure.ask("")?.parse::<f64>()? / 1e3);
    let medians = alternate(WARM_UP, RUNS, &mut ours, None)?;
    Ok(Measurement::new("image/hit", "ms", medians.ours, medians.peer, RUNS))
}
