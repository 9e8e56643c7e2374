//! Does what its command line says: see the library. It is never told that it is asked to end.

use std::time::Duration;

fn main() {
    scripted::main(Unaware);
}

struct Unaware;

impl scripted::Patience for Unaware {
    fn sleep(&self, duration: Duration) -> bool {
        std::thread::sleep(duration);
        false
    }

    fn grace_left_ms(&self) -> Option<u64> {
        None
    }
}
