//! The thread that interrupts guests: it moves the engine's epoch every 5 ms.
//!
//! A guest that reaches the next epoch yields to the executor, so that a spinning one starves no
//! neighbour and can be killed. What must hold: while a guest runs, the epoch moves.
//!
//! The thread starts with the first container and holds nothing up: it ends with the engine, or
//! with the process. When no guest has run for a while it sleeps, so that a node full of waiting
//! containers uses no processor time; the next guest to run wakes it.
//!
//! ```text
//!             first guest               no guest for IDLE_TICKS
//!  (no thread) ─────────► ticking ◄───────────────────────────► asleep
//!                             a guest runs: unpark
//! ```

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::{Engine, UpdateDeadline};

/// How long a guest runs at most before it yields.
const TICK: Duration = Duration::from_millis(5);

/// How many ticks without a guest until the thread sleeps.
const IDLE_TICKS: u32 = 20;

/// Interrupts the guests of one engine.
pub(super) struct Ticker {
    engine: Engine,
    state: Arc<State>,
    thread: OnceLock<Thread>,
    /// Held while the thread is started, so that there is one.
    starting: Mutex<()>,
}

/// Shared by the thread and by whoever runs a guest.
#[derive(Default)]
struct State {
    /// How often a guest was entered, and left. Equal: none runs.
    entered: AtomicU64,
    left: AtomicU64,
    /// Set by the thread before it sleeps, taken back by whoever wakes it.
    asleep: AtomicBool,
    /// Set when the ticker is dropped: no guest will run again.
    closed: AtomicBool,
}

/// Lets others run. The guest goes on when whoever is ready has had a turn, and the runtime has looked
/// at its timers and sockets: else it would do that after dozens of ticks only, and a guest that never
/// waits would hold up the kill that it needs.
pub(super) fn give_way() -> UpdateDeadline {
    UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now()))
}

/// A guest runs as long as this lives.
pub(super) struct Running<'a>(&'a State);

impl Ticker {
    /// Makes the ticker of an engine, without its thread.
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine, state: Arc::default(), thread: OnceLock::new(), starting: Mutex::new(()) }
    }

    /// Starts the thread, unless it is there. To be called before the first guest is entered.
    pub(super) fn start(&self) -> io::Result<()> {
        if self.thread.get().is_some() {
            return Ok(());
        }
        let _starting = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.thread.get().is_none() {
            let (engine, state) = (self.engine.clone(), Arc::clone(&self.state));
            let builder = thread::Builder::new().name("ticker".to_owned()).stack_size(64 << 10);
            let handle = builder.spawn(move || tick(&engine, &state))?;
            self.thread.get_or_init(|| handle.thread().clone());
        }
        Ok(())
    }

    /// Tells that a guest is entered, until the value is dropped.
    pub(super) fn enter(&self) -> Running<'_> {
        self.state.entered.fetch_add(1, SeqCst);
        if self.state.asleep.load(SeqCst) {
            self.wake();
        }
        Running(&self.state)
    }

    fn wake(&self) {
        self.state.asleep.store(false, SeqCst);
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.state.closed.store(true, SeqCst);
        self.wake();
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.left.fetch_add(1, SeqCst);
    }
}

/// What the thread does.
fn tick(engine: &Engine, state: &State) {
    let (mut seen, mut idle_ticks) = (0, 0);
    while !state.closed.load(SeqCst) {
        thread::sleep(TICK);
        engine.increment_epoch();
        let entered = state.entered.load(SeqCst);
        if state.is_idle() && entered == seen {
            idle_ticks += 1;
        } else {
            (seen, idle_ticks) = (entered, 0);
        }
        if idle_ticks == IDLE_TICKS {
            state.sleep();
            idle_ticks = 0;
        }
    }
}

impl State {
    /// Returns whether no guest runs.
    fn is_idle(&self) -> bool {
        // In this order: a guest that is entered meanwhile makes them differ.
        let left = self.left.load(SeqCst);
        left == self.entered.load(SeqCst)
    }

    /// Sleeps until it is woken.
    fn sleep(&self) {
        // This side sets `asleep`, then looks for a guest; `enter` counts the guest, then looks
        // at `asleep`. One of the two sees what the other did: no guest runs while this sleeps.
        self.asleep.store(true, SeqCst);
        if !self.is_idle() || self.closed.load(SeqCst) {
            self.asleep.store(false, SeqCst);
        }
        while self.asleep.load(SeqCst) {
            thread::park();
        }
    }
}
