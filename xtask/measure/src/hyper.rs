//! A server of the http library alone, that says hello on as many threads as ours.

use std::convert::Infallible;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use wasmpod::shards::Shards;

use crate::Input;

/// Each line of input is answered with the address.
pub(crate) async fn answer() -> anyhow::Result<()> {
    let shards = Shards::default();
    shards.start()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::task::spawn_local(accept(listener, shards));
    let mut input = Input::new();
    while input.line().await.is_some() {
        crate::answer(address)?;
    }
    Ok(())
}

async fn accept(listener: TcpListener, shards: Shards) {
    while let Ok((stream, _)) = listener.accept().await {
        let Ok(stream) = stream.into_std() else { continue };
        let Some(shard) = shards.next() else { return };
        shard.spawn(async move {
            let Ok(stream) = TcpStream::from_std(stream) else { return };
            let hello = service_fn(hello);
            // A client that goes away is no loss.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), hello).await;
        });
    }
}

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from(format!("hello {}\n", request.uri().path()))))
}
