//! Reading and writing, of files and of sockets; and the short way from a guest's memory to its
//! log.

use wasmtime::Linker;

use super::descriptors::Descriptor;
use super::errno::Outcome;
use super::memory::{self, Buffers, write_u32};
use super::sock::{sock_read, sock_write};
use super::{Caller, define, stock};
use crate::sandbox::OutputStream;
use crate::wasm::context::ContainerContext;
use crate::wasm::stdio::WRITE_BYTES_MAX;

/// Adds the functions to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<ContainerContext>) -> wasmtime::Result<()> {
    define! { linker;
        "fd_read" = fd_read(fd, buffers, count, read);
        "fd_write" = fd_write(fd, buffers, count, written);
    }
    Ok(())
}

async fn fd_read(caller: &mut Caller<'_>, fd: u32, list: u32, count: u32, read: u32) -> Outcome {
    match caller.data().descriptors.get(fd)?.number() {
        Some(number) => {
            let [list, count, read] = [list, count, read].map(|argument| argument as i32);
            stock!(caller, fd_read(number, list, count, read).await)
        }
        None => sock_read(caller, fd, list, count, read).await,
    }
}

async fn fd_write(
    caller: &mut Caller<'_>,
    fd: u32,
    list: u32,
    count: u32,
    written: u32,
) -> Outcome {
    match *caller.data().descriptors.get(fd)? {
        Descriptor::Output(stream) => log(caller, stream, list, count, written).await,
        Descriptor::File(number) => {
            let [list, count, written] = [list, count, written].map(|argument| argument as i32);
            stock!(caller, fd_write(number as i32, list, count, written).await)
        }
        Descriptor::Socket(_) => sock_write(caller, fd, list, count, written).await,
    }
}

/// Writes what is in the buffers to the log, up to what one write may be.
async fn log(
    caller: &mut Caller<'_>,
    stream: OutputStream,
    list: u32,
    count: u32,
    written: u32,
) -> Outcome {
    let log = caller.data().log.clone();
    if !log.is_ready() {
        log.ready().await;
    }
    let (memory, _) = memory::split(caller)?;
    let bytes = Buffers::read(memory, list, count)?.gather(memory, 0, WRITE_BYTES_MAX);
    let len = bytes.len() as u32;
    if len > 0 {
        log.write(stream, bytes);
    }
    Ok(write_u32(memory, written, len)?)
}
