//! cli

pub mod image;
