//! The engine classes. Both run the same compiled code.
//!
//! | class | what runs in it | where an instance's memory is from |
//! |---|---|---|
//! | `command` | containers that run for long, one instance each | allocated on demand |
//! | `http` | http services, one instance for each request | slots of a pool, which stay warm |
//!
//! Memory is copy-on-write from the module's image, so that an instance costs what it touches. Every
//! function and loop checks the epoch: whatever a guest does, a store can be interrupted within a
//! tick, see [`Ticker`](super::ticker::Ticker).
//!
//! An engine is a compiler and a configuration; it has no threads, and that of commands maps no
//! memory until a container runs. The pool is address space, so the engine with it is made for the
//! first http service.

use std::hash::{DefaultHasher, Hash, Hasher};

use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig, WasmBacktraceDetails};

/// Part of the key of compiled code, which is that of this class and fits the other.
const CLASS: &str = "command";

/// How many instances the pool has room for, of all services of the process.
pub(super) const POOL_INSTANCES: u32 = 1000;

/// How many core instances and tables each of them may have on average: a component has a few
/// beside its main module.
const PARTS: u32 = 4;

/// How much of a slot stays in memory between two instances. Giving pages back to the kernel, and
/// taking them anew, would be most of the cost of a request.
const MEMORY_KEPT_BYTES: usize = 1 << 20;
const TABLE_KEPT_BYTES: usize = 64 << 10;
const STACK_KEPT_BYTES: usize = 64 << 10;

/// Makes the engine of the class `command`.
pub(super) fn command_engine() -> wasmtime::Result<Engine> {
    Engine::new(&config())
}

/// Makes the engine of the class `http`. It fails where there is not enough address space.
pub(super) fn http_engine() -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(POOL_INSTANCES)
        .total_core_instances(POOL_INSTANCES * PARTS)
        .total_tables(POOL_INSTANCES * PARTS)
        .total_memories(POOL_INSTANCES)
        .total_gc_heaps(POOL_INSTANCES)
        // A task of WASI 0.3 has a stack of its own.
        .total_stacks(POOL_INSTANCES * PARTS)
        .linear_memory_keep_resident(MEMORY_KEPT_BYTES)
        .table_keep_resident(TABLE_KEPT_BYTES)
        .async_stack_keep_resident(STACK_KEPT_BYTES)
        .pagemap_scan(Enabled::Auto);
    let mut config = config();
    config.allocation_strategy(pool);
    Engine::new(&config)
}

fn config() -> Config {
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
    config
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
    use super::{command_engine, fingerprint, http_engine};

    #[test]
    fn the_fingerprint_is_the_same_for_equal_engines() {
        let [one, other] = [(); 2].map(|()| command_engine().unwrap());
        assert_eq!(fingerprint(&one), fingerprint(&other));
    }

    #[test]
    fn the_classes_run_the_same_code() {
        assert_eq!(fingerprint(&command_engine().unwrap()), fingerprint(&http_engine().unwrap()));
    }
}
