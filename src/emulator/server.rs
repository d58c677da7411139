//! The emulator's network: connections and their limits.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::data::{EmulatorCredentials, EmulatorData};
use super::response::{ResponseBody, response};
use super::service::EmulatorService;
use crate::service::endpoint::Region;

/// The request line and the headers of a signed request with a session token take about 2 KiB.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The time limit for a request's head. An idle connection is closed after the same time.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after the listener failed to accept a connection, for example because file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// The emulator, bound to its address.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    state: Arc<ServerState>,
}

#[derive(Debug)]
struct ServerState {
    service: EmulatorService,
    started: Instant,
}

impl Server {
    /// Binds `address`; port 0 picks a free port.
    ///
    /// # Errors
    /// The address is in use, not an address of this machine, or not permitted.
    pub async fn bind(address: SocketAddr, data: EmulatorData) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            state: Arc::new(ServerState {
                service: EmulatorService::new(data),
                started: Instant::now(),
            }),
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn credentials(&self) -> &EmulatorCredentials {
        &self.state.service.data.credentials
    }

    /// The region of portals without a `region` in the data file.
    pub fn default_region(&self) -> Region {
        self.state.service.data.default_region()
    }

    /// Serves requests until `shutdown` completes, then closes all connections and returns its output.
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

async fn connection(stream: TcpStream, state: Arc<ServerState>) {
    // Without this option, a reply may wait for the client's acknowledgment. If it cannot be set, replies are only
    // slower.
    let _ = stream.set_nodelay(true);
    let respond = service_fn(|request| state.respond(request));
    // This is an error if the client disconnects or does not send HTTP, or if a behavior cuts the connection. None
    // of these affects other connections.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        // The emulator's clock may be shifted, so `response` sets `Date`.
        .auto_date_header(false)
        .serve_connection(TokioIo::new(stream), respond)
        .await;
}

impl ServerState {
    /// The time of the emulator's clock.
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        let offset = SignedDuration::from_secs(self.service.data.clock_offset_seconds.into());
        // The offset is at most 68 years, so the sum is in range until the year 9931.
        now.checked_add(offset).unwrap_or(now)
    }

    /// Answers a request without reading its body. An error makes hyper close the connection.
    async fn respond(&self, request: Request<Incoming>) -> io::Result<Response<ResponseBody>> {
        let (parts, _) = request.into_parts();
        let up = self.started.elapsed();
        let answer = self.service.answer(&parts, self.now(), up);
        if !answer.delay.is_zero() {
            tokio::time::sleep(answer.delay).await;
        }
        response(answer, self.now())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::SystemTime;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::emulator::signature::tests::{credentials, sign};

    /// Returns the bytes that a new server with `data` sends on one connection for `sent`.
    fn exchange(data: EmulatorData, sent: &str) -> String {
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
        let reply = exchange(EmulatorData::sample(SystemTime::now()), sent);
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 403 "), "{reply}");
        assert!(head.contains("x-amzn-errortype: MissingAuthenticationTokenException"));
        assert!(head.contains("x-amzn-requestid: "));
        assert!(head.contains("content-type: application/json"));
        assert_eq!(body, r#"{"message":"Missing Authentication Token"}"#);
    }

    #[test]
    fn the_date_follows_the_shifted_clock() {
        let data = EmulatorData::parse(r#"{"clockOffsetSeconds": 86400}"#).unwrap();
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

    /// Returns the bytes that a server with these behaviors sends for a valid request.
    fn cut(behaviors: &str) -> String {
        let data = EmulatorData::parse(&format!(
            r#"{{"credentials":{{"accessKeyId":"AKID","secretAccessKey":"secret",
                "sessionToken":"token"}},"behaviors":{behaviors}}}"#
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
    fn the_data_file_may_give_any_reply() {
        let reply =
            cut(r#"[{"reply": {"status": 302, "headers": {"location": "/x"}, "body": "<html>"}}]"#);
        assert!(reply.starts_with("HTTP/1.1 302 "), "{reply}");
        assert!(reply.contains("location: /x\r\n"), "{reply}");
        assert!(reply.ends_with("\r\n\r\n<html>"), "{reply}");
        assert!(!reply.contains("x-amzn-requestid"), "{reply}");
        assert!(cut(r#"[{"reply": {"status": 204}}]"#).starts_with("HTTP/1.1 204 "));
    }

    #[test]
    fn bytes_that_are_not_http_get_400() {
        let reply = exchange(
            EmulatorData::sample(SystemTime::now()),
            "\u{1}\u{2} nonsense\r\n\r\n",
        );
        assert!(reply.starts_with("HTTP/1.1 400 "), "{reply}");
    }
}
