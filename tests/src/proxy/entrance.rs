//! Where clients of a proxy come in.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A port of its own; it closes with the value.
pub(super) struct Entrance {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Entrance {
    /// Opens a free port; `admit` gets each client, on a thread of the entrance's own.
    pub(super) fn open(admit: impl Fn(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there are free ports");
        let address = listener.local_addr().expect("it is bound");
        let closed = Arc::new(AtomicBool::new(false));
        let accepting = Arc::clone(&closed);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.load(Ordering::Acquire) {
                    return;
                }
                if let Ok(client) = client {
                    let _ = client.set_nodelay(true);
                    admit(client);
                }
            }
        });
        Self { address, closed }
    }

    /// Returns where clients connect.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}
