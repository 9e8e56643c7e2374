//! The chores of the repository: `cargo xtask help` lists them.
//!
//! One file per command. A chore finds what it needs, gets it where it can, and else says in one line
//! which command does. This crate stays light, because every chore begins with compiling it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to who runs it")]

mod bench;
mod ci;
mod demo;
mod guests;
mod package;
mod shell;
mod test;
mod toolchain;
mod wasi_testsuite;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  guests                      compile the guests of examples/ and tests/guests/
  demo [EXAMPLE]              run an example Pod (weather-station) from its source
  test [ARGUMENT…]            run all tests; arguments go to the test runner
  test --wasi-testsuite DIR   run a suite in the form of the WebAssembly organisation's
  test --behaviour PATH [ID…] run scenarios of Pods in real time: a file of them, or a directory
  bench [NAME…] [--json FILE] measure against peers; a name or how it begins, e.g. net or net/p2
  ci                          everything that has to hold: format, lints, tests, docs, demo
  help                        this
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match command(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let (command, rest) = match arguments {
        [] => ("help", arguments),
        [command, rest @ ..] => (command.as_str(), rest),
    };
    match command {
        "bench" => bench::command(rest)?,
        "ci" => ci::command(rest)?,
        "guests" => guests::command(rest)?,
        "demo" => return demo::command(rest),
        "test" => test::command(rest)?,
        "help" | "-h" | "--help" => print!("{HELP}"),
        other => anyhow::bail!("no command `{other}`; `cargo xtask help` lists them"),
    }
    Ok(ExitCode::SUCCESS)
}
