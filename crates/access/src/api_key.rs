//! The text of an API key or of a session's cookie, and the hash of its secret.
//!
//! A key is `rk_` (a session `rs_`), 22 letters and digits that say which key it is, `_`, and the secret: 32 random bytes
//! of the operating system as 43 characters of base64url. The parts are told apart by their lengths,
//! since a secret may contain `_` itself.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::key_id::KeyId;

/// What the text of an API key begins with.
pub(crate) const KEY: &str = "rk_";
/// What the text of a session begins with.
pub(crate) const SESSION: &str = "rs_";
const SECRET_BYTES: usize = 32;
/// Characters of a secret.
const SECRET_LEN: usize = 43;

/// An API key, or what a browser has of a session, as its holder has it. Shown by [`reveal`](ApiKeyText::reveal) and by nothing else: its
/// `Debug` form hides the secret, and there is no `Display`.
#[derive(Clone)]
pub struct ApiKeyText(String);

impl ApiKeyText {
    /// The key itself, to be shown to its maker once, or sent by a client.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeyText(…)")
    }
}

/// What only the holder of a key knows.
pub(crate) struct Secret([u8; SECRET_BYTES]);

impl Secret {
    pub(crate) fn new(bytes: [u8; SECRET_BYTES]) -> Self {
        Secret(bytes)
    }

    /// What is stored of it. One round of SHA-256 is enough: a slow hash protects passwords, which can
    /// be guessed, and 256 random bits can't, however fast one tries.
    pub(crate) fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }

    /// What proves that a request comes from the page that has the session, and not from another one that the browser has
    /// open: other pages can make it send the cookie, but can't read this.
    pub(crate) fn csrf_token(&self) -> String {
        let digest = Sha256::new_with_prefix(b"rollcall csrf token\0").chain_update(self.0).finalize();
        URL_SAFE_NO_PAD.encode(digest)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The hash of a secret.
#[derive(Clone, Copy)]
pub(crate) struct SecretHash(pub(crate) [u8; 32]);

impl SecretHash {
    /// No secret is known that has this hash: what a presented secret is compared with if there is no
    /// key of its id.
    pub(crate) const OF_NO_SECRET: SecretHash = SecretHash([0; 32]);

    /// Whether two hashes are equal. How long it takes does not tell where they differ.
    pub(crate) fn matches(&self, other: &SecretHash) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// Writes the text of a key or session.
pub(crate) fn write(prefix: &str, id: KeyId, secret: &Secret) -> ApiKeyText {
    ApiKeyText(format!("{prefix}{id}_{}", URL_SAFE_NO_PAD.encode(secret.0)))
}

/// Reads the text of a key or session; `None` if it is none.
pub(crate) fn read(prefix: &str, text: &str) -> Option<(KeyId, Secret)> {
    let rest = text.strip_prefix(prefix)?;
    let (id, rest) = rest.split_at_checked(KeyId::LEN)?;
    let encoded = rest.strip_prefix('_').filter(|encoded| encoded.len() == SECRET_LEN)?;
    let secret = URL_SAFE_NO_PAD.decode(encoded).ok()?;
    Some((id.parse().ok()?, Secret(secret.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_text() {
        let id = KeyId::new([7; 16]);
        // 0xff.. is written with '_' alone, which also stands before it.
        for bytes in [[0xff; 32], [0; 32], [0xfb; 32]] {
            let text = write(KEY, id, &Secret(bytes));
            assert_eq!(text.reveal().len(), 3 + 22 + 1 + 43);
            let (read_id, secret) = read(KEY, text.reveal()).unwrap();
            assert_eq!((read_id, secret.0), (id, bytes));
            assert!(read(SESSION, text.reveal()).is_none(), "a key is no session");
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        let key = write(KEY, KeyId::new([7; 16]), &Secret([9; 32]));
        let text = key.reveal();
        assert!(read(KEY, text).is_some());
        let broken = [
            text.replacen("rk_", "kr_", 1),
            text[1..].to_owned(),
            format!("{text}A"),
            text[..text.len() - 1].to_owned(),
            format!(" {text}"),
            format!("{}=", &text[..text.len() - 1]),
            // The last character of a secret has two bits that belong to nothing; only zeros are read,
            // so that no two texts are the same key.
            format!("{}9", &text[..text.len() - 1]),
            "rk_é".repeat(20),
            String::new(),
        ];
        for text in broken {
            assert!(read(KEY, &text).is_none(), "{text}");
        }
    }

    #[test]
    fn nothing_shows_a_secret() {
        let secret = Secret([9; 32]);
        let key = write(KEY, KeyId::new([7; 16]), &secret);
        let encoded = URL_SAFE_NO_PAD.encode([9; 32]);
        for shown in [format!("{key:?}"), format!("{secret:?}"), format!("{:?}", secret.hash())] {
            assert!(!shown.contains(&encoded) && !shown.contains('9'), "{shown}");
        }
    }

    #[test]
    fn the_hash_is_that_of_the_32_bytes() {
        // SHA-256 of 32 zero bytes, as any other program computes it.
        let expected = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";
        let hex: String = Secret([0; 32]).hash().0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected);
        assert!(Secret([0; 32]).hash().matches(&Secret([0; 32]).hash()));
        assert!(!Secret([0; 32]).hash().matches(&Secret([1; 32]).hash()));
    }
}
