//! The options of a socket. In memory nothing is lost and nobody is far away, so they are
//! remembered and told, with the limits of Linux, and change nothing.

use super::error::SocketError;

const SECOND_NANOS: u64 = 1_000_000_000;

/// The options of a socket, of TCP or UDP. An accepted socket inherits those of its listener.
#[derive(Clone, Debug)]
pub struct SocketOptions {
    /// Whether an idle connection is probed.
    pub keep_alive: bool,
    keep_alive_idle_nanos: u64,
    keep_alive_interval_nanos: u64,
    keep_alive_count: u32,
    hop_limit: u8,
    receive_buffer_bytes: u64,
    send_buffer_bytes: u64,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            keep_alive: false,
            keep_alive_idle_nanos: 7200 * SECOND_NANOS,
            keep_alive_interval_nanos: 75 * SECOND_NANOS,
            keep_alive_count: 9,
            hop_limit: 64,
            receive_buffer_bytes: 256 << 10,
            send_buffer_bytes: 256 << 10,
        }
    }
}

/// Defines a getter, and a setter that refuses 0 and clamps to what Linux takes.
macro_rules! option {
    ($get:ident, $set:ident, $type:ty, $range:expr, $what:literal) => {
        #[doc = concat!("Returns ", $what, ".")]
        pub fn $get(&self) -> $type {
            self.$get
        }

        #[doc = concat!("Sets ", $what, "; what is too small or too large is rounded.")]
        ///
        /// # Errors
        ///
        /// [`SocketError::InvalidArgument`] for 0.
        pub fn $set(&mut self, value: $type) -> Result<(), SocketError> {
            if value == 0 {
                return Err(SocketError::InvalidArgument);
            }
            let range = $range;
            self.$get = value.clamp(*range.start(), *range.end());
            Ok(())
        }
    };
}

impl SocketOptions {
    option!(
        keep_alive_idle_nanos,
        set_keep_alive_idle_nanos,
        u64,
        SECOND_NANOS..=32767 * SECOND_NANOS,
        "how long a connection is idle before it is probed"
    );
    option!(
        keep_alive_interval_nanos,
        set_keep_alive_interval_nanos,
        u64,
        SECOND_NANOS..=32767 * SECOND_NANOS,
        "the time between two probes"
    );
    option!(keep_alive_count, set_keep_alive_count, u32, 1..=127, "how many probes may be lost");
    option!(hop_limit, set_hop_limit, u8, 1..=255, "over how many routers a packet may go");
    option!(
        receive_buffer_bytes,
        set_receive_buffer_bytes,
        u64,
        2048..=(4 << 20),
        "the size of the receive buffer"
    );
    option!(
        send_buffer_bytes,
        set_send_buffer_bytes,
        u64,
        2048..=(4 << 20),
        "the size of the send buffer"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_rounded() {
        let mut options = SocketOptions::default();
        for (value, expected) in [
            (0, Err(SocketError::InvalidArgument)),
            (1, Ok(SECOND_NANOS)),
            (5 * SECOND_NANOS, Ok(5 * SECOND_NANOS)),
            (u64::MAX, Ok(32767 * SECOND_NANOS)),
        ] {
            let result = options.set_keep_alive_idle_nanos(value);
            assert_eq!(result.map(|()| options.keep_alive_idle_nanos()), expected, "{value}");
        }
        assert_eq!(options.set_hop_limit(0), Err(SocketError::InvalidArgument));
        options.set_receive_buffer_bytes(1).unwrap();
        assert_eq!(options.receive_buffer_bytes(), 2048);
    }
}
