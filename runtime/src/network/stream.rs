//! An established connection: two sides, and the bytes on their way to each.
//!
//! ```text
//! open ── finish ──► finished: the peer reads what is on its way, then the end
//!   │
//!   ├── drop, everything read ───► as finish; what the peer still sends resets it
//!   └── drop, something unread ──► reset: the peer reads what is on its way, then the error
//! ```
//!
//! What must hold, as over the kernel's loopback:
//! - A writer waits when the reader does not read; nothing is lost but by a reset.
//! - An error is told once; from then on reading finds the end and writing a broken pipe.
//! - Dropping a side never waits and always wakes the other.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;

use super::buffer::Buffer;
use super::error::SocketError;
use super::lease::Lease;

/// How many bytes may be on their way to one side.
const CAPACITY_MAX: usize = 256 << 10;

/// How many there may be when a pod has very many connections.
const CAPACITY_MIN: usize = 16 << 10;

/// How much all connections of a pod may hold together, before each is given less.
const POD_CAPACITY: usize = 64 << 20;

/// How many connections a pod has: the more, the less may be on its way in each.
#[derive(Debug, Default)]
pub(super) struct Share(AtomicUsize);

impl Share {
    fn capacity(&self) -> usize {
        let sides = 2 * self.0.load(Ordering::Relaxed).max(1);
        (POD_CAPACITY / sides).clamp(CAPACITY_MIN, CAPACITY_MAX)
    }
}

/// One side of a connection. Reading and writing may go on in different tasks, one each.
#[derive(Debug)]
pub struct TcpStream {
    shared: Arc<Shared>,
    /// Which of the shared sides is this one, and which the peer. Of a socket that connected to
    /// itself they are the same.
    side: usize,
    peer_side: usize,
    local: SocketAddr,
    peer: SocketAddr,
    _port: Option<Arc<Lease>>,
}

#[derive(Debug)]
struct Shared {
    /// Held for the time of one operation, by either side.
    sides: Mutex<[Side; 2]>,
    share: Arc<Share>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.share.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Side {
    /// What is on its way to this side.
    inbox: Buffer,
    /// Why nothing more will come.
    end: Option<End>,
    /// Whether this side may still send.
    sending: Sending,
    /// Whether this side wants to read nothing more.
    is_deaf: bool,
    /// What has to be told once.
    error: Option<SocketError>,
    /// Whether this side was dropped.
    is_gone: bool,
    /// Waits for something to read.
    reader: Option<Waker>,
    /// Waits for room in the peer's inbox.
    writer: Option<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Finished,
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sending {
    Open,
    /// This side sent the end.
    Finished,
    /// The connection is gone.
    Broken,
}

impl Side {
    fn new() -> Self {
        Self {
            inbox: Buffer::default(),
            end: None,
            sending: Sending::Open,
            is_deaf: false,
            error: None,
            is_gone: false,
            reader: None,
            writer: None,
        }
    }

    fn finish(&mut self) {
        self.end.get_or_insert(End::Finished);
    }

    /// Takes a reset that came from the peer.
    fn reset(&mut self) {
        let error = match self.end {
            Some(End::Reset) => return,
            // The end was read or is about to be; what is left to notice it is writing.
            Some(End::Finished) => SocketError::ConnectionBroken,
            None => SocketError::ConnectionReset,
        };
        self.end.get_or_insert(End::Reset);
        self.error = Some(error);
        self.sending = Sending::Broken;
    }

    /// Returns what there is to read beyond the last byte.
    fn take_end(&mut self) -> Result<Option<Bytes>, SocketError> {
        match (self.end, self.error) {
            (Some(End::Reset), Some(error)) => {
                self.error = None;
                Err(error)
            }
            (Some(_), _) => Ok(Some(Bytes::new())),
            (None, _) => Ok(None),
        }
    }

    fn wakers(&mut self) -> [Option<Waker>; 2] {
        [self.reader.take(), self.writer.take()]
    }
}

fn wake(wakers: impl IntoIterator<Item = Option<Waker>>) {
    wakers.into_iter().flatten().for_each(Waker::wake);
}

fn wait_in(slot: &mut Option<Waker>, cx: &Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}

/// The local ends of a new connection: where it comes from, with the port that this takes.
pub(super) struct Origin {
    pub(super) address: SocketAddr,
    pub(super) port: Option<Arc<Lease>>,
}

impl TcpStream {
    /// Makes a connection; returns the side that connected and the side to be accepted.
    pub(super) fn pair(origin: Origin, to: SocketAddr, share: &Arc<Share>) -> (Self, Self) {
        let shared = Shared::new(share);
        let from = origin.address;
        let connected = Self {
            shared: Arc::clone(&shared),
            side: 0,
            peer_side: 1,
            local: from,
            peer: to,
            _port: origin.port,
        };
        let accepted = Self { shared, side: 1, peer_side: 0, local: to, peer: from, _port: None };
        (connected, accepted)
    }

    /// Makes the connection of a socket to itself: it reads what it writes.
    pub(super) fn to_itself(origin: Origin, share: &Arc<Share>) -> Self {
        let Origin { address, port } = origin;
        let shared = Shared::new(share);
        Self { shared, side: 0, peer_side: 0, local: address, peer: address, _port: port }
    }

    /// Returns the address of this side.
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    /// Returns the address of the other side.
    pub fn peer_address(&self) -> SocketAddr {
        self.peer
    }

    /// Waits until there is something to read: bytes, the end, or an error.
    pub fn poll_readable(&self, cx: &Context<'_>) -> Poll<()> {
        let mut sides = self.lock();
        let side = &mut sides[self.side];
        if side.is_deaf || !side.inbox.is_empty() || side.end.is_some() {
            return Poll::Ready(());
        }
        wait_in(&mut side.reader, cx);
        Poll::Pending
    }

    /// Reads at most `max` bytes, which is not 0. No bytes are the end.
    ///
    /// # Errors
    ///
    /// [`SocketError::ConnectionReset`], once.
    pub fn poll_read(&self, cx: &Context<'_>, max: usize) -> Poll<Result<Bytes, SocketError>> {
        ready!(self.poll_readable(cx));
        Poll::Ready(self.try_read(max).map(Option::unwrap_or_default))
    }

    /// Reads what is there, at most `max` bytes, which is not 0. `None` is "nothing yet", no bytes
    /// are the end.
    ///
    /// # Errors
    ///
    /// As [`TcpStream::poll_read`].
    pub fn try_read(&self, max: usize) -> Result<Option<Bytes>, SocketError> {
        let mut sides = self.lock();
        let side = &mut sides[self.side];
        if side.is_deaf {
            return Ok(Some(Bytes::new()));
        }
        if !side.inbox.is_empty() {
            let bytes = side.inbox.take(max);
            let has_room = side.inbox.room(self.shared.share.capacity()) > 0;
            let writer = if has_room { sides[self.peer_side].writer.take() } else { None };
            drop(sides);
            wake([writer]);
            return Ok(Some(bytes));
        }
        side.take_end()
    }

    /// As [`TcpStream::try_read`], and what is read stays to be read.
    ///
    /// # Errors
    ///
    /// As [`TcpStream::poll_read`].
    pub fn peek(&self, max: usize) -> Result<Option<Bytes>, SocketError> {
        let mut sides = self.lock();
        let side = &mut sides[self.side];
        match side.inbox.is_empty() {
            _ if side.is_deaf => Ok(Some(Bytes::new())),
            false => Ok(Some(side.inbox.peek(max))),
            true => side.take_end(),
        }
    }

    /// Returns how many bytes are there to be read.
    pub fn unread(&self) -> usize {
        let sides = self.lock();
        let side = &sides[self.side];
        if side.is_deaf { 0 } else { side.inbox.len() }
    }

    /// Returns whether nothing goes either way any more.
    pub fn is_over(&self) -> bool {
        let sides = self.lock();
        let side = &sides[self.side];
        side.end.is_some() && side.sending != Sending::Open
    }

    /// Waits until there is room to write, or writing fails.
    pub fn poll_writable(&self, cx: &Context<'_>) -> Poll<()> {
        let mut sides = self.lock();
        if self.room_in(&sides) > 0 || sides[self.side].sending != Sending::Open {
            return Poll::Ready(());
        }
        wait_in(&mut sides[self.side].writer, cx);
        Poll::Pending
    }

    /// Returns how many bytes may be written now; 0 is to be waited for. A connection that is gone
    /// takes any: to write is what tells.
    ///
    /// # Errors
    ///
    /// [`SocketError::ConnectionBroken`] after [`TcpStream::finish`].
    pub fn room(&self) -> Result<usize, SocketError> {
        let sides = self.lock();
        match sides[self.side].sending {
            Sending::Open => Ok(self.room_in(&sides)),
            Sending::Finished => Err(SocketError::ConnectionBroken),
            Sending::Broken => Ok(self.shared.share.capacity()),
        }
    }

    /// Writes. No more than there is room for may be written at once.
    ///
    /// # Errors
    ///
    /// [`SocketError::ConnectionReset`], once; [`SocketError::ConnectionBroken`] after that, and
    /// after [`TcpStream::finish`].
    pub fn write(&self, bytes: Bytes) -> Result<(), SocketError> {
        let mut sides = self.lock();
        let side = &mut sides[self.side];
        if side.sending != Sending::Open {
            let error = if side.sending == Sending::Broken { side.error.take() } else { None };
            return Err(error.unwrap_or(SocketError::ConnectionBroken));
        }
        let wakers = if sides[self.peer_side].is_gone {
            // What answers is a reset, by which time the write has long returned.
            sides[self.side].reset();
            sides[self.side].wakers()
        } else {
            sides[self.peer_side].inbox.push(bytes);
            [sides[self.peer_side].reader.take(), None]
        };
        drop(sides);
        wake(wakers);
        Ok(())
    }

    /// Sends the end: the peer reads it after what was written. Reading goes on.
    pub fn finish(&self) {
        let mut sides = self.lock();
        if sides[self.side].sending == Sending::Open {
            sides[self.side].sending = Sending::Finished;
        }
        sides[self.peer_side].finish();
        let wakers = [sides[self.peer_side].reader.take(), sides[self.side].writer.take()];
        drop(sides);
        wake(wakers);
    }

    /// Reads the end from now on, whatever comes. What the peer sends stays unread.
    pub fn stop_reading(&self) {
        let mut sides = self.lock();
        sides[self.side].is_deaf = true;
        let reader = sides[self.side].reader.take();
        drop(sides);
        wake([reader]);
    }

    /// Ends the connection at once, as one whose bytes are lost.
    pub fn abort(&self) {
        let mut sides = self.lock();
        sides[self.peer_side].reset();
        sides[self.side].sending = Sending::Broken;
        sides[self.side].end = Some(End::Reset);
        let peer = sides[self.peer_side].wakers();
        let own = sides[self.side].wakers();
        drop(sides);
        wake(peer);
        wake(own);
    }

    /// Waits until the peer is gone or the connection is reset. Takes the place of a reader.
    pub fn poll_gone(&self, cx: &Context<'_>) -> Poll<()> {
        let mut sides = self.lock();
        if sides[self.peer_side].is_gone || sides[self.side].end == Some(End::Reset) {
            return Poll::Ready(());
        }
        wait_in(&mut sides[self.side].reader, cx);
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, [Side; 2]> {
        self.shared.sides.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room_in(&self, sides: &[Side; 2]) -> usize {
        let capacity = self.shared.share.capacity();
        let peer = &sides[self.peer_side];
        if peer.is_gone { capacity } else { peer.inbox.room(capacity) }
    }
}

impl Drop for TcpStream {
    fn drop(&mut self) {
        let mut sides = self.lock();
        let side = &mut sides[self.side];
        let is_lost = !side.inbox.is_empty();
        side.inbox.clear();
        side.is_gone = true;
        let peer = &mut sides[self.peer_side];
        if is_lost {
            peer.reset();
        } else {
            peer.finish();
        }
        let wakers = peer.wakers();
        drop(sides);
        wake(wakers);
    }
}

impl Shared {
    fn new(share: &Arc<Share>) -> Arc<Self> {
        share.0.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { sides: Mutex::new([Side::new(), Side::new()]), share: Arc::clone(share) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let origin = Origin { address: address(40000), port: None };
        TcpStream::pair(origin, address(80), &Arc::default())
    }

    fn read(stream: &TcpStream) -> String {
        match stream.try_read(100) {
            Ok(None) => "nothing yet".to_owned(),
            Ok(Some(bytes)) if bytes.is_empty() => "end".to_owned(),
            Ok(Some(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    fn write(stream: &TcpStream, text: &'static str) -> String {
        let result = stream.room().and_then(|_| stream.write(Bytes::from(text)));
        result.map_or_else(|error| error.to_string(), |()| "ok".to_owned())
    }

    #[track_caller]
    fn reads(stream: &TcpStream, expected: &[&str]) {
        let found: Vec<_> = expected.iter().map(|_| read(stream)).collect();
        assert_eq!(found, expected);
    }

    #[track_caller]
    fn writes(stream: &TcpStream, expected: &[&str]) {
        let found: Vec<_> = expected.iter().map(|_| write(stream, "x")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn both_ways() {
        let (a, b) = pair();
        assert_eq!((a.local_address(), a.peer_address()), (b.peer_address(), b.local_address()));
        reads(&b, &["nothing yet"]);
        write(&a, "to b");
        write(&b, "to a");
        reads(&b, &["to b", "nothing yet"]);
        reads(&a, &["to a", "nothing yet"]);
    }

    #[test]
    fn half_close() {
        let (a, b) = pair();
        write(&a, "last");
        a.finish();
        writes(&a, &["broken pipe", "broken pipe"]);
        reads(&b, &["last", "end", "end"]);
        write(&b, "answer");
        reads(&a, &["answer", "nothing yet"]);
        b.finish();
        reads(&a, &["end", "end"]);
    }

    #[test]
    fn who_stopped_reading_leaves_it_unread() {
        let (a, b) = pair();
        write(&a, "unread");
        b.stop_reading();
        reads(&b, &["end", "end"]);
        writes(&b, &["ok"]);
        writes(&a, &["ok"]);
        drop(b);
        reads(&a, &["x", "connection reset by peer", "end"]);
    }

    #[test]
    fn peer_closes_having_read_everything() {
        let (a, b) = pair();
        write(&b, "bye");
        drop(b);
        reads(&a, &["bye", "end"]);
        writes(&a, &["ok", "broken pipe", "broken pipe"]);
        reads(&a, &["end"]);
    }

    #[test]
    fn peer_closes_with_something_unread() {
        let (a, b) = pair();
        write(&a, "lost");
        write(&b, "bye");
        drop(b);
        reads(&a, &["bye", "connection reset by peer", "end"]);
        writes(&a, &["broken pipe"]);

        let (a, b) = pair();
        write(&a, "lost");
        drop(b);
        writes(&a, &["connection reset by peer", "broken pipe"]);
        reads(&a, &["end"]);
    }

    #[test]
    fn abort_tells_the_peer_alone() {
        let (a, b) = pair();
        write(&a, "before");
        a.abort();
        reads(&b, &["before", "connection reset by peer", "end"]);
        reads(&a, &["end"]);
        writes(&a, &["broken pipe"]);
    }

    #[test]
    fn a_writer_waits_for_the_reader() {
        let (a, b) = pair();
        let cx = Context::from_waker(Waker::noop());
        let mut written = 0;
        while a.poll_writable(&cx).is_ready() {
            let len = a.room().unwrap().min(10_000);
            a.write(Bytes::from(vec![0; len])).unwrap();
            written += len;
        }
        assert!((CAPACITY_MAX / 2..=CAPACITY_MAX).contains(&written), "{written}");
        assert_eq!(a.room(), Ok(0));
        let mut read = 0;
        while let Some(bytes) = b.try_read(10_000).unwrap() {
            read += bytes.len();
        }
        assert_eq!(read, written);
        assert!(a.poll_writable(&cx).is_ready());
    }

    #[test]
    fn many_connections_share() {
        let share = Share::default();
        for (count, expected) in [(0, 256), (1, 256), (128, 256), (512, 64), (100_000, 16)] {
            share.0.store(count, Ordering::Relaxed);
            assert_eq!(share.capacity(), expected << 10, "{count}");
        }
    }

    #[test]
    fn to_itself() {
        let origin = Origin { address: SocketAddr::from(([127, 0, 0, 1], 40000)), port: None };
        let stream = TcpStream::to_itself(origin, &Arc::default());
        write(&stream, "hello");
        reads(&stream, &["hello", "nothing yet"]);
        stream.finish();
        reads(&stream, &["end"]);
        writes(&stream, &["broken pipe"]);
    }

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Count(AtomicUsize);

    impl std::task::Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_other_side_is_woken() {
        fn check(act: impl FnOnce(TcpStream)) {
            let (a, b) = pair();
            let count = Arc::new(Count::default());
            let waker = Waker::from(Arc::clone(&count));
            let cx = Context::from_waker(&waker);
            assert!(a.poll_readable(&cx).is_pending());
            act(b);
            assert_eq!(count.0.load(Ordering::Relaxed), 1);
            assert!(a.poll_readable(&cx).is_ready());
        }
        check(|b| drop(write(&b, "x")));
        check(|b| b.finish());
        check(|b| b.abort());
        check(drop);
    }
}
