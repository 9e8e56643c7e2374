//! Builds the engine, the stores and the executors, once for a process.
