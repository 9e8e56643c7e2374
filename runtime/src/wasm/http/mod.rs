//! Http services: components that export a handler are served by the host, and guests of all kinds
//! send requests.
//!
//! ```text
//! pod network ─► Server ─► connection ─► Service ─► a place, or 503
//!                                           │
//!               response ◄── GuestBody ◄── Instance: a store for each request, or reused
//!                                           │
//!                         Client ◄──────────┘ requests that it sends itself
//! ```
//!
//! What must hold:
//! - A request is answered, or its connection is broken: an instance that traps, stands still or is
//!   killed never leaves a response that looks whole.
//! - Who waits, and what is kept for it, is bounded; a body is carried as fast as its slower end.
//! - An instance ends with its client, with its container, and when nothing moves for too long. One
//!   that trapped is never entered again.

mod admission;
mod client;
mod connection;
mod exchange;
mod failure;
mod idle;
mod instance;
mod request;
mod response;
mod server;
mod service;

pub(super) use self::client::{Client, Tls};
pub(super) use self::server::Server;
pub(super) use self::service::Service;
