//! `/sessions`: who is signed in now, and signing somebody out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rollcall_access::SessionInfo;
use rollcall_model::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::session::{PersonAnswer, id_in};
use crate::app::App;
use crate::auth::Caller;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionList {
    /// Oldest first.
    sessions: Vec<SessionEntry>,
}

/// One session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionEntry {
    #[schema(value_type = String)]
    id: Uuid,
    /// Who is signed in.
    user: PersonAnswer,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// When it was last used, to the half minute.
    #[schema(value_type = String, format = DateTime)]
    last_seen_at: Timestamp,
    /// When it ends, however much it is used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// How they proved who they are: `form` or `oidc`.
    sign_in_method: String,
    /// From which address.
    source_ip: Option<String>,
    /// With which program.
    user_agent: Option<String>,
    /// As whom they act.
    acting_as: Option<PersonAnswer>,
}

impl From<SessionInfo> for SessionEntry {
    fn from(info: SessionInfo) -> Self {
        SessionEntry {
            id: info.id,
            user: info.person.into(),
            since: info.since,
            last_seen_at: info.last_seen_at,
            expires_at: info.expires_at,
            sign_in_method: info.method,
            source_ip: info.place.source_ip,
            user_agent: info.place.user_agent,
            acting_as: info.acting_as.map(PersonAnswer::from),
        }
    }
}

/// See who is signed in
#[utoipa::path(get, path = "/sessions", tag = "users", responses((status = 200, description = "The sessions", body = SessionList)))]
pub(crate) async fn get_sessions(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<SessionList>, Problem> {
    let sessions = app.access.sessions(caller.tenant()).await?;
    Ok(Json(SessionList { sessions: sessions.into_iter().map(SessionEntry::from).collect() }))
}

/// Sign somebody out by force
///
/// It is recorded with both names.
#[utoipa::path(
    delete, path = "/sessions/{id}", tag = "users", params(("id" = String, Path, description = "Which session")),
    responses(
        (status = 204, description = "They are signed out"),
        (status = 404, description = "There is no such session", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_session(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<StatusCode, Problem> {
    app.access.end_by_force(&caller.0, id_in(&id, "session")?).await?;
    app.recorded.notify_one();
    Ok(StatusCode::NO_CONTENT)
}
