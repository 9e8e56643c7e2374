//! Probes over TLS, with certificates that nobody should trust.

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio_rustls::TlsAcceptor;

use super::*;

/// Returns what accepts TLS with a certificate of its own making, which ran out long ago.
fn acceptor(versions: &[&'static SupportedProtocolVersion]) -> TlsAcceptor {
    let mut params = CertificateParams::new(["nobody.example".to_owned()]).unwrap();
    params.not_before = date_time_ymd(1999, 1, 1);
    params.not_after = date_time_ymd(2000, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

impl Host {
    /// Serves a response over TLS.
    pub(super) fn answers_tls(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        response: &'static str,
    ) {
        let acceptor = acceptor(versions);
        self.serve(PORT, move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let mut stream = acceptor.accept(stream).await.unwrap();
                read_head(&mut stream).await;
                stream.write_all(response.as_bytes()).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        });
    }
}

fn https_get() -> HttpGet {
    HttpGet { scheme: Scheme::Https, ..http_get() }
}

#[tokio::test(start_paused = true)]
async fn any_certificate_will_do() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let host = Host::new();
        host.answers_tls(&[version], "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        let answer = host.probe(ProbeHandler::HttpGet(https_get())).await;
        assert_eq!(answer, Answer::Success, "{version:?}");
        let host = Host::new();
        host.answers_tls(&[version], "HTTP/1.1 503 Busy\r\n\r\n");
        let answer = host.probe(ProbeHandler::HttpGet(https_get())).await;
        let expected = Answer::Failure("HTTP probe failed with statuscode: 503".to_owned());
        assert_eq!(answer, expected, "{version:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn servers_without_tls() {
    async fn check(response: &str, stays: bool, why: &str) {
        let host = Host::new();
        let response = response.as_bytes().to_vec();
        host.serve(PORT, move |mut stream| {
            let response = response.clone();
            async move {
                let mut record = [0; 5];
                stream.read_exact(&mut record).await.unwrap();
                let mut hello = vec![0; u16::from_be_bytes([record[3], record[4]]).into()];
                stream.read_exact(&mut hello).await.unwrap();
                stream.write_all(&response).await.unwrap();
                if stays {
                    std::future::pending::<()>().await;
                }
            }
        });
        let answer = host.probe(ProbeHandler::HttpGet(https_get())).await;
        let expected = format!("Get \"https://10.88.0.2:8080/\": {why}");
        assert_eq!(answer, Answer::Failure(expected));
    }
    check(
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        true,
        "http: server gave HTTP response to HTTPS client",
    )
    .await;
    check("", false, "EOF").await;
    check("garbage", true, "tls: received corrupt message of type InvalidContentType").await;
    check("", true, "context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
        .await;
}
