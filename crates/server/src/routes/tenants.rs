//! `/tenants`: the organisations that share a server, for its operator alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rollcall_model::TenantId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::problem::{Document, Kind, Problem};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 4 * 1024;

/// The tenants.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantList {
    /// By name.
    #[schema(value_type = Vec<String>)]
    tenants: Vec<TenantId>,
}

/// A tenant that is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTenant {
    /// 1 to 48 lower-case letters, digits or `_`, a letter first.
    name: String,
}

/// A tenant that was made, and its first user.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewTenantAnswer {
    name: String,
    /// What its administrator signs in with.
    account: String,
    /// Their password, shown this once.
    password: String,
}

/// List the tenants
#[utoipa::path(get, path = "/tenants", tag = "store", responses((status = 200, description = "The tenants", body = TenantList)))]
pub(crate) async fn get_tenants(State(app): State<Arc<App>>, _: Caller) -> Json<TenantList> {
    Json(TenantList { tenants: app.ledger.tenants() })
}

/// Make a tenant
///
/// With an administrator of its own.
#[utoipa::path(
    post, path = "/tenants", tag = "store", request_body = NewTenant,
    responses(
        (status = 201, description = "It is made", body = NewTenantAnswer),
        (status = 409, description = "There is one of that name", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_tenant(State(app): State<Arc<App>>, _: Caller, body: RequestBody) -> Result<Response, Problem> {
    let NewTenant { name } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let tenant = TenantId::new(name).map_err(|wrong| Problem::new(Kind::InvalidBody, wrong.to_string()).field("name"))?;
    app.ledger.make_tenant(&tenant).await?;
    let Some((account, password)) = app.access.create_first_admin(&tenant).await? else {
        return Err(Problem::new(Kind::Conflict, format!("there is a tenant {tenant} already, which has users")).field("name"));
    };
    app.recorded.notify_one();
    let answer = NewTenantAnswer { name: tenant.as_str().to_owned(), account, password };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}
