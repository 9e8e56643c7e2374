//! The engine class `command`: long-lived containers, one instance per store.
//!
//! Memory is allocated on demand and copy-on-write from the module's image, so that an instance
//! costs what it touches. Every function and loop checks the epoch: whatever a guest does, a store
//! can be interrupted within a tick, see [`Ticker`](super::ticker::Ticker).
//!
//! An engine is a compiler and a configuration; it has no threads and maps no memory until a
//! container runs.

use std::hash::{DefaultHasher, Hash, Hasher};

use wasmtime::{Config, Engine, WasmBacktraceDetails};

/// The name of the class, part of the key of compiled code.
pub(super) const CLASS: &str = "command";

/// Makes the engine of the class.
pub(super) fn command_engine() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        // The guest's stack, within the fiber's: the rest is for host functions.
        .max_wasm_stack(512 << 10)
        .async_stack_size(2 << 20);
    // Nobody unwinds through guest frames here; Windows demands the tables all the same. Without
    // them code is smaller, and loads without being registered with the system's unwinder.
    if cfg!(not(windows)) {
        config.native_unwind_info(false);
    }
    Engine::new(&config)
}

/// Returns what tells apart engines whose compiled code must not be mixed up: the class, the
/// version of the engine, its settings, and the processor's features.
///
/// Should the hash function change with the standard library, modules are compiled anew, no more.
pub(super) fn fingerprint(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    CLASS.hash(&mut hasher);
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{command_engine, fingerprint};

    #[test]
    fn the_fingerprint_is_the_same_for_equal_engines() {
        let [one, other] = [(); 2].map(|()| command_engine().unwrap());
        assert_eq!(fingerprint(&one), fingerprint(&other));
    }
}
