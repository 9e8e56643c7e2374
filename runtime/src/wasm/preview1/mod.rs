//! WASI 0.1, as core modules import it: the stock functions, and ours in front of them.
//!
//! ```text
//!  guest ── number ──► Descriptors ──┬── File ────► the stock function, with its own number
//!                                    └── Socket ──► the pod's network
//! ```
//!
//! The stock functions know no sockets. So the table of what is open is ours ([`descriptors`]), and
//! every function that takes a number of it is, too; what it does with a file is theirs.
//!
//! - `fd_write` to standard output or error goes straight from the guest's memory to the log, whole
//!   lists of buffers at once ([`stdio`]). The stock function copies 4 KiB at a time.
//! - `proc_exit` takes every exit code, as Unix does: the low eight bits. The stock one traps
//!   beyond 125.

mod descriptors;
mod errno;
mod files;
mod listening;
mod memory;
mod poll;
mod sock;
mod socket;
mod stdio;
mod transfer;
mod wasmedge;

use wasmtime::Linker;
use wasmtime_wasi::I32Exit;

pub(super) use self::descriptors::Descriptors;
pub(super) use self::listening::{ListenError, Listening, is_taken_by};
pub(super) use self::wasmedge::linker_for;
use super::context::ContainerContext;

/// The name that modules import it by.
const MODULE: &str = "wasi_snapshot_preview1";

/// The name that modules from before 2020 import it by, with the stock functions alone.
const PREVIEW_MODULE: &str = "wasi_unstable";

/// A guest that calls a function.
type Caller<'a> = wasmtime::Caller<'a, ContainerContext>;

/// Calls the stock function of that name.
macro_rules! stock {
    ($caller:ident, $name:ident($($argument:expr),*) $($await:tt)*) => {{
        let hostcall_bytes = wasmtime::AsContextMut::as_context_mut($caller).hostcall_fuel();
        let (memory, context) = $crate::wasm::preview1::memory::split($caller)?;
        wasmtime_wasi::p1::wasi_snapshot_preview1::WasiSnapshotPreview1::set_hostcall_fuel(
            &mut context.wasi,
            hostcall_bytes,
        );
        let mut memory = wiggle::GuestMemory::Unshared(memory);
        $crate::wasm::preview1::errno::of_stock(
            wasmtime_wasi::p1::wasi_snapshot_preview1::$name(
                &mut context.wasi,
                &mut memory,
                $($argument),*
            ) $($await)*
        )
    }};
}
use stock;

/// Defines functions of ours: the name in the interface, and its parameters.
macro_rules! define {
    ($linker:ident; $($name:literal = $function:ident($($argument:ident),*);)*) => {$(
        $linker.func_wrap_async(
            $crate::wasm::preview1::MODULE,
            $name,
            |mut caller: $crate::wasm::preview1::Caller<'_>, ($($argument,)*)| {
                Box::new(async move {
                    let outcome = $function(&mut caller, $($argument),*).await;
                    $crate::wasm::preview1::errno::returned(outcome)
                })
            },
        )?;
    )*};
}
use define;

/// Adds all functions to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<ContainerContext>) -> wasmtime::Result<()> {
    wasmtime_wasi::p1::add_to_linker_async(linker, |context| &mut context.wasi)?;
    wasmtime_wasi::p0::add_to_linker_async(linker, |context| &mut context.wasi)?;
    linker.allow_shadowing(true);
    linker.func_wrap(MODULE, "proc_exit", proc_exit)?;
    linker.func_wrap(PREVIEW_MODULE, "proc_exit", proc_exit)?;
    files::add_to_linker(linker)?;
    stdio::add_to_linker(linker)?;
    sock::add_to_linker(linker)?;
    wasmedge::add_to_linker(linker)?;
    poll::add_to_linker(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

fn proc_exit(code: i32) -> wasmtime::Result<()> {
    Err(I32Exit(code & 0xff).into())
}
