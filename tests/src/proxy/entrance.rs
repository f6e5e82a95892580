//! The listener of a proxy.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A listening port. Dropping this closes it.
pub(super) struct Entrance {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
}

impl Entrance {
    /// Opens a free port. `admit` receives each client, on the listener's own thread.
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

    /// Returns the address to which clients connect.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
    }
}
