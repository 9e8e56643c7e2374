//! Works until it is asked to end, through `wasmpod:lifecycle/stop-async`: says `up`, and, when the
//! request comes, `down`; then exits with its argument.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;

use wasip3::cli::{environment, exit, stdout};
use wasip3::clocks::monotonic_clock::wait_for;

use self::wasmpod::lifecycle::stop_async;

wit_bindgen::generate!({
    path: "../../../wit/lifecycle/stop-async.wit",
    world: "imports-async",
});

wasip3::cli::command::export!(Told);

struct Told;

impl wasip3::exports::cli::run::Guest for Told {
    async fn run() -> Result<(), ()> {
        assert!(!stop_async::requested() && stop_async::grace_left_ms().is_none());
        print("up\n").await?;
        work_until_asked().await;
        assert!(stop_async::requested());
        print(&format!("down within {:?}\n", stop_async::grace_left_ms().map(seconds))).await?;
        let code = environment::get_arguments().pop().and_then(|code| code.parse().ok());
        exit::exit_with_code(code.ok_or(())?);
        Ok(())
    }
}

/// Waits for both, as a guest does that has something else to do.
async fn work_until_asked() {
    let (mut asked, mut work) = (pin!(stop_async::wait()), pin!(wait_for(u64::MAX)));
    let either = poll_fn(|cx| match (asked.as_mut().poll(cx), work.as_mut().poll(cx)) {
        (Poll::Pending, Poll::Pending) => Poll::Pending,
        _ => Poll::Ready(()),
    });
    either.await;
}

/// A minute is more than a test takes, and less than its grace.
fn seconds(milliseconds: u64) -> &'static str {
    if milliseconds > 60_000 { "the grace" } else { "a moment" }
}

async fn print(text: &str) -> Result<(), ()> {
    let (mut sender, receiver) = wasip3::wit_stream::new();
    let written = stdout::write_via_stream(receiver);
    let left = sender.write_all(text.as_bytes().to_vec()).await;
    drop(sender);
    if left.is_empty() { written.await.map_err(|_| ()) } else { Err(()) }
}
