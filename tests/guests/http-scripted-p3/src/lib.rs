//! The steps of `http-scripted`, as a service of WASI 0.3.

use std::sync::atomic::{AtomicU32, Ordering};

use wasip3::clocks::monotonic_clock;
use wasip3::http::client;
use wasip3::http::types::{ErrorCode, Fields, Request, Response, Scheme};
use wasip3::{spawn_local, wit_future, wit_stream};

wasip3::http::service::export!(Scripted);

struct Scripted;

static REQUESTS: AtomicU32 = AtomicU32::new(0);

impl wasip3::exports::http::handler::Guest for Scripted {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let count = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
        let path = request.get_path_with_query().unwrap_or_default();
        let (verb, rest) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
        match verb {
            "hello" => respond("hello\n"),
            "count" => respond(&format!("{count}\n")),
            "authority" => respond(&request.get_authority().unwrap_or_default()),
            "env" => respond(&std::env::var(rest).unwrap_or_default()),
            "sleep" => {
                monotonic_clock::wait_for(rest.parse::<u64>().unwrap() * 1_000_000).await;
                respond("slept\n")
            }
            "spin" => loop {
                std::hint::black_box(());
            },
            "trap" => panic!("at the disco"),
            "error" => Err(ErrorCode::LoopDetected),
            "get" => get(rest).await,
            "echo" => {
                let (_, done) = wit_future::new(|| Ok(()));
                let (body, trailers) = Request::consume_body(request, done);
                Ok(Response::new(Fields::new(), Some(body), trailers).0)
            }
            "trap-mid-body" => write(&[], &[], b"half", true),
            "trailers" => write(&[("trailer", "sum")], &[("sum", "42")], b"body\n", false),
            _ => {
                let response = respond("no such step\n")?;
                response.set_status_code(404).map_err(|()| ErrorCode::InternalError(None))?;
                Ok(response)
            }
        }
    }
}

fn respond(text: &str) -> Result<Response, ErrorCode> {
    write(&[], &[], text.as_bytes(), false)
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

/// Responds, and writes the body when the head is on its way.
fn write(head: Pairs, foot: Pairs, text: &[u8], traps: bool) -> Result<Response, ErrorCode> {
    let (mut body, contents) = wit_stream::new();
    let (end, trailers) = wit_future::new(|| Ok(None));
    let (text, foot) = (text.to_vec(), fields(foot));
    let has_trailers = !foot.copy_all().is_empty();
    spawn_local(async move {
        let _ = body.write_all(text).await;
        assert!(!traps, "in the middle");
        drop(body);
        let _ = end.write(Ok(has_trailers.then_some(foot))).await;
    });
    Ok(Response::new(fields(head), Some(contents), trailers).0)
}

fn fields(pairs: Pairs) -> Fields {
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    Fields::from_list(&pairs).unwrap()
}

/// Passes on what the server at `HOST:PORT/PATH` answers.
async fn get(place: &str) -> Result<Response, ErrorCode> {
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (request, _) = Request::new(Fields::new(), None, trailers, None);
    let refused = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_scheme(Some(&Scheme::Http)).map_err(refused)?;
    request.set_authority(Some(authority)).map_err(refused)?;
    request.set_path_with_query(Some(&format!("/{path}"))).map_err(refused)?;
    match client::send(request).await {
        Ok(response) => {
            let status = response.get_status_code();
            let (_, done) = wit_future::new(|| Ok(()));
            let (body, trailers) = Response::consume_body(response, done);
            let passed = Response::new(Fields::new(), Some(body), trailers).0;
            passed.set_status_code(status).map_err(refused)?;
            Ok(passed)
        }
        Err(code) => {
            let response = respond(&format!("{code:?}"))?;
            response.set_status_code(502).map_err(refused)?;
            Ok(response)
        }
    }
}
