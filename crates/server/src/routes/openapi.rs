//! `GET /openapi.json`: the description of the API.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// The description of the API, in OpenAPI
#[utoipa::path(get, path = "/openapi.json", tag = "health", responses((status = 200, description = "An OpenAPI 3.1 document", body = serde_json::Value)))]
pub(crate) async fn get_openapi() -> Result<Response, Problem> {
    // Made once: it is the same for everybody.
    static DOCUMENT: LazyLock<Result<Bytes, String>> =
        LazyLock::new(|| crate::openapi().to_json().map(Bytes::from).map_err(|error| error.to_string()));
    match &*DOCUMENT {
        Ok(document) => Ok(([(header::CONTENT_TYPE, "application/json")], document.clone()).into_response()),
        Err(error) => Err(Problem::internal("writing the description of the API", error)),
    }
}
