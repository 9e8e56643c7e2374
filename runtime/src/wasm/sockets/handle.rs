//! Handles of the bindings' resources, as handles of ours.
//!
//! A handle is a number into the store's table and the type that is expected there. The table
//! checks the type at each use, so that a mistake here is an error of the host, never confusion.

use wasmtime::component::Resource;

/// Returns the handle, to be used for the time of a call.
pub(super) fn borrow<Ours: 'static, Theirs: 'static>(handle: &Resource<Theirs>) -> Resource<Ours> {
    Resource::new_borrow(handle.rep())
}

/// Hands a resource over, from us to the bindings or back.
pub(super) fn own<From: 'static, To: 'static>(handle: &Resource<From>) -> Resource<To> {
    Resource::new_own(handle.rep())
}
