//! Tokens, from providers that the tests simulate.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};

use super::*;

/// A provider that gives everybody the same answer. Returns its address, and a counter of requests.
fn provider(status: &'static str, body: String) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/token", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]);
            let length = body.len();
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, asked)
}

fn tokens(url: String, secret: &str) -> Tokens {
    let (client_id, client_secret) = ("foldline".to_owned(), secret.into());
    Tokens::new(&TokenSource { url, client_id, client_secret, scope: None, ca_file: None }).unwrap()
}

/// Makes an authority, and a certificate signed by it for 127.0.0.1; returns both, and the key of the latter.
fn certificates() -> (X509, X509, PKey<Private>) {
    let make = |name: &str, issuer: Option<(&X509, &PKey<Private>)>| {
        let key = PKey::from_ec_key(
            EcKey::generate(&EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap()).unwrap(),
        );
        let key = key.unwrap();
        let mut subject = X509Name::builder().unwrap();
        subject.append_entry_by_text("CN", name).unwrap();
        let subject = subject.build();
        let mut certificate = X509::builder().unwrap();
        certificate.set_version(2).unwrap();
        certificate.set_subject_name(&subject).unwrap();
        certificate.set_issuer_name(issuer.map_or(&subject, |(issuer, _)| issuer.subject_name())).unwrap();
        certificate.set_pubkey(&key).unwrap();
        certificate.set_serial_number(&BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap()).unwrap();
        certificate.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        certificate.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
        let extension = match issuer {
            None => BasicConstraints::new().critical().ca().build(),
            Some((issuer, _)) => SubjectAlternativeName::new()
                .ip("127.0.0.1")
                .build(&certificate.x509v3_context(Some(issuer), None)),
        };
        certificate.append_extension(extension.unwrap()).unwrap();
        certificate.sign(issuer.map_or(&key, |(_, key)| key), MessageDigest::sha256()).unwrap();
        (certificate.build(), key)
    };
    let (authority, authority_key) = make("authority", None);
    let (certificate, key) = make("provider", Some((&authority, &authority_key)));
    (authority, certificate, key)
}

const UNUSABLE: &[u8] = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

#[test]
fn a_provider_is_trusted_whose_certificate_is_of_the_given_authority_and_no_other() {
    let (authority, certificate, key) = certificates();
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_certificate(&certificate).unwrap();
    acceptor.set_private_key(&key).unwrap();
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/token", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Clients that do not trust the certificate hang up.
            let Ok(mut stream) = acceptor.accept(stream.unwrap()) else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"grant_type=client_credentials") {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).unwrap();
                request.extend_from_slice(&part[..read]);
            }
            let body = r#"{"access_token":"given"}"#;
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let asked = |authorities: Option<&[u8]>| {
        let ca_file = authorities.map(|pem| {
            let path = folder.path().join("ca.pem");
            std::fs::write(&path, pem).unwrap();
            path
        });
        let (client_id, client_secret) = ("foldline".to_owned(), "secret".into());
        let source = TokenSource { url: url.clone(), client_id, client_secret, scope: None, ca_file };
        Tokens::new(&source).map(|tokens| tokens.get())
    };
    let right = authority.to_pem().unwrap();
    let with_an_unusable_one = [UNUSABLE, &right].concat();
    for authorities in [&right, &with_an_unusable_one] {
        assert_eq!(asked(Some(authorities)).unwrap().unwrap().text.expose(), "given");
    }
    let (stranger, ..) = certificates();
    for authorities in [None, Some(&stranger.to_pem().unwrap()[..])] {
        let error = asked(authorities).unwrap().unwrap_err();
        assert!(matches!(&error, TokenError::Unavailable(why) if why.contains("certificate")), "{error:?}");
    }
    for no_pem in [&b""[..], UNUSABLE] {
        let error = asked(Some(no_pem)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        let said = format!("{error} {:?}", error.hint());
        assert!(said.contains("token_ca_file"), "{said}");
    }
}

#[test]
fn a_provider_that_does_not_answer_says_so_without_the_secret() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = tokens(format!("http://{nobody}/token"), "secret").get().unwrap_err();
    assert!(matches!(&error, TokenError::Unavailable(why) if why.contains("refused")), "{error:?}");
    let (long, _) = provider("200 OK", "x".repeat(ANSWER_BYTES_MAX as usize + 1));
    let error = tokens(long, "secret").get().unwrap_err();
    assert!(matches!(&error, TokenError::Unavailable(why) if why.contains("longer")), "{error:?}");
}

fn token(renew_ms: i64, expires_ms: i64) -> Token {
    Token { text: "old".into(), principal: "foldline".to_owned(), expires_ms, renew_ms }
}

#[test]
fn an_outage_of_the_provider_leaves_the_newest_token_in_use() {
    let (url, asked) = provider("503 Service Unavailable", "later".to_owned());
    let tokens = tokens(url, "secret");
    tokens.known.lock().newest = Some(token(0, now_ms() + 600_000));
    for _ in 0..3 {
        assert_eq!(tokens.get().unwrap().text.expose(), "old");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "a failure is remembered");
}

#[test]
fn a_failure_is_told_to_all_who_ask_soon_after() {
    let (url, asked) = provider("503 Service Unavailable", "later".to_owned());
    let tokens = tokens(url, "secret");
    for _ in 0..3 {
        assert!(format!("{:?}", tokens.get().unwrap_err()).contains("503"));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn a_refusal_that_quotes_the_secret_shows_no_part_of_it() {
    let (url, _) = provider("401 Unauthorized", format!("{}s3cr3t-of-some-length", "x".repeat(190)));
    let said = format!("{:?}", tokens(url, "s3cr3t-of-some-length").get().unwrap_err());
    assert!(said.contains("401") && !said.contains("s3cr"), "{said}");
}

#[test]
fn a_token_is_in_use_until_it_expires_and_no_longer() {
    let start = Instant::now();
    let away = || Err(TokenError::Unavailable("away".to_owned()));
    let mut known = Known { newest: Some(token(80, 100)), failure: None };
    assert!(matches!(known.answer(79, start), Some(Ok(_))));
    assert!(known.answer(80, start).is_none(), "another one is asked for");
    assert!(known.note(away(), 80, start).is_ok());
    assert!(matches!(known.answer(99, start), Some(Ok(_))));
    assert!(matches!(known.answer(100, start), Some(Err(TokenError::Unavailable(_)))));
    assert!(known.answer(100, start + FAILURE_STANDS).is_none(), "it is asked again");
    assert!(known.note(Ok(token(900, 1_000)), 100, start).is_ok() && known.failure.is_none());
}

#[test]
fn only_what_is_about_the_question_is_a_refusal() {
    for (status, refuses) in
        [(400, true), (401, true), (408, false), (429, false), (500, false), (503, false)]
    {
        assert_eq!(is_final(StatusCode::from_u16(status).unwrap()), refuses, "{status}");
    }
}
