//! Passwords: the rule that they must keep, and their hashes.
//!
//! A hash is Argon2id with 19 MiB of memory and two passes, as OWASP's cheat sheet on storing passwords recommends, in
//! PHC form. It takes tens of milliseconds of a processor, so it is made off the async threads, and not more at once
//! than there are processors.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::error::AccessError;
use crate::random::random;

/// Fewest characters of a password.
pub const MIN_CHARS: usize = 12;
/// Most bytes of a password: hashing takes longer the longer it is.
pub const MAX_BYTES: usize = 512;
/// Memory of a hash, in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over it.
const PASSES: u32 = 2;
/// Letters and digits that can't be taken for one another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It can be guessed too quickly.
    #[error("expected at least {MIN_CHARS} characters, got {0}")]
    Short(usize),
    /// It is longer than anybody types.
    #[error("expected at most {MAX_BYTES} bytes, got {0}")]
    Long(usize),
    /// It is made of very few different characters.
    #[error("expected at least 5 different characters, got {0}")]
    Monotonous(usize),
    /// Everybody who knows the account knows it.
    #[error("expected a password in which the account does not occur")]
    HoldsAccount,
}

/// Checks a password that somebody wants to have.
pub fn check_strength(password: &str, account: &str) -> Result<(), WeakPassword> {
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        return Err(WeakPassword::Short(chars));
    }
    if password.len() > MAX_BYTES {
        return Err(WeakPassword::Long(password.len()));
    }
    let different = password.chars().collect::<std::collections::BTreeSet<_>>().len();
    if different < 5 {
        return Err(WeakPassword::Monotonous(different));
    }
    // A short account, such as "jo", occurs in many a good password.
    if account.chars().count() >= 4 && password.to_lowercase().contains(&account.to_lowercase()) {
        return Err(WeakPassword::HoldsAccount);
    }
    Ok(())
}

/// A password that nobody has thought of: four groups of five characters, about 100 bits.
pub fn generate() -> Result<String, AccessError> {
    let bytes: [u8; 20] = random()?;
    let letters = bytes.iter().filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
    let letters: Vec<char> = letters.map(|letter| char::from(*letter)).collect();
    Ok(letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

/// Makes and checks hashes.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Passwords { turns: Arc::new(Semaphore::new(processors)) }
    }
}

impl Passwords {
    /// The hash of a password.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, AccessError> {
        let password = password.to_owned();
        let salt: [u8; 16] = random()?;
        self.off_async_threads(move || hash_of(&password, &salt)).await?
    }

    /// Whether a password is the one of a hash. Without a hash it takes as long, and is not.
    pub(crate) async fn matches(&self, password: &str, hash: Option<&str>) -> Result<bool, AccessError> {
        static OF_NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_of("", b"nobody's salt...").ok());
        // Made before either way is gone, so that the first attempt of all tells nothing by its time.
        let of_nobody = OF_NOBODY.clone().unwrap_or_default();
        let known = hash.is_some();
        // What is longer than any password is none: nobody makes this server hash megabytes.
        let password = if password.len() > MAX_BYTES { String::new() } else { password.to_owned() };
        let hash = hash.map_or(of_nobody, str::to_owned);
        let matches = self.off_async_threads(move || verify(&password, &hash)).await?;
        Ok(matches && known)
    }

    async fn off_async_threads<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AccessError> {
        let _turn = self.turns.acquire().await.map_err(|_| AccessError::Hashing("the server is stopping".to_owned()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| AccessError::Hashing(error.to_string()))
    }
}

fn hasher() -> Result<Argon2<'static>, AccessError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| AccessError::Hashing(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_of(password: &str, salt: &[u8]) -> Result<String, AccessError> {
    let hash: PasswordHash =
        hasher()?.hash_password_with_salt(password.as_bytes(), salt).map_err(|error| AccessError::Hashing(error.to_string()))?;
    Ok(hash.to_string())
}

fn verify(password: &str, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    hasher().is_ok_and(|hasher| hasher.verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_hash_alone() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.matches("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!passwords.matches("correct horse batterz", Some(&hash)).await.unwrap());
        assert_ne!(hash, passwords.hash("correct horse battery").await.unwrap(), "each has a salt of its own");
    }

    #[tokio::test]
    async fn nobodys_password_matches_nothing() {
        let passwords = Passwords::default();
        for password in ["", "nobody", &"x".repeat(MAX_BYTES + 1)] {
            assert!(!passwords.matches(password, None).await.unwrap());
            assert!(!passwords.matches(password, Some("no hash")).await.unwrap());
        }
    }

    #[test]
    fn a_password_has_a_rule() {
        assert_eq!(check_strength("elevenchars", "mara"), Err(WeakPassword::Short(11)));
        assert_eq!(check_strength("twelve chars", "mara"), Ok(()));
        assert_eq!(check_strength(&"äöü".repeat(4), "mara"), Err(WeakPassword::Monotonous(3)));
        assert_eq!(check_strength("xxMARA.LINDxx", "mara.lind"), Err(WeakPassword::HoldsAccount));
        assert_eq!(check_strength("johannesburg 7", "jo"), Ok(()));
        assert!(matches!(check_strength(&"abcdefgh".repeat(100), "mara"), Err(WeakPassword::Long(800))));
    }

    #[test]
    fn a_generated_password_keeps_the_rule() {
        let password = generate().unwrap();
        assert_eq!(password.len(), 23);
        assert_ne!(password, generate().unwrap());
        assert_eq!(check_strength(&password, "admin"), Ok(()));
    }
}
