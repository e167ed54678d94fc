//! `/webhooks`: other systems are told of events.

mod wire;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_delivery::webhooks::Webhook;
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::headers::location;
use crate::parameters::PathPart;
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Kind, Problem};
use crate::record::require_room;
use wire::{NewWebhook, Resending, ResentAnswer, UndeliveredList, WebhookAnswer, WebhookList, WebhookTest, WebhookWithSecret};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;
/// Messages of a list.
const LISTED: u64 = 1_000;

/// List the webhooks
#[utoipa::path(
    get, path = "/webhooks", tag = "webhooks",
    responses((status = 200, description = "The webhooks, by name", body = WebhookList))
)]
pub(crate) async fn get_webhooks(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<WebhookList>, Problem> {
    let webhooks = app.delivery.webhooks(&caller.0).await?;
    let webhooks = webhooks.into_iter().map(|webhook| WebhookAnswer::of(webhook, &caller)).collect::<Result<_, _>>()?;
    Ok(Json(WebhookList { webhooks }))
}

/// Make a webhook
///
/// It is told of events from now on, of those that the caller may see. The secret is shown this once.
#[utoipa::path(
    post, path = "/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses(
        (status = 201, description = "It is made", body = WebhookWithSecret, headers(("ETag" = String, description = "Its version"), ("Location" = String, description = "Its address"))),
        (status = 409, description = "There is one of that name", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "A member is wrong", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_webhook(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Response, Problem> {
    let new: NewWebhook = required(body.json(MAX_REQUEST_BYTES).await?)?;
    require_room(&app).await?;
    let made = app.delivery.make_webhook(&caller.0, &new.into()).await?;
    let location = location(&format!("/api/v1/webhooks/{}", made.webhook.id))?;
    let tag = etag(made.webhook.version);
    let told = WebhookWithSecret::of(made, &caller)?;
    Ok((StatusCode::CREATED, [(header::ETAG, tag), (header::LOCATION, location)], Json(told)).into_response())
}

/// Show a webhook
#[utoipa::path(
    get, path = "/webhooks/{id}", tag = "webhooks", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The webhook", body = WebhookAnswer, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_webhook(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let webhook = read(&app, &caller, &id).await?;
    answer(webhook, &caller)
}

/// Overwrite a webhook
///
/// It has the caller's rights from then on. What it has not dealt with yet is sent as it is now.
#[utoipa::path(
    put, path = "/webhooks/{id}", tag = "webhooks", request_body = NewWebhook,
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The webhook as it is now", body = WebhookAnswer, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "There is another one of that name", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "A member is wrong", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_webhook(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let new: NewWebhook = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let webhook = changeable(&app, &caller, &id, preconditions).await?;
    answer(app.delivery.change_webhook(&caller.0, &webhook, &new.into()).await?, &caller)
}

/// Delete a webhook
#[utoipa::path(
    delete, path = "/webhooks/{id}", tag = "webhooks",
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_webhook(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
) -> Result<StatusCode, Problem> {
    let webhook = changeable(&app, &caller, &id, preconditions).await?;
    app.delivery.delete_webhook(&caller.0, &webhook).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pause a webhook
///
/// What happens meanwhile is sent when it is resumed.
#[utoipa::path(
    post, path = "/webhooks/{id}/pause", tag = "webhooks", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The webhook", body = WebhookAnswer),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "It is not active", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_pause(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let webhook = read(&app, &caller, &id).await?;
    require_room(&app).await?;
    answer(app.delivery.pause_webhook(&caller.0, &webhook).await?, &caller)
}

/// Resume a webhook
///
/// It goes on where it was paused or disabled.
#[utoipa::path(
    post, path = "/webhooks/{id}/resume", tag = "webhooks", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The webhook", body = WebhookAnswer),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "It is active, or its owner counts no longer", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_resume(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let webhook = read(&app, &caller, &id).await?;
    require_room(&app).await?;
    answer(app.delivery.resume_webhook(&caller.0, &webhook).await?, &caller)
}

/// Give a webhook a new secret
///
/// For 24 hours calls are signed with the old one too. The new one is shown this once.
#[utoipa::path(
    post, path = "/webhooks/{id}/rotate", tag = "webhooks", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The webhook with its new secret", body = WebhookWithSecret),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_rotate(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
) -> Result<Json<WebhookWithSecret>, Problem> {
    let webhook = read(&app, &caller, &id).await?;
    require_room(&app).await?;
    let made = app.delivery.rotate_webhook(&caller.0, &webhook).await?;
    Ok(Json(WebhookWithSecret::of(made, &caller)?))
}

/// Test a webhook
///
/// Sends a message of the type `test`, which is not sent again, and tells step by step what came of it.
#[utoipa::path(
    post, path = "/webhooks/{id}/test", tag = "webhooks", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "What the test has shown", body = WebhookTest),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_test(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Json<WebhookTest>, Problem> {
    let webhook = read(&app, &caller, &id).await?;
    require_room(&app).await?;
    Ok(Json(app.delivery.test_webhook(&caller.0, &webhook).await?.into()))
}

/// Send a message again
///
/// At once, out of order, and with the `webhook-id` that it has had. A message that was given up and is taken now leaves
/// the list of those.
#[utoipa::path(
    post, path = "/webhooks/{id}/resend", tag = "webhooks", request_body = Resending,
    params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "What came of it", body = ResentAnswer),
        (status = 404, description = "There is no such webhook, event or failure", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "Its owner counts no longer", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_resend(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    body: RequestBody,
) -> Result<Json<ResentAnswer>, Problem> {
    let webhook = read(&app, &caller, &id).await?;
    let wanted = required::<Resending>(body.json(MAX_REQUEST_BYTES).await?)?.wanted()?;
    require_room(&app).await?;
    Ok(Json(app.delivery.resend_webhook(&caller.0, &webhook, wanted).await?.into()))
}

/// List the messages that were given up
#[utoipa::path(
    get, path = "/webhooks/{id}/undelivered", tag = "webhooks", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The messages of the newest 1,000 such events", body = UndeliveredList),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_undelivered(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
) -> Result<Json<UndeliveredList>, Problem> {
    let webhook = read(&app, &caller, &id).await?;
    let messages = app.delivery.undelivered(&webhook, LISTED).await?;
    Ok(Json(UndeliveredList { messages: messages.into_iter().map(Into::into).collect() }))
}

async fn read(app: &App, caller: &Caller, id: &str) -> Result<Webhook, Problem> {
    let id: Uuid = id.parse().map_err(|_| Problem::new(Kind::NotFound, "there is no such webhook"))?;
    Ok(app.delivery.webhook(&caller.0, id).await?)
}

/// The webhook of an id in the version that the caller has read.
async fn changeable(app: &App, caller: &Caller, id: &str, preconditions: Preconditions) -> Result<Webhook, Problem> {
    let webhook = read(app, caller, id).await?;
    preconditions.required()?.require(webhook.version)?;
    require_room(app).await?;
    Ok(webhook)
}

fn answer(webhook: Webhook, caller: &Caller) -> Result<Response, Problem> {
    let tag = etag(webhook.version);
    Ok(([(header::ETAG, tag)], Json(WebhookAnswer::of(webhook, caller)?)).into_response())
}
