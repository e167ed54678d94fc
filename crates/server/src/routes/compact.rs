//! `POST /compact`: merging the lake's small files now.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use rollcall_ledger::{CompactReport, Error, ExpireReport};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;

/// What compaction did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CompactAnswer {
    /// Files that were merged.
    merged: u64,
    /// Files that they became.
    files: u64,
    /// The rows of these.
    rows: u64,
    /// Files that nobody needed any more, and are deleted. Those that were merged just now stay for a while.
    deleted: u64,
    /// The bytes of these.
    deleted_bytes: u64,
}

/// Merge the small files of each day
///
/// Happens by itself while little else is to do. The answer comes when it is done: for a large store after minutes.
#[utoipa::path(post, path = "/compact", tag = "store", responses((status = 200, description = "Each day has one file of a class", body = CompactAnswer)))]
pub(crate) async fn post_compact(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<CompactAnswer>, Problem> {
    // A task of its own: a caller that hangs up does not stop it halfway.
    let compaction = tokio::spawn(async move {
        let compacted = app.ledger.compact(caller.tenant()).await?;
        Ok::<_, Error>((compacted, app.ledger.expire().await?))
    });
    let (compacted, expired) = compaction.await.map_err(|error| Problem::internal("compacting", &error))??;
    let CompactReport { merged, files, rows } = compacted;
    let ExpireReport { files: deleted, bytes: deleted_bytes, .. } = expired;
    Ok(Json(CompactAnswer { merged, files, rows, deleted, deleted_bytes }))
}
