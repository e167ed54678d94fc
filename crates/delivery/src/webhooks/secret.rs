//! The secret with which calls are signed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::{DeliveryError, Result};

/// How the text of a secret begins, as Standard Webhooks has it.
const PREFIX: &str = "whsec_";
/// Bytes of a new one.
const NEW_BYTES: usize = 32;
/// Bytes of one that is known elsewhere: as Standard Webhooks has it.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret with which calls are signed: `whsec_` and random bytes in base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A new one.
    pub(crate) fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0u8; NEW_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(rollcall_access::AccessError::NoRandomness)?;
        Ok(Secret(Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(bytes.as_slice())))))
    }

    /// One that somebody gives.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let bytes = text.strip_prefix(PREFIX).and_then(|bytes| STANDARD.decode(bytes).ok()).map(Zeroizing::new);
        match bytes {
            Some(bytes) if BYTES.contains(&bytes.len()) => Ok(Secret(Zeroizing::new(text.to_owned()))),
            _ => Err(DeliveryError::invalid(
                "secret",
                format!("expected {PREFIX} and {} to {} random bytes in base64", BYTES.start(), BYTES.end()),
            )),
        }
    }

    /// Its text.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The signature of a message: `v1,` and HMAC-SHA256 of its id, its time and its body in base64.
    pub(crate) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> Result<String> {
        let signed = standardwebhooks::Webhook::new(self.reveal()).and_then(|webhook| webhook.sign(id, seconds, body));
        signed.map_err(|error| DeliveryError::Write(format!("the call can't be signed: {error}")))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_enough_and_nobody_sees_it_by_chance() {
        let secret = Secret::generate().unwrap();
        assert_eq!(Secret::parse(secret.reveal()).unwrap(), secret);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_ne!(secret, Secret::generate().unwrap());
        for wrong in ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64 at all"] {
            assert!(Secret::parse(wrong).is_err(), "{wrong}");
        }
    }

    /// The example of the specification of Standard Webhooks.
    #[test]
    fn a_signature_is_what_the_specification_says() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
