//! The table of routes: every address, the key scope that it needs, and their description in OpenAPI.
//!
//! A route stands here once. [`needs`] puts its scope into the description and its guard before the
//! handler in the same breath, so that neither can be forgotten or say something else.

use std::any::Any;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router, middleware};
use rollcall_access::KeyScope;
use rollcall_model::TenantId;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{OpenApi as _, openapi};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Gate, guard};
use crate::body::drained;
use crate::headers::with_headers;
use crate::problem::{self, Document, Problem};
use crate::routes::{
    archive, catalogue, compact, directory, events, formats, health, holds, metrics, openapi as description, quarantine, records, replay,
    reports, retention, saved_reports, status,
};
use crate::{page, telemetry};

/// Name of the security scheme in the description.
const API_KEY: &str = "api_key";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Rollcall",
        description = "Sign-ins, sessions and activity of a contact centre: events in, reports out. \
                       Times are RFC 3339 and UTC unless said otherwise; durations are seconds. \
                       Every failure is an RFC 9457 problem.",
    ),
    components(schemas(Document))
)]
struct Description;

/// The routes for callers who prove themselves by an API key.
pub fn router(app: Arc<App>) -> Router {
    let gate = Gate::ApiKeys(Arc::clone(&app.access));
    behind(gate, app)
}

/// The routes for whoever may open the data folder: its own socket, and commands in the process.
pub fn local_router(app: Arc<App>) -> Router {
    behind(Gate::LocalOperator(TenantId::default()), app)
}

/// The description of the API.
pub fn openapi() -> OpenApi {
    described_routes().into_openapi()
}

fn behind(gate: Gate, app: Arc<App>) -> Router {
    let (routes, _) = described_routes().with_state(app).split_for_parts();
    let routes = routes.route("/", get(page::serve)).route("/assets/{*path}", get(page::serve)).fallback(page::serve);
    in_shell(routes).layer(Extension(gate))
}

/// What lies around every route, from the inside to the outside.
fn in_shell(routes: Router) -> Router {
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest);
    with_headers(routes.method_not_allowed_fallback(problem::method_not_allowed))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(compression)
        .layer(middleware::from_fn(drained))
        .layer(middleware::from_fn(telemetry::observe))
}

/// A handler panicked: its caller learns that the server failed, the log learns why.
fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    Problem::internal("handling a request that panicked", &text.unwrap_or("no reason given")).into_response()
}

/// Every route of the API.
fn described_routes() -> OpenApiRouter<Arc<App>> {
    use KeyScope::{
        DirectoryRead, DirectoryWrite, EventsWrite, MetricsRead, QuarantineRead, ReportsRead, ReportsWrite, SettingsWrite, StoreAdmin,
        StoreArchive,
    };
    let v1 = OpenApiRouter::default()
        .routes(needs(EventsWrite, routes!(events::post_events)))
        .routes(needs(EventsWrite, routes!(records::post_records)))
        .routes(needs(EventsWrite, routes!(quarantine::post_quarantine)))
        .routes(needs(QuarantineRead, routes!(quarantine::get_quarantine)))
        .routes(needs(QuarantineRead, routes!(quarantine::get_quarantine_raw)))
        .routes(needs(EventsWrite, routes!(replay::post_replay)))
        .routes(needs(StoreArchive, routes!(archive::post_archive)))
        .routes(needs(StoreArchive, routes!(compact::post_compact)))
        .routes(needs(StoreAdmin, routes!(retention::get_retention, retention::post_retention)))
        .routes(needs(StoreAdmin, routes!(retention::post_run)))
        .routes(needs(StoreAdmin, routes!(holds::get_holds, holds::post_hold)))
        .routes(needs(StoreAdmin, routes!(holds::post_release)))
        .routes(needs(ReportsRead, routes!(formats::get_formats)))
        .routes(needs(ReportsRead, routes!(status::get_status)))
        .routes(needs(ReportsRead, routes!(reports::kinds::get_reports)))
        .routes(needs(ReportsRead, routes!(reports::shipped::get_shipped)))
        .routes(needs(ReportsRead, routes!(reports::rows::query_link)))
        .routes(needs(ReportsRead, routes!(reports::compact::post_compact)))
        .routes(needs(ReportsRead, routes!(reports::compact::get_compact)))
        .routes(needs(ReportsRead, routes!(reports::rows::query_report)))
        .routes(needs(ReportsRead, routes!(reports::groups::group_report)))
        .routes(needs(ReportsRead, routes!(reports::facets::facets_of_report)))
        .routes(needs(ReportsRead, routes!(reports::histogram::histogram_of_report)))
        .routes(needs(ReportsRead, routes!(reports::signed_in::signed_in_of_report)))
        .routes(needs(ReportsRead, routes!(reports::changes::query_changes)))
        .routes(needs(ReportsRead, routes!(saved_reports::get_saved_reports)))
        .routes(needs(ReportsRead, routes!(saved_reports::get_saved_report)))
        .routes(needs(ReportsRead, routes!(saved_reports::questions::query_saved_report)))
        .routes(needs(ReportsRead, routes!(saved_reports::questions::group_saved_report)))
        .routes(needs(ReportsRead, routes!(saved_reports::questions::facets_of_saved_report)))
        .routes(needs(ReportsRead, routes!(saved_reports::questions::histogram_of_saved_report)))
        .routes(needs(ReportsRead, routes!(saved_reports::questions::signed_in_of_saved_report)))
        .routes(needs(ReportsWrite, routes!(saved_reports::post_saved_report)))
        .routes(needs(
            ReportsWrite,
            routes!(saved_reports::put_saved_report, saved_reports::patch_saved_report, saved_reports::delete_saved_report),
        ))
        .routes(needs(DirectoryRead, routes!(directory::get_agents)))
        .routes(needs(DirectoryRead, routes!(directory::get_agent)))
        .routes(needs(DirectoryWrite, routes!(directory::put_agent, directory::delete_agent)))
        .routes(needs(DirectoryWrite, routes!(directory::post_import)))
        .routes(needs(ReportsRead, routes!(catalogue::get_catalogue)))
        .routes(needs(SettingsWrite, routes!(catalogue::put_entry, catalogue::delete_entry)))
        .routes(needs(SettingsWrite, routes!(catalogue::put_application, catalogue::delete_application)))
        .routes(open(routes!(description::get_openapi)));
    OpenApiRouter::with_openapi(described())
        .nest("/api/v1", v1)
        .routes(open(routes!(health::get_healthz)))
        .routes(open(routes!(health::get_readyz)))
        .routes(needs(MetricsRead, routes!(metrics::get_metrics)))
}

fn described() -> OpenApi {
    let mut description = Description::openapi();
    let about = "An API key with the scope of the operation, as `rollcall key create` prints it.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about)).build();
    let components = description.components.get_or_insert_with(Components::new);
    components.add_security_scheme(API_KEY, SecurityScheme::Http(scheme));
    description
}

/// A route that needs a key with this scope.
fn needs(scope: KeyScope, (schemas, mut paths, methods): UtoipaMethodRouter<Arc<App>>) -> UtoipaMethodRouter<Arc<App>> {
    let security = vec![SecurityRequirement::new(API_KEY, [scope.as_str()])];
    for operation in operations(&mut paths) {
        operation.security = Some(security.clone());
        let mut answer = |status: &str, about: String| operation.responses.responses.insert(status.to_owned(), failure(about));
        answer("401", "There is no valid API key".to_owned());
        answer("403", format!("The API key lacks the scope `{scope}`"));
        answer("default", "Another problem; `type` tells which".to_owned());
    }
    // The guard stands before the handlers alone: a wrong method is told so without a key.
    (schemas, paths, methods.route_layer(middleware::from_fn_with_state(scope, guard)))
}

/// A route that anybody may use.
fn open((schemas, mut paths, methods): UtoipaMethodRouter<Arc<App>>) -> UtoipaMethodRouter<Arc<App>> {
    for operation in operations(&mut paths) {
        operation.security = Some(Vec::new());
    }
    (schemas, paths, methods)
}

fn operations(paths: &mut openapi::path::Paths) -> impl Iterator<Item = &mut openapi::path::Operation> {
    paths.paths.values_mut().flat_map(|item| [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch]).flatten()
}

fn failure(about: String) -> RefOr<openapi::Response> {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(about).content(problem::MEDIA_TYPE, content).build().into()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode, header};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        async fn boom() {
            panic!("the secret is 4711");
        }
        let routes = in_shell(Router::new().route("/boom", get(boom)));
        let response = routes.oneshot(Request::get("/boom").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_TYPE], problem::MEDIA_TYPE);
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        let text = String::from_utf8_lossy(&body);
        assert!(text.contains("/problems/internal") && !text.contains("4711"), "{text}");
    }

    #[tokio::test]
    async fn without_a_gate_nobody_passes() {
        async fn open_to_all() {}
        let guarded = get(open_to_all).route_layer(middleware::from_fn_with_state(KeyScope::ReportsRead, guard));
        let response = Router::new().route("/x", guarded).oneshot(Request::get("/x").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
}
