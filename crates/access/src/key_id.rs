//! Ids of API keys: the part of a key that may be seen.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// Which API key. Written as 22 letters and digits, it is the same text that stands in the key itself
/// behind `rk_`, so that a key found somewhere can be told from the list, and revoked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Uuid);

/// A text that is no key's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected the id of an API key: the {} letters and digits after rk_", KeyId::LEN)]
pub struct InvalidKeyId;

/// Digits of base 62, in their order.
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: u128 = DIGITS.len() as u128;

impl KeyId {
    /// Length of its text: as many digits of base 62 as 128 bits need.
    pub const LEN: usize = 22;

    /// The id of random bits.
    pub(crate) fn new(bits: [u8; 16]) -> Self {
        KeyId(uuid::Builder::from_random_bytes(bits).into_uuid())
    }

    /// The id as it is stored.
    pub fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for KeyId {
    fn from(id: Uuid) -> Self {
        KeyId(id)
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidKeyId> {
        if text.len() != Self::LEN {
            return Err(InvalidKeyId);
        }
        let number = text.bytes().try_fold(0_u128, |number, byte| {
            let digit = DIGITS.iter().position(|digit| *digit == byte)? as u128;
            number.checked_mul(BASE)?.checked_add(digit)
        });
        number.map(|number| KeyId(Uuid::from_u128(number))).ok_or(InvalidKeyId)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = self.0.as_u128();
        let mut text = [b'0'; Self::LEN];
        for place in text.iter_mut().rev() {
            if let Some(digit) = DIGITS.get((number % BASE) as usize) {
                *place = *digit;
            }
            number /= BASE;
        }
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_comes_back_from_its_text() {
        for id in [0, 1, 61, 62, u128::MAX / 3, u128::MAX] {
            let id = KeyId(Uuid::from_u128(id));
            assert_eq!(id.to_string().len(), KeyId::LEN);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!(KeyId(Uuid::from_u128(62)).to_string(), "0000000000000000000010");
    }

    #[test]
    fn a_text_that_is_too_short_too_large_or_strange_is_refused() {
        for text in ["", "10", "zzzzzzzzzzzzzzzzzzzzzz", "00000000000000000000-0", "000000000000000000000é"] {
            assert_eq!(text.parse::<KeyId>(), Err(InvalidKeyId), "{text}");
        }
    }
}
