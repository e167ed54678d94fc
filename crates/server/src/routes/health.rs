//! `GET /healthz` and `GET /readyz`: for whoever starts, restarts and balances servers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::{Document, Kind, Problem};

/// That all is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// Whether the process lives
///
/// If this does not answer, it should be started anew.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, description = "It lives", body = Health)))]
pub(crate) async fn get_healthz() -> Json<Health> {
    OK
}

/// Whether requests should be sent here
#[utoipa::path(
    get, path = "/readyz", tag = "health",
    responses(
        (status = 200, description = "It takes events", body = Health),
        (status = 503, description = "It is stopping, a commit has failed, or its database is away", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_readyz(State(app): State<Arc<App>>) -> Result<Json<Health>, Problem> {
    if app.ledger.poisoned().is_some() {
        return Err(Problem::new(Kind::Poisoned, "a commit has failed; the log says why. What was acknowledged is safe"));
    }
    if app.is_closing() {
        return Err(Problem::new(Kind::Closing, "send requests elsewhere, or again once Rollcall has started"));
    }
    if !app.probe.database_answers(&app.ledger).await {
        return Err(Problem::database_unavailable());
    }
    Ok(OK)
}
