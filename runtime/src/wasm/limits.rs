//! What one container may take of the host's memory.
//!
//! Everything that a guest can make the host allocate has a limit: its memories and tables
//! together (`resources.limits.memory`), and the quotas that are always on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wasmtime::{ResourceLimiter, Store};

use super::context::ContainerContext;

/// What a table's element takes.
const TABLE_ELEMENT_BYTES: usize = size_of::<usize>();

/// Instances, memories and tables in one store. A composed component has a few of each; every
/// memory takes address space and mappings of the process, of which there are not many.
const INSTANCES_MAX: usize = 1000;
const MEMORIES_MAX: usize = 100;
const TABLES_MAX: usize = 1000;

/// Handles and host resources (streams, files, sockets, pollables) open at a time.
const HANDLES_MAX: usize = 20_000;

/// How much one call may hand to the host at least: a guest with little memory still writes files.
const HOSTCALL_BYTES_MIN: usize = 1 << 20;

/// How much one call may hand to the host at most.
const HOSTCALL_BYTES_MAX: usize = 128 << 20;

/// The memory limit of one container, and what all programs in it have taken.
pub(super) struct MemoryLimit {
    limit_bytes: usize,
    used_bytes: AtomicUsize,
}

/// Adds up the memories and tables of one store, and refuses what goes beyond the container's
/// limit. What it took is given back when it is dropped, with the store.
pub(super) struct MemoryMeter {
    limit: Arc<MemoryLimit>,
    used_bytes: usize,
    /// What was granted last: given back if the growth fails for another reason.
    granted_bytes: usize,
    refused: bool,
}

impl MemoryLimit {
    /// Takes a limit; none at all is the size of the address space.
    pub(super) fn new(limit_bytes: Option<u64>) -> Self {
        let limit_bytes =
            limit_bytes.map_or(usize::MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        Self { limit_bytes, used_bytes: AtomicUsize::new(0) }
    }

    /// Returns what charges one more store to this limit.
    pub(super) fn meter(self: &Arc<Self>) -> MemoryMeter {
        MemoryMeter { limit: Arc::clone(self), used_bytes: 0, granted_bytes: 0, refused: false }
    }

    fn take(&self, bytes: usize) -> bool {
        let within = |used: usize| used.checked_add(bytes).filter(|&sum| sum <= self.limit_bytes);
        self.used_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, within).is_ok()
    }
}

impl MemoryMeter {
    /// Returns whether the last thing the guest asked for was refused. If it traps now, that is
    /// why.
    pub(super) fn has_refused(&self) -> bool {
        self.refused
    }

    /// Returns how much one call may hand to the host: no more than the guest itself may have,
    /// for a list of strings can name the same bytes again and again.
    pub(super) fn hostcall_bytes(&self) -> usize {
        self.limit.limit_bytes.clamp(HOSTCALL_BYTES_MIN, HOSTCALL_BYTES_MAX)
    }

    fn grow(&mut self, bytes: usize) -> bool {
        let granted = self.limit.take(bytes);
        if granted {
            self.used_bytes += bytes;
            self.granted_bytes = bytes;
        }
        self.refused = !granted;
        granted
    }

    fn give_back(&mut self) {
        let bytes = std::mem::take(&mut self.granted_bytes);
        self.used_bytes -= bytes;
        self.limit.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for MemoryMeter {
    fn drop(&mut self) {
        self.limit.used_bytes.fetch_sub(self.used_bytes, Ordering::Relaxed);
    }
}

impl ResourceLimiter for MemoryMeter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // A guest that asks for more than it declared itself is at its own limit, not at ours.
        let declared = maximum.is_none_or(|maximum| desired <= maximum);
        Ok(declared && self.grow(desired.saturating_sub(current)))
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        tracing::warn!("the host has no memory for a guest: {error:#}");
        self.give_back();
        self.refused = true;
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let declared = maximum.is_none_or(|maximum| desired <= maximum);
        let elements = desired.saturating_sub(current);
        Ok(declared && self.grow(elements.saturating_mul(TABLE_ELEMENT_BYTES)))
    }

    fn table_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.give_back();
        self.refused = true;
        Ok(())
    }

    fn instances(&self) -> usize {
        INSTANCES_MAX
    }

    fn tables(&self) -> usize {
        TABLES_MAX
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX
    }
}

/// Puts the limits on a new store.
pub(super) fn apply(store: &mut Store<ContainerContext>) {
    store.limiter(|context| &mut context.memory);
    let hostcall_bytes = store.data().memory.hostcall_bytes();
    store.set_hostcall_fuel(hostcall_bytes);
    store.set_max_component_handles(HANDLES_MAX);
    store.data_mut().resources().set_max_capacity(HANDLES_MAX);
    // The tasks, streams and futures of WASI 0.3.
    if let Some(tasks) = store.concurrent_resource_table() {
        tasks.set_max_capacity(HANDLES_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, MemoryLimit, MemoryMeter, ResourceLimiter};

    /// The first store of a container with that limit.
    fn meter(limit_bytes: Option<u64>) -> MemoryMeter {
        Arc::new(MemoryLimit::new(limit_bytes)).meter()
    }

    #[test]
    fn memories_and_tables_are_added_up() {
        let mut limit = meter(Some(1000));
        assert!(limit.memory_growing(0, 600, None).unwrap());
        assert!(limit.table_growing(0, 25, None).unwrap());
        assert!(!limit.memory_growing(600, 900, None).unwrap());
        assert!(limit.has_refused());
        assert!(limit.memory_growing(600, 800, None).unwrap());
        assert!(!limit.has_refused(), "it went on without");
        assert!(!limit.table_growing(25, 26, None).unwrap());
    }

    #[test]
    fn the_stores_of_a_container_share_its_limit() {
        let limit = Arc::new(MemoryLimit::new(Some(1000)));
        let (mut own, mut further) = (limit.meter(), limit.meter());
        assert!(own.memory_growing(0, 600, None).unwrap());
        assert!(!further.memory_growing(0, 500, None).unwrap());
        assert!(further.has_refused() && !own.has_refused(), "who was refused");
        assert!(further.memory_growing(0, 400, None).unwrap());
        assert!(!own.memory_growing(600, 601, None).unwrap());
        drop(further);
        assert!(own.memory_growing(600, 1000, None).unwrap());
    }

    #[test]
    fn what_failed_is_given_back() {
        let mut limit = meter(Some(1000));
        assert!(limit.memory_growing(0, 1000, None).unwrap());
        limit.memory_grow_failed(wasmtime::Error::msg("full")).unwrap();
        assert!(limit.has_refused());
        assert!(limit.memory_growing(0, 1000, None).unwrap());
    }

    #[test]
    fn the_guests_own_maximum_is_not_ours() {
        let mut limit = meter(Some(1000));
        assert!(!limit.memory_growing(0, 600, Some(500)).unwrap());
        assert!(!limit.has_refused());
        assert!(meter(None).memory_growing(0, usize::MAX, None).unwrap());
    }

    #[test]
    fn a_call_hands_over_no_more_than_the_guest_has() {
        for (limit, expected) in [
            (None, 128 << 20),
            (Some(64 << 20), 64 << 20),
            (Some(1000), 1 << 20),
            (Some(u64::MAX), 128 << 20),
        ] {
            assert_eq!(meter(limit).hostcall_bytes(), expected, "{limit:?}");
        }
    }
}
