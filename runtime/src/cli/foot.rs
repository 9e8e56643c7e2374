//! What stands at the foot of the terminal: what containers wait for, and below it their status.

use std::io::IsTerminal as _;

use tokio::sync::watch;

/// What is to stand there, in whole lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FootText {
    pub(super) activity: String,
    pub(super) status: String,
}

/// Where that is said. Whoever draws it may have gone.
pub(super) type Foot = watch::Sender<FootText>;

/// Returns whether standard error is a terminal on which one can move about.
pub(super) fn is_there() -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    std::io::stderr().is_terminal() && !is_dumb
}
