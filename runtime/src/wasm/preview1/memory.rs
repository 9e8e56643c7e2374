//! A guest's memory, and what it says is there. All of it is checked at each use.

use bytes::Bytes;
use wasmtime::{Extern, format_err};

use super::Caller;
use super::errno::{Errno, Failure, Outcome};
use crate::wasm::context::ContainerContext;

/// How many buffers one call may have (Linux: `IOV_MAX`).
const BUFFERS_MAX: u32 = 1024;

/// Returns the guest's memory and what we keep for it.
pub(super) fn split<'a>(
    caller: &'a mut Caller<'_>,
) -> Outcome<(&'a mut [u8], &'a mut ContainerContext)> {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => Ok(memory.data_and_store_mut(caller)),
        _ => Err(Failure::Trap(format_err!("the module exports no memory"))),
    }
}

/// Returns a part of the memory.
pub(super) fn slice(memory: &[u8], at: u32, len: u32) -> Result<&[u8], Errno> {
    let (at, len) = (at as usize, len as usize);
    at.checked_add(len).and_then(|end| memory.get(at..end)).ok_or(Errno::FAULT)
}

/// As [`slice`], to be written to.
pub(super) fn slice_mut(memory: &mut [u8], at: u32, len: u32) -> Result<&mut [u8], Errno> {
    let (at, len) = (at as usize, len as usize);
    at.checked_add(len).and_then(|end| memory.get_mut(at..end)).ok_or(Errno::FAULT)
}

/// Reads so many bytes, as numbers are made of.
pub(super) fn read<const LEN: usize>(memory: &[u8], at: u32) -> Result<[u8; LEN], Errno> {
    let bytes = slice(memory, at, LEN as u32)?;
    Ok(bytes.try_into().expect("as long as asked for"))
}

pub(super) fn read_u32(memory: &[u8], at: u32) -> Result<u32, Errno> {
    read(memory, at).map(u32::from_le_bytes)
}

pub(super) fn write(memory: &mut [u8], at: u32, bytes: &[u8]) -> Result<(), Errno> {
    let len = u32::try_from(bytes.len()).map_err(|_| Errno::FAULT)?;
    slice_mut(memory, at, len)?.copy_from_slice(bytes);
    Ok(())
}

pub(super) fn write_u32(memory: &mut [u8], at: u32, value: u32) -> Result<(), Errno> {
    write(memory, at, &value.to_le_bytes())
}

/// A list of buffers in a memory, all of which are there. Memories do not shrink.
#[derive(Debug)]
pub(super) struct Buffers(Vec<(u32, u32)>);

impl Buffers {
    /// Reads a list of addresses and lengths.
    pub(super) fn read(memory: &[u8], list: u32, count: u32) -> Result<Self, Errno> {
        if count > BUFFERS_MAX {
            return Err(Errno::INVAL);
        }
        let entry = |index: u32| {
            let [at, len] = [0, 4].map(|word| read_u32(memory, list + index * 8 + word));
            let (at, len) = (at?, len?);
            slice(memory, at, len)?;
            Ok((at, len))
        };
        slice(memory, list, count * 8)?;
        (0..count).map(entry).collect::<Result<_, _>>().map(Self)
    }

    /// Returns how long they are together. They may overlap.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|&(_, len)| len as usize).sum()
    }

    /// Copies at most `max` bytes of them, from the `start`th on.
    pub(super) fn gather(&self, memory: &[u8], start: usize, max: usize) -> Bytes {
        let mut gathered = Vec::with_capacity(self.len().saturating_sub(start).min(max));
        for (at, len) in self.parts(start, max) {
            gathered.extend_from_slice(&memory[at..at + len]);
        }
        gathered.into()
    }

    /// Writes bytes into them, from the `start`th on. What has no place is left out.
    pub(super) fn scatter(&self, memory: &mut [u8], start: usize, bytes: &[u8]) {
        let mut left = bytes;
        for (at, len) in self.parts(start, bytes.len()) {
            let (head, tail) = left.split_at(len);
            memory[at..at + len].copy_from_slice(head);
            left = tail;
        }
    }

    /// Returns the places of the bytes from `start` on, at most `max` of them.
    fn parts(&self, start: usize, max: usize) -> impl Iterator<Item = (usize, usize)> {
        let (mut skip, mut left) = (start, max);
        self.0.iter().map_while(move |&(at, len)| {
            let (at, len) = (at as usize, len as usize);
            let skipped = skip.min(len);
            let taken = (len - skipped).min(left);
            skip -= skipped;
            left -= taken;
            (skip > 0 || left > 0 || taken > 0).then_some((at + skipped, taken))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffers, Errno};

    /// A memory with a list of buffers at 0, each (address, length).
    fn memory(buffers: &[(u32, u32)], size: usize) -> Vec<u8> {
        let words = buffers.iter().flat_map(|(at, len)| [at, len]);
        let mut memory: Vec<u8> = words.flat_map(|word| word.to_le_bytes()).collect();
        memory.resize(size, b'x');
        memory
    }

    #[test]
    fn buffers_are_joined() {
        let mut bytes = memory(&[(32, 2), (40, 0), (34, 3)], 48);
        bytes[32..37].copy_from_slice(b"hello");
        let buffers = Buffers::read(&bytes, 0, 3).unwrap();
        for (start, max, expected) in
            [(0, 9, "hello"), (0, 4, "hell"), (1, 3, "ell"), (2, 9, "llo"), (5, 9, ""), (9, 9, "")]
        {
            assert_eq!(buffers.gather(&bytes, start, max), expected, "{start} {max}");
        }
        assert_eq!(Buffers::read(&bytes, 0, 0).unwrap().gather(&bytes, 0, 9), "");
    }

    #[test]
    fn buffers_are_filled() {
        for (start, text, expected) in [
            (0, "abcde", "abcde"),
            (0, "abc", "abcxx"),
            (1, "abc", "xabcx"),
            (3, "abcde", "xxxab"),
            (9, "abc", "xxxxx"),
            (0, "", "xxxxx"),
        ] {
            let mut bytes = memory(&[(32, 2), (40, 0), (34, 3)], 48);
            let buffers = Buffers::read(&bytes, 0, 3).unwrap();
            buffers.scatter(&mut bytes, start, text.as_bytes());
            assert_eq!(bytes[32..37], *expected.as_bytes(), "{start} {text}");
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_a_fault() {
        for (buffers, at, len, expected) in [
            (&[(60, 5)][..], 0, 1, Errno::FAULT),
            (&[(u32::MAX, u32::MAX)][..], 0, 1, Errno::FAULT),
            (&[][..], 60, 1, Errno::FAULT),
            (&[][..], u32::MAX, 1, Errno::FAULT),
            (&[][..], 0, 1025, Errno::INVAL),
            (&[][..], 0, u32::MAX, Errno::INVAL),
        ] {
            let memory = memory(buffers, 64);
            assert_eq!(Buffers::read(&memory, at, len).unwrap_err(), expected, "{buffers:?}");
        }
    }
}
