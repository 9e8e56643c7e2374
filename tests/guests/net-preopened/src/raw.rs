//! What the standard library does not offer of WASI 0.1.

use std::io;
use std::time::Duration;

use wasi::{Event, Subscription, SubscriptionClock, SubscriptionFdReadwrite, SubscriptionU};

/// Receives at most so many bytes, with flags.
pub fn receive(fd: u32, len: usize, flags: wasi::Riflags) -> io::Result<String> {
    let mut bytes = vec![0; len];
    let buffers = [wasi::Iovec { buf: bytes.as_mut_ptr(), buf_len: len }];
    // SAFETY: the buffer is as long as it says.
    let (received, _) = unsafe { wasi::sock_recv(fd, &buffers, flags) }.map_err(error)?;
    Ok(String::from_utf8_lossy(&bytes[..received]).into_owned())
}

/// Returns what is behind a descriptor.
pub fn filetype(fd: u32) -> io::Result<String> {
    // SAFETY: it takes a number and returns one.
    let stat = unsafe { wasi::fd_fdstat_get(fd) }.map_err(error)?;
    // SAFETY: as above.
    let size = unsafe { wasi::fd_filestat_get(fd) }.map_err(error)?.filetype;
    assert_eq!(stat.fs_filetype, size);
    Ok(match stat.fs_filetype {
        wasi::FILETYPE_SOCKET_STREAM => "stream",
        wasi::FILETYPE_DIRECTORY => "directory",
        _ => "other",
    }
    .to_owned())
}

/// Goes to the beginning.
pub fn seek(fd: u32) -> io::Result<String> {
    // SAFETY: it takes and returns numbers.
    let place = unsafe { wasi::fd_seek(fd, 0, wasi::WHENCE_SET) }.map_err(error)?;
    Ok(place.to_string())
}

/// Gives what is behind a descriptor another number.
pub fn renumber(from: u32, to: u32) -> io::Result<String> {
    // SAFETY: the test says what is behind them.
    unsafe { wasi::fd_renumber(from, to) }.map_err(error)?;
    Ok("ok".to_owned())
}

/// Waits for one of these; returns which are there.
pub fn poll(words: &[&str], descriptor: impl Fn(&str) -> io::Result<u32>) -> io::Result<String> {
    let subscriptions = words.iter().enumerate().map(|(place, word)| {
        let (kind, number) = word.split_once(':').expect("KIND:NUMBER");
        let number = descriptor(number)?;
        Ok(Subscription { userdata: place as u64, u: subscription(kind, number) })
    });
    let subscriptions: Vec<_> = subscriptions.collect::<io::Result<_>>()?;
    // SAFETY: an event is made of numbers, for which 0 will do.
    let mut events: Vec<Event> = vec![unsafe { std::mem::zeroed() }; words.len()];
    // SAFETY: there are as many events as subscriptions.
    let count = unsafe {
        wasi::poll_oneoff(subscriptions.as_ptr(), events.as_mut_ptr(), subscriptions.len())
    }
    .map_err(error)?;
    let found = events[..count].iter().map(|event| {
        let mut found = words[event.userdata as usize].to_owned();
        if event.error != wasi::ERRNO_SUCCESS {
            found += &format!("={}", event.error.name());
        }
        if event.type_ == wasi::EVENTTYPE_FD_READ {
            found += &format!("={}", event.fd_readwrite.nbytes);
        }
        if event.fd_readwrite.flags & wasi::EVENTRWFLAGS_FD_READWRITE_HANGUP != 0 {
            found += "=hangup";
        }
        found
    });
    Ok(found.collect::<Vec<_>>().join(" "))
}

fn subscription(kind: &str, number: u32) -> SubscriptionU {
    let file = SubscriptionFdReadwrite { file_descriptor: number };
    let (tag, u) = match kind {
        "clock" => {
            let clock = SubscriptionClock {
                id: wasi::CLOCKID_MONOTONIC,
                timeout: Duration::from_millis(number.into()).as_nanos() as u64,
                precision: 0,
                flags: 0,
            };
            (wasi::EVENTTYPE_CLOCK, wasi::SubscriptionUU { clock })
        }
        "read" => (wasi::EVENTTYPE_FD_READ, wasi::SubscriptionUU { fd_read: file }),
        "write" => (wasi::EVENTTYPE_FD_WRITE, wasi::SubscriptionUU { fd_write: file }),
        other => panic!("cannot wait for {other:?}"),
    };
    SubscriptionU { tag: tag.raw(), u }
}

fn error(errno: wasi::Errno) -> io::Error {
    io::Error::from_raw_os_error(errno.raw().into())
}
