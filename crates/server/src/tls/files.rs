//! Reading a certificate and its key.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use sha2::{Digest, Sha256};

/// No file with a certificate or key is larger.
const MAX_BYTES: u64 = 1024 * 1024;
/// The bits of a file's mode that let others read it.
const OTHERS_READ: u32 = 0o004;
/// What the first line of an object in PEM begins with.
const BEGIN: &str = "-----BEGIN ";

/// Where the server's certificate and key are, both in PEM. It can be one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate first, then those that lead from it to a root that clients know.
    pub certificate: PathBuf,
    /// Its private key, in PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// Why HTTPS can't be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("{file}: expected a file in PEM that can be read: {source}")]
    Unreadable {
        /// Which one.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{file}: expected {expected}, found {found}")]
    Unexpected {
        /// Which one.
        file: String,
        /// What should be in it.
        expected: &'static str,
        /// What is in it.
        found: String,
    },
    /// The key is another one than that of the certificate.
    #[error(
        "the key in {} does not fit the certificate in {}: expected the server's own certificate, first in its file, and its private key",
        key.display(), certificate.display()
    )]
    DoNotFit {
        /// The file with the certificate.
        certificate: PathBuf,
        /// The file with the key.
        key: PathBuf,
    },
    /// The TLS library takes none of this.
    #[error("TLS can't be set up: {0}")]
    Refused(#[from] Error),
}

/// What is in the files.
pub(crate) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// By which other contents are told apart.
pub(crate) type Fingerprint = [[u8; 32]; 2];

impl TlsFiles {
    pub(crate) fn read(&self) -> Result<Contents, TlsError> {
        Ok(Contents {
            certificate: read(&self.certificate, || name_of_certificate(&self.certificate))?,
            key: read(&self.key, || name_of_key(&self.key))?,
        })
    }

    /// Whether everybody on the machine can read the key.
    pub(crate) fn key_is_open_to_all(&self) -> bool {
        std::fs::metadata(&self.key).is_ok_and(|metadata| metadata.permissions().mode() & OTHERS_READ != 0)
    }
}

impl Contents {
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        [&self.certificate, &self.key].map(|bytes| Sha256::digest(bytes).into())
    }

    /// The certificate with its chain and key, if that is what the files hold.
    pub(crate) fn certified_key(&self, files: &TlsFiles) -> Result<Arc<CertifiedKey>, TlsError> {
        let chain = self.chain(&files.certificate)?;
        let key = ring::default_provider().key_provider.load_private_key(self.private_key(&files.key)?).map_err(|_| {
            let expected = "a private key that is RSA of 2048 to 4096 bits, ECDSA on P-256 or P-384, or Ed25519";
            TlsError::Unexpected { file: name_of_key(&files.key), expected, found: "one that is not, or that is damaged".to_owned() }
        })?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(Arc::new(certified)),
            Err(Error::InconsistentKeys(_)) => Err(TlsError::DoNotFit { certificate: files.certificate.clone(), key: files.key.clone() }),
            Err(error) => Err(error.into()),
        }
    }

    fn chain(&self, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let wrong = |expected, found| TlsError::Unexpected { file: name_of_certificate(path), expected, found };
        let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = read.map_err(|_| wrong("whole certificates in PEM", "one that is damaged".to_owned()))?;
        if chain.is_empty() {
            return Err(wrong("a certificate in PEM (-----BEGIN CERTIFICATE-----)", found(&self.certificate)));
        }
        for (at, certificate) in chain.iter().enumerate() {
            if let Err(error) = ParsedCertificate::try_from(certificate) {
                return Err(wrong("X.509 certificates", format!("something else as number {}: {error}", at + 1)));
            }
        }
        Ok(chain)
    }

    fn private_key(&self, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
        let wrong = |expected, found| TlsError::Unexpected { file: name_of_key(path), expected, found };
        PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| match error {
            pem::Error::NoItemsFound => {
                wrong("an unencrypted private key in PEM (PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY)", found(&self.key))
            }
            // What the library says of it may repeat a line of the key.
            _ => wrong("a whole private key in PEM", "one that is damaged".to_owned()),
        })
    }
}

fn read(path: &Path, name: impl Fn() -> String) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    let done = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    done.map_err(|source| TlsError::Unreadable { file: name(), source })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(TlsError::Unexpected { file: name(), expected: "a file in PEM", found: "more than a MiB".to_owned() });
    }
    Ok(bytes)
}

fn name_of_certificate(path: &Path) -> String {
    format!("the certificate file {}", path.display())
}

fn name_of_key(path: &Path) -> String {
    format!("the key file {}", path.display())
}

/// What a file holds, by the kinds of its objects: nothing of what is in them.
fn found(bytes: &[u8]) -> String {
    if bytes.trim_ascii().is_empty() {
        return "an empty file".to_owned();
    }
    let text = String::from_utf8_lossy(bytes);
    let kind = |line: &str| {
        let kind = line.trim().strip_prefix(BEGIN)?.strip_suffix("-----")?;
        kind.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b' ').then(|| kind.to_owned())
    };
    let kinds: BTreeSet<String> = text.lines().filter_map(kind).collect();
    if kinds.is_empty() { "no PEM".to_owned() } else { kinds.into_iter().collect::<Vec<_>>().join(", ") }
}
