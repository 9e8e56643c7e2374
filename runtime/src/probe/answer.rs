//! What a probe found.

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The container is well.
    Success,
    /// The container is well, and the user should know this.
    Warning(String),
    /// The container is not well, or did not answer in time; this is why.
    Failure(String),
    /// The container could not be asked; this is why.
    Error(String),
}
