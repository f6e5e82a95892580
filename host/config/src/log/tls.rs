//! `[log.kafka]`, TLS: which certificates are trusted, and which one the host presents.

use std::path::PathBuf;

use crate::key::{Group, Key, SecretKey};
use crate::kind::{Optional, PATH, Path};
use crate::section::Section;
use foldline_base::secret::Secret;

/// How connections to brokers are encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KafkaTls {
    /// Certificates of the authority that signed the brokers', in PEM; `None` = those the system trusts.
    pub ca_file: Option<PathBuf>,
    /// The host's own certificate, for brokers that require one.
    pub client: Option<KafkaClientCertificate>,
}

/// A certificate of the host's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaClientCertificate {
    /// The certificate, in PEM, followed by the intermediate certificates.
    pub cert_file: PathBuf,
    /// Its private key, in PEM.
    pub key_file: PathBuf,
    /// The password that encrypts the key.
    pub key_password: Option<Secret>,
}

/// The keys that have no meaning without TLS.
pub(super) static KEYS: Group = Group(&[&CA_FILE, &CERT_FILE, &KEY_FILE, &KEY_PASSWORD]);

pub(super) static CA_FILE: Key<Optional<Path>> = Key {
    name: "ca_file",
    kind: Optional(PATH),
    default: || None,
    about: "Certificates (PEM) of the authority that signed the brokers' certificates. Unset: the authorities that the \
            system trusts. The host always checks that a certificate names its broker.",
};

pub(super) static CERT_FILE: Key<Optional<Path>> = Key {
    name: "cert_file",
    kind: Optional(PATH),
    default: || None,
    about: "The host's own certificate (PEM) and its intermediate certificates, for brokers that ask for one.",
};

pub(super) static KEY_FILE: Key<Optional<Path>> = Key {
    name: "key_file",
    kind: Optional(PATH),
    default: || None,
    about: "Private key (PEM) of the certificate.",
};

pub(super) static KEY_PASSWORD: SecretKey = SecretKey {
    name: "key_password",
    file: "key_password_file",
    about: "Password of the private key, if it is encrypted.",
};

impl KafkaTls {
    pub(super) fn read(section: &Section<'_>) -> Self {
        let key_password = section.secret(&KEY_PASSWORD);
        let (cert_file, key_file) = (section.get(&CERT_FILE), section.get(&KEY_FILE));
        section.refuse_half((CERT_FILE.name, cert_file.is_some()), (KEY_FILE.name, key_file.is_some()));
        let client = cert_file.zip(key_file).map(|(cert_file, key_file)| KafkaClientCertificate {
            cert_file,
            key_file,
            key_password,
        });
        Self { ca_file: section.get(&CA_FILE), client }
    }
}
