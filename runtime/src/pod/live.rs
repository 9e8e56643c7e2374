//! A run of a container, as its pod's worker holds it: what can be done to it, and what is under
//! way for it. Dropping it drops all of that, but not the run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::AbortHandle;
use tokio::sync::watch;

use crate::executor::{Container, Exec, Exit, Signal};
use crate::lifecycle::ProbeKind;

/// A signal, and how long the program has until it is killed.
type SignalSent = (Signal, Option<Duration>);

/// A run that goes on.
pub(super) struct Live {
    signals: watch::Sender<Option<SignalSent>>,
    exec: Arc<dyn Exec>,
    hook: Option<AbortHandle>,
    probes: BTreeMap<ProbeKind, AbortHandle>,
}

impl Live {
    /// Takes on a run; returns also what waits for its end.
    pub(super) fn new(run: Box<dyn Container>) -> (Self, impl Future<Output = Exit> + Send) {
        let (signals, receiver) = watch::channel(None);
        let exec = run.exec();
        (Self { signals, exec, hook: None, probes: BTreeMap::new() }, supervise(run, receiver))
    }

    /// Returns what runs further programs in it.
    pub(super) fn exec(&self) -> Arc<dyn Exec> {
        self.exec.clone()
    }

    /// Asks it to end.
    pub(super) fn terminate(&self, grace: Duration) {
        self.signal(Signal::Terminate, Some(grace));
    }

    /// Ends it.
    pub(super) fn kill(&self) {
        self.signal(Signal::Kill, None);
    }

    fn signal(&self, signal: Signal, grace: Option<Duration>) {
        // One that has ended has no more use for it.
        let _ = self.signals.send(Some((signal, grace)));
    }

    /// Takes on its hook.
    pub(super) fn hold_hook(&mut self, hook: AbortHandle) {
        self.drop_hook();
        self.hook = Some(hook);
    }

    /// Drops its hook, if one is under way.
    pub(super) fn drop_hook(&mut self) {
        if let Some(hook) = self.hook.take() {
            hook.abort();
        }
    }

    /// Takes on one of its probes.
    pub(super) fn hold_probe(&mut self, kind: ProbeKind, probe: AbortHandle) {
        self.probes.insert(kind, probe);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.drop_hook();
        self.probes.values().for_each(AbortHandle::abort);
    }
}

/// Waits for the end of a run, passing on the signals that it is sent.
async fn supervise(
    mut run: Box<dyn Container>,
    mut signals: watch::Receiver<Option<SignalSent>>,
) -> Exit {
    loop {
        tokio::select! {
            exit = run.wait() => return exit,
            Ok(()) = signals.changed() => {
                let sent = *signals.borrow_and_update();
                sent.into_iter().for_each(|(signal, grace)| run.signal(signal, grace));
            }
        }
    }
}
