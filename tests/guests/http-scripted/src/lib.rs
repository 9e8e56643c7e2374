//! Does what the path of a request says, as a service of WASI 0.2: `/hello`, `/sleep/MILLISECONDS`.
//! What comes of it is the response.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasip2::io::streams::{OutputStream, StreamError};

wasip2::http::proxy::export!(Scripted);

struct Scripted;

/// How many requests this instance has had.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

impl wasip2::exports::http::incoming_handler::Guest for Scripted {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let count = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
        let path = request.path_with_query().unwrap_or_default();
        let (verb, rest) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
        match verb {
            "hello" => respond(out, 200, "hello\n"),
            "status" => respond(out, rest.parse().unwrap(), ""),
            "count" => respond(out, 200, &format!("{count}\n")),
            "authority" => respond(out, 200, &request.authority().unwrap_or_default()),
            "env" => respond(out, 200, &std::env::var(rest).unwrap_or_default()),
            "log" => {
                println!("{rest}");
                respond(out, 200, "");
            }
            "sleep" => {
                std::thread::sleep(Duration::from_millis(rest.parse().unwrap()));
                respond(out, 200, "slept\n");
            }
            "spin" => spin(),
            "trap" => panic!("at the disco"),
            "exit" => std::process::exit(3),
            "nothing" => {}
            "error" => ResponseOutparam::set(out, Err(ErrorCode::LoopDetected)),
            "memory" => {
                let bytes = vec![1_u8; rest.parse::<usize>().unwrap() << 20];
                respond(
                    out,
                    200,
                    &format!("{}\n", bytes.iter().map(|b| *b as usize).sum::<usize>()),
                );
            }
            "get" => match scripted::fetch::get(rest) {
                Ok((status, body)) => respond(out, status, &body),
                Err(error) => respond(out, 502, &error),
            },
            "length" => {
                let mut body = Body::begin(out, &[("content-length", rest)]);
                body.write(&vec![b'x'; rest.parse().unwrap()]);
                body.finish(None);
            }
            "echo" => echo(&request, out),
            "trap-mid-body" => {
                let mut body = Body::begin(out, &[]);
                body.write(b"half");
                panic!("in the middle");
            }
            "stall" => {
                let mut body = Body::begin(out, &[]);
                body.write(b"half");
                std::thread::sleep(Duration::from_secs(86_400));
            }
            "flood" => {
                let mut body = Body::begin(out, &[]);
                loop {
                    body.write(&[b'x'; 4096]);
                }
            }
            "linger" => {
                respond(out, 200, "answered\n");
                std::thread::sleep(Duration::from_millis(rest.parse().unwrap()));
                println!("lingered");
            }
            "trailers" => {
                let mut body = Body::begin(out, &[("trailer", "sum")]);
                body.write(b"body\n");
                body.finish(Some(&[("sum", "42")]));
            }
            _ => respond(out, 404, "no such step\n"),
        }
    }
}

fn spin() -> ! {
    loop {
        std::hint::black_box(());
    }
}

/// A response that has begun.
struct Body {
    /// Dropped first: it is a child of the body.
    stream: OutputStream,
    body: OutgoingBody,
}

impl Body {
    fn begin(out: ResponseOutparam, fields: &[(&str, &str)]) -> Self {
        Self::begin_with(out, 200, fields)
    }

    fn begin_with(out: ResponseOutparam, status: u16, fields: &[(&str, &str)]) -> Self {
        let response = OutgoingResponse::new(self::fields(fields));
        response.set_status_code(status).unwrap();
        let body = response.body().unwrap();
        let stream = body.write().unwrap();
        ResponseOutparam::set(out, Ok(response));
        Self { body, stream }
    }

    fn write(&mut self, bytes: &[u8]) -> &mut Self {
        self.stream.write_all(bytes).unwrap();
        self.stream.flush().unwrap();
        self
    }

    fn finish(self, trailers: Option<&[(&str, &str)]>) {
        let Self { body, stream } = self;
        drop(stream);
        OutgoingBody::finish(body, trailers.map(fields)).unwrap();
    }
}

fn fields(fields: &[(&str, &str)]) -> Fields {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect();
    Fields::from_list(&fields).unwrap()
}

fn respond(out: ResponseOutparam, status: u16, text: &str) {
    let mut body = Body::begin_with(out, status, &[]);
    if !text.is_empty() {
        body.write(text.as_bytes());
    }
    body.finish(None);
}

/// Sends back what comes, as it comes.
fn echo(request: &IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().unwrap();
    let stream = incoming.stream().unwrap();
    let mut body = Body::begin(out, &[]);
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(bytes) => body.write(&bytes),
            Err(StreamError::Closed) => break body.finish(None),
            Err(error) => panic!("the request is broken: {error:?}"),
        };
    }
}
