//! The service that decides who a caller is. What it does stands in a file for each subject: `keys`, `sign_in`,
//! `sessions`, `impersonation`, `users`, `profiles`, `account` and `settings`.

use std::sync::Arc;

use rollcall_control::Control;
use rollcall_model::Timestamp;

use crate::error::AccessError;
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
