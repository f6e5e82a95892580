//! Real Kafka brokers for tests: one that a test process shares, and brokers that belong to one test, which may stop them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::proxy::kafka::KafkaProxy;
use crate::servers::{fail, free_ports, left_out, services, started, unique};

/// A running broker.
pub struct Broker {
    address: String,
    /// The ports, if this process started the broker.
    started: Option<Ports>,
}

#[derive(Clone, Copy)]
struct Ports {
    clients: u16,
    controller: u16,
    /// The address at which a proxy reaches the broker, and the port of the proxy, which clients are told.
    proxied: Option<(u16, u16)>,
    secured: Option<SecuredPorts>,
}

/// The ports at which a broker speaks TLS.
#[derive(Clone, Copy, Debug)]
pub struct SecuredPorts {
    /// With SASL.
    pub sasl: u16,
    /// Requires a client certificate.
    pub mutual: u16,
    /// With an expired certificate.
    pub expired: u16,
    /// With another machine's certificate.
    pub elsewhere: u16,
}

impl Broker {
    /// Returns the broker that all tests of this process share: the one at `FOLDLINE_KAFKA`, which `cargo xtask test` sets, or
    /// one started now, which ends with this process.
    ///
    /// Returns `None` only when `FOLDLINE_NO_SERVICES=1` asks for tests without servers; reports that on stderr.
    ///
    /// # Panics
    /// Panics, with what is missing, when the broker does not start.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Broker> = OnceLock::new();
        if left_out("kafka") {
            return None;
        }
        Some(SHARED.get_or_init(|| match std::env::var("FOLDLINE_KAFKA") {
            Ok(address) if !address.is_empty() => Self { address, started: None },
            _ => Self::start_new(),
        }))
    }

    /// Starts a broker for one test, which may stop and start it. Dropping it stops it. `None` as in [`Broker::shared`].
    ///
    /// # Panics
    /// As [`Broker::shared`].
    pub fn own() -> Option<Self> {
        (!left_out("kafka")).then(Self::start_new)
    }

    /// Returns a broker and a proxy to it. The broker tells clients the proxy's address. All tests of this process share both.
    /// `None` as in [`Broker::shared`].
    ///
    /// # Panics
    /// As [`Broker::shared`].
    pub fn behind_proxy() -> Option<&'static (Self, KafkaProxy)> {
        static BEHIND_PROXY: OnceLock<(Broker, KafkaProxy)> = OnceLock::new();
        (!left_out("kafka")).then(|| {
            BEHIND_PROXY.get_or_init(|| {
                started(|| {
                    let [clients, controller, proxied] = free_ports();
                    let proxy = KafkaProxy::start(&format!("127.0.0.1:{proxied}"));
                    let proxied = Some((proxied, proxy.address().port()));
                    let (broker, output) =
                        Self::try_start(Ports { clients, controller, proxied, secured: None });
                    ((broker, proxy), output)
                })
            })
        })
    }

    /// Starts a broker that also speaks TLS, with the certificates of a folder. The user `foldline` has this password.
    ///
    /// # Panics
    /// As [`Broker::shared`].
    pub(crate) fn secured(folder: &Path, password: &str) -> (Self, SecuredPorts) {
        started(|| {
            let [clients, controller, sasl, mutual, expired, elsewhere] = free_ports();
            let secured = SecuredPorts { sasl, mutual, expired, elsewhere };
            let ports = Ports { clients, controller, proxied: None, secured: Some(secured) };
            let broker = Self { address: format!("127.0.0.1:{clients}"), started: Some(ports) };
            let output = broker.secured_script(folder, password).output().expect("bash runs");
            ((broker, secured), output)
        })
    }

    /// Restarts such a broker with a new password of the user (for PLAIN).
    pub(crate) fn restart_secured(&self, folder: &Path, password: &str) {
        self.stop();
        succeed(&self.secured_script(folder, password).output().expect("bash runs"));
    }

    fn secured_script(&self, folder: &Path, password: &str) -> Command {
        let mut script = self.script("kafka-up.sh");
        script.env("KAFKA_SECURITY", folder).env("KAFKA_PASSWORD", password);
        script
    }

    /// Returns the broker's `host:port`, without a proxy.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Stops the broker; its data stays.
    ///
    /// # Panics
    /// Panics for a broker that this process did not start.
    pub fn stop(&self) {
        succeed(&self.script("kafka-down.sh").output().expect("bash runs"));
    }

    /// Starts the broker again with its data, on the same port.
    ///
    /// # Panics
    /// Panics when it does not start.
    pub fn start(&self) {
        succeed(&self.script("kafka-up.sh").output().expect("bash runs"));
    }

    /// Runs one of Kafka's tools against this broker (`tests/services/kafka-tool.sh`), with `input` on stdin. Returns its output.
    ///
    /// # Panics
    /// Panics when the tool fails.
    pub fn tool(&self, tool: &str, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new("bash");
        command.arg(services().join("kafka-tool.sh")).arg(tool).args(["--bootstrap-server", self.address()]);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("bash runs");
        child
            .stdin
            .take()
            .expect("it is piped")
            .write_all(input.as_bytes())
            .expect("the tool reads its input");
        let output = child.wait_with_output().expect("the tool ends");
        succeed(&output);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn start_new() -> Self {
        started(|| {
            let [clients, controller] = free_ports();
            Self::try_start(Ports { clients, controller, proxied: None, secured: None })
        })
    }

    fn try_start(ports: Ports) -> (Self, Output) {
        let broker = Self { address: format!("127.0.0.1:{}", ports.clients), started: Some(ports) };
        let output = broker.script("kafka-up.sh").output().expect("bash runs");
        (broker, output)
    }

    fn script(&self, script: &str) -> Command {
        let ports = self.started.expect("only a broker of this process can be stopped");
        let mut command = Command::new("bash");
        command
            .arg(services().join(script))
            .env("KAFKA_PORT", ports.clients.to_string())
            .env("KAFKA_CONTROLLER_PORT", ports.controller.to_string())
            .env("KAFKA_OWNER", std::process::id().to_string())
            .stdin(Stdio::null());
        if let Some(SecuredPorts { sasl, mutual, expired, elsewhere }) = ports.secured {
            for (name, port) in
                [("SASL", sasl), ("MUTUAL", mutual), ("EXPIRED", expired), ("ELSEWHERE", elsewhere)]
            {
                command.env(format!("KAFKA_{name}_PORT"), port.to_string());
            }
        }
        if let Some((listener, advertised)) = ports.proxied {
            command.env("KAFKA_PROXIED_PORT", listener.to_string());
            command.env("KAFKA_ADVERTISED_PORT", advertised.to_string());
        }
        command
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if self.started.is_some() {
            // If this fails, the broker's watcher stops it once this process has ended.
            let _ = self.script("kafka-down.sh").env("WIPE", "1").output();
        }
    }
}

/// Returns a unique topic name, even among other processes that use the same broker.
pub fn unique_topic(prefix: &str) -> String {
    unique(prefix)
}

fn succeed(output: &Output) {
    if !output.status.success() {
        fail(output);
    }
}
