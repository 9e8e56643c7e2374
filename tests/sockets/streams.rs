//! Sockets of TCP, through WASI 0.2 and the standard library.

use super::kernel::Version::P2;
use super::{Family, check_all, check_connected};

#[test]
fn listening_and_connecting() {
    check_all(P2, Family::V4, &LISTENING);
    check_all(
        P2,
        Family::V4,
        &[
            "connect 127.0.0.1:0",
            "connect 224.0.0.1:80",
            "connect 255.255.255.255:80",
            "connect 0.0.0.0:0",
            "listen 192.0.2.1:80",
            "listen 224.0.0.1:80",
            "resolve 127.0.0.1",
            "resolve ::1",
            "listen A; listen B; connect A; connect B; accept; accept 1",
            "listen 127.0.0.1:P; listen 127.0.0.2:P",
            "listen *:P; connect 127.0.0.2:P; accept; local 0; local 1",
        ],
    );
}

#[test]
fn listening_and_connecting_of_ipv6() {
    check_all(P2, Family::V6, &LISTENING);
    check_all(
        P2,
        Family::V6,
        &[
            "connect [::1]:0",
            "connect [ff02::1]:80",
            "connect [::]:0",
            "listen [2001:db8::1]:80",
            "listen [ff02::1]:80",
            // The two families know nothing of each other.
            "listen [::]:P; listen 0.0.0.0:P",
            "listen 0.0.0.0:P; listen [::]:P",
            "listen [::]:P; listen 127.0.0.1:P",
            "listen [::1]:P; listen 127.0.0.1:P",
            "listen [::]:P; connect 127.0.0.1:P",
            "listen 0.0.0.0:P; connect [::1]:P",
            "listen [::]:P; listen 0.0.0.0:P; connect [::1]:P; connect 127.0.0.1:P; accept 0; accept 1",
            "connect [::ffff:127.0.0.1]:P",
            "listen [::ffff:127.0.0.1]:P",
        ],
    );
}

const LISTENING: [&str; 18] = [
    "connect A",
    "listen A",
    "listen *:P",
    "listen A; listen A",
    "listen *:P; listen *:P",
    "listen *:P; listen L:P",
    "listen L:P; listen *:P",
    "listen *:P; connect L:P; accept; local 0; local 1",
    "listen *:P; close-listener 0; listen L:P",
    "listen A; close-listener 0; listen A",
    "listen A; close-listener 0; connect A",
    "listen A; connect A; accept; close-listener 0; listen A",
    "listen A; connect A; accept; local 0; local 1",
    "listen A; connect A; connect A; accept; accept",
    "listen A; connect A; close-listener 0; read 0 9",
    "listen A; connect A; close 0; accept; read 0 9",
    "listen A; connect A; send 0 early; accept; read 1 9",
    "listen A; udp-bind A",
];

#[test]
fn bytes_and_ends() {
    check_connected(P2, Family::V4, &ENDS);
}

#[test]
fn bytes_and_ends_of_ipv6() {
    check_connected(P2, Family::V6, &ENDS);
}

const ENDS: [&str; 29] = [
    "try-read 0",
    "try-read 1",
    "send 0 hi; read 1 1; read 1 9",
    "send 1 hi; read 0 9",
    "read 0 0",
    "send 0; send 0 hi; read 1 0; read 1 9",
    "send 0; finish 0; read 1 9",
    "finish 0; read 1 9; read 1 9",
    "finish 1; read 0 9; send 0 hi; read 1 9",
    "send 0 hi; finish 0; read 1 9; read 1 9; send 1 ho; read 0 9",
    "finish 0; finish 1; read 0 9; read 1 9",
    "finish 0; send 0 hi",
    "send 0 hi; close 0; read-all 1",
    "send 0 hi; finish 0; close 0; read-all 1",
    "close 0; read 1 9",
    "close 1; read 0 9",
    "close 0; close 1; listen B; connect B; accept 1",
    "shut 0; read 0 9; send 0 hi; read 1 9",
    "deafen 0; read 0 9",
    "finish 0; finish 0",
    "hop-limit 0 7",
    "hop-limit 0 0",
    "close-listener 0; send 0 hi; read 1 9",
    "close-listener 0; connect A; send 0 hi; read 1 9",
    "peer 0",
    "local 0; local 1",
    "send-bytes 0 100000; finish 0; count 1",
    "send-bytes 0 100000; close 0; count 1",
    "pairs A 20; send 0 hi; read 1 9",
];

/// More than the accept queue holds, one after the other.
#[test]
fn a_thousand_connections_at_once() {
    check_all(P2, Family::V4, &["listen A; pairs A 1000"]);
}
