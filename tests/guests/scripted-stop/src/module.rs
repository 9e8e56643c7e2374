//! The functions for core modules.

use std::time::Duration;

#[link(wasm_import_module = "wasmpod_lifecycle")]
unsafe extern "C" {
    safe fn stop_wait(timeout_ms: i64) -> i32;
    safe fn stop_requested() -> i32;
    safe fn stop_grace_left_ms() -> i64;
}

pub(crate) struct Told;

impl scripted::Patience for Told {
    fn sleep(&self, duration: Duration) -> bool {
        let told = stop_wait(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX));
        assert_eq!(told, stop_requested());
        told == 1
    }

    fn grace_left_ms(&self) -> Option<u64> {
        u64::try_from(stop_grace_left_ms()).ok()
    }
}
