//! Secrets that must be readable again, such as that of one-time codes: encrypted where they are stored.
//!
//! The key is 32 bytes that stand outside the database, so that a copy of the database alone tells none of them. Each
//! secret is XChaCha20-Poly1305 with a random nonce in front, bound to what it is for: one can't be put in the
//! place of another.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use crate::error::AccessError;
use crate::random::random;

/// Bytes of the key.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce.
const NONCE_BYTES: usize = 24;

/// Encrypts and decrypts with the configured key.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {KEY_BYTES} random bytes in base64, 44 characters, such as `openssl rand -base64 32` prints")]
pub struct InvalidSecretKey;

impl Vault {
    /// A vault with the key in a text.
    pub fn new(key: &str) -> Result<Self, InvalidSecretKey> {
        let bytes = STANDARD.decode(key.trim()).map_err(|_| InvalidSecretKey)?;
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| InvalidSecretKey)?;
        Ok(Vault(cipher))
    }

    /// A new key, as its text.
    pub fn new_key() -> Result<String, AccessError> {
        Ok(STANDARD.encode(random::<KEY_BYTES>()?))
    }

    /// Encrypts a secret for a purpose.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, AccessError> {
        let nonce: [u8; NONCE_BYTES] = random()?;
        let payload = Payload { msg: secret, aad: purpose.as_bytes() };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).map_err(|_| AccessError::Sealed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what was encrypted for that purpose with this key.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, AccessError> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(AccessError::Sealed)?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| AccessError::Sealed)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_back_for_its_purpose_and_with_its_key_alone() {
        let vault = Vault::new(&Vault::new_key().unwrap()).unwrap();
        let sealed = vault.seal("totp of 1", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(vault.open("totp of 1", &sealed).unwrap(), b"secret");
        assert!(vault.open("totp of 2", &sealed).is_err());
        let other = Vault::new(&Vault::new_key().unwrap()).unwrap();
        assert!(other.open("totp of 1", &sealed).is_err());
        let mut flipped = sealed.clone();
        *flipped.last_mut().unwrap() ^= 1;
        assert!(vault.open("totp of 1", &flipped).is_err());
        assert!(vault.open("totp of 1", b"short").is_err());
        assert_ne!(sealed, vault.seal("totp of 1", b"secret").unwrap());
    }

    #[test]
    fn a_key_is_32_bytes_in_base64() {
        for wrong in ["", "c2hvcnQ=", "not base64 at all!", &"A".repeat(64)] {
            assert!(Vault::new(wrong).is_err(), "{wrong}");
        }
        assert!(Vault::new(&format!("{}\n", Vault::new_key().unwrap())).is_ok(), "a file ends with a line's end");
    }
}
