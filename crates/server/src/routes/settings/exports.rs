//! `/settings/exports`: passwords of export tasks, and for how long their files are kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rollcall_delivery::exports::{ExportSettings, PasswordRule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{MAX_REQUEST_BYTES, tag_of, version_read};
use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::parameters::shortened;
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Kind, Problem};
use crate::record::require_room;

/// Which passwords the archives of export tasks have, and for how long they are kept.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportSettingsBody {
    /// `reference`: letters, digits and `_ @ %`, at least one of each, at most 12 characters. `passphrase`: 12 to 128
    /// characters that can be printed.
    password_rule: String,
    /// After so many hours an archive is removed: 1 to 8,760.
    keep_hours: u32,
}

/// See the settings of export tasks
#[utoipa::path(
    get, path = "/settings/exports", tag = "settings",
    responses((status = 200, description = "The settings", body = ExportSettingsBody, headers(("ETag" = String, description = "Their version"))))
)]
pub(crate) async fn get_exports(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let settings = app.delivery.export_settings(caller.tenant()).await?;
    Ok(answer(settings.value, settings.version))
}

/// Change the settings of export tasks
///
/// They are for tasks from then on; an archive that is written already is kept as long as it was to be.
#[utoipa::path(
    put, path = "/settings/exports", tag = "settings", request_body = ExportSettingsBody,
    params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The settings as they are now", body = ExportSettingsBody, headers(("ETag" = String, description = "Their version"))),
        (status = 412, description = "Somebody has changed them meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_exports(
    State(app): State<Arc<App>>,
    caller: Caller,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let ExportSettingsBody { password_rule, keep_hours } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let rule = PasswordRule::parse(&password_rule).ok_or_else(|| {
        let allowed = PasswordRule::ALL.map(PasswordRule::as_str);
        let detail = format!("expected one of {}; got {:?}", allowed.join(", "), shortened(&password_rule));
        Problem::new(Kind::InvalidBody, detail).field("password_rule").allowed(allowed)
    })?;
    let to = ExportSettings { password_rule: rule, keep_hours };
    let present = app.delivery.export_settings(caller.tenant()).await?.version;
    version_read(preconditions, present)?;
    require_room(&app).await?;
    let version = app.delivery.set_export_settings(&caller.0, present, &to).await?;
    app.recorded.notify_one();
    Ok(answer(to, version))
}

fn answer(settings: ExportSettings, version: i64) -> Response {
    let body = ExportSettingsBody { password_rule: settings.password_rule.as_str().to_owned(), keep_hours: settings.keep_hours };
    ([(header::ETAG, etag(tag_of(version)))], Json(body)).into_response()
}
