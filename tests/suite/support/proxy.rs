//! A proxy on loopback: tunnels with CONNECT, plain requests with an absolute URL, and refusals.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use super::listener::Listener;

/// What the proxy does with whoever asks.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// Passes everything on to this address on loopback, whatever host is asked for: so no name
    /// has to be resolved.
    PassOnTo(SocketAddr),
    /// Answers with this status.
    Refuse(u16),
    /// Asks for authentication by these schemes.
    Require(&'static str),
    /// Accepts the connection and never answers.
    Hang,
}

/// A running proxy. It ends when it is dropped.
pub struct Proxy {
    listener: Listener,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn start(manner: Manner) -> Self {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heads);
        let listener = Listener::start(move |client, _| {
            let _ = serve(client, manner, &log);
        });
        Self { listener, heads }
    }

    /// The proxy's URL, with this user info before its address.
    pub fn url(&self, user_info: &str) -> String {
        format!("http://{user_info}{}", self.listener.address())
    }

    /// The heads of the requests so far, each as it came.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(mut client: &TcpStream, manner: Manner, log: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader
            .read_line(&mut head)
            .ok()
            .filter(|count| *count > 0)?;
    }
    log.lock().unwrap().push(head.clone());
    let (status, header) = match manner {
        Manner::PassOnTo(target) => return pass_on(client, &mut reader, &head, target),
        Manner::Refuse(status) => (status, String::new()),
        Manner::Require(schemes) => (407, format!("proxy-authenticate: {schemes}\r\n")),
        Manner::Hang => {
            // Until the program gives up.
            let _ = reader.read_to_end(&mut Vec::new());
            return None;
        }
    };
    let page = "<html>the proxy's page</html>";
    let reply = format!(
        "HTTP/1.1 {status} Refused\r\n{header}content-type: text/html\r\ncontent-length: {}\r\n\r\n{page}",
        page.len()
    );
    client.write_all(reply.as_bytes()).ok()
}

fn pass_on(
    mut client: &TcpStream,
    reader: &mut (impl Read + Send),
    head: &str,
    target: SocketAddr,
) -> Option<()> {
    let mut service = TcpStream::connect(target).ok()?;
    if head.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    } else {
        service.write_all(head.as_bytes()).ok()?;
    }
    std::thread::scope(|scope| {
        scope.spawn(|| copy(reader, &service));
        copy(&mut &service, client);
    });
    Some(())
}

/// Copies until the one side ends, and ends the other.
fn copy(from: &mut impl Read, mut to: &TcpStream) {
    let _ = std::io::copy(from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}
