//! The command line: one file per command.

pub mod explain;
pub mod validate;
