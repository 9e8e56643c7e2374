//! The steps of the scripted guest that pods of other tests rely on.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wasmpod::executor::Signal;
use wasmpod::network::PodStream;

use super::{Host, P1, P1_STOP, P2, P2_STOP, mount};

#[tokio::test]
async fn runs_differ_by_what_they_left() {
    let host = Host::new();
    let data = tempfile::tempdir().unwrap();
    for (number, guest) in [P1, P2, P1_STOP, P2_STOP].into_iter().enumerate() {
        for (code, stdout) in [(1, "once\n"), (3, "twice\n"), (0, "")] {
            let count = format!("count /data/{number}");
            let steps = [&*count, "on-run 1 write once;on-run 1 exit 1", "on-run 2 write twice"];
            let steps: Vec<_> = steps.into_iter().chain(["on-run 2 exit 3"]).collect();
            let mut config = host.scripted(guest, &steps);
            config.mounts = vec![mount(data.path(), "/data", false)];
            host.run(config).await.exits(code).prints(stdout);
        }
    }
}

#[tokio::test]
async fn files_and_variables() {
    let host = Host::new();
    for guest in [P1, P2] {
        let data = tempfile::tempdir().unwrap();
        let mut config = host.scripted(
            guest,
            &["hostname;getenv A;put /data/f one;put /data/f two;append /data/f three;cat /data/f"],
        );
        config.mounts = vec![mount(data.path(), "/data", false)];
        config.env = vec![("HOSTNAME".into(), "pod".into()), ("A".into(), "b".into())];
        host.run(config).await.exits(0).prints("pod\nb\ntwo\nthree\n");
        host.script(guest, &["getenv NONE"]).await.exits(1).prints("");
        host.script(guest, &["exists /none"]).await.exits(1).prints("");
    }
}

#[tokio::test]
async fn a_flood_can_be_stopped() {
    let host = Host::new();
    for guest in [P1, P2] {
        let mut running = host.start(host.scripted(guest, &["flood"])).await;
        running.until_written("on and on").await;
        running.container.signal(Signal::Kill, None);
        assert_eq!(running.end().await.exit.code, 137);
    }
}

#[tokio::test]
async fn http() {
    let host = Host::new();
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("here"), "").unwrap();
    let mut config = host.scripted(P2_STOP, &["on-stop write bye", "serve 8080"]);
    config.mounts = vec![mount(data.path(), "/data", false)];
    let mut running = host.start(config).await;
    running.until_written("listening").await;
    for (path, status) in [
        ("/", 200),
        ("/status/200", 200),
        ("/status/500", 500),
        ("/exists/data/here", 200),
        ("/exists/data/none", 404),
    ] {
        let answer = get(&host, path).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
    }
    // It hears of the request while it waits for a connection.
    running.container.signal(Signal::Terminate, None);
    running.end().await.exits(0).prints("listening on 0.0.0.0:8080\nbye\n");
}

async fn get(host: &Host, path: &str) -> String {
    let mut stream =
        PodStream::from(host.sandbox.network.connect_from_host(8080, None).await.unwrap());
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
