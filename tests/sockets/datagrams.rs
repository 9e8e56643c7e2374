//! Sockets of UDP, through WASI 0.2 and the standard library.

use super::kernel::Version::P2;
use super::{Family, check_all};

#[test]
fn datagrams() {
    check_all(P2, Family::V4, &DATAGRAMS);
    check_all(
        P2,
        Family::V4,
        &[
            "udp-bind 192.0.2.1:80",
            "udp-bind A; udp-bind B; udp-big 1 A 65508; udp-try 0",
            "udp-bind A; udp-connect 0 0.0.0.0:0",
            "udp-bind A; udp-to 0 127.0.0.1:0 hi",
            "udp-bind 0.0.0.0:0; udp-to 0 255.255.255.255:9 hi",
            "udp-bind 127.0.0.1:0; udp-local 0",
            "udp-bind 127.0.0.1:P; udp-bind 127.0.0.2:P",
        ],
    );
}

#[test]
fn datagrams_of_ipv6() {
    check_all(P2, Family::V6, &DATAGRAMS);
    check_all(
        P2,
        Family::V6,
        &[
            "udp-bind [::1]:0; udp-local 0",
            "udp-bind A; udp-bind B; udp-big 1 A 65528; udp-try 0",
            "udp-bind [2001:db8::1]:80",
            "udp-bind [::]:P; udp-bind 0.0.0.0:P",
            "udp-bind [::1]:P; udp-bind 127.0.0.1:P",
            "udp-bind A; udp-connect 0 [::]:0",
            "udp-bind A; udp-to 0 [::1]:0 hi",
            "udp-bind A; udp-to 0 127.0.0.1:P hi",
            "udp-bind A; udp-to 0 [::ffff:127.0.0.1]:P hi",
            "udp-bind [::]:P; udp-bind 127.0.0.1:0; udp-to 1 127.0.0.1:P hi; udp-try 0",
        ],
    );
}

const DATAGRAMS: [&str; 31] = [
    "udp-bind A; udp-bind A",
    "udp-bind A; udp-bind B",
    "udp-bind A; udp-close 0; udp-bind A",
    "udp-bind A; listen A",
    "udp-bind *:P",
    "udp-bind A; udp-local 0; udp-peer 0",
    "udp-bind A; udp-connect 0 B; udp-local 0; udp-peer 0",
    "udp-bind A; udp-try 0",
    "udp-bind A; udp-send 0 hi",
    "udp-bind A; udp-bind B; udp-to 1 A hi; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-to 1 A hi; udp-to 1 A ho; udp-recv 0 9; udp-recv 0 9",
    "udp-bind A; udp-to 0 A me; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-to 1 A hello; udp-recv 0 2; udp-try 0",
    "udp-bind A; udp-bind B; udp-to 1 A; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-big 1 A 65507; udp-recv 0 65535",
    "udp-bind A; udp-bind B; udp-big 1 A 65536",
    "udp-bind A; udp-to 0 B hi; udp-to 0 B hi; udp-try 0",
    "udp-bind A; udp-connect 0 B; udp-send 0 a; udp-recv 0 9",
    "udp-bind A; udp-connect 0 B; udp-send 0 a; udp-send 0 b; udp-send 0 c",
    "udp-bind A; udp-bind B; udp-bind C; udp-connect 0 B; udp-to 2 A c; udp-to 1 A b; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-to 1 A before; udp-connect 0 B; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-bind C; udp-connect 0 B; udp-connect 0 C; udp-send 0 c; udp-recv 2 9",
    "udp-bind A; udp-bind B; udp-connect 0 B; udp-to 0 B hi; udp-try 1",
    "udp-bind A; udp-bind B; udp-connect 0 B; udp-to 0 C hi",
    "udp-bind A; udp-hop-limit 0 9",
    "udp-bind A; udp-hop-limit 0 0",
    "udp-bind A; udp-close 0; udp-bind B; udp-to 1 A hi; udp-to 1 A hi",
    "udp-bind *:P; udp-bind *:P",
    "udp-bind *:P; udp-bind L:P",
    "udp-bind *:P; udp-bind B; udp-to 1 L:P hi; udp-recv 0 9",
    "udp-bind *:P; udp-to 0 L:P me; udp-recv 0 9",
];
