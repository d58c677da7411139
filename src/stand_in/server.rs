//! The stand-in's network: connections, time limits, headers, and the environment that leads a
//! client here.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::behaviour::Cut;
use super::data::Data;
use super::fault::Fault;
use super::routes::{Answer, Moment, Service};

const MAX_BODY_BYTES: usize = 64 * 1024;
/// The request line and headers of a request that is signed for a session token take some 2 KiB.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How long a client may take over a request's head, and again over its body. A kept connection that
/// is idle for as long is closed, too.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to leave the listener alone after it failed, as it does when file descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// What would lead a client past the stand-in, or lend it the user's account.
const REMOVED: [&str; 14] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CA_BUNDLE",
];

/// The stand-in, bound to its address.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    service: Service,
    clock_offset: SignedDuration,
    started: Instant,
}

impl Server {
    /// Binds `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// The address is in use, not this machine's, or not allowed.
    pub async fn bind(address: SocketAddr, data: Data) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            state: Arc::new(State {
                clock_offset: SignedDuration::from_secs(data.clock_offset_seconds),
                service: Service::new(data),
                started: Instant::now(),
            }),
        })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The variables that make a client call this server and nothing else.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut address = self.address;
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        let credentials = self.state.service.credentials();
        let region = self.state.service.region().unwrap_or("us-east-1");
        let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
        let mut variables = vec![
            (
                "AWS_ENDPOINT_URL_WORKSPACES_WEB",
                format!("http://{address}"),
            ),
            ("AWS_ACCESS_KEY_ID", credentials.access_key_id.clone()),
            (
                "AWS_SECRET_ACCESS_KEY",
                credentials.secret_access_key.clone(),
            ),
        ];
        if let Some(token) = &credentials.session_token {
            variables.push(("AWS_SESSION_TOKEN", token.clone()));
        }
        variables.extend([
            ("AWS_REGION", region.to_owned()),
            ("AWS_DEFAULT_REGION", region.to_owned()),
            ("AWS_USE_FIPS_ENDPOINT", "false".to_owned()),
            ("AWS_USE_DUALSTACK_ENDPOINT", "false".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", null.to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", null.to_owned()),
        ]);
        // Programs read one spelling or the other, so each gets what the user had in either.
        let given = |name| std::env::var(name).ok().filter(|hosts| !hosts.is_empty());
        for (name, other) in [("NO_PROXY", "no_proxy"), ("no_proxy", "NO_PROXY")] {
            let ours = format!("127.0.0.1,localhost,{}", address.ip());
            let hosts = match given(name).or_else(|| given(other)) {
                Some(hosts) => format!("{hosts},{ours}"),
                None => ours,
            };
            variables.push((name, hosts));
        }
        variables
    }

    /// The variables that must not be set beside [`Server::environment`].
    pub fn removed_variables(&self) -> Vec<&'static str> {
        let mut names = REMOVED.to_vec();
        if self.state.service.credentials().session_token.is_none() {
            names.push("AWS_SESSION_TOKEN");
        }
        names
    }

    /// Serves until `shutdown` is done, and gives what it gives. Open connections are cut then.
    pub async fn run<F: Future>(self, shutdown: F) -> F::Output {
        let mut shutdown = pin!(shutdown);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                output = &mut shutdown => return output,
                Some(_) = connections.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(stream, Arc::clone(&self.state)));
                    }
                    Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
                },
            }
        }
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    // Without it a reply could wait for the client's acknowledgement; it is slower, not wrong.
    let _ = stream.set_nodelay(true);
    let respond = service_fn(|request| state.respond(request));
    // It ends with an error when a client goes away, sends what is not HTTP or is cut off on
    // purpose: none of it is the other connections' business.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        // The clock may be shifted, so `Date` is ours.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), respond)
        .await;
}

impl State {
    fn moment(&self) -> Moment {
        let now = Timestamp::now();
        Moment {
            // The offset is bounded, so this holds until the year 9999 or so.
            now: now.checked_add(self.clock_offset).unwrap_or(now),
            up: self.started.elapsed(),
        }
    }

    /// The response; an error closes the connection without one.
    async fn respond(&self, request: Request<Incoming>) -> Result<Response<Content>, Severed> {
        let (parts, body) = request.into_parts();
        let answer = match read(body).await {
            Some(body) => self.service.answer(&parts, &body, self.moment()),
            None => Fault::unreadable_body().into(),
        };
        if !answer.delay.is_zero() {
            tokio::time::sleep(answer.delay).await;
        }
        if answer.cut == Some(Cut::Before) {
            return Err(Severed);
        }
        Ok(response(answer, self.moment().now))
    }
}

/// A request's body; nothing if it is too long, or does not come in time.
async fn read(body: Incoming) -> Option<Bytes> {
    if body.is_end_stream() {
        return Some(Bytes::new());
    }
    let body = Limited::new(body, MAX_BODY_BYTES).collect();
    let body = tokio::time::timeout(READ_TIMEOUT, body).await.ok()?.ok()?;
    Some(body.to_bytes())
}

fn response(answer: Answer, now: Timestamp) -> Response<Content> {
    let (status, body, fault) = match answer.reply {
        Ok(body) => (StatusCode::OK, body, None),
        Err(fault) => (fault.status, fault.body(), Some(fault)),
    };
    let mut body = Bytes::from(body);
    let length = body.len();
    let cut = answer.cut == Some(Cut::Middle);
    if cut {
        body.truncate(length / 2);
    }
    let mut response = Response::new(Content {
        rest: body,
        end: if cut { End::Flush } else { End::Orderly },
    });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, length.into());
    let mut text = |name: &'static str, value: String| {
        // Each is visible ASCII; were one not, a reply without it is better than none.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    text("x-amzn-requestid", request_id());
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&now) {
        text(DATE.as_str(), date);
    }
    if let Some(fault) = fault {
        text("x-amzn-errortype", fault.code.into_owned());
        if let Some(seconds) = fault.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static("GET"));
        }
    }
    response
}

/// A random UUID, version 4.
fn request_id() -> String {
    let bits = fastrand::u128(..);
    // The version and the variant have fixed bits: RFC 9562, section 5.4.
    let bits = bits & !(0xf000 << 64 | 0xc000 << 48) | 0x4000 << 64 | 0x8000 << 48;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        bits >> 80 & 0xffff,
        bits >> 64 & 0xffff,
        bits >> 48 & 0xffff,
        bits & 0xffff_ffff_ffff
    )
}

/// A response's body, which may stop short of the announced length.
#[derive(Debug)]
struct Content {
    rest: Bytes,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Orderly,
    /// Cut, once what came before has been written out.
    Flush,
    Cut,
}

/// A connection that is cut off on purpose.
#[derive(Debug)]
struct Severed;

impl fmt::Display for Severed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the data file cuts this connection")
    }
}

impl std::error::Error for Severed {}

impl Body for Content {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        match self.end {
            End::Orderly => Poll::Ready(None),
            End::Flush => {
                // hyper drops what it has buffered when a body fails, and flushes when a body has
                // to wait: so wait once.
                self.end = End::Cut;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::Cut => Poll::Ready(Some(Err(Severed))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.end == End::Orderly
    }

    fn size_hint(&self) -> SizeHint {
        match (self.end, u64::try_from(self.rest.len())) {
            (End::Orderly, Ok(length)) => SizeHint::with_exact(length),
            _ => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::stand_in::signature::tests::{credentials, sign};

    /// What a fresh server with `data` sends on one connection for `sent`.
    fn exchange(data: Data, sent: &str) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let loopback = (Ipv4Addr::LOCALHOST, 0).into();
            let server = Server::bind(loopback, data).await.unwrap();
            let address = server.address();
            let client = async {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(sent.as_bytes()).await.unwrap();
                let mut received = Vec::new();
                // A cut connection may end in an error, after what was sent.
                let _ = stream.read_to_end(&mut received).await;
                String::from_utf8(received).unwrap()
            };
            server.run(client).await
        })
    }

    #[test]
    fn a_reply_has_the_services_headers() {
        let sent = "GET /portals HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let reply = exchange(Data::sample(SystemTime::now()), sent);
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 403 "), "{reply}");
        assert!(head.contains("x-amzn-errortype: MissingAuthenticationTokenException"));
        assert!(head.contains("x-amzn-requestid: "));
        assert!(head.contains("content-type: application/json"));
        assert_eq!(body, r#"{"message":"Missing Authentication Token"}"#);
    }

    #[test]
    fn the_date_follows_the_shifted_clock() {
        let data = Data::parse(r#"{"clockOffsetSeconds": 86400}"#).unwrap();
        let sent = "GET /portals HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let reply = exchange(data, sent);
        let date = reply
            .lines()
            .find_map(|line| line.strip_prefix("date: "))
            .unwrap();
        let date = jiff::fmt::rfc2822::parse(date).unwrap().timestamp();
        let ahead = date.duration_since(Timestamp::now()).as_secs();
        assert!((86_300..=86_400).contains(&ahead), "{ahead}");
    }

    /// What a server with these behaviours sends for a good request.
    fn cut(behaviours: &str) -> String {
        let data = Data::parse(&format!(
            r#"{{"credentials":{{"accessKeyId":"AKID","secretAccessKey":"secret",
                "sessionToken":"token"}},"behaviours":{behaviours}}}"#
        ));
        let request = sign(
            "/portals",
            &credentials(),
            Timestamp::now(),
            "workspaces-web",
        );
        let mut sent = "GET /portals HTTP/1.1\r\n".to_owned();
        for (name, value) in &request.headers {
            sent += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        sent += "connection: close\r\n\r\n";
        exchange(data.unwrap(), &sent)
    }

    #[test]
    fn a_reply_cut_in_the_middle_announces_all_and_sends_half() {
        let whole = r#"{"portals":[]}"#;
        let reply = cut(r#"[{"cut": "middle"}]"#);
        assert!(reply.contains("content-length: 14\r\n"), "{reply}");
        assert!(
            reply.ends_with(&format!("\r\n\r\n{}", &whole[..7])),
            "{reply}"
        );
        assert!(cut("[]").ends_with(whole));
    }

    #[test]
    fn a_body_over_the_limit_is_refused() {
        let body = "x".repeat(MAX_BODY_BYTES + 1);
        let sent = format!(
            "POST /portals HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let reply = exchange(Data::sample(SystemTime::now()), &sent);
        assert!(reply.starts_with("HTTP/1.1 413 "), "{reply}");
    }

    #[test]
    fn what_is_not_http_is_answered_and_survived() {
        let reply = exchange(
            Data::sample(SystemTime::now()),
            "\u{1}\u{2} nonsense\r\n\r\n",
        );
        assert!(reply.starts_with("HTTP/1.1 400 "), "{reply}");
    }

    #[test]
    fn a_request_id_is_a_random_uuid() {
        let id = request_id();
        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
        assert_ne!(id, request_id());
    }
}
