//! Randomness of the operating system.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::AccessError;

/// Random bytes.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], AccessError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(AccessError::NoRandomness)?;
    Ok(bytes)
}

/// A text that nobody can guess: 32 random bytes as base64url.
pub(crate) fn random_text() -> Result<String, AccessError> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}
