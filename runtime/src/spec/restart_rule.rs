//! What follows from a container's exit code, as `core/v1 ContainerRestartRule`.

/// A rule; the first that matches an exit code decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartRule {
    /// Which exit codes it is for.
    pub exit_codes: ExitCodes,
    /// What is done.
    pub action: RestartAction,
}

/// A set of exit codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitCodes {
    /// These.
    In(Vec<i32>),
    /// All others.
    NotIn(Vec<i32>),
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestartAction {
    /// The container is started again.
    Restart,
    /// Every container of the pod is started again, from the first init container on.
    RestartAllContainers,
}

impl RestartRule {
    /// Returns whether the rule is for this exit code.
    pub fn matches(&self, exit_code: i32) -> bool {
        match &self.exit_codes {
            ExitCodes::In(codes) => codes.contains(&exit_code),
            ExitCodes::NotIn(codes) => !codes.contains(&exit_code),
        }
    }
}
