//! Does what a command line says: each argument is a step, or several with `;` between them.
//!
//! A step that fails says so on standard error and ends the guest with 1. What happens when the
//! guest is asked to end is in the hands of whoever runs the script ([`Patience`]).

#[cfg(target_env = "p2")]
pub mod fetch;
mod http;
mod memory;

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::Duration;

/// How a guest waits.
pub trait Patience {
    /// Waits so long, or until the guest is asked to end; returns whether it is.
    fn sleep(&self, duration: Duration) -> bool;

    /// Returns how many milliseconds are left until it is killed, if it is asked to end.
    fn grace_left_ms(&self) -> Option<u64>;
}

/// How long to sleep between two looks.
const GLANCE: Duration = Duration::from_millis(5);

/// Runs the script that the command line is, to its end.
pub fn main(patience: impl Patience) {
    let mut script = Script { patience, kept: Vec::new(), runs: 0, on_stop: Vec::new() };
    for argument in std::env::args().skip(1) {
        argument.split(';').for_each(|step| script.step(step));
    }
}

struct Script<P> {
    patience: P,
    /// What `alloc` took stays taken.
    kept: Vec<Vec<u8>>,
    /// The number of this run, by `count`.
    runs: u64,
    /// What to do when asked to end. Nothing: it goes on as before.
    on_stop: Vec<String>,
}

impl<P: Patience> Script<P> {
    fn step(&mut self, step: &str) {
        let step = step.trim();
        let (verb, rest) = step.split_once(' ').unwrap_or((step, ""));
        if let Err(error) = self.run(verb, rest) {
            eprintln!("{step}: {error}");
            exit(1);
        }
    }

    fn run(&mut self, verb: &str, rest: &str) -> io::Result<()> {
        let number = || rest.parse::<u64>().map_err(io::Error::other);
        let (first, others) = rest.split_once(' ').unwrap_or((rest, ""));
        match verb {
            "write" => println!("{rest}"),
            "raw" => {
                print!("{rest}");
                io::stdout().flush()?;
            }
            "stderr" => eprintln!("{rest}"),
            "lines" => (1..=number()?).for_each(|line| println!("line {line}")),
            // One write of so many bytes, not a line at a time.
            "bytes" => io::stdout().write_all(&vec![b'x'; number()? as usize])?,
            "flood" => loop {
                println!("and on and on and on");
            },
            "sleep" => self.wait(Duration::from_millis(number()?)),
            "forever" => loop {
                self.wait(Duration::from_secs(3600));
            },
            "exit" => exit(number()? as u8),
            "trap" => trap(),
            "abort" => std::process::abort(),
            "panic" => panic!("{rest}"),
            "args" => println!("{:?}", std::env::args().collect::<Vec<_>>()),
            "env" => std::env::vars().for_each(|(name, value)| println!("{name}={value}")),
            "getenv" => println!("{}", std::env::var(rest).map_err(io::Error::other)?),
            "hostname" => println!("{}", std::env::var("HOSTNAME").map_err(io::Error::other)?),
            "cwd" => println!("{}", working_directory()?),
            "cat" => io::stdout().write_all(&fs::read(rest)?)?,
            "put" => fs::write(first, format!("{others}\n"))?,
            // A file of so many KiB.
            "fill" => {
                let kibi: usize = others.parse().map_err(io::Error::other)?;
                fs::write(first, vec![b'x'; kibi << 10])?;
            }
            "append" => {
                let mut file = File::options().create(true).append(true).open(first)?;
                writeln!(file, "{others}")?;
            }
            "mkdir" => fs::create_dir(rest)?,
            "rm" => fs::remove_file(rest)?,
            "ls" => {
                let entries = fs::read_dir(rest)?.map(|entry| Ok(entry?.file_name()));
                let mut names = entries.collect::<io::Result<Vec<_>>>()?;
                names.sort();
                names.iter().for_each(|name| println!("{}", name.display()));
            }
            "exists" => drop(fs::metadata(rest)?),
            #[cfg(target_env = "p2")]
            "get" => match fetch::get(rest) {
                Ok((status, body)) => println!("{status} {}", body.trim_end()),
                Err(error) => println!("{error}"),
            },
            "wait-file" => {
                while fs::metadata(rest).is_err() {
                    self.wait(GLANCE);
                }
            }
            "wait-text" => {
                while !fs::read_to_string(first).is_ok_and(|text| text.contains(others)) {
                    self.wait(GLANCE);
                }
            }
            // Counts the runs of a container in a file that outlives them.
            "count" => {
                let before = fs::read_to_string(rest).unwrap_or_default();
                self.runs = before.trim().parse().unwrap_or(0) + 1;
                fs::write(rest, self.runs.to_string())?;
            }
            "on-run" => {
                if self.runs == first.parse().map_err(io::Error::other)? {
                    self.step(others);
                }
            }
            "on-stop" => self.on_stop.push(rest.to_owned()),
            "grace-within" => {
                let left = self.patience.grace_left_ms().ok_or(io::ErrorKind::NotFound)?;
                if left > number()? {
                    return Err(io::Error::other(format!("{left} ms are left")));
                }
            }
            "serve" => http::serve(rest, |duration| self.wait(duration))?,
            "stdin" => {
                io::copy(&mut io::stdin(), &mut io::stdout())?;
            }
            "spin" => loop {
                black_box(0);
            },
            "alloc" => self.kept.push(vec![1; (number()? as usize) << 20]),
            // Takes no for an answer: a failed allocation is a failed step.
            "try-alloc" => self.kept.push(memory::try_alloc((number()? as usize) << 20)?),
            "recurse" => memory::recurse_for_ever(),
            "oob" => memory::read_out_of_bounds(),
            other => return Err(io::Error::other(format!("there is no step {other:?}"))),
        }
        Ok(())
    }

    /// Waits; if asked to end meanwhile, does what is to be done then, and ends.
    fn wait(&mut self, duration: Duration) {
        if !self.patience.sleep(duration) {
            return;
        }
        let steps = std::mem::take(&mut self.on_stop);
        if steps.is_empty() {
            return std::thread::sleep(duration);
        }
        steps.iter().for_each(|step| self.step(step));
        exit(0);
    }
}

/// What the host says; the C library of WASI 0.2 does not always ask.
#[cfg(target_env = "p2")]
fn working_directory() -> io::Result<String> {
    Ok(wasip2::cli::environment::initial_cwd().unwrap_or_default())
}

#[cfg(not(target_env = "p2"))]
fn working_directory() -> io::Result<String> {
    Ok(std::env::current_dir()?.display().to_string())
}

fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

fn exit(code: u8) -> ! {
    // What is buffered would be lost: both ways out do without the standard library's end.
    let _ = io::stdout().flush();
    #[cfg(target_env = "p2")]
    wasip2::cli::exit::exit_with_code(code);
    std::process::exit(code.into())
}
