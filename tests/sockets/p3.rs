//! Sockets of both kinds through WASI 0.3.

use super::kernel::Version::P3;
use super::{Family, check_all, check_connected};

#[test]
fn listening_and_connecting() {
    for family in [Family::V4, Family::V6] {
        check_all(P3, family, &LISTENING);
    }
    check_all(
        P3,
        Family::V4,
        &[
            "connect 127.0.0.1:0",
            "connect 224.0.0.1:80",
            "connect 0.0.0.0:0",
            "listen 192.0.2.1:80",
        ],
    );
    check_all(
        P3,
        Family::V6,
        &[
            "listen [::]:P; connect 127.0.0.1:P",
            "connect [::ffff:127.0.0.1]:P",
            "connect [ff02::1]:80",
        ],
    );
}

const LISTENING: [&str; 18] = [
    "connect A",
    "listen A",
    "listen A; listen A",
    "listen *:P; listen L:P",
    "listen L:P; listen *:P",
    "listen *:P; connect L:P; accept; local 0; local 1",
    "listen A; close-listener 0; listen A",
    "listen A; close-listener 0; connect A",
    "listen A; connect A; accept; close-listener 0; listen A",
    "listen A; connect A; connect A; accept; accept",
    "listen A; connect A; accept; peer 0; local 1",
    "listen A; connect A; send 0 early; accept; read 1 9",
    "listen A; udp-bind A",
    "listen A; pairs A 100",
    // A socket that connects from where it connects to, is its own peer.
    "connect-from A A; peer 0; send 0 me; read 0 9; finish 0; read 0 9",
    "connect-from B A",
    "listen A; connect-from B A; accept; peer 0; send 1 hi; read 0 9",
    "listen A; connect-from A A",
];

/// Who is not accepted, and who finds no place to wait.
#[test]
fn the_queue_of_a_listener() {
    check_all(
        P3,
        Family::V4,
        &[
            "listen A; fill A",
            "listen A 1; fill A",
            "listen A 10; fill A; accept; begin A; begin A",
            "listen A 1; begin A; begin A; begin A; accept; connected; send 3 hi; accept; accept; read 5 9",
            "listen A 1; begin A; begin A; begin A; close-listener 0; connected; read 0 9",
        ],
    );
}

#[test]
fn bytes_and_ends() {
    for family in [Family::V4, Family::V6] {
        check_connected(P3, family, &ENDS);
    }
}

const ENDS: [&str; 17] = [
    "send 0 hi; read 1 1; read 1 9",
    "send 1 hi; read 0 9",
    "finish 0; read 1 9; read 1 9",
    "finish 1; read 0 9; send 0 hi; read 1 9",
    "send 0 hi; finish 0; read 1 9; read 1 9; send 1 ho; read 0 9",
    "finish 0; finish 1; read 0 9; read 1 9",
    "finish 0; send 0 hi",
    "send 0 hi; close 0; read-all 1",
    "send 0 hi; finish 0; close 0; read-all 1",
    "close 0; read 1 9",
    "close 1; read 0 9",
    "again 0",
    "hop-limit 0 7",
    "hop-limit 0 0",
    "close-listener 0; send 0 hi; read 1 9",
    "local 0; local 1; peer 0",
    "send-bytes 0 100000; finish 0; count 1",
];

#[test]
fn datagrams() {
    for family in [Family::V4, Family::V6] {
        check_all(P3, family, &DATAGRAMS);
    }
    check_all(
        P3,
        Family::V4,
        &[
            "udp-bind 192.0.2.1:80",
            "udp-bind A; udp-to 0 127.0.0.1:0 hi",
            "udp-bind 0.0.0.0:0; udp-to 0 255.255.255.255:9 hi",
        ],
    );
    check_all(
        P3,
        Family::V6,
        &["udp-bind [::]:P; udp-bind 0.0.0.0:P", "udp-bind A; udp-to 0 127.0.0.1:P hi"],
    );
}

const DATAGRAMS: [&str; 19] = [
    "udp-bind A; udp-bind A",
    "udp-bind A; udp-close 0; udp-bind A",
    "udp-bind *:P; udp-bind L:P",
    "udp-bind A; listen A",
    "udp-bind A; udp-local 0; udp-peer 0",
    "udp-bind A; udp-connect 0 B; udp-local 0; udp-peer 0",
    "udp-bind A; udp-send 0 hi",
    "udp-bind A; udp-bind B; udp-to 1 A hi; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-to 1 A hi; udp-to 1 A ho; udp-recv 0 9; udp-recv 0 9",
    "udp-bind A; udp-to 0 A me; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-to 1 A; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-big 1 A 65507; udp-recv 0 65535",
    "udp-bind A; udp-bind B; udp-big 1 A 65536",
    "udp-bind A; udp-to 0 B hi; udp-to 0 B hi",
    "udp-bind A; udp-connect 0 B; udp-send 0 a; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-bind C; udp-connect 0 B; udp-to 2 A c; udp-to 1 A b; udp-recv 0 9",
    "udp-bind A; udp-bind B; udp-connect 0 B; udp-to 0 C hi",
    "udp-bind A; udp-hop-limit 0 9",
    "udp-bind A; udp-hop-limit 0 0",
];
