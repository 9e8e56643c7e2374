//! One process with the engine in it, for `cargo xtask bench` to measure.
//!
//! `measure runs FILE.wasm DATA`: for each line of input runs a container from its start action to its
//! end and prints how many microseconds that took. `measure pods FILE.wasm DATA`: each line of input is
//! a number; prints it again when so many pods run. `measure hit FILE.wasm DATA`: for each line of
//! input finds the image `localhost/measured:v1` in the store and prints how many microseconds that took.
//! `measure plan FILE.wasm DATA`: for each line of input
//! decides many events of one pod and prints how many microseconds one took. `measure stock FILE.wasm
//! DATA`: each line of input is the arguments of two programs; runs them over the sockets of the kernel
//! and prints what the second printed. `measure hyper FILE.wasm DATA` serves http without a guest; prints
//! where, for each line of input. It ends with its input, and all of it with it.

#![expect(clippy::print_stdout, reason = "what is printed is the measurement")]

mod hit;
mod hyper;
mod plan;
mod pod;
mod pods;
mod runs;
mod stock;

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use wasmpod::config::{Configuration, DataDir};
use wasmpod::runtime::Runtime;

/// What the image is called; the module's file stands behind it.
const IMAGE: &str = "measured";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [mode, file, data] = arguments.as_slice() else {
        bail!("want MODE FILE.wasm DATA, found {} arguments", arguments.len());
    };
    let runtime = Arc::new(Runtime::new(DataDir::new(data), &Configuration::default())?);
    runtime.images.with_file(IMAGE, Path::new(file))?;
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&tokio, async {
        match mode.to_str() {
            Some("runs") => runs::answer(&runtime).await,
            Some("pods") => pods::answer(&runtime).await,
            Some("hit") => hit::answer(&runtime).await,
            Some("plan") => plan::answer().await,
            Some("hyper") => hyper::answer().await,
            Some("stock") => stock::answer(Path::new(file)).await,
            _ => bail!("no mode {}: want runs, pods, hit, plan, hyper or stock", mode.display()),
        }
    })
}

/// The lines of standard input, read where they do not hold up the pods.
struct Input(tokio::sync::mpsc::UnboundedReceiver<String>);

impl Input {
    fn new() -> Self {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let lines = std::io::stdin().lines().map_while(Result::ok);
            // When nobody listens any more, this process is about to end.
            lines.into_iter().all(|line| sender.send(line).is_ok());
        });
        Self(receiver)
    }

    async fn line(&mut self) -> Option<String> {
        self.0.recv().await
    }
}

/// Prints a line, and sees to it that it arrives.
fn answer(line: impl std::fmt::Display) -> anyhow::Result<()> {
    println!("{line}");
    Ok(std::io::stdout().flush()?)
}
