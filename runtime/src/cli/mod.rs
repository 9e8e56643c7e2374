//! The command line: parses, calls, prints. A file for each command.
//!
//! The doc comment of a command is its help text.

mod activity;
mod bare;
mod describe;
mod explain;
mod foot;
mod image;
mod logs;
mod manifests;
mod network;
mod output;
mod run;
mod signals;
mod status;
mod stderr;
mod stdout;
mod submission;
mod summary;
mod table;
mod tell;
mod transfer;
mod validate;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;
use tracing::level_filters::LevelFilter;

use self::stdout::OutputError;
use crate::config::{Configuration, DataDir};
use crate::machine;

/// What an error of ours exits with, as Kubernetes' own tools do.
const FAILURE: u8 = 1;
/// What a program exits with whose output nobody reads any more: 128 and SIGPIPE.
const NO_READER: u8 = 128 + 13;

/// Runs Kubernetes Pods of WebAssembly containers, without Kubernetes, containers or a VM.
#[derive(Debug, Parser)]
#[command(name = "wasmpod", version, propagate_version = true)]
struct Cli {
    /// Where images, compiled code, volumes and logs are kept, if not in $WASMPOD_DATA_DIR or the
    /// system's place for a user's data
    #[arg(long, global = true, value_name = "DIR", overrides_with = "data_dir")]
    data_dir: Option<PathBuf>,

    /// The configuration file, if not in $WASMPOD_CONFIG or the system's place for a user's
    #[arg(long, global = true, value_name = "FILE", overrides_with = "config")]
    config: Option<PathBuf>,

    /// Say more about what happens; twice for even more
    #[arg(long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Logs(logs::Logs),
    Image(image::ImageCommand),
    Validate(validate::Validate),
    Explain(explain::Explain),
}

/// What every command is given.
#[derive(Debug)]
struct Context {
    data: DataDir,
    configuration: Configuration,
    verbose: bool,
}

/// Runs the program: the one place where an error becomes text and an exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let level = match cli.verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // It would be told on the very stream that cannot be written.
        .log_internal_errors(false)
        .init();
    match dispatch(cli) {
        Ok(code) => code,
        // `wasmpod validate … | head` has what it wanted.
        Err(error) if error.downcast_ref().is_some_and(OutputError::has_no_reader) => {
            ExitCode::from(NO_READER)
        }
        Err(error) => {
            stderr::say(format_args!("error: {error:#}"));
            ExitCode::from(FAILURE)
        }
    }
}

fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    // As with every variable of the kind, an empty one is none.
    let from_environment = || std::env::var_os("WASMPOD_DATA_DIR").filter(|dir| !dir.is_empty());
    let data = match cli.data_dir.or_else(|| from_environment().map(PathBuf::from)) {
        Some(path) => DataDir::new(path),
        None => DataDir::of_user()?,
    };
    let configuration = configuration(cli.config, &cli.command)?;
    let context = Context { data, configuration, verbose: cli.verbose > 0 };
    match cli.command {
        Command::Run(run) => {
            machine::allow_open_files();
            run.run(context)
        }
        Command::Image(image) => {
            reactor()?.block_on(image.run(&context))?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Logs(logs) => reactor()?.block_on(logs.run(&context)),
        Command::Validate(validate) => validate.run(),
        Command::Explain(explain) => explain.run(),
    }
}

/// Reads the configuration file, for the commands that heed it.
fn configuration(file: Option<PathBuf>, command: &Command) -> anyhow::Result<Configuration> {
    let from_environment = || std::env::var_os("WASMPOD_CONFIG").filter(|file| !file.is_empty());
    Ok(match (file.or_else(|| from_environment().map(PathBuf::from)), command) {
        (Some(file), _) => Configuration::read(&file)?,
        (None, Command::Run(_) | Command::Image(_)) => Configuration::of_user()?,
        (None, _) => Configuration::default(),
    })
}

/// Returns what asynchronous commands run on: this thread.
fn reactor() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the asynchronous runtime")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
