//! Tests of the whole: the real binary, real guests, a real registry, and the rules that the code keeps.
//!
//! One binary for all of them, because each one that links the engine costs seconds to link. A test
//! goes into a module of its own, with a line here.

// A failing test may panic; that is what it is for. One that cannot run here says why.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

// What the tests stand on.
#[allow(dead_code, unused_imports, reason = "offers more than the tests of a day use")]
mod harness;

// The rules of docs/architecture.md, held against the code.
mod architecture;

// Every example, as its README says.
mod examples;

// What README.md tells a user to type.
mod readme;

// Scenarios: the life of Pods with real guests, in real time.
mod behaviour;

// `wasmpod run`, as a user runs it.
mod run;

// The sockets of a pod against those of the kernel.
mod sockets;

// `wasmpod logs`, as a user runs it.
mod logs;

// `wasmpod validate`, as a user runs it.
mod validate;

// The image store under several processes, and under processes that are killed.
mod images;

// Images between the store and a real registry.
mod registry;

// The executor of WebAssembly commands, in this process.
mod wasm;

// The runner of WASI test suites, on a suite of our own.
mod wasi_testsuite;

// The names that a pod knows, as programs in it find them.
mod names;

// Http services through published ports.
mod http;

// Programs of WASI 0.1 that find themselves listening.
mod listening;

// The sockets of WasmEdge.
mod wasmedge;

// Sockets of guests: between containers, and through published ports.
mod network;
