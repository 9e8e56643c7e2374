//! `cargo xtask ci`: everything that has to hold before a change is taken; `.ci/run` installs what it needs
//! and runs it.
//!
//! The steps are ordinary commands that anyone can run alone. They stand in an order in which what one
//! compiles serves the next.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::shell::{cargo, find, root, run, show};

/// Runs all steps, stops at the first that fails, and says how long each took.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    if let [argument, ..] = arguments {
        bail!("ci takes no argument, found `{argument}`");
    }
    let mut times = Vec::new();
    let result = steps().iter_mut().try_for_each(|step| perform(step, &mut times));
    for (name, time) in &times {
        eprintln!("ci: {:>6.1} s  {name}", time.as_secs_f64());
    }
    result
}

fn perform(step: &mut Command, times: &mut Vec<(String, Duration)>) -> anyhow::Result<()> {
    let name = show(step).replace(&show(&cargo(&[])), "cargo");
    eprintln!("ci: {name}");
    let start = Instant::now();
    let result = run(step);
    times.push((name, start.elapsed()));
    result
}

fn steps() -> Vec<Command> {
    let mut steps = vec![cargo(&["fmt", "--all", "--check"])];
    for guests in ["examples", "tests/guests"] {
        if root().join(guests).join("Cargo.toml").exists() {
            let mut format = cargo(&["fmt", "--all", "--check"]);
            format.current_dir(root().join(guests));
            steps.push(format);
        }
    }
    steps.push(cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny=warnings"]));
    steps.push(cargo(&["xtask", "test"]));
    steps.push(cargo(&["doc", "--workspace", "--no-deps"]));
    steps.last_mut().expect("just pushed").env("RUSTDOCFLAGS", "--deny=warnings");
    steps.push(cargo(&["xtask", "demo"]));
    steps.push(cargo(&["xtask", "demo", "hello"]));
    // What users have: the one build with everything on, which both of these take.
    steps.push(cargo(&["install", "--locked", "--path=runtime", "--root=target/installed"]));
    steps.push(cargo(&["xtask", "bench"]));
    // Without the advisories, which need a network and change while the code does not.
    match find("cargo-deny") {
        Some(_) => steps.push(cargo(&["deny", "check", "bans", "licenses", "sources"])),
        None => {
            eprintln!("ci: skipped: cargo deny: `cargo install --locked cargo-deny` installs it")
        }
    }
    steps
}
