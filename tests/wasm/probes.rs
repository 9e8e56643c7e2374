//! Probes and hooks of a real guest that listens, over the network of its pod.

use wasmpod::probe::{Answer, Target, probe, run_hook};
use wasmpod::spec::{
    Container as Spec, ContainerKind, HookHandler, HttpGet, PortRef, Probe, ProbeHandler, Scheme,
    TcpSocket,
};

use super::*;

fn get(path: &str) -> HttpGet {
    HttpGet {
        host: None,
        port: PortRef::Number(8080),
        path: path.to_owned(),
        scheme: Scheme::Http,
        headers: Vec::new(),
    }
}

/// Asks with a timeout that a machine which is busy with other tests can keep.
async fn ask(handler: ProbeHandler, target: &Target<'_>) -> Answer {
    let asked = Probe {
        handler,
        initial_delay_seconds: 0,
        timeout_seconds: 60,
        period_seconds: 10,
        success_threshold: 1,
        failure_threshold: 3,
        termination_grace_seconds: None,
    };
    probe(&asked, target).await
}

#[tokio::test]
async fn a_guest_that_listens_answers() {
    let host = Host::new();
    let module = guest("wasm32-wasip2", "net-http");
    let mut running = host.start(host.config(&module, &["0.0.0.0:8080"])).await;
    running.until_written("listening on").await;
    let (pod, exec) = (pod(), running.container.exec());
    let container = Spec::new("main".into(), ContainerKind::Regular, "example/web:1".to_owned());
    let target =
        Target { pod: &pod, container: &container, network: &host.sandbox.network, exec: &*exec };

    assert_eq!(ask(ProbeHandler::HttpGet(get("/healthz")), &target).await, Answer::Success);
    let socket =
        |port: u16| ProbeHandler::TcpSocket(TcpSocket { host: None, port: PortRef::Number(port) });
    assert_eq!(ask(socket(8080), &target).await, Answer::Success);
    let refused = Answer::Failure("dial tcp 10.88.0.2:81: connect: connection refused".to_owned());
    assert_eq!(ask(socket(81), &target).await, refused);
    assert_eq!(run_hook(&HookHandler::HttpGet(get("/drain")), &target).await, Ok(()));

    let answer = ask(ProbeHandler::HttpGet(get("/trap")), &target).await;
    let Answer::Failure(why) = answer else { panic!("{answer:?} of a guest that trapped") };
    assert!(why.starts_with("Get \"http://10.88.0.2:8080/trap\": "), "{why}");
    assert_eq!(running.end().await.exit.cause, ExitCause::Trapped);
}
