//! `/settings/alerts`: who is told when a delivery fails for good.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rollcall_delivery::schedules::Alerts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{MAX_REQUEST_BYTES, tag_of, version_read};
use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Problem};
use crate::record::require_room;

/// Who is told when a scheduled run fails for good, or a schedule is suspended.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertsBody {
    /// The ids of destinations that take messages: mail or webhooks, at most 20.
    #[schema(value_type = Vec<String>)]
    destinations: Vec<Uuid>,
}

/// See who is told of failures
#[utoipa::path(
    get, path = "/settings/alerts", tag = "settings",
    responses((status = 200, description = "The settings", body = AlertsBody, headers(("ETag" = String, description = "Their version"))))
)]
pub(crate) async fn get_alerts(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let (alerts, version) = app.delivery.alerts(caller.tenant()).await?;
    Ok(answer(alerts, version))
}

/// Set who is told of failures
#[utoipa::path(
    put, path = "/settings/alerts", tag = "settings", request_body = AlertsBody,
    params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The settings as they are now", body = AlertsBody, headers(("ETag" = String, description = "Their version"))),
        (status = 422, description = "A destination is none that takes texts", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed them meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_alerts(
    State(app): State<Arc<App>>,
    caller: Caller,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let AlertsBody { destinations } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let (_, present) = app.delivery.alerts(caller.tenant()).await?;
    version_read(preconditions, present)?;
    require_room(&app).await?;
    let to = Alerts { destinations };
    let version = app.delivery.set_alerts(&caller.0, present, &to).await?;
    Ok(answer(to, version))
}

fn answer(alerts: Alerts, version: i64) -> Response {
    ([(header::ETAG, etag(tag_of(version)))], Json(AlertsBody { destinations: alerts.destinations })).into_response()
}
