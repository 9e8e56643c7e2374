//! The command `wasmpod`.

fn main() {}
