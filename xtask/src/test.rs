//! `cargo xtask test`: runs all tests, with what they need.

use std::path::Path;

use anyhow::bail;

use crate::shell::{built, cargo, run, succeeds};
use crate::{guests, package, wasi_testsuite};

/// Compiles the guests, gets the tools, runs the tests. Arguments go to the test runner.
pub(crate) fn command(arguments: &[String]) -> anyhow::Result<()> {
    if let [flag, rest @ ..] = arguments
        && flag == "--wasi-testsuite"
    {
        return wasi_testsuite(rest);
    }
    if let [flag, rest @ ..] = arguments
        && flag == "--behaviour"
    {
        return behaviour(rest);
    }
    guests::build()?;
    // A real registry to test against, and another tool that speaks with it.
    ["docker-registry", "skopeo"].into_iter().try_for_each(tool)?;
    let runner: &[&str] = if succeeds(&mut cargo(&["nextest", "--version"])) {
        &["nextest", "run", "--workspace"]
    } else {
        eprintln!(
            "test: `cargo install --locked cargo-nextest` runs them faster; now with cargo test"
        );
        &["test", "--workspace", "--lib", "--bins", "--tests"]
    };
    // First the few, so that what is printed last is the sum of the many.
    if arguments.is_empty() {
        run(&mut cargo(&["test", "--quiet", "--workspace", "--doc"]))?;
    }
    run(cargo(runner).args(arguments).env("WASMPOD_GUESTS", guests::folder()))
}

/// Runs a suite of somebody else's.
fn wasi_testsuite(arguments: &[String]) -> anyhow::Result<()> {
    let [dir] = arguments else { bail!("--wasi-testsuite wants a directory, and nothing else") };
    run(&mut cargo(&["build", "--quiet", "--package", "wasmpod"]))?;
    wasi_testsuite::run(Path::new(dir), &built("debug", "wasmpod"))
}

/// Runs scenarios of Pods, which may be long: not under the test runner, which has a limit for tests.
fn behaviour(arguments: &[String]) -> anyhow::Result<()> {
    let [place, only @ ..] = arguments else { bail!("--behaviour wants a file or a directory") };
    guests::build()?;
    let place = std::path::absolute(place)?;
    let test = ["test", "--quiet", "--package=wasmpod", "--test=main", "--"];
    let mut test = cargo(&test);
    test.args(["behaviour::scenarios", "--exact", "--nocapture"]);
    test.env("WASMPOD_BEHAVIOUR", place).env("WASMPOD_BEHAVIOUR_ONLY", only.join(" "));
    run(test.env("WASMPOD_GUESTS", guests::folder()))
}

/// Sees to it that a program is there without which tests fail.
fn tool(program: &str) -> anyhow::Result<()> {
    if package::get(program)? {
        return Ok(());
    }
    let install = package::install(program).join(" ");
    bail!("the tests need {program}: `sudo apt-get {install}` installs it")
}
