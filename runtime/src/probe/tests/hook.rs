//! Hooks.

use std::time::Duration;

use tokio::time::Instant;

use super::exec::Script;
use super::*;
use crate::probe::run_hook;
use crate::spec::{HookHandler, TcpSocket as Socket};

async fn check(host: &Host, hook: HookHandler, expected: Result<(), &str>) {
    let found = run_hook(&hook, &host.target()).await;
    assert_eq!(found.as_ref().map_err(String::as_str), expected.as_ref().map_err(|why| *why));
}

fn exec(command: &[&str]) -> HookHandler {
    HookHandler::Exec(command.iter().map(|&word| word.to_owned()).collect())
}

#[tokio::test(start_paused = true)]
async fn programs() {
    let script = Script::default();
    let host = Host::with_exec(Box::new(script.clone()));
    check(&host, exec(&["drain", "run 3600", "out text", "$(A)"]), Ok(())).await;
    assert_eq!(*script.journal.lock().unwrap(), ["drain run 3600 out text $(A)"]);
    let why = "Exec lifecycle hook ([drain out a err b exit 2]) for Container \"main\" in Pod \
               \"web_default(1234)\" failed - error: command 'drain out a err b exit 2' exited \
               with 2: b, message: \"ab\"";
    check(&host, exec(&["drain", "out a", "err b", "exit 2"]), Err(why)).await;
    let why = "Exec lifecycle hook ([missing]) for Container \"main\" in Pod \"web_default(1234)\" \
               failed - error: failed to exec in container: there is no program \"missing\", \
               message: \"\"";
    check(&host, exec(&["missing"]), Err(why)).await;
}

#[tokio::test(start_paused = true)]
async fn any_answer_of_a_server_will_do() {
    for status in [200, 302, 404, 500] {
        let host = Host::new();
        let response = format!("HTTP/1.1 {status}\r\ncontent-length: 9\r\n\r\nshort");
        let requests = host.answers(PORT, &response);
        check(&host, HookHandler::HttpGet(http_get()), Ok(())).await;
        let requests = requests.lock().unwrap();
        assert!(requests[0].contains("\r\nUser-Agent: kube-lifecycle/1.36\r\n"), "{requests:?}");
    }
    let why = "HTTP lifecycle hook (/) for Container \"main\" in Pod \"web_default(1234)\" failed - \
               error: Get \"http://10.88.0.2:8080/\": dial tcp 10.88.0.2:8080: connect: \
               connection refused";
    check(&Host::new(), HookHandler::HttpGet(http_get()), Err(why)).await;
    let why = "HTTP lifecycle hook (/) for Container \"main\" in Pod \"web_default(1234)\" failed - \
               error: container \"main\" has no port named \"admin\"";
    let get = HttpGet { port: PortRef::Name("admin".to_owned()), ..http_get() };
    check(&Host::new(), HookHandler::HttpGet(get), Err(why)).await;
}

#[tokio::test(start_paused = true)]
async fn without_tls_if_the_server_has_none() {
    let headers = vec![("Authorization".to_owned(), "secret".to_owned())];
    let get = HttpGet { scheme: Scheme::Https, headers, ..http_get() };
    let host = Host::new();
    host.answers_tls(&[&rustls::version::TLS13], "HTTP/1.1 500 Oops\r\n\r\n");
    check(&host, HookHandler::HttpGet(get.clone()), Ok(())).await;

    let host = Host::new();
    let requests = Requests::default();
    let seen = Arc::clone(&requests);
    host.serve(PORT, move |mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            if stream.read_u8().await.unwrap() == b'G' {
                let head = read_head(&mut stream).await;
                seen.lock().unwrap().push(head);
            }
            // Whoever came for TLS hangs up on this.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    let (hook, target) = (HookHandler::HttpGet(get), host.target());
    let begun = tokio::time::timeout(Duration::from_secs(1), run_hook(&hook, &target)).await;
    assert!(begun.is_err(), "the body has no end");
    let requests = requests.lock().unwrap();
    assert!(requests.len() == 1 && requests[0].starts_with("ET / "), "{requests:?}");
    assert!(!requests[0].contains("secret"), "{requests:?}");
}

#[tokio::test(start_paused = true)]
async fn sleep() {
    let begun = Instant::now();
    check(&Host::new(), HookHandler::Sleep(30), Ok(())).await;
    assert_eq!(begun.elapsed().as_secs(), 30);
    check(&Host::new(), HookHandler::Sleep(0), Ok(())).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_no_hook() {
    let host = Host::new();
    let socket = Socket { host: None, port: PortRef::Number(PORT) };
    let why = "Cannot run handler: invalid handler: tcpSocket";
    check(&host, HookHandler::TcpSocket(socket), Err(why)).await;
}
