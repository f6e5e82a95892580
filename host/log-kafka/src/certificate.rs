//! Finds out what is wrong with a broker's certificate. librdkafka reports only that it was refused, so it is checked once
//! more, by the TLS library that librdkafka uses.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use openssl::x509::{X509, X509VerifyResult};
use parking_lot::Mutex;

/// How long a broker may take to present its certificate.
const LOOK_WITHIN: Duration = Duration::from_secs(5);

pub(super) const AUTHORITY_HINT: &str =
    "set `ca_file` of [log.kafka] to the certificate (PEM) of the authority that signed the brokers'";

/// OpenSSL's error numbers (`x509_vfy.h`), for which the crate has no names.
const NOT_YET_VALID: i32 = 9;
const EXPIRED: i32 = 10;
const NAME_MISMATCH: i32 = 62;
const ADDRESS_MISMATCH: i32 = 64;

/// Why a certificate is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// It expired at this time.
    Expired(String),
    /// It becomes valid at this time.
    NotYetValid(String),
    /// It belongs to another server.
    OfAnother {
        /// The name that was connected to.
        expected: String,
        /// The names that it is for.
        names: Vec<String>,
    },
    /// No trusted authority has signed it.
    Untrusted {
        /// The file of trusted authorities, or a text that names the system's.
        authorities: String,
        /// OpenSSL's message.
        reason: String,
    },
}

impl Problem {
    /// Returns the message, and a hint for the operator.
    pub(super) fn told(&self) -> (String, &'static str) {
        match self {
            Self::Expired(at) => (
                format!("it has expired, on {at}"),
                "give the broker a new certificate; the host connects by itself once it has one",
            ),
            Self::NotYetValid(at) => (
                format!("it is not valid before {at}"),
                "check the clocks of this machine and of the broker's authority",
            ),
            Self::OfAnother { expected, names } => (
                format!("it is for {}, not for `{expected}`", names.join(", ")),
                "name brokers as their certificates do: in `brokers` of [log.kafka], and in the brokers' `advertised.listeners`",
            ),
            Self::Untrusted { authorities, reason } => {
                (format!("no authority of {authorities} has signed it ({reason})"), AUTHORITY_HINT)
            }
        }
    }
}

/// Checks the certificate of a broker, `host:port`; returns `None` if it is valid, or cannot be checked.
pub(super) fn problem(broker: &str, ca_file: Option<&Path>) -> Option<Problem> {
    let (host, _) = broker.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = Arc::new(Mutex::new(None));
    let mut builder = SslConnector::builder(SslMethod::tls_client()).ok()?;
    let system = openssl_probe::probe().cert_file;
    if let Some(authorities) = ca_file.or(system.as_deref()) {
        builder.set_ca_file(authorities).ok()?;
    }
    let noted = Arc::clone(&found);
    builder.set_verify_callback(SslVerifyMode::PEER, move |is_good, certificate| {
        if !is_good {
            let of = certificate.current_cert().map(ToOwned::to_owned);
            noted.lock().get_or_insert((certificate.error(), of));
        }
        is_good
    });
    let stream = connect(broker)?;
    // The handshake fails if anything is wrong; the callback has stored what.
    drop(builder.build().connect(host, stream));
    let (reason, certificate) = found.lock().take()?;
    Some(judge(reason, certificate.as_ref(), host, ca_file))
}

/// Returns whether a broker, `host:port`, speaks TLS, even with an invalid certificate.
pub(super) fn speaks_tls(broker: &str) -> bool {
    let try_it = || {
        let (host, _) = broker.rsplit_once(':')?;
        let mut builder = SslConnector::builder(SslMethod::tls_client()).ok()?;
        // Nothing is sent on this connection: it only shows whether the broker answers in TLS.
        builder.set_verify(SslVerifyMode::NONE);
        let configuration = builder.build().configure().ok()?.verify_hostname(false);
        configuration.connect(host, connect(broker)?).ok()
    };
    try_it().is_some()
}

fn connect(broker: &str) -> Option<TcpStream> {
    let address = broker.to_socket_addrs().ok()?.next()?;
    let stream = TcpStream::connect_timeout(&address, LOOK_WITHIN).ok()?;
    stream.set_read_timeout(Some(LOOK_WITHIN)).ok()?;
    stream.set_write_timeout(Some(LOOK_WITHIN)).ok()?;
    Some(stream)
}

fn judge(
    reason: X509VerifyResult,
    certificate: Option<&X509>,
    expected: &str,
    ca_file: Option<&Path>,
) -> Problem {
    let date = |of: fn(&X509) -> String| certificate.map_or_else(|| "an unknown date".to_owned(), of);
    match reason.as_raw() {
        EXPIRED => Problem::Expired(date(|certificate| certificate.not_after().to_string())),
        NOT_YET_VALID => Problem::NotYetValid(date(|certificate| certificate.not_before().to_string())),
        NAME_MISMATCH | ADDRESS_MISMATCH => Problem::OfAnother {
            expected: expected.to_owned(),
            names: certificate.map(names).unwrap_or_default(),
        },
        _ => Problem::Untrusted {
            authorities: match ca_file {
                Some(path) => format!("`{}`", path.display()),
                None => "those that this system trusts".to_owned(),
            },
            reason: reason.error_string().to_owned(),
        },
    }
}

/// Returns the names that a certificate is for.
fn names(certificate: &X509) -> Vec<String> {
    let quoted = |name: &str| format!("`{}`", name.escape_debug());
    let alternatives = certificate.subject_alt_names();
    let names = alternatives.iter().flatten().filter_map(|name| match (name.dnsname(), name.ipaddress()) {
        (Some(name), _) => Some(quoted(name)),
        (None, Some(bytes)) => Some(quoted(&address(bytes))),
        (None, None) => None,
    });
    let names: Vec<String> = names.collect();
    if names.is_empty() { vec!["no name at all".to_owned()] } else { names }
}

fn address(bytes: &[u8]) -> String {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        return std::net::IpAddr::from(bytes).to_string();
    }
    <[u8; 16]>::try_from(bytes)
        .map_or_else(|_| "?".to_owned(), |bytes| std::net::IpAddr::from(bytes).to_string())
}
