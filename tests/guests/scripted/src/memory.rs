//! What goes wrong with memory.

use std::hint::black_box;
use std::io;

/// Allocates, and takes no for an answer.
pub(crate) fn try_alloc(bytes: usize) -> io::Result<Vec<u8>> {
    let mut taken = Vec::new();
    taken.try_reserve_exact(bytes).map_err(io::Error::other)?;
    Ok(taken)
}

pub(crate) fn recurse_for_ever() {
    black_box(recurse(black_box(u64::MAX)));
}

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 16]);
    if depth == 0 { frame[0] } else { recurse(depth - 1).wrapping_add(frame[1]) }
}

pub(crate) fn read_out_of_bounds() {
    let nowhere = black_box(0xffff_fff0 as *const u8);
    // SAFETY: there is none; that the engine catches it is what this is for.
    black_box(unsafe { nowhere.read_volatile() });
}
