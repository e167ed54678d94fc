//! `POST /archive`: moving the journal into the lake now.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;

/// What an archive step did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArchiveAnswer {
    /// Events that are in the lake now and were not before.
    events: u64,
    /// Ended sessions that are in the lake now and were not before, or are different now.
    sessions: u64,
    /// Files that were written.
    files: u64,
    /// The lake's newest snapshot.
    snapshot_id: i64,
}

/// Move the journal into the lake
///
/// Happens by itself every few minutes. The answer comes when it is done.
#[utoipa::path(post, path = "/archive", tag = "store", responses((status = 200, description = "The journal is empty", body = ArchiveAnswer)))]
pub(crate) async fn post_archive(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<ArchiveAnswer>, Problem> {
    // A task of its own: a caller that hangs up does not stop it halfway.
    let step = tokio::spawn(async move { app.ledger.archive(caller.tenant()).await });
    let report = step.await.map_err(|error| Problem::internal("archiving", &error))??;
    let rollcall_ledger::ArchiveReport { events, sessions, files, snapshot_id } = report;
    Ok(Json(ArchiveAnswer { events, sessions, files, snapshot_id }))
}
