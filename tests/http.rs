//! Http services through published ports, as a user runs them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::harness::{TestEnv, guest};

/// `wasmpod run` of a bare service, whose port is published.
struct Served {
    process: Child,
    address: SocketAddr,
}

impl Served {
    fn start(env: &TestEnv, module: &str) -> Self {
        let module = guest("wasm32-wasip2", module);
        let call = env.wasmpod(["run", "-p", "127.0.0.1::80", module.to_str().unwrap()]);
        let mut command = call.into_command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let told = "wasmpod: port 80 is published on ";
        let address = lines.find_map(|line| line.unwrap().strip_prefix(told)?.parse().ok());
        let address = address.expect("the port is told");
        // What else it says must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    /// Asks until the service listens: before that, a published port resets its connections.
    fn get(&self, path: &str) -> String {
        loop {
            let mut answer = String::new();
            let mut stream = TcpStream::connect(self.address).unwrap();
            let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
            let asked = stream.write_all(request.as_bytes());
            if asked.and_then(|()| stream.read_to_string(&mut answer)).is_ok_and(|len| len > 0) {
                return answer;
            }
            std::thread::yield_now();
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_bare_service_is_served_until_ctrl_c() {
    let env = TestEnv::new();
    let mut served = Served::start(&env, "hello_http");
    for path in ["/a", "/b?c"] {
        let answer = served.get(path);
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains(&format!("hello {path}\n")), "{answer}");
    }
    if cfg!(unix) {
        let id = served.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert_eq!(served.process.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn annotations_are_checked() {
    let env = TestEnv::new();
    let manifest = |annotation: &str| {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n  annotations:\n    \
             wasmpod.dev/http-{annotation}\nspec:\n  containers:\n    - name: a\n      image: b\n"
        );
        env.write("pod.yaml", text)
    };
    let validate = |annotation: &str| {
        let manifest = manifest(annotation);
        env.run(["validate", manifest.to_str().unwrap()])
    };
    validate("max-concurrency: '50'").success();
    validate("max-concurrency: '0'").exits(1).says("must be a number between 1 and 1000");
    validate("reuze: '2'")
        .exits(1)
        .says("those under wasmpod.dev/http- are max-concurrency, queue");
}
