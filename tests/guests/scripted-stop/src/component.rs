//! The interface of WASI 0.2: a pollable.

use std::time::Duration;

use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::poll;

use self::wasmpod::lifecycle::stop;

wit_bindgen::generate!({
    path: "../../../wit/lifecycle",
    world: "imports",
    with: { "wasi:io/poll@0.2.0": wasip2::io::poll },
});

pub(crate) struct Told;

impl scripted::Patience for Told {
    fn sleep(&self, duration: Duration) -> bool {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        poll(&[&stop::subscribe(), &subscribe_duration(nanoseconds)]);
        stop::requested()
    }

    fn grace_left_ms(&self) -> Option<u64> {
        stop::grace_left_ms()
    }
}
