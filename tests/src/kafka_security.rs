//! A real broker with TLS and SASL under its own authority, with valid and invalid certificates, and a server of tokens for it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use tempfile::TempDir;

use crate::kafka::{Broker, SecuredPorts};
use crate::servers::{certificates, left_out};

/// The password of the user `foldline`.
pub const PASSWORD: &str = "right-4711";

/// The broker, which all tests of a process share.
pub struct SecuredBroker {
    broker: Broker,
    folder: TempDir,
    ports: SecuredPorts,
}

impl SecuredBroker {
    /// Starts a broker. Dropping it stops it. `None` only with `FOLDLINE_NO_SERVICES=1`, which is reported.
    ///
    /// # Panics
    /// Panics, with what is missing, when it does not start.
    pub fn start() -> Option<Self> {
        if left_out("kafka") {
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        certificates::make_also_wrong_ones(folder.path());
        let (broker, ports) = Broker::secured(folder.path(), PASSWORD);
        Some(Self { broker, folder, ports })
    }

    /// Returns the broker for clients that use neither TLS nor a password.
    pub fn plain(&self) -> &Broker {
        &self.broker
    }

    /// Restarts it with a new password of the user, for PLAIN.
    ///
    /// # Panics
    /// Panics when it does not start.
    pub fn restart(&self, password: &str) {
        self.broker.restart_secured(self.folder.path(), password);
    }

    /// Returns its TLS ports.
    pub fn ports(&self) -> &SecuredPorts {
        &self.ports
    }

    /// Returns a file of certificates: `ca.crt`, `stranger.crt`, `client.crt`, `client.key`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// An identity provider with one endpoint. Its tokens are unsigned, which the broker accepts.
pub struct TokenServer {
    address: String,
    given: Arc<AtomicU64>,
}

impl TokenServer {
    /// Starts a server that issues tokens to clients with this secret.
    ///
    /// # Panics
    /// Panics when it cannot listen.
    pub fn start(client_id: &str, secret: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        let credentials = base64::prelude::BASE64_STANDARD.encode(format!("{client_id}:{secret}"));
        let given = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&given);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that disconnects early needs no answer.
                let _ = answer(stream, &credentials, &count);
            }
        });
        Self { address, given }
    }

    /// Returns the endpoint.
    pub fn url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// Returns the number of issued tokens.
    pub fn given(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }
}

fn answer(mut stream: TcpStream, credentials: &str, given: &AtomicU64) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    // The form follows the head in one or two parts, and has no line end.
    while !String::from_utf8_lossy(&request).contains("grant_type=client_credentials") {
        match stream.read(&mut part)? {
            0 => return Ok(()),
            bytes => request.extend_from_slice(&part[..bytes]),
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let (status, body) = if request.contains(&format!("Basic {credentials}")) {
        given.fetch_add(1, Ordering::Relaxed);
        ("200 OK", format!("{{\"access_token\":\"{}\",\"expires_in\":300}}", unsigned_token()))
    } else {
        ("401 Unauthorized", "{\"error\":\"invalid_client\"}".to_owned())
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn unsigned_token() -> String {
    let now_s = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("the clock is right")
        .as_secs();
    let part = |json: String| BASE64_URL_SAFE_NO_PAD.encode(json);
    let claims = format!("{{\"sub\":\"foldline\",\"iat\":{now_s},\"exp\":{}}}", now_s + 300);
    format!("{}.{}.", part("{\"alg\":\"none\"}".to_owned()), part(claims))
}
