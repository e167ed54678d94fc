//! `GET /status`: how the ledger and its sources are.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use rollcall_model::Scope;
use rollcall_reports::watermark;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::intake::now;
use crate::problem::Problem;
use crate::routes::reports::answer::SourceHealth;

/// How the ledger and its sources are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusAnswer {
    /// Version of the server.
    version: &'static str,
    /// The seq that the next event gets: how many events there are.
    next_seq: i64,
    /// Events that are not in the lake yet.
    tail_events: usize,
    /// Whether a commit has failed, so that no event is taken any more.
    poisoned: bool,
    /// The sources, by name.
    sources: Vec<SourceHealth>,
}

/// How the ledger and its sources are
#[utoipa::path(get, path = "/status", tag = "store", responses((status = 200, description = "How they are", body = StatusAnswer)))]
pub(crate) async fn get_status(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<StatusAnswer>, Problem> {
    let snapshot = app.ledger.snapshot(caller.tenant(), Scope::All).await?;
    Ok(Json(StatusAnswer {
        version: env!("CARGO_PKG_VERSION"),
        next_seq: snapshot.seq(),
        tail_events: app.ledger.tail_events(caller.tenant())?,
        poisoned: app.ledger.poisoned().is_some(),
        sources: watermark::health(&snapshot, now()).into_iter().map(SourceHealth::from).collect(),
    }))
}
