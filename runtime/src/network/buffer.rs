//! The bytes on their way to one side of a connection.
//!
//! Pure. Chunks are handed over as they came, without a copy. Each counts with what keeping it
//! costs, so that a sender of single bytes cannot fill the host's memory.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// What keeping a chunk costs beside its bytes.
const CHUNK_COST: usize = 64;

/// Chunks shorter than this are put together for a reader that takes more.
const SHORT_CHUNK: usize = 4 << 10;

/// How much is put together at most.
const GATHER_MAX: usize = 16 << 10;

/// A queue of chunks.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    chunks: VecDeque<Bytes>,
    charge: usize,
}

impl Buffer {
    /// Returns whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Returns how many bytes there are to read.
    pub(super) fn len(&self) -> usize {
        self.charge - self.chunks.len() * CHUNK_COST
    }

    /// Returns how many bytes fit in, for a buffer of `capacity`: none before a quarter of it is
    /// free, so that a slow reader is not fed in crumbs.
    pub(super) fn room(&self, capacity: usize) -> usize {
        let room = capacity.saturating_sub(self.charge);
        if room < capacity / 4 { 0 } else { room }
    }

    /// Adds a chunk. That it fits is up to the caller.
    pub(super) fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.charge += bytes.len() + CHUNK_COST;
            self.chunks.push_back(bytes);
        }
    }

    /// Takes at most `max` bytes off the front.
    pub(super) fn take(&mut self, max: usize) -> Bytes {
        let is_short = self.chunks.front().is_some_and(|chunk| chunk.len() < SHORT_CHUNK.min(max));
        if is_short && self.chunks.len() > 1 { self.gather(max) } else { self.take_front(max) }
    }

    /// Returns at most `max` bytes of the front, which stay.
    pub(super) fn peek(&self, max: usize) -> Bytes {
        let mut peeked = BytesMut::new();
        for chunk in &self.chunks {
            let left = max - peeked.len();
            peeked.extend_from_slice(&chunk[..chunk.len().min(left)]);
        }
        peeked.freeze()
    }

    /// Throws everything away.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn take_front(&mut self, max: usize) -> Bytes {
        let Some(front) = self.chunks.front_mut() else { return Bytes::new() };
        if front.len() > max {
            self.charge -= max;
            return front.split_to(max);
        }
        self.charge -= front.len() + CHUNK_COST;
        let front = self.chunks.pop_front().unwrap_or_default();
        if self.chunks.is_empty() {
            // A connection that is idle keeps no memory.
            self.chunks = VecDeque::new();
        }
        front
    }

    fn gather(&mut self, max: usize) -> Bytes {
        let max = max.min(GATHER_MAX);
        let mut gathered = BytesMut::new();
        while gathered.len() < max && !self.is_empty() {
            gathered.extend_from_slice(&self.take_front(max - gathered.len()));
        }
        gathered.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPACITY: usize = 64 << 10;

    /// Pushes chunks of these lengths, then takes with these maxima.
    #[test]
    fn takes() {
        fn check(pushed: &[usize], taken: &[usize], expected: &[usize]) {
            let mut buffer = Buffer::default();
            let mut next = 0_u8;
            for &len in pushed {
                let chunk = (0..len).map(|_| {
                    next = next.wrapping_add(1);
                    next
                });
                buffer.push(chunk.collect());
            }
            let taken: Vec<_> = taken.iter().map(|&max| buffer.take(max)).collect();
            let lens: Vec<_> = taken.iter().map(Bytes::len).collect();
            assert_eq!(lens, expected, "{pushed:?}");
            let all: Vec<u8> = taken.concat();
            let in_order = all.iter().zip(1..).all(|(&byte, place)| byte == place as u8);
            assert!(in_order, "{pushed:?}");
            if buffer.is_empty() {
                assert_eq!(buffer.charge, 0, "{pushed:?}");
            }
        }
        check(&[], &[10], &[0]);
        check(&[5], &[10, 10], &[5, 0]);
        check(&[5], &[3, 3], &[3, 2]);
        check(&[5, 5, 5], &[100], &[15]);
        check(&[5, 5, 5], &[12, 12], &[12, 3]);
        check(&[0, 5], &[10], &[5]);
        check(&[5000, 5], &[100_000, 100_000], &[5000, 5]);
        check(&[5, 20_000], &[100_000, 100_000], &[16 << 10, 20_005 - (16 << 10)]);
        check(&[5], &[0, 5], &[0, 5]);
    }

    #[test]
    fn what_is_peeked_stays() {
        let mut buffer = Buffer::default();
        assert_eq!((buffer.peek(10), buffer.len()), (Bytes::new(), 0));
        buffer.push(Bytes::from_static(b"one"));
        buffer.push(Bytes::from_static(b"two"));
        assert_eq!(buffer.len(), 6);
        for (max, expected) in [(0, ""), (2, "on"), (5, "onetw"), (10, "onetwo")] {
            assert_eq!(buffer.peek(max), expected, "{max}");
        }
        assert_eq!(buffer.take(10), "onetwo");
    }

    #[test]
    fn room_shrinks_and_comes_back() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.room(CAPACITY), CAPACITY);
        buffer.push(Bytes::from(vec![0; CAPACITY / 2]));
        assert_eq!(buffer.room(CAPACITY), CAPACITY / 2 - CHUNK_COST);
        buffer.push(Bytes::from(vec![0; CAPACITY / 2 - CHUNK_COST]));
        assert_eq!(buffer.room(CAPACITY), 0);
        buffer.take(100);
        assert_eq!(buffer.room(CAPACITY), 0, "crumbs");
        buffer.take(CAPACITY);
        assert_eq!(buffer.room(CAPACITY), CAPACITY / 2);
    }

    #[test]
    fn single_bytes_fill_it() {
        let mut buffer = Buffer::default();
        let mut count = 0;
        while buffer.room(CAPACITY) > 0 {
            buffer.push(Bytes::from_static(b"x"));
            count += 1;
        }
        assert!(count <= CAPACITY / CHUNK_COST, "{count}");
    }
}
