//! The rules of the API, by topic, each a small function over a decoded and defaulted object.
//!
//! Messages and places are Kubernetes' own, also where a place is odd: who looks for a message on
//! the net should find it. A rule never stops at the first error.

mod annotations;
mod claim;
mod containers;
mod env;
mod errors;
mod metadata;
mod mounts;
mod names;
mod network;
mod plugins;
mod pod;
mod ports;
mod probes;
mod projected;
mod resources;
mod scheduling;
mod security;
mod selector;
mod volumes;
mod windows;

pub(super) use self::env::subscript;
pub(super) use self::errors::Errors;
pub(super) use self::pod::pod;
use super::quantity::Quantity;
