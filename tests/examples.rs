//! Every example is run, as examples/README.md says.

use std::path::PathBuf;

use crate::harness::{Output, TestEnv, guest};

/// Packs the images that the example's manifest names, and runs it.
fn run(env: &TestEnv, example: &str) -> Output {
    let manifest = manifest(example);
    let text = std::fs::read_to_string(&manifest).unwrap();
    for image in text.lines().filter_map(|line| line.trim().strip_prefix("image: ")) {
        let name = image.rsplit('/').next().unwrap().trim_end_matches(":latest");
        env.run(["image", "import", program(name).to_str().unwrap(), image]).success();
    }
    env.run(["run", manifest.to_str().unwrap()])
}

fn manifest(example: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(example).join("pod.yaml")
}

fn program(name: &str) -> PathBuf {
    let target = if name == "weather-thermometer" { "wasm32-wasip1" } else { "wasm32-wasip2" };
    guest(target, name)
}

#[test]
fn hello_needs_no_manifest() {
    let env = TestEnv::new();
    let hello = program("hello");
    let output = env.run(["run", hello.to_str().unwrap()]).success();
    assert_eq!(output.stdout, "hello from a Wasm container\n", "{output}");
}

#[test]
fn hello() {
    run(&TestEnv::new(), "hello").success().says("hello from a Wasm container");
}

/// What the README promises: nothing before the init container, one failure and restart with the
/// volume kept, both kinds of guests, and an end although the sidecar has none of its own.
#[test]
fn weather_station() {
    let output = run(&TestEnv::new(), "weather-station").success().says("not calibrated");
    let count = |text: &str| output.stdout.matches(text).count();
    assert_eq!((count(" °C"), count(" hPa")), (8, 8), "{output}");
    in_order(&output, &["8 readings per instrument", " °C", "temperature: "]);
    in_order(&output, &["8 readings per instrument", " hPa", "pressure: "]);
}

/// Checks that the first places of `texts` follow each other.
fn in_order(output: &Output, texts: &[&str]) {
    let places: Vec<_> = texts.iter().map(|text| output.stdout.find(text)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{texts:?} in\n{output}");
}
