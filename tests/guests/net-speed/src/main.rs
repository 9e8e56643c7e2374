//! Measures a connection. One program serves, another tells how many nanoseconds it took:
//!
//! `sink ADDRESS` reads all that comes, then says that it has it; `pour ADDRESS BYTES` writes so many.
//! `echo ADDRESS` answers each message with itself; `ping ADDRESS COUNT` sends so many, one after the
//! other, and tells what one took.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

const CHUNK_BYTES: usize = 64 << 10;
const MESSAGE_BYTES: usize = 64;

/// How many messages go before those that count.
const WARM_UP: u32 = 1000;

/// How long is waited for a server that is yet to come.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["sink", address] => sink(accept(address)?),
        ["echo", address] => echo(accept(address)?),
        ["pour", address, bytes] => pour(reach(address)?, bytes.parse().expect("a number")),
        ["ping", address, count] => ping(reach(address)?, count.parse().expect("a number")),
        _ => panic!("want sink, echo, pour or ping, found {words:?}"),
    }
}

fn accept(address: &str) -> io::Result<TcpStream> {
    Ok(TcpListener::bind(address)?.accept()?.0)
}

fn reach(address: &str) -> io::Result<TcpStream> {
    let start = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Err(_) if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(1)),
            result => return result,
        }
    }
}

fn sink(mut stream: TcpStream) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    while stream.read(&mut chunk)? > 0 {}
    stream.write_all(b"!")
}

fn pour(mut stream: TcpStream, bytes: usize) -> io::Result<()> {
    let chunk = vec![b'x'; CHUNK_BYTES];
    let start = Instant::now();
    for _ in 0..bytes / CHUNK_BYTES {
        stream.write_all(&chunk)?;
    }
    stream.shutdown(Shutdown::Write)?;
    stream.read_exact(&mut [0])?;
    println!("{}", start.elapsed().as_nanos());
    Ok(())
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut message = [0; MESSAGE_BYTES];
    loop {
        match stream.read(&mut message)? {
            0 => return Ok(()),
            len => stream.write_all(&message[..len])?,
        }
    }
}

fn ping(mut stream: TcpStream, count: u32) -> io::Result<()> {
    let mut message = [b'x'; MESSAGE_BYTES];
    let mut exchange = || {
        stream.write_all(&message)?;
        stream.read_exact(&mut message)
    };
    (0..WARM_UP).try_for_each(|_| exchange())?;
    let start = Instant::now();
    (0..count).try_for_each(|_| exchange())?;
    println!("{}", (start.elapsed() / count).as_nanos());
    Ok(())
}
