//! Works until it is asked to end, finishes what it has begun, and ends well.

use std::thread::sleep;
use std::time::Duration;

use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::poll;

use self::wasmpod::lifecycle::stop;

wit_bindgen::generate!({
    path: "../../wit/lifecycle",
    world: "imports",
    with: { "wasi:io/poll@0.2.0": wasip2::io::poll },
});

const SECOND: u64 = 1_000_000_000;

fn main() {
    let asked = stop::subscribe();
    println!("working, until I am asked to end");
    for done in 0.. {
        // Whatever comes first: the request, or the next piece of work.
        poll(&[&asked, &subscribe_duration(SECOND)]);
        if stop::requested() {
            return finish(done);
        }
        println!("done: {}", done + 1);
    }
}

fn finish(done: u64) {
    match stop::grace_left_ms() {
        Some(left) => println!("asked to end, {} s are left", left.div_ceil(1000)),
        None => println!("asked to end"),
    }
    sleep(Duration::from_millis(500));
    println!("{done} done and saved; goodbye");
}
