//! `GET /formats`: the formats that records can have.

use axum::Json;
use rollcall_intake::formats;
use serde::Serialize;
use utoipa::ToSchema;

/// The formats.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FormatsAnswer {
    formats: Vec<FormatEntry>,
}

/// A format.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FormatEntry {
    /// Its name.
    name: &'static str,
    /// One line that says what it is.
    about: &'static str,
}

/// List the formats that records can have
#[utoipa::path(get, path = "/formats", tag = "events", responses((status = 200, description = "The formats", body = FormatsAnswer)))]
pub(crate) async fn get_formats() -> Json<FormatsAnswer> {
    Json(FormatsAnswer { formats: formats().map(|(name, about)| FormatEntry { name, about }).collect() })
}
