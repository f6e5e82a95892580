//! How to reach servers: addresses, password, certificates.

use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisError, TlsCertificates};

use foldline_base::error::{Error, ErrorKind, Result, ResultExt};
use foldline_config::RedisConfig;

/// The settings of every connection of a sink.
pub(super) struct Access {
    seeds: Vec<ConnectionInfo>,
    cluster: bool,
}

impl Access {
    /// Reads the configuration, without connecting.
    ///
    /// # Errors
    /// `Config` when an address or the certificate file is wrong.
    pub(super) fn new(config: &RedisConfig) -> Result<Self> {
        let authority = config.ca_file.as_ref().map(|path| {
            let context = || format!("cannot read `ca_file` {}", path.display());
            std::fs::read(path).kind(ErrorKind::Config, context())
        });
        let authority = authority.transpose()?;
        let seeds = config.urls.iter().map(|url| {
            let bad =
                |error: RedisError| Error::new(ErrorKind::Config, format!("sink's url `{url}`: {error}"));
            seed(config, url, authority.as_deref()).map_err(bad)
        });
        Ok(Self { seeds: seeds.collect::<Result<_>>()?, cluster: config.cluster })
    }

    /// Returns the configured servers.
    pub(super) fn seeds(&self) -> &[ConnectionInfo] {
        &self.seeds
    }

    pub(super) fn is_cluster(&self) -> bool {
        self.cluster
    }

    /// Returns how to reach another node of the cluster.
    pub(super) fn node(&self, host: &str, port: u16) -> ConnectionInfo {
        let seed = &self.seeds[0];
        let addr = match seed.addr() {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => ConnectionAddr::TcpTls {
                host: host.to_owned(),
                port,
                insecure: *insecure,
                tls_params: tls_params.clone(),
            },
            _ => ConnectionAddr::Tcp(host.to_owned(), port),
        };
        seed.clone().set_addr(addr)
    }
}

fn seed(config: &RedisConfig, url: &str, authority: Option<&[u8]>) -> Result<ConnectionInfo, RedisError> {
    let info = url.into_connection_info()?;
    let info = match (authority, info.addr()) {
        (Some(authority), ConnectionAddr::TcpTls { .. }) => {
            let certificates = TlsCertificates { client_tls: None, root_cert: Some(authority.to_vec()) };
            Client::build_with_tls(info, certificates)?.get_connection_info().clone()
        }
        _ => info,
    };
    let mut settings = info.redis_settings().clone();
    if let Some(username) = &config.username {
        settings = settings.set_username(username);
    }
    if let Some(password) = &config.password {
        settings = settings.set_password(password.expose());
    }
    // Otherwise a script of a flush would wait for the answer to the previous one.
    let tcp = TcpSettings::default().set_nodelay(true);
    Ok(info.set_redis_settings(settings).set_tcp_settings(tcp))
}
