//! What a program does with its files, and what these functions say of a socket.

use wasmtime::Linker;

use super::descriptors::Descriptor;
use super::errno::{self, Errno, Outcome};
use super::memory::{self, read_u32, write_u32};
use super::sock::{fdstat, filestat, set_flags};
use super::{Caller, MODULE, define, stock};
use crate::wasm::context::ContainerContext;

/// What `fd_prestat_get` says that a socket is: none of the kinds that there are. The standard
/// libraries of C and of Go go on to the next number; any error would end their search for
/// directories, or the program.
const PRESTAT_OTHER: u32 = 1;

/// Makes of a parameter what it is in WebAssembly.
macro_rules! wasm_type {
    (fd) => {
        i32
    };
    ($other:ident) => {
        $other
    };
}

/// Makes of an argument what the stock function takes.
macro_rules! argument {
    ($caller:ident, fd, $value:ident, $errno:ident) => {
        file($caller, $value, Errno::$errno)?
    };
    ($caller:ident, $other:ident, $value:ident, $errno:ident) => {
        $value
    };
}

/// Defines functions that are the stock ones but for the numbers of files; and what they say of a
/// socket.
macro_rules! forward {
    ($linker:ident; $(
        $name:ident($($argument:ident: $type:ident),*) $([$($await:tt)*])? else $errno:ident;
    )*) => {$(
        $linker.func_wrap_async(
            MODULE,
            stringify!($name),
            |mut caller: Caller<'_>, ($($argument,)*): ($(wasm_type!($type),)*)| {
                Box::new(async move {
                    let caller = &mut caller;
                    let outcome: Outcome = async move {
                        $(let $argument = argument!(caller, $type, $argument, $errno);)*
                        stock!(caller, $name($($argument),*) $($($await)*)?)
                    }.await;
                    errno::returned(outcome)
                })
            },
        )?;
    )*};
}

/// Adds the functions to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<ContainerContext>) -> wasmtime::Result<()> {
    forward! { linker;
        fd_advise(fd: fd, offset: i64, len: i64, advice: i32) [.await] else SPIPE;
        fd_allocate(fd: fd, offset: i64, len: i64) else SPIPE;
        fd_datasync(fd: fd) [.await] else INVAL;
        fd_fdstat_set_rights(fd: fd, base: i64, inheriting: i64) else NOTSUP;
        fd_filestat_set_size(fd: fd, size: i64) [.await] else INVAL;
        fd_filestat_set_times(fd: fd, access: i64, modification: i64, flags: i32) [.await]
            else INVAL;
        fd_pread(fd: fd, buffers: i32, count: i32, offset: i64, read: i32) [.await] else SPIPE;
        fd_prestat_dir_name(fd: fd, name: i32, len: i32) else NOTDIR;
        fd_pwrite(fd: fd, buffers: i32, count: i32, offset: i64, written: i32) [.await] else SPIPE;
        fd_readdir(fd: fd, buffer: i32, len: i32, cookie: i64, used: i32) [.await] else NOTDIR;
        fd_seek(fd: fd, offset: i64, whence: i32, to: i32) [.await] else SPIPE;
        fd_sync(fd: fd) [.await] else INVAL;
        fd_tell(fd: fd, offset: i32) else SPIPE;
        path_create_directory(fd: fd, path: i32, len: i32) [.await] else NOTDIR;
        path_filestat_get(fd: fd, flags: i32, path: i32, len: i32, stat: i32) [.await] else NOTDIR;
        path_filestat_set_times(
            fd: fd, follow: i32, path: i32, len: i32, access: i64, modification: i64, flags: i32
        ) [.await] else NOTDIR;
        path_link(
            from: fd, flags: i32, path: i32, len: i32, to: fd, new_path: i32, new_len: i32
        ) [.await] else NOTDIR;
        path_readlink(fd: fd, path: i32, len: i32, buffer: i32, size: i32, used: i32) [.await]
            else NOTDIR;
        path_remove_directory(fd: fd, path: i32, len: i32) [.await] else NOTDIR;
        path_rename(from: fd, path: i32, len: i32, to: fd, new_path: i32, new_len: i32) [.await]
            else NOTDIR;
        path_symlink(target: i32, target_len: i32, fd: fd, path: i32, len: i32) [.await]
            else NOTDIR;
        path_unlink_file(fd: fd, path: i32, len: i32) [.await] else NOTDIR;
    }
    define! { linker;
        "fd_close" = fd_close(fd);
        "fd_fdstat_get" = fd_fdstat_get(fd, stat);
        "fd_fdstat_set_flags" = fd_fdstat_set_flags(fd, flags);
        "fd_filestat_get" = fd_filestat_get(fd, stat);
        "fd_prestat_get" = fd_prestat_get(fd, prestat);
        "fd_renumber" = fd_renumber(from, to);
    }
    linker.func_wrap_async(
        MODULE,
        "path_open",
        |mut caller: Caller<'_>, (fd, follow, path, len, how, base, inheriting, flags, opened)| {
            Box::new(async move {
                let arguments = (fd, follow, path, len, how, base, inheriting, flags, opened);
                errno::returned(path_open(&mut caller, arguments).await)
            })
        },
    )?;
    Ok(())
}

/// Returns the stock functions' number of a file.
fn file(caller: &Caller<'_>, fd: i32, of_socket: Errno) -> Result<i32, Errno> {
    caller.data().descriptors.get(fd as u32)?.number().ok_or(of_socket)
}

async fn path_open(
    caller: &mut Caller<'_>,
    (fd, follow, path, len, how, base, inheriting, flags, opened): (
        i32,
        i32,
        i32,
        i32,
        i32,
        i64,
        i64,
        i32,
        i32,
    ),
) -> Outcome {
    let directory = file(caller, fd, Errno::NOTDIR)?;
    let rights = (base, inheriting);
    stock!(
        caller,
        path_open(directory, follow, path, len, how, rights.0, rights.1, flags, opened).await
    )?;
    let (memory, context) = memory::split(caller)?;
    let number = read_u32(memory, opened as u32)?;
    let fd = context.descriptors.add(Descriptor::File(number));
    Ok(write_u32(memory, opened as u32, fd)?)
}

async fn fd_close(caller: &mut Caller<'_>, fd: u32) -> Outcome {
    if let Some(number) = caller.data().descriptors.get(fd)?.number() {
        stock!(caller, fd_close(number).await)?;
    }
    caller.data_mut().descriptors.remove(fd)?;
    Ok(())
}

async fn fd_renumber(caller: &mut Caller<'_>, from: u32, to: u32) -> Outcome {
    let replaced = caller.data_mut().descriptors.renumber(from, to)?;
    if let Some(number) = replaced.and_then(|replaced| replaced.number()) {
        stock!(caller, fd_close(number).await)?;
    }
    Ok(())
}

async fn fd_fdstat_get(caller: &mut Caller<'_>, fd: u32, stat: u32) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    if let Descriptor::Socket(socket) = context.descriptors.get(fd)? {
        return Ok(memory::write(memory, stat, &fdstat(socket))?);
    }
    let number = file(caller, fd as i32, Errno::BADF)?;
    stock!(caller, fd_fdstat_get(number, stat as i32).await)
}

async fn fd_filestat_get(caller: &mut Caller<'_>, fd: u32, stat: u32) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    if let Descriptor::Socket(socket) = context.descriptors.get(fd)? {
        return Ok(memory::write(memory, stat, &filestat(socket))?);
    }
    let number = file(caller, fd as i32, Errno::BADF)?;
    stock!(caller, fd_filestat_get(number, stat as i32).await)
}

async fn fd_fdstat_set_flags(caller: &mut Caller<'_>, fd: u32, flags: u32) -> Outcome {
    if let Some(number) = caller.data().descriptors.get(fd)?.number() {
        return stock!(caller, fd_fdstat_set_flags(number, flags as i32));
    }
    Ok(set_flags(caller.data_mut().descriptors.socket(fd)?, flags)?)
}

async fn fd_prestat_get(caller: &mut Caller<'_>, fd: u32, prestat: u32) -> Outcome {
    let (memory, context) = memory::split(caller)?;
    if let Some(number) = context.descriptors.get(fd)?.number() {
        return stock!(caller, fd_prestat_get(number, prestat as i32));
    }
    write_u32(memory, prestat, PRESTAT_OTHER)?;
    Ok(write_u32(memory, prestat.saturating_add(4), 0)?)
}
