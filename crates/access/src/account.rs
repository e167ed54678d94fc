//! One's own account: another password, and the second factor.

use rollcall_control::users::{Credentials, User, UserChange};
use serde_json::json;

use crate::code::totp_purpose;
use crate::error::AccessError;
use crate::one_time::{self, Enrolment, SECRET_BYTES};
use crate::principal::Principal;
use crate::random::random;
use crate::record::Actor;
use crate::service::Access;

impl Access {
    /// The caller's own user. Whoever acts as somebody else does not change that one's account.
    pub async fn own_user(&self, by: &Principal) -> Result<User, AccessError> {
        let only_users = || AccessError::Conflict("this is for somebody who has signed in".to_owned());
        let signed_in = by.signed_in().ok_or_else(only_users)?;
        if signed_in.impersonator.is_some() {
            return Err(AccessError::Conflict("you act as somebody else, whose account is theirs; end that first".to_owned()));
        }
        self.user(&by.tenant, signed_in.user.id).await
    }

    /// Gives the caller another password. Their other sessions end.
    pub async fn change_password(&self, by: &Principal, present: &str, new: &str) -> Result<(), AccessError> {
        let user = self.own_user(by).await?;
        if !self.proves(&user, present, None).await? {
            return Err(AccessError::WrongProof);
        }
        if present == new {
            return Err(AccessError::Invalid {
                field: "new_password",
                reason: "expected another password than the present one".to_owned(),
            });
        }
        let password_hash = Some(self.hash_of_new(new, &user.account).await?);
        let credentials = Credentials { password_hash, must_change_password: false, ..user.credentials.clone() };
        let to = UserChange { credentials: Some(credentials), ..UserChange::default() };
        let masked = Some(json!({"password": "(masked)"}));
        let changed = self.change_user(by, &user, &to, "Password Changed", masked.clone(), masked).await?;
        let own = by.signed_in().map(|signed_in| signed_in.session_id);
        self.end_sessions_of(&changed, own, &Actor::of(by), "The password was changed").await
    }

    /// Begins to set up one-time codes: they count once [`confirm_second_factor`](Access::confirm_second_factor) is told one.
    pub async fn set_up_second_factor(&self, by: &Principal) -> Result<Enrolment, AccessError> {
        let user = self.own_user(by).await?;
        if user.credentials.totp_secret.is_some() {
            return Err(AccessError::Conflict("one-time codes are set up already; remove them first".to_owned()));
        }
        let secret: [u8; SECRET_BYTES] = random()?;
        let sealed = self.vault()?.seal(&totp_purpose(user.id), &secret)?;
        let credentials = Credentials { totp_pending: Some(sealed), ..user.credentials.clone() };
        let to = UserChange { credentials: Some(credentials), ..UserChange::default() };
        let state = |state: &str| Some(json!({"second_factor": state}));
        self.change_user(by, &user, &to, "Second Factor Begun", state("none"), state("not confirmed yet")).await?;
        one_time::enrolment(&secret, &user.account)
    }

    /// Ends setting up one-time codes with the first of them. Answers recovery codes, this once.
    pub async fn confirm_second_factor(&self, by: &Principal, code: &str) -> Result<Vec<String>, AccessError> {
        let user = self.own_user(by).await?;
        let none = || AccessError::Conflict("one-time codes are not being set up; begin with that".to_owned());
        let sealed = user.credentials.totp_pending.clone().ok_or_else(none)?;
        let secret = self.vault()?.open(&totp_purpose(user.id), &sealed)?;
        let step = one_time::step_of(&secret, code, self.now())?.ok_or(AccessError::WrongProof)?;
        let (codes, stored) = one_time::recovery_codes()?;
        let credentials = Credentials { totp_secret: Some(sealed), totp_pending: None, recovery_codes: stored, ..user.credentials.clone() };
        let to = UserChange { credentials: Some(credentials), ..UserChange::default() };
        let state = |on: bool| Some(json!({"second_factor": on}));
        let changed = self.change_user(by, &user, &to, "Second Factor Added", state(false), state(true)).await?;
        // The code that confirmed it can't be used to sign in as well.
        self.control.users().use_step(changed.id, step).await?;
        Ok(codes)
    }

    /// Takes the caller's one-time codes away.
    pub async fn remove_second_factor(&self, by: &Principal, password: &str, code: &str) -> Result<(), AccessError> {
        let user = self.own_user(by).await?;
        if user.credentials.totp_secret.is_none() {
            return Err(AccessError::Conflict("no one-time codes are set up".to_owned()));
        }
        if !self.proves(&user, password, Some(code)).await? {
            return Err(AccessError::WrongProof);
        }
        // A recovery code was used up just now.
        let user = self.own_user(by).await?;
        let credentials = Credentials { totp_secret: None, totp_pending: None, recovery_codes: Vec::new(), ..user.credentials.clone() };
        let to = UserChange { credentials: Some(credentials), ..UserChange::default() };
        let state = |on: bool| Some(json!({"second_factor": on}));
        self.change_user(by, &user, &to, "Second Factor Removed", state(true), state(false)).await?;
        Ok(())
    }

    /// Whether somebody who has signed in proves once more who they are. Wrong proofs count as failed sign-ins do, so
    /// that an open session is no way to guess a password.
    async fn proves(&self, user: &User, password: &str, code: Option<&str>) -> Result<bool, AccessError> {
        let now = self.now();
        let subjects = crate::throttle::Subjects::of(&user.tenant, &user.account, None).all();
        let wait = |subject: &str, failures| crate::throttle::wait_s(subject, failures, now);
        let counted = self.control.sign_ins().attempt(&subjects, now, wait).await?.map_err(AccessError::TooMany)?;
        let mut proved = self.passwords.matches(password, user.credentials.password_hash.as_deref()).await?;
        if let Some(code) = code {
            proved = proved && self.use_code(user, code, now).await?;
        }
        if proved {
            self.control.sign_ins().succeeded(&counted, crate::throttle::is_forgiven).await?;
        }
        Ok(proved)
    }
}
