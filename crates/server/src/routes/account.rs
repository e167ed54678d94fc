//! `/account`: one's own password and second factor.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::problem::{Document, Problem};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 16 * 1024;

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The present one.
    password: String,
    /// The new one: at least 12 characters.
    new_password: String,
}

/// What an app for one-time codes needs. It is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolmentAnswer {
    /// The secret, as it is typed: base32.
    secret: String,
    /// What a QR code of it holds: `otpauth://…`.
    address: String,
}

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    /// The present one-time code.
    code: String,
}

/// Codes for whoever has lost their device. They are shown this once; each counts once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Proof of who it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    /// The present password.
    password: String,
    /// The present one-time code, or a recovery code.
    code: String,
}

/// Change one's password
///
/// Other sessions of the same user end.
#[utoipa::path(
    post, path = "/account/password", tag = "account", request_body = PasswordChange,
    responses(
        (status = 204, description = "It is changed"),
        (status = 422, description = "The new password is not taken; `detail` says why", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_password(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<StatusCode, Problem> {
    let PasswordChange { password, new_password } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    app.access.change_password(&caller.0, &password, &new_password).await?;
    app.recorded.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// Begin to set up one-time codes
///
/// They are asked for once the first one was confirmed.
#[utoipa::path(
    post, path = "/account/second-factor", tag = "account",
    responses(
        (status = 200, description = "What an app needs", body = EnrolmentAnswer),
        (status = 409, description = "They are set up already", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_second_factor(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<EnrolmentAnswer>, Problem> {
    let enrolment = app.access.set_up_second_factor(&caller.0).await?;
    app.recorded.notify_one();
    Ok(Json(EnrolmentAnswer { secret: enrolment.secret, address: enrolment.address }))
}

/// Confirm one-time codes with the first of them
#[utoipa::path(
    post, path = "/account/second-factor/confirm", tag = "account", request_body = Code,
    responses(
        (status = 200, description = "Recovery codes", body = RecoveryCodes),
        (status = 409, description = "None are being set up", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_second_factor_confirm(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: RequestBody,
) -> Result<Json<RecoveryCodes>, Problem> {
    let Code { code } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let recovery_codes = app.access.confirm_second_factor(&caller.0, &code).await?;
    app.recorded.notify_one();
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Remove one-time codes
#[utoipa::path(
    post, path = "/account/second-factor/remove", tag = "account", request_body = Proof,
    responses(
        (status = 204, description = "They are removed"),
        (status = 409, description = "None are set up", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_second_factor_remove(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: RequestBody,
) -> Result<StatusCode, Problem> {
    let Proof { password, code } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    app.access.remove_second_factor(&caller.0, &password, &code).await?;
    app.recorded.notify_one();
    Ok(StatusCode::NO_CONTENT)
}
