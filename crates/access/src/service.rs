//! The service that decides who a caller is. What it does stands in a file for each subject: `keys`, `sign_in`,
//! `sessions`, `impersonation`, `users`, `profiles`, `account` and `settings`.

use std::sync::{Arc, Mutex, PoisonError};

use rollcall_control::Control;
use rollcall_model::Timestamp;

use crate::error::AccessError;
use crate::openid::OpenId;
use crate::password::Passwords;
use crate::vault::Vault;
use crate::verified::Verified;

/// Most characters of a name.
pub(crate) const MAX_NAME_CHARS: usize = 200;

/// Decides who a caller is.
pub struct Access {
    pub(crate) control: Control,
    pub(crate) verified_keys: Verified,
    pub(crate) verified_sessions: Verified,
    pub(crate) passwords: Passwords,
    vault: Option<Vault>,
    openid: Mutex<Option<Arc<OpenId>>>,
    clock: Clock,
}

/// What time it is.
type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

impl Access {
    /// The service over a control database.
    pub fn new(control: Control) -> Self {
        Self::with_clock(control, || jiff::Timestamp::now().into())
    }

    /// The service with another clock, for tests.
    pub fn with_clock(control: Control, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Access {
            control,
            verified_keys: Verified::default(),
            verified_sessions: Verified::of_sessions(),
            passwords: Passwords::default(),
            vault: None,
            openid: Mutex::new(None),
            clock: Arc::new(clock),
        }
    }

    /// The service, which keeps secrets in this vault.
    #[must_use]
    pub fn with_vault(self, vault: Vault) -> Self {
        Access { vault: Some(vault), ..self }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// What asks OpenID providers: made when it is first needed, and one from then on, for it remembers what they said.
    pub(crate) fn openid(&self) -> Result<Arc<OpenId>, AccessError> {
        let mut made = self.openid.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(openid) = &*made {
            return Ok(Arc::clone(openid));
        }
        let clock = Arc::clone(&self.clock);
        let openid = OpenId::with_clock(move || clock()).map_err(|error| AccessError::OpenId(error.to_string()))?;
        Ok(Arc::clone(made.insert(Arc::new(openid))))
    }

    /// Encrypts something for a purpose, such as the credentials of a destination.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<Vec<u8>, AccessError> {
        self.vault()?.seal(purpose, plain)
    }

    /// Decrypts what was encrypted for that purpose.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, AccessError> {
        self.vault()?.open(purpose, sealed)
    }

    /// Where secrets are kept.
    pub(crate) fn vault(&self) -> Result<&Vault, AccessError> {
        self.vault.as_ref().ok_or(AccessError::NoVault)
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}
