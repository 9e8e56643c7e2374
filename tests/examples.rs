//! Every example is run, as examples/README.md says.

use std::path::PathBuf;

use crate::harness::{Call, Output, TestEnv, guest};

/// Packs the images that the example's manifest names, and returns the call that runs it.
fn call(env: &TestEnv, example: &str) -> Call {
    let manifest = manifest(example);
    let text = std::fs::read_to_string(&manifest).unwrap();
    for image in text.lines().filter_map(|line| line.trim().strip_prefix("image: ")) {
        let name = image.rsplit('/').next().unwrap().trim_end_matches(":latest");
        env.run(["image", "import", program(name).to_str().unwrap(), image]).success();
    }
    env.wasmpod(["--verbose", "run", manifest.to_str().unwrap()])
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
    call(&TestEnv::new(), "hello").run().success().says("hello from a Wasm container");
}

#[cfg(unix)]
#[test]
fn pause_waits_until_it_is_ended() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let env = TestEnv::new();
    let mut command = call(&env, "pause").into_command();
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("Started")), "it ended before it started");
    let ctrl_c = Command::new("kill").arg("-INT").arg(process.id().to_string()).status();
    assert!(ctrl_c.unwrap().success());
    let rest: Vec<_> = lines.collect();
    assert!(rest.iter().any(|line| line.contains("143")), "{rest:?}");
    assert_eq!(process.wait().unwrap().code(), Some(1), "{rest:?}");
}

#[cfg(unix)]
#[test]
fn graceful_finishes_what_it_has_begun() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let env = TestEnv::new();
    let mut command = call(&env, "graceful").into_command();
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("working")), "it ended before it worked");
    let ctrl_c = Command::new("kill").arg("-INT").arg(process.id().to_string()).status();
    assert!(ctrl_c.unwrap().success());
    let rest: Vec<_> = lines.collect();
    assert!(rest.last().is_some_and(|line| line.contains("saved; goodbye")), "{rest:?}");
    assert_eq!(process.wait().unwrap().code(), Some(0), "{rest:?}");
}

/// What the README promises: nothing before the init container, one failure and restart with the
/// volume kept, both kinds of guests, and an end although the sidecar has none of its own.
#[test]
fn weather_station() {
    let output = call(&TestEnv::new(), "weather-station").run().success().says("not calibrated");
    let count = |text: &str| output.stdout.matches(text).count();
    assert_eq!((count(" °C"), count(" hPa")), (8, 8), "{output}");
    in_order(&output, &["8 readings per instrument", " °C", "temperature: "]);
    in_order(&output, &["8 readings per instrument", " hPa", "pressure: "]);
}

/// A page of the server, as the sidecar last wrote it, and again when it has written another.
#[cfg(unix)]
#[test]
fn web_server() {
    use std::io::{BufRead as _, BufReader};
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    let env = TestEnv::new();
    call(&env, "web-server");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let text = std::fs::read_to_string(manifest("web-server")).unwrap();
    let port_of_example = "hostPort: 8080";
    assert!(text.contains(port_of_example), "the README says so");
    let own = env.write("pod.yaml", text.replace(port_of_example, &format!("hostPort: {port}")));
    let mut command = env.wasmpod(["--verbose", "run", own.to_str().unwrap()]).into_command();
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("server: Started")), "it ended before it started");
    let page = |known: &str| {
        loop {
            let answer = get(port, "/");
            if answer.starts_with("HTTP/1.1 200") && answer != known {
                return answer;
            }
            std::thread::yield_now();
        }
    };
    let first = page("");
    assert!(first.contains("<h1>Fresh from a sidecar</h1>\n<p>version "), "{first}");
    assert!(page(&first).contains("<p>version "));
    assert!(get(port, "/none").starts_with("HTTP/1.1 404"));
    assert!(get(port, "/../settings/title").starts_with("HTTP/1.1 404"));
    let ctrl_c = Command::new("kill").arg("-INT").arg(process.id().to_string()).status();
    assert!(ctrl_c.unwrap().success());
    lines.for_each(drop);
    process.wait().unwrap();
}

/// Asks a server of this host for a page; nothing comes before it listens.
fn get(port: u16, path: &str) -> String {
    use std::io::{Read as _, Write as _};

    let mut answer = String::new();
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else { return answer };
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    // A connection that is reset is one that was not listened to yet.
    let asked = stream.write_all(request.as_bytes());
    let _ = asked.and_then(|()| stream.read_to_string(&mut answer));
    answer
}

/// Checks that the first places of `texts` follow each other.
fn in_order(output: &Output, texts: &[&str]) {
    let places: Vec<_> = texts.iter().map(|text| output.stdout.find(text)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{texts:?} in\n{output}");
}
