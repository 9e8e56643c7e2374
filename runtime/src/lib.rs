//! Kubernetes Pods of WebAssembly containers, without Kubernetes, containers or a VM.
//!
//! The modules in reading order; `docs/architecture.md` draws the arrows between them, and
//! `tests/architecture.rs` holds the code to the drawing.
//!
//! *Deciding* is pure: [`spec`] says what was asked, [`lifecycle`] what to do next. No IO, no
//! clock, no async. *Doing* is IO: [`image`], [`network`] and [`volume`] give a [`sandbox`], the one
//! host context that the containers of a pod share; an [`executor`], here [`wasm`], runs containers in
//! it. [`pod`] joins the two, one task per pod. [`cli`] is the face.

#![warn(missing_docs)]

// Pure, and kept so by the compiler: clippy.toml lists what they may not call.
#[deny(clippy::disallowed_methods)]
pub mod lifecycle;
#[deny(clippy::disallowed_methods)]
pub mod spec;

pub mod executor;
pub mod image;
pub mod network;
pub mod probe;
pub mod sandbox;
pub mod volume;
pub mod wasm;

pub mod cli;
pub mod pod;

pub mod clock;
pub mod config;
pub mod machine;
pub mod objects;
pub mod runtime;
pub mod shards;
