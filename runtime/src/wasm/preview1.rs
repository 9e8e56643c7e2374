//! WASI 0.1, as core modules import it: the stock functions, and ours in front of some.
//!
//! - `fd_write` to standard output or error goes straight from the guest's memory to the log, whole
//!   lists of buffers at once. The stock function copies 4 KiB at a time.
//! - `fd_close` and `fd_renumber` take note when 1 or 2 is no longer what it was.
//! - `proc_exit` takes every exit code, as Unix does: the low eight bits. The stock one traps
//!   beyond 125.

use bytes::Bytes;
use wasmtime::{AsContextMut as _, Caller, Extern, Linker, Memory, bail};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self as stock, WasiSnapshotPreview1 as _};
use wiggle::GuestMemory;

use super::context::ContainerContext;
use super::stdio::WRITE_BYTES_MAX;
use crate::sandbox::OutputStream;

/// The name that modules import it by.
const MODULE: &str = "wasi_snapshot_preview1";

/// The name that modules from before 2020 import it by, with the stock functions alone.
const PREVIEW_MODULE: &str = "wasi_unstable";

/// How many buffers one `fd_write` may have (Linux: `IOV_MAX`).
const BUFFERS_MAX: u32 = 1024;

/// WASI's error numbers that these functions return themselves.
mod errno {
    pub(super) const SUCCESS: i32 = 0;
    pub(super) const FAULT: i32 = 21;
    pub(super) const INVAL: i32 = 28;
}

/// Adds all functions to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<ContainerContext>) -> wasmtime::Result<()> {
    wasmtime_wasi::p1::add_to_linker_async(linker, |context| &mut context.wasi)?;
    wasmtime_wasi::p0::add_to_linker_async(linker, |context| &mut context.wasi)?;
    linker.allow_shadowing(true);
    linker.func_wrap(MODULE, "proc_exit", proc_exit)?;
    linker.func_wrap(PREVIEW_MODULE, "proc_exit", proc_exit)?;
    linker.func_wrap_async(
        MODULE,
        "fd_write",
        |caller: Caller<'_, _>, (fd, buffers, len, written): (i32, i32, i32, i32)| {
            Box::new(fd_write(caller, fd, buffers, len, written))
        },
    )?;
    linker.func_wrap_async(MODULE, "fd_close", |caller: Caller<'_, _>, (fd,): (i32,)| {
        Box::new(fd_close(caller, fd))
    })?;
    linker.func_wrap_async(
        MODULE,
        "fd_renumber",
        |caller: Caller<'_, _>, (from, to): (i32, i32)| Box::new(fd_renumber(caller, from, to)),
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

fn proc_exit(code: i32) -> wasmtime::Result<()> {
    Err(I32Exit(code & 0xff).into())
}

/// Calls the stock function of that name.
macro_rules! stock {
    ($caller:ident, $name:ident, $($argument:expr),*) => {{
        let hostcall_bytes = $caller.as_context_mut().hostcall_fuel();
        match $caller.get_export("memory") {
            Some(Extern::Memory(memory)) => {
                let (bytes, context) = memory.data_and_store_mut(&mut $caller);
                context.wasi.set_hostcall_fuel(hostcall_bytes);
                let mut memory = GuestMemory::Unshared(bytes);
                stock::$name(&mut context.wasi, &mut memory, $($argument),*).await
            }
            Some(Extern::SharedMemory(memory)) => {
                let context = $caller.data_mut();
                context.wasi.set_hostcall_fuel(hostcall_bytes);
                let mut memory = GuestMemory::Shared(memory.data());
                stock::$name(&mut context.wasi, &mut memory, $($argument),*).await
            }
            _ => bail!("the module exports no memory"),
        }
    }};
}

async fn fd_close(mut caller: Caller<'_, ContainerContext>, fd: i32) -> wasmtime::Result<i32> {
    caller.data_mut().stdio_changed |= is_output(fd);
    stock!(caller, fd_close, fd)
}

async fn fd_renumber(
    mut caller: Caller<'_, ContainerContext>,
    from: i32,
    to: i32,
) -> wasmtime::Result<i32> {
    caller.data_mut().stdio_changed |= is_output(from) || is_output(to);
    stock!(caller, fd_renumber, from, to)
}

fn is_output(fd: i32) -> bool {
    matches!(fd, 1 | 2)
}

async fn fd_write(
    mut caller: Caller<'_, ContainerContext>,
    fd: i32,
    buffers: i32,
    len: i32,
    written: i32,
) -> wasmtime::Result<i32> {
    let stream = match fd {
        1 => OutputStream::Stdout,
        2 => OutputStream::Stderr,
        _ => return stock!(caller, fd_write, fd, buffers, len, written),
    };
    let memory = match caller.get_export("memory") {
        Some(Extern::Memory(memory)) if !caller.data().stdio_changed => memory,
        _ => return stock!(caller, fd_write, fd, buffers, len, written),
    };
    let log = caller.data().log.clone();
    if !log.is_ready() {
        log.ready().await;
    }
    Ok(match gather(memory.data(&caller), buffers as u32, len as u32) {
        Ok(bytes) => {
            let count = bytes.len() as u32;
            if count > 0 {
                log.write(stream, bytes);
            }
            store_u32(memory, &mut caller, written as u32, count)
        }
        Err(error) => error,
    })
}

/// Copies a list of buffers, up to what one write may be.
fn gather(memory: &[u8], buffers: u32, len: u32) -> Result<Bytes, i32> {
    if len > BUFFERS_MAX {
        return Err(errno::INVAL);
    }
    let list = slice(memory, buffers, len * 8)?;
    let mut bytes = Vec::new();
    for entry in list.chunks_exact(8) {
        let [at, len] = [0, 4].map(|offset| {
            let word = entry[offset..offset + 4].try_into().expect("four bytes");
            u32::from_le_bytes(word)
        });
        let buffer = slice(memory, at, len)?;
        let room = WRITE_BYTES_MAX - bytes.len();
        bytes.extend_from_slice(&buffer[..buffer.len().min(room)]);
    }
    Ok(bytes.into())
}

fn slice(memory: &[u8], at: u32, len: u32) -> Result<&[u8], i32> {
    let (at, len) = (at as usize, len as usize);
    at.checked_add(len).and_then(|end| memory.get(at..end)).ok_or(errno::FAULT)
}

fn store_u32(
    memory: Memory,
    caller: &mut Caller<'_, ContainerContext>,
    at: u32,
    value: u32,
) -> i32 {
    match memory.write(caller, at as usize, &value.to_le_bytes()) {
        Ok(()) => errno::SUCCESS,
        Err(_) => errno::FAULT,
    }
}

#[cfg(test)]
mod tests {
    use super::{WRITE_BYTES_MAX, errno, gather};

    /// A memory with a list of buffers at 0, each (address, length).
    fn memory(buffers: &[(u32, u32)], size: usize) -> Vec<u8> {
        let words = buffers.iter().flat_map(|(at, len)| [at, len]);
        let mut memory: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
        memory.resize(size, b'x');
        memory
    }

    #[test]
    fn buffers_are_joined() {
        let mut bytes = memory(&[(32, 2), (40, 0), (34, 3)], 48);
        bytes[32..37].copy_from_slice(b"hello");
        assert_eq!(gather(&bytes, 0, 3).unwrap(), "hello");
        assert_eq!(gather(&bytes, 0, 0).unwrap(), "");
    }

    #[test]
    fn what_is_out_of_bounds_is_a_fault() {
        for (buffers, at, len, expected) in [
            (&[(60, 5)][..], 0, 1, errno::FAULT),
            (&[(u32::MAX, u32::MAX)][..], 0, 1, errno::FAULT),
            (&[][..], 60, 1, errno::FAULT),
            (&[][..], u32::MAX, 1, errno::FAULT),
            (&[][..], 0, 1025, errno::INVAL),
            (&[][..], 0, u32::MAX, errno::INVAL),
        ] {
            assert_eq!(gather(&memory(buffers, 64), at, len), Err(expected), "{buffers:?}");
        }
    }

    #[test]
    fn a_long_write_is_taken_in_part() {
        let size = 3 * WRITE_BYTES_MAX;
        let bytes = memory(&[(0, size as u32), (0, size as u32)], size);
        assert_eq!(gather(&bytes, 0, 2).unwrap().len(), WRITE_BYTES_MAX);
    }
}
