//! Prints one line.

fn main() {
    println!("hello from a Wasm container");
}
