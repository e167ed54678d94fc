//! Which files are taken, what is said of others, and when new ones count.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, PKCS_RSA_SHA256};
use tempfile::TempDir;

use super::*;

const RSA: &str = include_str!("../../tests/fixtures/rsa-for-tests.pem");
/// Bytes before the key of its own format in PKCS#8, of RSA with 2048 bits and of P-256.
const BEFORE_PKCS1: usize = 26;
const BEFORE_SEC1: usize = 29;

fn certificate(key: &KeyPair) -> String {
    CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(key).unwrap().pem()
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// Files in a folder of their own.
struct Placed {
    _folder: TempDir,
    files: TlsFiles,
}

impl Placed {
    fn new(certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        let folder = TempDir::new().unwrap();
        let files = TlsFiles { certificate: folder.path().join("tls.crt"), key: folder.path().join("tls.key") };
        fs::write(&files.certificate, certificate).unwrap();
        fs::write(&files.key, key).unwrap();
        Placed { _folder: folder, files }
    }
}

fn error(certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> String {
    Tls::open(Placed::new(certificate, key).files.clone()).unwrap_err().to_string()
}

#[test]
fn keys_of_every_kind_are_taken_with_what_stands_around_them() {
    let p256 = KeyPair::generate().unwrap();
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let ed25519 = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let rsa = KeyPair::from_pkcs8_pem_and_sign_algo(RSA, &PKCS_RSA_SHA256).unwrap();
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    for (kind, certificate, key) in [
        ("PKCS#8, P-256", certificate(&p256), p256.serialize_pem()),
        ("PKCS#8, P-384", certificate(&p384), p384.serialize_pem()),
        ("PKCS#8, Ed25519", certificate(&ed25519), ed25519.serialize_pem()),
        ("PKCS#8, RSA", certificate(&rsa), RSA.to_owned()),
        ("PKCS#1", certificate(&rsa), pem("RSA PRIVATE KEY", &rsa.serialized_der()[BEFORE_PKCS1..])),
        ("SEC1", certificate(&p256), parameters.to_owned() + &pem("EC PRIVATE KEY", &p256.serialized_der()[BEFORE_SEC1..])),
    ] {
        // Certificate and key can stand in one file.
        let both = format!("Subject: localhost\n{certificate}\n{key}");
        for (certificate, key) in [(&certificate, &key), (&both, &both)] {
            Tls::open(Placed::new(certificate, key).files.clone()).unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
    }
}

#[test]
fn what_is_no_certificate_is_told_with_what_came() {
    let key = KeyPair::generate().unwrap();
    let (certificate, key) = (certificate(&key), key.serialize_pem());
    for (file, says) in [
        ("", "tls.crt: expected a certificate in PEM (-----BEGIN CERTIFICATE-----), found an empty file"),
        ("hello", "tls.crt: expected a certificate in PEM (-----BEGIN CERTIFICATE-----), found no PEM"),
        (&key, "(-----BEGIN CERTIFICATE-----), found PRIVATE KEY"),
        (&certificate[..certificate.len() / 2], "tls.crt: expected whole certificates in PEM, found one that is damaged"),
        (&pem("CERTIFICATE", b"hello"), "tls.crt: expected X.509 certificates, found something else as number 1"),
        (&(certificate.clone() + &pem("CERTIFICATE", b"hello")), "found something else as number 2"),
    ] {
        let error = error(file, &key);
        assert!(error.contains(says), "{error}");
    }
    let large = error(vec![b' '; 2 * 1024 * 1024], &key);
    assert!(large.contains("found more than a MiB"), "{large}");
}

#[test]
fn what_is_no_key_is_told_and_nothing_of_a_key_is_shown() {
    let key = KeyPair::generate().unwrap();
    let (certificate, key) = (certificate(&key), key.serialize_pem());
    let on_one_line = key.replace('\n', "");
    let secret = key.lines().nth(1).unwrap();
    for (file, says) in [
        ("", "tls.key: expected an unencrypted private key in PEM"),
        (&certificate, "(PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY), found CERTIFICATE"),
        (&key.replace("PRIVATE", "ENCRYPTED PRIVATE"), "found ENCRYPTED PRIVATE KEY"),
        (&key[..key.len() / 2], "tls.key: expected a whole private key in PEM, found one that is damaged"),
        (&on_one_line, "tls.key: expected "),
        (&pem("PRIVATE KEY", b"hello"), "tls.key: expected a private key that is RSA"),
    ] {
        let error = error(&certificate, file);
        assert!(error.contains(says) && !error.contains(secret), "{error}");
    }
}

#[test]
fn a_key_of_another_certificate_does_not_fit() {
    let (one, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let error = |chain: &str| error(chain, one.serialize_pem());
    assert!(error(&certificate(&other)).contains("tls.key does not fit the certificate in "));
    // The server's own certificate comes first.
    assert!(error(&(certificate(&other) + &certificate(&one))).contains("does not fit"));
    Tls::open(Placed::new(certificate(&one) + &certificate(&other), one.serialize_pem()).files.clone()).unwrap();
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let mut placed = Placed::new("", "");
    fs::remove_file(&placed.files.certificate).unwrap();
    let said = |placed: &Placed| Tls::open(placed.files.clone()).unwrap_err().to_string();
    let error = said(&placed);
    assert!(
        error.contains("the certificate file ") && error.contains("tls.crt: expected a file in PEM that can be read: No such file"),
        "{error}"
    );
    placed.files.certificate = placed.files.key.clone();
    placed.files.key.set_file_name("missing");
    assert!(said(&placed).contains("the key file ") && said(&placed).contains("missing"), "{}", said(&placed));
}

#[test]
fn a_key_that_everybody_can_read_is_noticed() {
    let placed = Placed::new("", "");
    for (mode, is_open) in [(0o600, false), (0o640, false), (0o604, true), (0o644, true)] {
        fs::set_permissions(&placed.files.key, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(placed.files.key_is_open_to_all(), is_open, "{mode:o}");
    }
}

/// A pair that is in the files, and a look at them now and then.
struct Watched {
    placed: Placed,
    renewal: Renewal,
    newest: watch::Receiver<Arc<CertifiedKey>>,
}

impl Watched {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let placed = Placed::new(certificate(&key), key.serialize_pem());
        let (renewal, newest) = Renewal::begin(placed.files.clone()).unwrap();
        Watched { placed, renewal, newest }
    }

    /// Whether the certificate is another one after a look.
    fn is_renewed(&mut self) -> bool {
        let before = Arc::clone(&self.newest.borrow());
        self.renewal.look();
        let after = self.newest.borrow();
        before.cert != after.cert
    }

    fn write_key(&self, key: &KeyPair) {
        fs::write(&self.placed.files.key, key.serialize_pem()).unwrap();
    }

    fn write_certificate(&self, key: &KeyPair) {
        fs::write(&self.placed.files.certificate, certificate(key)).unwrap();
    }
}

#[test]
fn new_files_are_taken_once_they_no_longer_change() {
    let mut watched = Watched::new();
    assert!(!watched.is_renewed() && !watched.is_renewed());
    let key = KeyPair::generate().unwrap();
    watched.write_certificate(&key);
    assert!(!watched.is_renewed());
    // The key follows between two looks.
    watched.write_key(&key);
    assert!(!watched.is_renewed());
    assert!(watched.is_renewed());
    assert!(!watched.is_renewed());
}

#[test]
fn files_of_no_use_leave_the_certificate_as_it_is_until_they_are_mended() {
    let mut watched = Watched::new();
    let key = KeyPair::generate().unwrap();
    watched.write_certificate(&key);
    for _ in 0..3 {
        assert!(!watched.is_renewed());
    }
    fs::remove_file(&watched.placed.files.key).unwrap();
    for _ in 0..3 {
        assert!(!watched.is_renewed());
    }
    watched.write_key(&key);
    assert!(!watched.is_renewed());
    assert!(watched.is_renewed());
}

#[tokio::test]
async fn a_client_that_says_nothing_is_let_go() {
    let key = KeyPair::generate().unwrap();
    let tls = Tls::open(Placed::new(certificate(&key), key.serialize_pem()).files.clone()).unwrap();
    let handshakes = Handshakes { patience: Duration::from_millis(20), ..tls.handshakes };
    let (_client, server) = tokio::io::duplex(1_024);
    assert!(handshakes.shake(server).await.is_none());
}
