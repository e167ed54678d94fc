//! The second factor: one-time codes (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, as every app knows them), and
//! recovery codes for those who have lost their device.

use rollcall_model::Timestamp;
use rollcall_model::time::MICROS_PER_SECOND;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use totp_rs::{Builder, Secret, Totp};

use crate::error::AccessError;
use crate::random::random;

/// Bytes of a secret: as many as the hash has, as RFC 4226 recommends.
pub(crate) const SECRET_BYTES: usize = 20;
/// How many recovery codes somebody gets.
const RECOVERY_CODES: usize = 10;
/// Who makes the codes, as apps show it.
const ISSUER: &str = "Rollcall";
/// Characters of a recovery code, none of which can be taken for another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What somebody needs to set up one-time codes. It is shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret as apps take it when it is typed: base32.
    pub secret: String,
    /// The address that a QR code of it holds.
    pub address: String,
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

fn totp(secret: &[u8], account: &str) -> Result<Totp, AccessError> {
    // A colon would end the account's part of the address.
    let account = account.replace(':', " ");
    let built = Builder::new().with_secret(Secret::new(secret.into())).with_account_name(account).with_issuer(Some(ISSUER)).build();
    built.map_err(|error| AccessError::Hashing(format!("one-time codes: {error:?}")))
}

/// What an app needs for a secret.
pub(crate) fn enrolment(secret: &[u8], account: &str) -> Result<Enrolment, AccessError> {
    let totp = totp(secret, account)?;
    let address = totp.to_url().map_err(|error| AccessError::Hashing(format!("one-time codes: {error:?}")))?;
    Ok(Enrolment { secret: totp.secret().to_base32(), address })
}

/// The step of a code, if it is one of now, of the step before or of the one after.
pub(crate) fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Result<Option<i64>, AccessError> {
    let seconds = u64::try_from(now.as_micros() / MICROS_PER_SECOND).unwrap_or_default();
    let step = totp(secret, "")?.check(&without_spaces(code), seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// New recovery codes, and what is stored of them.
pub(crate) fn recovery_codes() -> Result<(Vec<String>, Vec<String>), AccessError> {
    let code = |_| {
        let bytes: [u8; 16] = random()?;
        let letters = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
        let letters: Vec<char> = letters.map(|letter| char::from(*letter)).collect();
        Ok(letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
    };
    let codes = (0..RECOVERY_CODES).map(code).collect::<Result<Vec<String>, AccessError>>()?;
    let stored = codes.iter().map(|code| stored(code)).collect();
    Ok((codes, stored))
}

/// What is left of stored recovery codes when this one is used; none if it is none of them.
pub(crate) fn without_recovery_code(stored_codes: &[String], code: &str) -> Option<Vec<String>> {
    let presented = stored(code);
    let is_it = |known: &String| bool::from(known.as_bytes().ct_eq(presented.as_bytes()));
    let left: Vec<String> = stored_codes.iter().filter(|known| !is_it(known)).cloned().collect();
    (left.len() < stored_codes.len()).then_some(left)
}

/// 80 random bits need no slow hash.
fn stored(code: &str) -> String {
    let typed: String = code.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect();
    Sha256::digest(typed.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn without_spaces(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the tests of RFC 6238.
    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Its table has eight digits; six are the last six of them.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")] {
            assert_eq!(step_of(SECRET, code, at(seconds)).unwrap(), Some(seconds / 30), "{seconds}");
            assert_eq!(step_of(SECRET, code, at(seconds + 30)).unwrap(), Some(seconds / 30), "a step late");
            assert_eq!(step_of(SECRET, code, at(seconds + 90)).unwrap(), None);
        }
        assert_eq!(step_of(SECRET, "287 082", at(59)).unwrap(), Some(1));
        for wrong in ["", "28708", "2870822", "abcdef", "２８７０８２"] {
            assert_eq!(step_of(SECRET, wrong, at(59)).unwrap(), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_is_told_what_it_needs() {
        let enrolment = enrolment(SECRET, "mara:lind").unwrap();
        assert_eq!(enrolment.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(enrolment.address.starts_with("otpauth://totp/Rollcall:mara%20lind?"), "{}", enrolment.address);
        assert!(!format!("{enrolment:?}").contains("GEZD"));
    }

    #[test]
    fn a_recovery_code_counts_once_however_it_is_typed() {
        let (codes, stored_codes) = recovery_codes().unwrap();
        assert_eq!((codes.len(), stored_codes.len()), (10, 10));
        assert!(!stored_codes.contains(&codes[3]));
        let left = without_recovery_code(&stored_codes, &codes[3].to_uppercase().replace('-', " ")).unwrap();
        assert_eq!(left.len(), 9);
        assert!(without_recovery_code(&left, &codes[3]).is_none());
        assert!(without_recovery_code(&left, "").is_none());
    }
}
