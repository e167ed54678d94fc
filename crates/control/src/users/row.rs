//! A user as a row, and back.

use rollcall_model::Timestamp;
use sea_orm::ActiveValue;

use super::{Credentials, NewUser, User, account_key};
use crate::entity::user_account::{ActiveModel, Model};
use crate::error::ControlError;
use crate::stored_row::StoredRow;

pub(super) fn user(profiles: Vec<String>, row: Model) -> Result<User, ControlError> {
    let stored = StoredRow::new("user_account", [&row.id]);
    let credentials = Credentials {
        recovery_codes: stored.json("recovery_codes", serde_json::from_str(&row.recovery_codes), "a JSON array of texts")?,
        password_hash: row.password_hash,
        must_change_password: row.must_change_password,
        totp_secret: row.totp_secret,
        totp_pending: row.totp_pending,
        openid: row.openid_issuer.zip(row.openid_subject),
    };
    Ok(User {
        id: stored.uuid("id", &row.id)?,
        tenant: stored.tenant(&row.tenant)?,
        created_at: stored.time("created_at", row.created_at)?,
        changed_at: stored.time("changed_at", row.changed_at)?,
        last_sign_in_at: stored.optional_time("last_sign_in_at", row.last_sign_in_at)?,
        account: row.account,
        display_name: row.display_name,
        email: row.email,
        employee_id: row.employee_id,
        profiles,
        credentials,
        active: row.active,
        version: row.version,
    })
}

pub(super) fn row(new: &NewUser) -> ActiveModel {
    let account = new.account.trim();
    ActiveModel {
        id: ActiveValue::Set(new.id.to_string()),
        tenant: ActiveValue::Set(new.tenant.as_str().to_owned()),
        account: ActiveValue::Set(account.to_owned()),
        account_folded: ActiveValue::Set(account_key(account)),
        display_name: ActiveValue::Set(new.display_name.clone()),
        email: ActiveValue::Set(new.email.clone()),
        employee_id: ActiveValue::Set(new.employee_id.clone()),
        active: ActiveValue::Set(true),
        version: ActiveValue::Set(1),
        created_at: ActiveValue::Set(new.created_at.as_micros()),
        changed_at: ActiveValue::Set(new.created_at.as_micros()),
        last_sign_in_at: ActiveValue::Set(None::<Timestamp>.map(Timestamp::as_micros)),
        totp_last_step: ActiveValue::Set(None),
        ..credentials(&new.credentials)
    }
}

/// The columns of how somebody proves who they are.
pub(super) fn credentials(credentials: &Credentials) -> ActiveModel {
    let (issuer, subject) = credentials.openid.clone().unzip();
    ActiveModel {
        password_hash: ActiveValue::Set(credentials.password_hash.clone()),
        must_change_password: ActiveValue::Set(credentials.must_change_password),
        totp_secret: ActiveValue::Set(credentials.totp_secret.clone()),
        totp_pending: ActiveValue::Set(credentials.totp_pending.clone()),
        recovery_codes: ActiveValue::Set(serde_json::json!(credentials.recovery_codes).to_string()),
        openid_issuer: ActiveValue::Set(issuer),
        openid_subject: ActiveValue::Set(subject),
        ..Default::default()
    }
}
