//! From the end of a guest to the exit code that a process would have had.
//!
//! | end | code |
//! |---|---|
//! | `run` returns ok, an error | 0, 1 |
//! | exit, exit-with-code, `proc_exit` | the code |
//! | memory refused, then a trap | 137 (SIGKILL, as the kernel's OOM killer) |
//! | out of bounds, stack overflow, bad indirect call | 139 (SIGSEGV) |
//! | division by zero, overflow, bad conversion | 136 (SIGFPE) |
//! | interrupted by a hard limit | 152 (SIGXCPU) |
//! | `unreachable` (abort, panic) and everything else | 134 (SIGABRT) |
//! | no room for the instance | 128 |

use std::fmt::Write as _;

use bytes::Bytes;
use wasmtime::{Error, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::context::ContainerContext;
use crate::executor::{Exit, ExitCause};
use crate::sandbox::OutputStream;

/// How much of a message is kept: names in a backtrace come from the guest.
const MESSAGE_BYTES_MAX: usize = 16 << 10;

/// The exit code of a process that a signal ended.
const fn signal(number: i32) -> i32 {
    128 + number
}

const SIGABRT: i32 = signal(6);
const SIGFPE: i32 = signal(8);
const SIGKILL: i32 = signal(9);
const SIGSEGV: i32 = signal(11);
const SIGXCPU: i32 = signal(24);

/// Says how a guest ended whose main function was called. A trap is written to the log.
pub(super) fn exit(result: wasmtime::Result<Result<(), ()>>, context: &ContainerContext) -> Exit {
    match result {
        Ok(Ok(())) => Exit::exited(0),
        Ok(Err(())) => Exit::exited(1),
        Err(error) => exit_of_error(&error, context),
    }
}

/// Says how a guest ended that did not come to be instantiated.
pub(super) fn exit_at_instantiation(error: &Error, context: &ContainerContext) -> Exit {
    let its_own_doing = error.is::<I32Exit>() || error.is::<Trap>();
    if its_own_doing || context.memory.has_refused() {
        return exit_of_error(error, context);
    }
    let message = format!("cannot be instantiated: {error:#}");
    logged(Exit { code: 128, cause: ExitCause::Trapped, message: Some(message) }, context)
}

/// Says how a guest ended in whose host functions something panicked.
pub(super) fn exit_of_panic(panic: &(dyn std::any::Any + Send)) -> Exit {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let message = format!("a function of the host panicked, which is a bug of wasmpod: {text}");
    Exit { code: SIGABRT, cause: ExitCause::Trapped, message: Some(message) }
}

fn exit_of_error(error: &Error, context: &ContainerContext) -> Exit {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return Exit::exited(*code & 0xff);
    }
    let exit = if context.memory.has_refused() {
        let message = format!("out of memory: {}", message(error));
        Exit { code: SIGKILL, cause: ExitCause::OutOfMemory, message: Some(message) }
    } else {
        let code = error.downcast_ref().map_or(SIGABRT, code_of_trap);
        Exit { code, cause: ExitCause::Trapped, message: Some(message(error)) }
    };
    logged(exit, context)
}

/// Writes the message of an end to standard error, where a process' last words are looked for.
fn logged(exit: Exit, context: &ContainerContext) -> Exit {
    if let Some(message) = &exit.message {
        context.log.write(OutputStream::Stderr, Bytes::from(format!("{message}\n")));
    }
    exit
}

fn code_of_trap(trap: &Trap) -> i32 {
    match trap {
        Trap::StackOverflow
        | Trap::MemoryOutOfBounds
        | Trap::HeapMisaligned
        | Trap::TableOutOfBounds
        | Trap::IndirectCallToNull
        | Trap::BadSignature
        | Trap::NullReference
        | Trap::ArrayOutOfBounds => SIGSEGV,
        Trap::IntegerOverflow | Trap::IntegerDivisionByZero | Trap::BadConversionToInteger => {
            SIGFPE
        }
        Trap::Interrupt | Trap::OutOfFuel => SIGXCPU,
        _ => SIGABRT,
    }
}

/// Returns what went wrong in a line, and the guest's stack in the lines below.
fn message(error: &Error) -> String {
    // The outer errors only say where.
    let mut text = error.root_cause().to_string();
    if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
        // Its first line is a heading.
        for line in backtrace.to_string().lines().skip(1) {
            write!(text, "\n{line}").expect("writing to a string does not fail");
        }
    }
    if text.len() > MESSAGE_BYTES_MAX {
        text.truncate(text.floor_char_boundary(MESSAGE_BYTES_MAX));
        text.push_str("\n…");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Error, Trap, code_of_trap, exit_of_panic, message};

    #[test]
    fn traps() {
        for (trap, expected) in [
            (Trap::UnreachableCodeReached, 134),
            (Trap::StackOverflow, 139),
            (Trap::MemoryOutOfBounds, 139),
            (Trap::BadSignature, 139),
            (Trap::IntegerDivisionByZero, 136),
            (Trap::BadConversionToInteger, 136),
            (Trap::Interrupt, 152),
            (Trap::CannotEnterComponent, 134),
        ] {
            assert_eq!(code_of_trap(&trap), expected, "{trap}");
        }
    }

    #[test]
    fn messages() {
        let error = Error::from(Trap::IntegerDivisionByZero).context("somewhere");
        assert_eq!(message(&error), "wasm trap: integer divide by zero");
        let long = message(&Error::msg("ä".repeat(20_000)));
        assert!(long.ends_with("ä\n…") && long.len() < 17_000);
    }

    #[test]
    fn a_panic_is_an_abort() {
        let exit = exit_of_panic(&"oh no");
        assert_eq!(exit.code, 134);
        assert!(exit.message.unwrap().ends_with("oh no"));
    }
}
