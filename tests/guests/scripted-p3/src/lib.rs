//! Does what its command line says, with the functions of WASI 0.3: see `scripted`.

use wasip3::cli::{environment, exit, stderr, stdin, stdout};
use wasip3::clocks::monotonic_clock;
use wasip3::wit_bindgen::StreamResult;

wasip3::cli::command::export!(Scripted);

struct Scripted;

impl wasip3::exports::cli::run::Guest for Scripted {
    async fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        for step in arguments.iter().skip(1).flat_map(|argument| argument.split(';')) {
            let step = step.trim();
            let (verb, rest) = step.split_once(' ').unwrap_or((step, ""));
            run(verb, rest).await?;
        }
        Ok(())
    }
}

async fn run(verb: &str, rest: &str) -> Result<(), ()> {
    match verb {
        "write" => write(format!("{rest}\n")).await,
        "bytes" => write("x".repeat(number(rest)?)).await,
        "stderr" => complain(format!("{rest}\n")).await,
        "args" => write(format!("{:?}\n", environment::get_arguments())).await,
        "env" => {
            for (name, value) in environment::get_environment() {
                write(format!("{name}={value}\n")).await?;
            }
            Ok(())
        }
        "cwd" => write(format!("{}\n", environment::get_initial_cwd().unwrap_or_default())).await,
        "stdin" => echo().await,
        "sleep" => {
            monotonic_clock::wait_for(number(rest)? as u64 * 1_000_000).await;
            Ok(())
        }
        "exit" => {
            exit::exit_with_code(number(rest)? as u8);
            Ok(())
        }
        "fail" => Err(()),
        "trap" => core::arch::wasm32::unreachable(),
        "spin" => loop {
            core::hint::black_box(0);
        },
        other => {
            complain(format!("there is no step {other:?}\n")).await?;
            Err(())
        }
    }
}

fn number(text: &str) -> Result<usize, ()> {
    text.parse().map_err(|_| ())
}

/// Writes to standard output and waits until it is taken.
async fn write(text: String) -> Result<(), ()> {
    let (mut sender, receiver) = wasip3::wit_stream::new();
    let written = stdout::write_via_stream(receiver);
    let left = sender.write_all(text.into_bytes()).await;
    drop(sender);
    if left.is_empty() { written.await.map_err(|_| ()) } else { Err(()) }
}

async fn complain(text: String) -> Result<(), ()> {
    let (mut sender, receiver) = wasip3::wit_stream::new();
    let written = stderr::write_via_stream(receiver);
    let left = sender.write_all(text.into_bytes()).await;
    drop(sender);
    if left.is_empty() { written.await.map_err(|_| ()) } else { Err(()) }
}

/// Copies standard input to standard output.
async fn echo() -> Result<(), ()> {
    let (mut input, done) = stdin::read_via_stream();
    loop {
        let (status, bytes) = input.read(Vec::with_capacity(4096)).await;
        write(String::from_utf8(bytes).map_err(|_| ())?).await?;
        if status == StreamResult::Dropped {
            return done.await.map_err(|_| ());
        }
    }
}
