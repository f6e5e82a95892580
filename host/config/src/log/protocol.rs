//! `[log.kafka] security_protocol`: whether brokers are reached over TLS, and whether the host authenticates.

use crate::key::Key;
use crate::kind::Choice;

/// How the host speaks to brokers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Protocol {
    /// Over TLS.
    pub(super) tls: bool,
    /// With SASL.
    pub(super) sasl: bool,
}

/// The protocols, by their names in Kafka.
static PROTOCOLS: [(&str, Protocol); 4] = [
    ("PLAINTEXT", Protocol { tls: false, sasl: false }),
    ("SSL", Protocol { tls: true, sasl: false }),
    ("SASL_PLAINTEXT", Protocol { tls: false, sasl: true }),
    ("SASL_SSL", Protocol { tls: true, sasl: true }),
];

pub(super) static SECURITY_PROTOCOL: Key<Choice<Protocol>> = Key {
    name: "security_protocol",
    kind: Choice { of: &PROTOCOLS, any_case: true },
    default: || Protocol { tls: false, sasl: false },
    about: "How the host speaks to the brokers, in Kafka's terms: `SSL` is TLS, and `SASL_` adds authentication. The default \
            is that of Kafka's own clients.",
};
