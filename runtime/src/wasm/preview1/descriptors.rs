//! The numbers that a guest has for what it has opened: files, which the stock functions know by
//! numbers of their own, and sockets.
//!
//! A new one is the lowest that is free, as POSIX prescribes. At the start they are
//!
//! | number | what |
//! |---|---|
//! | 0, 1, 2 | the standard streams |
//! | from 3 on | sockets that listen, if the program takes them |
//! | then | the directories |

use std::collections::BTreeSet;

use super::errno::Errno;
use super::socket::Socket;
use crate::sandbox::OutputStream;

/// The table of one program. That of a component is empty, and holds nothing.
#[derive(Default)]
pub(in crate::wasm) struct Descriptors {
    entries: Vec<Option<Descriptor>>,
    free: BTreeSet<u32>,
}

/// What is behind a number.
pub(super) enum Descriptor {
    /// A file, or standard input: its number for the stock functions. It says nothing about what
    /// it is, for they give numbers again.
    File(u32),
    /// Standard output or error.
    Output(OutputStream),
    /// A socket.
    Socket(Box<Socket>),
}

/// How many standard streams there are.
const STREAMS: u32 = 3;

impl Descriptors {
    /// Makes the table of a program that begins.
    pub(in crate::wasm) fn new(listening: Vec<Socket>, directories: usize) -> Self {
        let mut this = Self::default();
        let directories = STREAMS..STREAMS + directories as u32;
        let outputs = [OutputStream::Stdout, OutputStream::Stderr].map(Descriptor::Output);
        this.entries.extend([Descriptor::File(0)].into_iter().chain(outputs).map(Some));
        this.entries.extend(listening.into_iter().map(Descriptor::from).map(Some));
        this.entries.extend(directories.map(Descriptor::File).map(Some));
        this
    }

    /// Returns what is behind a number.
    pub(super) fn get(&self, fd: u32) -> Result<&Descriptor, Errno> {
        self.entries.get(fd as usize).and_then(Option::as_ref).ok_or(Errno::BADF)
    }

    /// Returns the socket behind a number.
    pub(super) fn socket(&mut self, fd: u32) -> Result<&mut Socket, Errno> {
        match self.entries.get_mut(fd as usize) {
            Some(Some(Descriptor::Socket(socket))) => Ok(socket),
            Some(Some(_)) => Err(Errno::NOTSOCK),
            _ => Err(Errno::BADF),
        }
    }

    /// Gives something a number.
    pub(super) fn add(&mut self, descriptor: Descriptor) -> u32 {
        if let Some(fd) = self.free.pop_first() {
            self.entries[fd as usize] = Some(descriptor);
            return fd;
        }
        self.entries.push(Some(descriptor));
        (self.entries.len() - 1) as u32
    }

    /// Takes a number back.
    pub(super) fn remove(&mut self, fd: u32) -> Result<Descriptor, Errno> {
        let entry = self.entries.get_mut(fd as usize).and_then(Option::take);
        let descriptor = entry.ok_or(Errno::BADF)?;
        self.free.insert(fd);
        Ok(descriptor)
    }

    /// Gives what is behind one number another; returns what that one stood for, if it was not the
    /// same.
    pub(super) fn renumber(&mut self, from: u32, to: u32) -> Result<Option<Descriptor>, Errno> {
        self.get(from)?;
        self.get(to)?;
        if from == to {
            return Ok(None);
        }
        let moved = self.remove(from)?;
        Ok(self.entries[to as usize].replace(moved))
    }
}

impl Descriptor {
    /// Returns its number for the stock functions, if they know it.
    pub(super) fn number(&self) -> Option<i32> {
        match self {
            Self::File(number) => Some(*number as i32),
            Self::Output(OutputStream::Stdout) => Some(1),
            Self::Output(OutputStream::Stderr) => Some(2),
            Self::Socket(_) => None,
        }
    }
}

impl From<Socket> for Descriptor {
    fn from(socket: Socket) -> Self {
        Self::Socket(Box::new(socket))
    }
}

#[cfg(test)]
mod tests {
    use super::{Descriptor, Descriptors, Errno};

    fn file(found: Result<&Descriptor, Errno>) -> Result<i32, Errno> {
        found.map(|descriptor| descriptor.number().unwrap())
    }

    #[test]
    fn the_lowest_is_taken() {
        let mut table = Descriptors::new(Vec::new(), 2);
        let found: Vec<_> = (0..6).map(|fd| file(table.get(fd))).collect();
        assert_eq!(found, [Ok(0), Ok(1), Ok(2), Ok(3), Ok(4), Err(Errno::BADF)]);
        assert_eq!(table.add(Descriptor::File(9)), 5);
        table.remove(0).map(drop).unwrap();
        table.remove(4).map(drop).unwrap();
        assert_eq!(file(table.get(4)), Err(Errno::BADF));
        assert_eq!(table.remove(4).map(drop), Err(Errno::BADF));
        assert_eq!(table.remove(6).map(drop), Err(Errno::BADF));
        let added: Vec<_> = (10..13).map(|number| table.add(Descriptor::File(number))).collect();
        assert_eq!(added, [0, 4, 6]);
        assert_eq!(file(table.get(4)), Ok(11));
        assert_eq!(table.socket(4).map(drop), Err(Errno::NOTSOCK));
        assert_eq!(table.socket(7).map(drop), Err(Errno::BADF));
    }

    #[test]
    fn numbers_are_changed() {
        let mut table = Descriptors::new(Vec::new(), 2);
        for (from, to, expected) in [
            (3, 3, Ok(None)),
            (3, 9, Err(Errno::BADF)),
            (u32::MAX, 3, Err(Errno::BADF)),
            (3, 1, Ok(Some(1))),
            (3, 1, Err(Errno::BADF)),
        ] {
            let found = table
                .renumber(from, to)
                .map(|replaced| replaced.map(|replaced| file(Ok(&replaced)).unwrap()));
            assert_eq!(found, expected, "{from} {to}");
        }
        assert_eq!(file(table.get(1)), Ok(3));
        assert_eq!(table.add(Descriptor::File(7)), 3);
    }
}
