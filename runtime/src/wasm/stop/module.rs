//! The stop interface of core modules, which have no pollables: `wasmpod_lifecycle`, with a function
//! that looks and one that waits. `wit/README.md` has it for users.

use std::time::Duration;

use wasmtime::{Caller, Linker, Module};

use super::StopRequest;
use crate::wasm::context::ContainerContext;

/// The name that modules import it by.
const MODULE: &str = "wasmpod_lifecycle";

/// Returns whether a module imports something of the interface.
pub(in crate::wasm) fn imported_by_module(module: &Module) -> bool {
    module.imports().any(|import| import.module() == MODULE)
}

/// Adds the functions to a linker.
pub(in crate::wasm) fn add_to_linker(
    linker: &mut Linker<ContainerContext>,
) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "stop_requested", |caller: Caller<'_, ContainerContext>| {
        i32::from(caller.data().stop.is_made())
    })?;
    linker.func_wrap(MODULE, "stop_grace_left_ms", |caller: Caller<'_, ContainerContext>| {
        caller
            .data()
            .stop
            .grace_left_ms()
            .map_or(-1, |left| i64::try_from(left).unwrap_or(i64::MAX))
    })?;
    linker.func_wrap_async(
        MODULE,
        "stop_wait",
        |caller: Caller<'_, ContainerContext>, (timeout_ms,): (i64,)| {
            let stop = caller.data().stop.clone();
            Box::new(async move { wait(&stop, timeout_ms).await })
        },
    )?;
    Ok(())
}

/// Waits for the request, so long at most; for as long as it takes if the time is negative.
async fn wait(stop: &StopRequest, timeout_ms: i64) -> i32 {
    match u64::try_from(timeout_ms) {
        Ok(timeout_ms) => {
            // That the time is over is an answer too.
            let _ = tokio::time::timeout(Duration::from_millis(timeout_ms), stop.made()).await;
        }
        Err(_) => stop.made().await,
    }
    i32::from(stop.is_made())
}

#[cfg(test)]
mod tests {
    use super::{StopRequest, wait};

    #[tokio::test(start_paused = true)]
    async fn waits() {
        let stop = StopRequest::new();
        for timeout_ms in [0, 1, 3_600_000] {
            assert_eq!(wait(&stop, timeout_ms).await, 0, "{timeout_ms}");
        }
        let asked = async { stop.make(None) };
        assert_eq!(tokio::join!(wait(&stop, -1), asked).0, 1);
        for timeout_ms in [i64::MIN, -1, 0, i64::MAX] {
            assert_eq!(wait(&stop, timeout_ms).await, 1, "{timeout_ms}");
        }
    }
}
