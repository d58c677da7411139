//! A proxy on loopback: tunnels with CONNECT, plain requests with an absolute URL, and refusals.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the proxy does with whoever asks.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    /// Passes everything on to this address on loopback, whatever host is asked for: so no name
    /// has to be resolved.
    PassOnTo(SocketAddr),
    /// Answers with this status.
    Refuse(u16),
}

/// A running proxy. It ends with the test's process.
pub struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heads);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let log = Arc::clone(&log);
                std::thread::spawn(move || serve(client, manner, &log));
            }
        });
        Self { address, heads }
    }

    /// The proxy's URL, with this user info before its address.
    pub fn url(&self, user_info: &str) -> String {
        format!("http://{user_info}{}", self.address)
    }

    /// The heads of the requests so far, each as it came.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(mut client: TcpStream, manner: Manner, log: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader
            .read_line(&mut head)
            .ok()
            .filter(|count| *count > 0)?;
    }
    log.lock().unwrap().push(head.clone());
    let target = match manner {
        Manner::PassOnTo(target) => target,
        Manner::Refuse(status) => {
            let page = "<html>the proxy's page</html>";
            let reply = format!(
                "HTTP/1.1 {status} Refused\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{page}",
                page.len()
            );
            return client.write_all(reply.as_bytes()).ok();
        }
    };
    let mut service = TcpStream::connect(target).ok()?;
    if head.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    } else {
        service.write_all(head.as_bytes()).ok()?;
    }
    let (mut to_client, mut from_service) = (client, service.try_clone().ok()?);
    std::thread::spawn(move || copy(&mut reader, &mut service));
    copy(&mut from_service, &mut to_client);
    Some(())
}

/// Copies until the one side ends, and ends the other.
fn copy(from: &mut impl Read, to: &mut TcpStream) {
    let _ = std::io::copy(from, to);
    let _ = to.shutdown(Shutdown::Both);
}
