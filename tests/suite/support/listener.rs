//! A TCP listener on loopback whose threads and connections end when it is dropped.

use std::io::ErrorKind;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

/// Serves the n-th connection (from 0). The connection is closed when it returns.
type Handler = dyn Fn(&TcpStream, usize) + Send + Sync;

/// A listener with one thread per connection.
pub struct Listener {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    is_closing: AtomicBool,
    connections: AtomicUsize,
}

/// A connection whose thread may still be running.
struct Connection {
    stream: Weak<TcpStream>,
    thread: JoinHandle<()>,
}

impl Listener {
    pub fn start(handler: impl Fn(&TcpStream, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (accept_shared, handler) = (Arc::clone(&shared), Arc::new(handler));
        let thread = std::thread::spawn(move || accept(&listener, &accept_shared, handler));
        Self {
            address,
            shared,
            thread: Some(thread),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of connections so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::SeqCst);
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A connection wakes the thread from `accept`.
        while TcpStream::connect(self.address)
            .is_err_and(|error| error.kind() != ErrorKind::ConnectionRefused)
            && !thread.is_finished()
        {
            std::thread::sleep(Duration::from_millis(10));
        }
        // A handler may wait for a test that has failed.
        if !std::thread::panicking() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Shared, handler: Arc<Handler>) {
    let mut open: Vec<Connection> = Vec::new();
    loop {
        let accepted = listener.accept();
        if shared.is_closing.load(Ordering::SeqCst) {
            break;
        }
        let Ok((stream, _)) = accepted else {
            // Too many open files, for example: another test may close some.
            std::thread::sleep(Duration::from_millis(10));
            continue;
        };
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        // Bytes that wait to be sent when a connection is reset are lost.
        stream.set_nodelay(true).unwrap();
        let (stream, handler) = (Arc::new(stream), Arc::clone(&handler));
        open.retain(|connection| !connection.thread.is_finished());
        open.push(Connection {
            stream: Arc::downgrade(&stream),
            thread: std::thread::spawn(move || handler(&stream, number)),
        });
    }
    for stream in open.iter().filter_map(|open| open.stream.upgrade()) {
        let _ = stream.shutdown(Shutdown::Both);
    }
    for connection in open {
        let _ = connection.thread.join();
    }
}
