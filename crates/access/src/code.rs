//! The codes with which somebody proves a second time who they are: found first, used up when they are needed.

use rollcall_control::users::User;
use rollcall_model::Timestamp;
use uuid::Uuid;

use crate::error::AccessError;
use crate::one_time;
use crate::service::Access;

/// A code that counts, until it is used up.
pub(crate) enum Code {
    /// The one-time code of a step.
    OfStep(i64),
    /// A recovery code, and which are left without it.
    Recovery { left: Vec<String> },
}

impl Access {
    /// Which of a user's codes a code is, if it counts.
    pub(crate) async fn find_code(&self, user: &User, code: &str, now: Timestamp) -> Result<Option<Code>, AccessError> {
        if let Some(sealed) = &user.credentials.totp_secret {
            let secret = self.vault()?.open(&totp_purpose(user.id), sealed)?;
            if let Some(step) = one_time::step_of(&secret, code, now)? {
                return Ok(self.control.users().step_counts(user.id, step).await?.then_some(Code::OfStep(step)));
            }
        }
        Ok(one_time::without_recovery_code(&user.credentials.recovery_codes, code).map(|left| Code::Recovery { left }))
    }

    /// Whether a code still counts, which it does no longer from now on.
    pub(crate) async fn use_up(&self, user: &User, code: &Code) -> Result<bool, AccessError> {
        let users = self.control.users();
        Ok(match code {
            Code::OfStep(step) => users.use_step(user.id, *step).await?,
            Code::Recovery { left } => users.use_recovery_code(user.id, &user.credentials.recovery_codes, left).await?,
        })
    }

    /// Whether a code is one of a user's, which counts no longer from now on.
    pub(crate) async fn use_code(&self, user: &User, code: &str, now: Timestamp) -> Result<bool, AccessError> {
        match self.find_code(user, code, now).await? {
            Some(code) => self.use_up(user, &code).await,
            None => Ok(false),
        }
    }
}

/// What the secret of a user's one-time codes is sealed for.
pub(crate) fn totp_purpose(user: Uuid) -> String {
    format!("totp of {user}")
}
