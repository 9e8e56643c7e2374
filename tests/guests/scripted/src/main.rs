//! Does what its command line says: each argument is a step, or several with `;` between them.
//!
//! A step that fails says so on standard error and ends the guest with 1.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::Duration;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // What `alloc` took stays taken.
    let mut kept = Vec::new();
    for step in arguments.iter().flat_map(|argument| argument.split(';')) {
        let step = step.trim();
        let (verb, rest) = step.split_once(' ').unwrap_or((step, ""));
        if let Err(error) = run(verb, rest, &mut kept) {
            eprintln!("{step}: {error}");
            exit(1);
        }
    }
}

fn run(verb: &str, rest: &str, kept: &mut Vec<Vec<u8>>) -> io::Result<()> {
    let number = || rest.parse::<u64>().map_err(io::Error::other);
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
        "sleep" => std::thread::sleep(Duration::from_millis(number()?)),
        "exit" => exit(number()? as u8),
        "trap" => trap(),
        "abort" => std::process::abort(),
        "panic" => panic!("{rest}"),
        "args" => println!("{:?}", std::env::args().collect::<Vec<_>>()),
        "env" => std::env::vars().for_each(|(name, value)| println!("{name}={value}")),
        "cwd" => println!("{}", working_directory()?),
        "cat" => io::stdout().write_all(&fs::read(rest)?)?,
        "append" => {
            let (path, text) = rest.split_once(' ').unwrap_or((rest, ""));
            let mut file = File::options().create(true).append(true).open(path)?;
            writeln!(file, "{text}")?;
        }
        "mkdir" => fs::create_dir(rest)?,
        "rm" => fs::remove_file(rest)?,
        "ls" => {
            let entries = fs::read_dir(rest)?.map(|entry| Ok(entry?.file_name()));
            let mut names = entries.collect::<io::Result<Vec<_>>>()?;
            names.sort();
            names.iter().for_each(|name| println!("{}", name.display()));
        }
        "stdin" => {
            io::copy(&mut io::stdin(), &mut io::stdout())?;
        }
        "spin" => loop {
            black_box(0);
        },
        "alloc" => kept.push(vec![1; (number()? as usize) << 20]),
        // Takes no for an answer: a failed allocation is a failed step.
        "try-alloc" => {
            let bytes = (number()? as usize) << 20;
            let mut taken = Vec::<u8>::new();
            taken.try_reserve_exact(bytes).map_err(io::Error::other)?;
            kept.push(taken);
        }
        "recurse" => {
            black_box(recurse(black_box(u64::MAX)));
        }
        "oob" => {
            let nowhere = black_box(0xffff_fff0 as *const u8);
            // SAFETY: there is none; that the engine catches it is what this is for.
            black_box(unsafe { nowhere.read_volatile() });
        }
        other => return Err(io::Error::other(format!("there is no step {other:?}"))),
    }
    Ok(())
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

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    if depth == 0 { frame[0] } else { recurse(depth - 1).wrapping_add(frame[1]) }
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
