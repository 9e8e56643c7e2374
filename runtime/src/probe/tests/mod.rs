//! Probes and hooks against servers on the network of a pod, which do what no server should, and a
//! clock that stands still unless everybody waits.

mod exec;
mod grpc;
mod hook;
mod http;
mod outside;
mod tcp;
mod tls;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Answer, OUTPUT_MAX, Target, probe};
use crate::executor::{self, CreateError, ExecConfig};
use crate::network::{
    EgressPolicy, Family, Hosts, Incarnation, NodeRanges, PodNetwork, PodStream, TcpSocket,
};
use crate::spec::{
    Container, ContainerKind, ContainerPort, HostName, HttpGet, Metadata, Pod, PodSpec, PortRef,
    Probe, ProbeHandler, Protocol, RestartPolicy, Scheme,
};

/// Where the servers of the tests listen.
const PORT: u16 = 8080;

/// What a server was sent: one entry for each connection.
type Requests = Arc<Mutex<Vec<String>>>;

/// A pod of one container, whose program is the test.
struct Host {
    network: Arc<PodNetwork>,
    run: Incarnation,
    pod: Pod,
    exec: Box<dyn executor::Exec>,
}

impl Host {
    fn new() -> Self {
        Self::with_exec(Box::new(NoExec))
    }

    fn with_exec(exec: Box<dyn executor::Exec>) -> Self {
        let lease = Arc::new(NodeRanges::default()).lease().unwrap();
        let hosts = Hosts::new(&lease.addresses(), &HostName::default(), &[]);
        let network = PodNetwork::new(lease, hosts, EgressPolicy::Deny);
        let run = network.join();
        Self { network, run, pod: pod(), exec }
    }

    fn target(&self) -> Target<'_> {
        Target {
            pod: &self.pod,
            container: &self.pod.spec.containers[0],
            network: &self.network,
            exec: &*self.exec,
        }
    }

    /// Asks with a timeout of two seconds.
    async fn probe(&self, handler: ProbeHandler) -> Answer {
        let asked = Probe {
            handler,
            initial_delay_seconds: 0,
            timeout_seconds: 2,
            period_seconds: 10,
            success_threshold: 1,
            failure_threshold: 3,
            termination_grace_seconds: None,
        };
        probe(&asked, &self.target()).await
    }

    /// Serves at a port of the pod, each connection in a task of its own.
    fn serve<F>(&self, port: u16, answer: impl Fn(PodStream) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut socket = TcpSocket::new(self.run.member(), Family::V4).unwrap();
        socket.bind((Family::V4.unspecified(), port).into()).unwrap();
        let acceptor = socket.listen().unwrap();
        tokio::spawn(async move {
            let _listening = socket;
            while let Some(socket) = std::future::poll_fn(|cx| acceptor.poll_accept(cx)).await {
                let stream = Arc::clone(socket.stream().unwrap());
                tokio::spawn(answer(stream.into()));
            }
        });
    }

    /// Serves this to whoever sends the head of a request; then the connection ends.
    fn answers(&self, port: u16, response: &str) -> Requests {
        self.answers_bytes(port, vec![response.as_bytes().to_vec()], false)
    }

    /// Serves these pieces, a second after each other.
    fn answers_bytes(&self, port: u16, pieces: Vec<Vec<u8>>, stays: bool) -> Requests {
        let requests = Requests::default();
        let seen = Arc::clone(&requests);
        let pieces = Arc::new(pieces);
        self.serve(port, move |mut stream| {
            let (seen, pieces) = (Arc::clone(&seen), Arc::clone(&pieces));
            async move {
                let head = read_head(&mut stream).await;
                seen.lock().unwrap().push(head);
                for (number, piece) in pieces.iter().enumerate() {
                    if number > 0 {
                        a_second().await;
                    }
                    if stream.write_all(piece).await.is_err() {
                        return;
                    }
                }
                if stays {
                    std::future::pending::<()>().await;
                }
            }
        });
        requests
    }
}

/// Waits on the clock that stands still.
async fn a_second() {
    let second = tokio::time::Instant::now() + std::time::Duration::from_secs(1);
    tokio::time::sleep_until(second).await;
}

/// Reads up to the empty line, or the end.
async fn read_head(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

fn pod() -> Pod {
    let mut container =
        Container::new("main".into(), ContainerKind::Regular, "example/web:1".to_owned());
    container.ports.push(ContainerPort {
        name: Some("web".to_owned()),
        container_port: PORT,
        host_port: None,
        host_ip: None,
        protocol: Protocol::Tcp,
    });
    let metadata = Metadata {
        name: "web".to_owned(),
        namespace: "default".to_owned(),
        uid: "1234".to_owned(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
    };
    Pod { metadata, spec: PodSpec::new(Vec::new(), vec![container], RestartPolicy::Always) }
}

/// Returns the request for `/` at the container's port.
fn http_get() -> HttpGet {
    HttpGet {
        host: None,
        port: PortRef::Name("web".to_owned()),
        path: "/".to_owned(),
        scheme: Scheme::Http,
        headers: Vec::new(),
    }
}

/// A container without programs.
struct NoExec;

#[async_trait]
impl executor::Exec for NoExec {
    async fn create(
        &self,
        config: ExecConfig,
    ) -> Result<Box<dyn executor::Container>, CreateError> {
        Err(CreateError::NotRunnable(format!("there is no program {:?}", config.argv[0])))
    }
}
