//! A loopback service that does what a script says, misbehavior included.
//!
//! It is written on bare sockets: an HTTP library would keep it from breaking the rules.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use super::listener::Listener;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    /// A header's value, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What the service does with a request.
#[derive(Clone)]
pub enum Act {
    /// Sends these bytes and keeps the connection.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    SendAndClose(Vec<u8>),
    /// Sends these bytes and then nothing more, the connection open.
    SendAndHang(Vec<u8>),
    /// Sends these bytes, then goes on with this many more, for as long as anybody reads them.
    SendAndFlood(Vec<u8>, u64),
    /// Sends these bytes a few at a time, with a pause before each, and keeps the connection.
    SendSlowly(Vec<u8>, Duration),
    /// Sends these bytes and breaks the connection: a reset in place of an orderly end.
    SendAndReset(Vec<u8>),
    /// Closes the connection without a byte.
    Close,
}

impl Act {
    /// A reply with a JSON body.
    pub fn json(status: u16, body: &str) -> Self {
        Self::reply(status, &[("content-type", "application/json")], body)
    }

    /// An error of the service.
    pub fn error(status: u16, name: &str, message: &str) -> Self {
        Self::reply(
            status,
            &[("x-amzn-errortype", name), ("x-amzn-requestid", "req-1")],
            &serde_json::json!({ "message": message }).to_string(),
        )
    }

    /// A reply with these headers, and the `Content-Length` that is due.
    pub fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self::Send(reply(status, headers, body.len(), body))
    }
}

/// A reply's bytes, with a `Content-Length` that may be a lie.
pub fn reply(status: u16, headers: &[(&str, &str)], length: usize, body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{text}\r\n{body}").into_bytes()
}

type Script = Arc<dyn Fn(&Request, usize) -> Act + Send + Sync>;

/// What is done with the n-th connection (from 0) in place of everything else.
type Greeting = Arc<dyn Fn(usize) -> Option<Act> + Send + Sync>;

/// A running service. It ends when it is dropped.
pub struct Server {
    listener: Listener,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<Request>>>,
    /// The certificate authority's file, if it speaks TLS.
    pub ca_bundle: Option<PathBuf>,
}

impl Server {
    /// A service over http that does with the n-th request (from 0) what `script` says.
    pub fn start(script: impl Fn(&Request, usize) -> Act + Send + Sync + 'static) -> Self {
        Self::listen(Arc::new(script), None, Arc::new(|_| None))
    }

    /// The same over https, with a certificate for `localhost` of an authority of its own.
    pub fn start_tls(script: impl Fn(&Request, usize) -> Act + Send + Sync + 'static) -> Self {
        Self::start_tls_as("localhost", |_| {}, script)
    }

    /// The same with a certificate for `name` that is changed before it is signed.
    pub fn start_tls_as(
        name: &str,
        change: impl FnOnce(&mut rcgen::CertificateParams),
        script: impl Fn(&Request, usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::listen_tls(name, change, |_| {}, Arc::new(script), Arc::new(|_| None))
    }

    /// The same with a certificate whose DER is changed after it is signed.
    pub fn start_tls_edited(
        edit: impl FnOnce(&mut Vec<u8>),
        script: impl Fn(&Request, usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        let greeting = Arc::new(|_| None);
        Self::listen_tls("localhost", |_| {}, edit, Arc::new(script), greeting)
    }

    /// The same over https, but that with the n-th connection (from 0) it may do something in
    /// place of a handshake.
    pub fn start_tls_greeting(
        greeting: impl Fn(usize) -> Option<Act> + Send + Sync + 'static,
        script: impl Fn(&Request, usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        let greeting = Arc::new(greeting);
        Self::listen_tls("localhost", |_| {}, |_| {}, Arc::new(script), greeting)
    }

    fn listen_tls(
        name: &str,
        change: impl FnOnce(&mut rcgen::CertificateParams),
        edit: impl FnOnce(&mut Vec<u8>),
        script: Script,
        greeting: Greeting,
    ) -> Self {
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let mut authority = rcgen::CertificateParams::new(vec![]).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        // Each has a name of its own: authorities of one name would be taken for each other.
        let ca_bundle = super::folder().join("ca.pem");
        authority
            .distinguished_name
            .push(rcgen::DnType::CommonName, ca_bundle.display().to_string());
        let authority_certificate = authority.self_signed(&authority_key).unwrap();
        let issuer = rcgen::Issuer::new(authority, authority_key);
        let key = rcgen::KeyPair::generate().unwrap();
        let mut certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut certificate);
        let mut certificate = certificate.signed_by(&key, &issuer).unwrap().der().to_vec();
        edit(&mut certificate);
        let config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(
                    vec![certificate.into()],
                    PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
                )
                .unwrap();
        std::fs::write(&ca_bundle, authority_certificate.pem()).unwrap();
        let mut server = Self::listen(script, Some(Arc::new(config)), greeting);
        server.ca_bundle = Some(ca_bundle);
        server
    }

    /// A service that always gives the same reply.
    pub fn always(act: Act) -> Self {
        Self::start(move |_, _| act.clone())
    }

    fn listen(script: Script, tls: Option<Arc<ServerConfig>>, greeting: Greeting) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let log = Arc::clone(&requests);
        let listener = Listener::start(move |stream, number| match (greeting(number), &tls) {
            (Some(act), _) => {
                let mut stream = BufReader::new(stream);
                // Unread bytes would turn the end of the connection into a reset.
                let _ = stream.fill_buf();
                let _ = obey(&act, &mut stream);
            }
            (None, None) => serve(BufReader::new(stream), &script, &log),
            (None, Some(config)) => {
                let connection = ServerConnection::new(Arc::clone(config)).unwrap();
                let stream = StreamOwned::new(connection, stream);
                serve(BufReader::new(stream), &script, &log);
            }
        });
        Self {
            listener,
            scheme,
            requests,
            ca_bundle: None,
        }
    }

    /// The endpoint to give to the program.
    pub fn url(&self) -> String {
        let host = if self.scheme == "https" {
            "localhost"
        } else {
            "127.0.0.1"
        };
        format!("{}://{host}:{}", self.scheme, self.port())
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address().port()
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// How many connections have come in, those included that broke before a request.
    pub fn connections(&self) -> usize {
        self.listener.connections()
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// A stream that can be ended in either way.
trait Connection: Read + Write {
    fn socket(&self) -> &TcpStream;

    /// Ends what was sent in the way that the protocol has for it.
    fn say_goodbye(&mut self) {}

    fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.write_all(bytes)?;
        self.flush()
    }

    /// Sends these bytes and the end of the connection at once: whoever has read the bytes knows
    /// of the end, and sends no other request into it.
    fn send_and_close(&mut self, bytes: &[u8]) {
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(self.socket()).set_tcp_cork(true);
        let _ = self.send(bytes);
        self.say_goodbye();
        let _ = self.socket().shutdown(Shutdown::Both);
    }

    /// Sends these bytes; the connection is reset when the stream is dropped.
    fn send_and_reset(&mut self, bytes: &[u8]) {
        let _ = self.send(bytes);
        let _ = SockRef::from(self.socket()).set_linger(Some(Duration::ZERO));
    }
}

impl Connection for &TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Connection for StreamOwned<ServerConnection, &TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.sock
    }

    fn say_goodbye(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
    }
}

fn serve<C: Connection>(mut stream: BufReader<C>, script: &Script, log: &Mutex<Vec<Request>>) {
    while let Some(request) = read_request(&mut stream) {
        let number = {
            let mut log = log.lock().unwrap();
            log.push(request.clone());
            log.len() - 1
        };
        if obey(&script(&request, number), &mut stream).is_none() {
            return;
        }
    }
}

/// Nothing if the connection is at its end.
fn obey<C: Connection>(act: &Act, stream: &mut BufReader<C>) -> Option<()> {
    let client = stream.get_mut();
    match act {
        Act::Send(bytes) => client.send(bytes).ok(),
        Act::SendSlowly(bytes, pause) => bytes.chunks(bytes.len() / 5).try_for_each(|some| {
            std::thread::sleep(*pause);
            client.send(some).ok()
        }),
        Act::SendAndFlood(bytes, more) => {
            client.send(bytes).ok()?;
            std::io::copy(&mut std::io::repeat(b'x').take(*more), client)
                .ok()
                .map(|_| ())
        }
        Act::SendAndHang(bytes) => {
            let _ = client.send(bytes);
            // Until the program gives up and closes its end.
            let _ = stream.read_to_end(&mut Vec::new());
            None
        }
        Act::SendAndClose(bytes) => {
            client.send_and_close(bytes);
            None
        }
        Act::SendAndReset(bytes) => {
            client.send_and_reset(bytes);
            None
        }
        Act::Close => {
            client.send_and_close(&[]);
            None
        }
    }
}

fn read_request(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    stream
        .read_line(&mut line)
        .ok()
        .filter(|count| *count > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request {
        method,
        target,
        headers,
        body: String::new(),
    };
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).ok()?;
    Some(request)
}
