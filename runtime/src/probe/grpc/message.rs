//! The two messages of a health check, as gRPC frames them: a byte that says whether what follows
//! is compressed, its length, and a message of Protocol Buffers.

use std::fmt;

use bytes::{BufMut as _, Bytes, BytesMut};

/// The field of either message: `service` of the request, `status` of the response.
const FIELD: u64 = 1;

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ServingStatus(i32);

impl ServingStatus {
    pub(super) const SERVING: Self = Self(1);
}

impl fmt::Display for ServingStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("UNKNOWN"),
            1 => f.write_str("SERVING"),
            2 => f.write_str("NOT_SERVING"),
            3 => f.write_str("SERVICE_UNKNOWN"),
            other => write!(f, "{other}"),
        }
    }
}

/// Why an answer is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MessageError {
    /// There is less than was said, or more.
    #[error("the answer is not one message of the length that it says")]
    Length,
    /// It is compressed, which was not asked for.
    #[error("grpc: compressed flag set with identity or empty encoding")]
    Compressed,
    /// It is not Protocol Buffers.
    #[error("grpc: failed to unmarshal the received message: invalid wire format")]
    Wire,
}

/// Returns the question after a service.
pub(super) fn request(service: &str) -> Bytes {
    let mut message = BytesMut::new();
    if !service.is_empty() {
        put_varint(&mut message, FIELD << 3 | 2);
        put_varint(&mut message, service.len() as u64);
        message.put_slice(service.as_bytes());
    }
    let mut framed = BytesMut::with_capacity(5 + message.len());
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).expect("a manifest is smaller"));
    framed.put_slice(&message);
    framed.freeze()
}

/// Reads the answer.
///
/// # Errors
///
/// [`MessageError`]
pub(super) fn response(framed: &[u8]) -> Result<ServingStatus, MessageError> {
    let (&head, mut rest) = framed.split_first_chunk::<5>().ok_or(MessageError::Length)?;
    let [compressed, length @ ..] = head;
    if u32::from_be_bytes(length) as usize != rest.len() {
        return Err(MessageError::Length);
    }
    if compressed != 0 {
        return Err(MessageError::Compressed);
    }
    let mut status = 0;
    while !rest.is_empty() {
        let key = take_varint(&mut rest)?;
        match (key >> 3, key & 7) {
            (FIELD, 0) => status = take_varint(&mut rest)?,
            (_, 0) => _ = take_varint(&mut rest)?,
            (_, 1) => skip(&mut rest, 8)?,
            (_, 2) => {
                let length = take_varint(&mut rest)?;
                skip(&mut rest, usize::try_from(length).map_err(|_| MessageError::Wire)?)?;
            }
            (_, 5) => skip(&mut rest, 4)?,
            _ => return Err(MessageError::Wire),
        }
    }
    // An enum is an `int32`, of which the last bits count.
    Ok(ServingStatus(status as i32))
}

fn put_varint(message: &mut BytesMut, mut number: u64) {
    while number >= 0x80 {
        message.put_u8(number as u8 | 0x80);
        number >>= 7;
    }
    message.put_u8(number as u8);
}

fn take_varint(rest: &mut &[u8]) -> Result<u64, MessageError> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first().ok_or(MessageError::Wire)?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err(MessageError::Wire)
}

fn skip(rest: &mut &[u8], length: usize) -> Result<(), MessageError> {
    *rest = rest.get(length..).ok_or(MessageError::Wire)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests() {
        assert_eq!(request(""), [0, 0, 0, 0, 0].as_slice());
        assert_eq!(request("web"), [0, 0, 0, 0, 5, 0x0a, 3, b'w', b'e', b'b'].as_slice());
        let long = request(&"x".repeat(300));
        assert_eq!(long[..8], [0, 0, 0, 1, 47, 0x0a, 0xac, 2]);
    }

    #[test]
    fn responses() {
        fn check(message: &[u8], expected: Result<&str, MessageError>) {
            let framed = [&[0, 0, 0, 0, message.len() as u8], message].concat();
            let found = response(&framed).map(|status| status.to_string());
            assert_eq!(found, expected.map(str::to_owned), "{message:?}");
        }
        check(&[], Ok("UNKNOWN"));
        check(&[8, 1], Ok("SERVING"));
        check(&[8, 2], Ok("NOT_SERVING"));
        check(&[8, 3], Ok("SERVICE_UNKNOWN"));
        check(&[8, 9], Ok("9"));
        check(&[8, 2, 8, 1], Ok("SERVING"));
        check(
            &[0x10, 5, 0x1a, 1, 7, 0x25, 1, 2, 3, 4, 0x29, 1, 2, 3, 4, 5, 6, 7, 8, 8, 1],
            Ok("SERVING"),
        );
        check(&[8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], Ok("-1"));
        for broken in [
            [8].as_slice(),
            &[8, 0x80],
            &[8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            &[0x12, 5, 1],
            &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            &[0x15, 1],
            &[0x0b],
            &[0x0f],
        ] {
            check(broken, Err(MessageError::Wire));
        }
    }

    #[test]
    fn frames() {
        for (framed, expected) in [
            ([].as_slice(), MessageError::Length),
            (&[0, 0, 0, 0], MessageError::Length),
            (&[0, 0, 0, 0, 3, 8, 1], MessageError::Length),
            (&[0, 0, 0, 0, 1, 8, 1], MessageError::Length),
            (&[0, 255, 255, 255, 255, 8, 1], MessageError::Length),
            (&[1, 0, 0, 0, 2, 8, 1], MessageError::Compressed),
        ] {
            assert_eq!(response(framed), Err(expected), "{framed:?}");
        }
    }
}
