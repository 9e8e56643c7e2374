//! `poll_oneoff`: waits for sockets, files and clocks together.
//!
//! Sockets are watched here; the rest is handed to the stock function, in a memory that has nothing
//! else in it. What is ready when it is asked is told together, so that a socket which always has
//! something does not hide that a time has come.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use wasmtime::{AsContextMut as _, Linker};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::p1::wasi_snapshot_preview1::{self as stock, WasiSnapshotPreview1 as _};
use wiggle::GuestMemory;

use super::descriptors::{Descriptor, Descriptors};
use super::errno::{self, Errno, Outcome};
use super::memory::{self, read, read_u32, write, write_u32};
use super::socket::{Interest, Socket};
use super::{Caller, define};
use crate::wasm::context::ContainerContext;

const SUBSCRIPTION_LEN: usize = 48;
const EVENT_LEN: usize = 32;

/// How much one call may wait for: all sockets that a container may have, to be read and written,
/// and some more.
const SUBSCRIPTIONS_MAX: u32 = 16 << 10;

/// Of a subscription: what it is to, after 8 bytes of the guest's own; then the number of a file.
const TAG_AT: u32 = 8;
const TAG_CLOCK: u8 = 0;
const TAG_READ: u8 = 1;
const TAG_WRITE: u8 = 2;
const FD_AT: u32 = 16;

/// The flag of an event: nothing will come and nothing can go.
const HANGUP: u8 = 1 << 0;

/// Adds the function to a linker.
pub(super) fn add_to_linker(linker: &mut Linker<ContainerContext>) -> wasmtime::Result<()> {
    define! { linker; "poll_oneoff" = poll_oneoff(subscriptions, events, count, found); }
    Ok(())
}

async fn poll_oneoff(
    caller: &mut Caller<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    found: u32,
) -> Outcome {
    if count == 0 || count > SUBSCRIPTIONS_MAX {
        return Err(Errno::INVAL.into());
    }
    let hostcall_bytes = caller.as_context_mut().hostcall_fuel();
    let (memory, context) = memory::split(caller)?;
    let list = memory::slice(memory, subscriptions, count * SUBSCRIPTION_LEN as u32)?;
    memory::slice(memory, events, count * EVENT_LEN as u32)?;
    let ContainerContext { wasi, descriptors, .. } = context;
    let mut waiting = Waiting::read(list, descriptors)?;
    wasi.set_hostcall_fuel(hostcall_bytes);
    let happened = waiting.wait(wasi, descriptors).await?;
    write(memory, events, happened.as_flattened())?;
    Ok(write_u32(memory, found, happened.len() as u32)?)
}

type Event = [u8; EVENT_LEN];

/// What a call waits for.
#[derive(Default)]
struct Waiting {
    sockets: Vec<Watched>,
    /// Numbers behind which there is nothing.
    lost: Vec<Watched>,
    others: Others,
}

/// A socket, and what is waited for.
struct Watched {
    userdata: [u8; 8],
    fd: u32,
    interest: Interest,
}

impl Waiting {
    fn read(list: &[u8], descriptors: &Descriptors) -> Result<Self, Errno> {
        let mut waiting = Self::default();
        for subscription in list.chunks_exact(SUBSCRIPTION_LEN) {
            let interest = match subscription[TAG_AT as usize] {
                TAG_CLOCK => {
                    waiting.others.add(subscription, None);
                    continue;
                }
                TAG_READ => Interest::Read,
                TAG_WRITE => Interest::Write,
                _ => return Err(Errno::INVAL),
            };
            let fd = read_u32(subscription, FD_AT)?;
            let watched = Watched { userdata: read(subscription, 0)?, fd, interest };
            match descriptors.get(fd).map(Descriptor::number) {
                Ok(None) => waiting.sockets.push(watched),
                Ok(number) => waiting.others.add(subscription, number),
                Err(_) => waiting.lost.push(watched),
            }
        }
        Ok(waiting)
    }

    /// Waits until something happens; returns all that has.
    async fn wait(
        &mut self,
        wasi: &mut WasiP1Ctx,
        descriptors: &mut Descriptors,
    ) -> Outcome<Vec<Event>> {
        let Self { sockets, lost, others } = self;
        let mut happened: Vec<_> =
            lost.iter().map(|lost| lost.event(Errno::BADF.number(), 0, false)).collect();
        let mut others = pin!(others.wait(wasi));
        poll_fn(|cx| {
            let others = others.as_mut().poll(cx);
            happened.extend(sockets.iter().filter_map(|socket| socket.poll(descriptors, cx)));
            match others {
                Poll::Ready(Ok(others)) => happened.extend(others),
                Poll::Ready(Err(failure)) => return Poll::Ready(Err(failure)),
                Poll::Pending if happened.is_empty() => return Poll::Pending,
                Poll::Pending => {}
            }
            Poll::Ready(Ok(std::mem::take(&mut happened)))
        })
        .await
    }
}

impl Watched {
    fn poll(&self, descriptors: &mut Descriptors, cx: &mut Context<'_>) -> Option<Event> {
        let socket = descriptors.socket(self.fd).ok()?;
        socket.poll_ready(self.interest, cx).is_ready().then(|| self.event_of(socket))
    }

    fn event_of(&self, socket: &Socket) -> Event {
        let (unread, is_over) = socket.pending();
        let len = if self.interest == Interest::Read { unread as u64 } else { 0 };
        self.event(socket.error().map_or(0, Errno::number), len, is_over)
    }

    fn event(&self, errno: u16, len: u64, is_over: bool) -> Event {
        let mut event = [0; EVENT_LEN];
        event[..8].copy_from_slice(&self.userdata);
        event[8..10].copy_from_slice(&errno.to_le_bytes());
        event[10] = if self.interest == Interest::Read { TAG_READ } else { TAG_WRITE };
        event[16..24].copy_from_slice(&len.to_le_bytes());
        event[24] = if is_over { HANGUP } else { 0 };
        event
    }
}

/// What the stock function waits for, as it will find it in its memory.
#[derive(Default)]
struct Others {
    list: Vec<u8>,
    count: usize,
}

impl Others {
    fn add(&mut self, subscription: &[u8], number: Option<i32>) {
        let start = self.list.len();
        self.list.extend_from_slice(subscription);
        if let Some(number) = number {
            let at = start + FD_AT as usize;
            self.list[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        self.count += 1;
    }

    /// Waits until something of it happens: for ever, if there is nothing.
    async fn wait(&mut self, wasi: &mut WasiP1Ctx) -> Outcome<Vec<Event>> {
        if self.count == 0 {
            return std::future::pending().await;
        }
        let events_at = self.list.len();
        let found_at = events_at + self.count * EVENT_LEN;
        let mut memory = Scratch::new(found_at + 4);
        memory.bytes()[..events_at].copy_from_slice(&self.list);
        let [count, events, found] = [self.count, events_at, found_at].map(|place| place as i32);
        let mut guest = GuestMemory::Unshared(memory.bytes());
        errno::of_stock(stock::poll_oneoff(wasi, &mut guest, 0, events, count, found).await)?;
        let happened = read_u32(memory.bytes(), found as u32)? as usize;
        let events = &memory.bytes()[events_at..][..happened * EVENT_LEN];
        Ok(events.as_chunks().0.to_vec())
    }
}

/// A small memory in the place of a guest's. As that it begins where numbers of all sizes may.
struct Scratch {
    bytes: Vec<u8>,
    start: usize,
    len: usize,
}

impl Scratch {
    fn new(len: usize) -> Self {
        let bytes = vec![0; len + align_of::<u64>()];
        let start = bytes.as_ptr().align_offset(align_of::<u64>());
        Self { bytes, start, len }
    }

    fn bytes(&mut self) -> &mut [u8] {
        &mut self.bytes[self.start..][..self.len]
    }
}
