//! The table of routes: every address, the permission that it needs, and their description in OpenAPI.
//!
//! A route stands here once. [`needs`] puts its permission into the description and its guard before the
//! handler in the same breath, so that neither can be forgotten or say something else.

use std::any::Any;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router, middleware};
use rollcall_access::report_rights::{ANY_EXPORT, ANY_REPORT, ANY_SAVED, ANY_SAVING, ANY_SCHEDULING};
use rollcall_access::{KeyScope as S, Permission as P};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{OpenApi as _, openapi};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{COOKIE, Gate, Need, guard};
use crate::body::drained;
use crate::headers::with_headers;
use crate::problem::{self, Document, Problem};
use crate::routes::{
    account, archive, catalogue, compact, destinations, directory, events, exports, formats, health, holds, jobs, keys, metrics,
    openapi as description, openid_sign_in, profiles, quarantine, records, replay, reports, retention, saved_reports, schedules, session,
    sessions, settings, status, tenants, users, webhooks,
};
use crate::{page, telemetry};

/// Names of the security schemes in the description.
const API_KEY: &str = "api_key";
const SESSION: &str = "session";
/// Member of an operation in the description: the permissions of which one is needed.
const PERMISSIONS: &str = "x-permissions";

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

/// The routes for callers who prove themselves by a session or an API key.
pub fn router(app: Arc<App>) -> Router {
    let gate = Gate::Callers(Arc::clone(&app.access));
    behind(gate, app)
}

/// The routes for whoever may open the data folder: its own socket, and commands in the process.
pub fn local_router(app: Arc<App>) -> Router {
    behind(Gate::LocalOperator, app)
}

/// The description of the API.
pub fn openapi() -> OpenApi {
    let mut description = described_routes().into_openapi();
    for (path, item) in &mut description.paths.paths {
        let methods = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in methods {
            if let Some(operation) = operation {
                operation.operation_id = Some(operation_id(method, path));
            }
        }
    }
    description
}

/// The name of an operation: its method and its path, so that no two have the same.
fn operation_id(method: &str, path: &str) -> String {
    let within = path.strip_prefix("/api/v1").unwrap_or(path);
    let words = within.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// Both: for callers, and for whoever may open the data folder. The routes are put together once, which takes its time.
pub(crate) fn routers(app: Arc<App>) -> (Router, Router) {
    let callers = Gate::Callers(Arc::clone(&app.access));
    let routes = routes(app);
    (routes.clone().layer(Extension(callers)), routes.layer(Extension(Gate::LocalOperator)))
}

fn behind(gate: Gate, app: Arc<App>) -> Router {
    routes(app).layer(Extension(gate))
}

fn routes(app: Arc<App>) -> Router {
    let (routes, _) = described_routes().with_state(app).split_for_parts();
    in_shell(routes.route("/", get(page::serve)).route("/assets/{*path}", get(page::serve)).fallback(page::serve))
}

/// What lies around every route, from the inside to the outside.
fn in_shell(routes: Router) -> Router {
    // An archive is compressed already.
    let worth_while = DefaultPredicate::new().and(NotForContentType::const_new("application/zip"));
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth_while);
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
    let v1 =
        routes_of_events().merge(routes_of_reports()).merge(routes_of_delivery()).merge(routes_of_set_up()).merge(routes_of_accounts());
    OpenApiRouter::with_openapi(described())
        .nest("/api/v1", v1.routes(open(routes!(description::get_openapi))))
        .routes(open(routes!(health::get_healthz)))
        .routes(open(routes!(health::get_readyz)))
        .routes(needs(&[P::OperationsView], S::MetricsRead, routes!(metrics::get_metrics)))
}

/// Events in, and the store that keeps them.
fn routes_of_events() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(needs(&[P::EventsSend], S::EventsWrite, routes!(events::post_events)))
        .routes(needs(&[P::EventsSend], S::EventsWrite, routes!(records::post_records)))
        .routes(needs(&[P::EventsSend], S::EventsWrite, routes!(quarantine::post_quarantine)))
        .routes(needs(&[P::SourcesView], S::QuarantineRead, routes!(quarantine::get_quarantine)))
        .routes(needs(&[P::SourcesView], S::QuarantineRead, routes!(quarantine::get_quarantine_raw)))
        .routes(needs(&[P::SourcesEdit], S::EventsWrite, routes!(replay::post_replay)))
        .routes(needs(&[P::OperationsMaintain], S::StoreArchive, routes!(archive::post_archive)))
        .routes(needs(&[P::OperationsMaintain], S::StoreArchive, routes!(compact::post_compact)))
        .routes(needs(&[P::RetentionView], S::StoreAdmin, routes!(retention::get_retention)))
        .routes(needs(&[P::RetentionEdit], S::StoreAdmin, routes!(retention::post_retention)))
        .routes(needs(&[P::RetentionEdit], S::StoreAdmin, routes!(retention::post_run)))
        .routes(needs(&[P::RetentionView], S::StoreAdmin, routes!(holds::get_holds)))
        .routes(needs(&[P::RetentionEdit], S::StoreAdmin, routes!(holds::post_hold)))
        .routes(needs(&[P::RetentionEdit], S::StoreAdmin, routes!(holds::post_release)))
        .routes(needs(&[P::SourcesView, P::EventsSend, P::SettingsView], S::ReportsRead, routes!(formats::get_formats)))
        .routes(needs(&[P::SourcesView, P::OperationsView, P::SettingsView], S::ReportsRead, routes!(status::get_status)))
}

/// Reports out. Which kinds somebody may ask for, and which rows they see, is decided by the kind (`rights`).
fn routes_of_reports() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::kinds::get_reports)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::shipped::get_shipped)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::rows::query_link)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::compact::post_compact)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::compact::get_compact)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::rows::query_report)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::groups::group_report)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::facets::facets_of_report)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::histogram::histogram_of_report)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::signed_in::signed_in_of_report)))
        .routes(needs(ANY_REPORT, S::ReportsRead, routes!(reports::changes::query_changes)))
        .routes(needs(ANY_SAVED, S::ReportsRead, routes!(saved_reports::get_saved_reports)))
        .routes(needs(ANY_SAVED, S::ReportsRead, routes!(saved_reports::get_saved_report)))
        .routes(needs(ANY_SAVED, S::ReportsRead, routes!(saved_reports::questions::query_saved_report)))
        .routes(needs(ANY_SAVED, S::ReportsRead, routes!(saved_reports::questions::group_saved_report)))
        .routes(needs(ANY_SAVED, S::ReportsRead, routes!(saved_reports::questions::facets_of_saved_report)))
        .routes(needs(ANY_SAVED, S::ReportsRead, routes!(saved_reports::questions::histogram_of_saved_report)))
        .routes(needs(ANY_SAVED, S::ReportsRead, routes!(saved_reports::questions::signed_in_of_saved_report)))
        .routes(needs(ANY_SAVING, S::ReportsWrite, routes!(saved_reports::post_saved_report)))
        .routes(needs(
            ANY_SAVING,
            S::ReportsWrite,
            routes!(saved_reports::put_saved_report, saved_reports::patch_saved_report, saved_reports::delete_saved_report),
        ))
}

/// Reports that leave the building, and what is done in the background.
fn routes_of_delivery() -> OpenApiRouter<Arc<App>> {
    const SEEN: &[P] = &[
        P::SignInLogExport,
        P::LoginLogoutExport,
        P::AuditLogsExport,
        P::ActivityAuditExport,
        P::OwnSessionsExport,
        P::SavedReportsManageOthers,
    ];
    // Who may schedule chooses among them.
    const DESTINATIONS: &[P] = &[P::DestinationsView, P::SignInLogExport, P::LoginLogoutAll, P::AuditLogsExport, P::ActivityAuditEdit];
    OpenApiRouter::default()
        .routes(needs(SEEN, S::ReportsRead, routes!(exports::get_exports)))
        .routes(needs(ANY_EXPORT, S::ReportsRead, routes!(exports::post_export)))
        .routes(needs(ANY_EXPORT, S::ReportsRead, routes!(exports::post_password_check)))
        .routes(needs(SEEN, S::ReportsRead, routes!(exports::get_export)))
        .routes(needs(SEEN, S::ReportsRead, routes!(exports::delete_export)))
        .routes(needs(SEEN, S::ReportsRead, routes!(exports::post_cancel)))
        .routes(needs(SEEN, S::ReportsRead, routes!(exports::file::get_file)))
        .routes(needs(&[P::OperationsView], S::MetricsRead, routes!(jobs::get_jobs)))
        .routes(needs(&[P::OperationsView], S::MetricsRead, routes!(jobs::get_job)))
        .routes(needs(&[P::OperationsMaintain], S::StoreArchive, routes!(jobs::post_run)))
        .routes(needs(DESTINATIONS, S::SettingsWrite, routes!(destinations::get_destinations)))
        .routes(needs(DESTINATIONS, S::SettingsWrite, routes!(destinations::get_destination)))
        .routes(needs(&[P::DestinationsEdit], S::SettingsWrite, routes!(destinations::post_destination)))
        .routes(needs(&[P::DestinationsEdit], S::SettingsWrite, routes!(destinations::post_test_of_new)))
        .routes(needs(&[P::DestinationsEdit], S::SettingsWrite, routes!(destinations::post_test)))
        .routes(needs(&[P::DestinationsEdit], S::SettingsWrite, routes!(destinations::put_destination, destinations::delete_destination)))
        .routes(needs(&[P::WebhooksView], S::SettingsWrite, routes!(webhooks::get_webhooks)))
        .routes(needs(&[P::WebhooksView], S::SettingsWrite, routes!(webhooks::get_webhook)))
        .routes(needs(&[P::WebhooksView], S::SettingsWrite, routes!(webhooks::get_undelivered)))
        .routes(needs(&[P::WebhooksEdit], S::SettingsWrite, routes!(webhooks::post_webhook)))
        .routes(needs(&[P::WebhooksEdit], S::SettingsWrite, routes!(webhooks::put_webhook, webhooks::delete_webhook)))
        .routes(needs(&[P::WebhooksEdit], S::SettingsWrite, routes!(webhooks::post_pause)))
        .routes(needs(&[P::WebhooksEdit], S::SettingsWrite, routes!(webhooks::post_resume)))
        .routes(needs(&[P::WebhooksEdit], S::SettingsWrite, routes!(webhooks::post_rotate)))
        .routes(needs(&[P::WebhooksEdit], S::SettingsWrite, routes!(webhooks::post_test)))
        .routes(needs(&[P::WebhooksEdit], S::SettingsWrite, routes!(webhooks::post_resend)))
        .merge(routes_of_schedules())
}

/// Saved reports that leave by themselves.
fn routes_of_schedules() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(needs(ANY_SCHEDULING, S::ReportsRead, routes!(schedules::get_schedules)))
        .routes(needs(ANY_SCHEDULING, S::ReportsRead, routes!(schedules::get_schedule)))
        .routes(needs(ANY_SCHEDULING, S::ReportsRead, routes!(schedules::runs::get_runs_of_schedule)))
        .routes(needs(ANY_SCHEDULING, S::ReportsWrite, routes!(schedules::post_schedule)))
        .routes(needs(ANY_SCHEDULING, S::ReportsWrite, routes!(schedules::patch_schedule, schedules::delete_schedule)))
        .routes(needs(ANY_SCHEDULING, S::ReportsWrite, routes!(schedules::post_pause)))
        .routes(needs(ANY_SCHEDULING, S::ReportsWrite, routes!(schedules::post_resume)))
        .routes(needs(ANY_SCHEDULING, S::ReportsWrite, routes!(schedules::post_run)))
        .routes(needs(ANY_SCHEDULING, S::ReportsRead, routes!(schedules::runs::get_runs)))
        .routes(needs(ANY_SCHEDULING, S::ReportsRead, routes!(schedules::runs::get_run)))
        .routes(needs(ANY_EXPORT, S::ReportsRead, routes!(schedules::runs::get_run_file)))
        .routes(needs(ANY_SCHEDULING, S::ReportsWrite, routes!(schedules::runs::post_restate)))
        .routes(needs(&[P::SettingsView], S::SettingsWrite, routes!(settings::alerts::get_alerts)))
        .routes(needs(&[P::SettingsEdit], S::SettingsWrite, routes!(settings::alerts::put_alerts)))
}

/// What is set up.
fn routes_of_set_up() -> OpenApiRouter<Arc<App>> {
    const CATALOGUE: &[P] = &[P::SettingsView, P::SignInLogView, P::LoginLogoutView, P::AuditLogsView, P::ActivityAuditView];
    OpenApiRouter::default()
        .routes(needs(&[P::DirectoryView], S::DirectoryRead, routes!(directory::get_agents)))
        .routes(needs(&[P::DirectoryView], S::DirectoryRead, routes!(directory::get_agent)))
        .routes(needs(&[P::DirectoryEdit], S::DirectoryWrite, routes!(directory::put_agent, directory::delete_agent)))
        .routes(needs(&[P::DirectoryEdit], S::DirectoryWrite, routes!(directory::post_import)))
        .routes(needs(CATALOGUE, S::ReportsRead, routes!(catalogue::get_catalogue)))
        .routes(needs(&[P::SettingsEdit], S::SettingsWrite, routes!(catalogue::put_entry, catalogue::delete_entry)))
        .routes(needs(&[P::SettingsEdit], S::SettingsWrite, routes!(catalogue::put_application, catalogue::delete_application)))
        .routes(needs(&[P::SettingsView, P::SettingsEdit], S::SettingsWrite, routes!(settings::get_sign_in)))
        .routes(needs(&[P::SettingsEdit], S::SettingsWrite, routes!(settings::put_sign_in)))
        .routes(needs(&[P::SettingsView, P::SettingsEdit], S::SettingsWrite, routes!(settings::exports::get_exports)))
        .routes(needs(&[P::SettingsEdit], S::SettingsWrite, routes!(settings::exports::put_exports)))
        .routes(needs(&[P::SettingsView], S::SettingsWrite, routes!(settings::single_sign_on::get_single_sign_on)))
        .routes(needs(&[P::SettingsEdit], S::SettingsWrite, routes!(settings::single_sign_on::put_single_sign_on)))
        .routes(needs(&[P::SettingsEdit], S::SettingsWrite, routes!(settings::single_sign_on::post_single_sign_on_check)))
}

/// Signing in, and who may do what.
fn routes_of_accounts() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(open(routes!(session::post_session)))
        .routes(open(routes!(openid_sign_in::get_sign_in)))
        .routes(open(routes!(openid_sign_in::get_openid)))
        .routes(open(routes!(openid_sign_in::get_openid_callback)))
        .routes(open(routes!(openid_sign_in::post_openid_force)))
        .routes(open(routes!(openid_sign_in::post_back_channel_logout)))
        .routes(for_known(routes!(session::get_session, session::delete_session)))
        .routes(by_people(&[P::Impersonate], routes!(session::post_impersonation)))
        .routes(for_known(routes!(session::delete_impersonation)))
        .routes(for_known(routes!(account::post_password)))
        .routes(for_known(routes!(account::post_second_factor)))
        .routes(for_known(routes!(account::post_second_factor_confirm)))
        .routes(for_known(routes!(account::post_second_factor_remove)))
        .routes(needs(&[P::UsersView], S::AccessRead, routes!(sessions::get_sessions)))
        .routes(needs(&[P::UsersEdit], S::AccessWrite, routes!(sessions::delete_session)))
        .routes(needs(&[P::UsersView], S::AccessRead, routes!(users::get_users)))
        .routes(needs(&[P::UsersEdit], S::AccessWrite, routes!(users::post_user)))
        .routes(needs(&[P::UsersView], S::AccessRead, routes!(users::get_user)))
        .routes(needs(&[P::UsersEdit], S::AccessWrite, routes!(users::patch_user)))
        .routes(needs(&[P::UsersEdit], S::AccessWrite, routes!(users::post_password_reset)))
        .routes(needs(&[P::UsersEdit], S::AccessWrite, routes!(users::post_second_factor_reset)))
        .routes(needs(&[P::ProfilesView, P::UsersView], S::AccessRead, routes!(profiles::get_profiles)))
        .routes(needs(&[P::ProfilesView, P::UsersView], S::AccessRead, routes!(profiles::get_profile)))
        .routes(needs(&[P::ProfilesView, P::UsersView], S::AccessRead, routes!(profiles::get_permissions)))
        .routes(needs(&[P::ProfilesEdit], S::AccessWrite, routes!(profiles::post_profile)))
        .routes(needs(&[P::ProfilesEdit], S::AccessWrite, routes!(profiles::put_profile, profiles::delete_profile)))
        .routes(guarded(Need::Operator, routes!(tenants::get_tenants, tenants::post_tenant)))
        .routes(needs(&[P::UsersView], S::AccessRead, routes!(keys::get_keys)))
        .routes(needs(&[P::UsersEdit], S::AccessWrite, routes!(keys::post_key)))
        .routes(needs(&[P::UsersEdit], S::AccessWrite, routes!(keys::delete_key)))
}

fn described() -> OpenApi {
    let mut description = Description::openapi();
    let about = "An API key with the scope of the operation, as `rollcall key create` prints it.";
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about)).build();
    let about = "The cookie of a session, as `POST /session` sets it. What changes something also needs the header X-CSRF-Token.";
    let session = ApiKey::Cookie(ApiKeyValue::with_description(COOKIE, about));
    let components = description.components.get_or_insert_with(Components::new);
    components.add_security_scheme(API_KEY, SecurityScheme::Http(key));
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(session));
    description
}

/// A route that needs one of these permissions, or a key with this scope.
fn needs(permissions: &'static [P], scope: S, routes: UtoipaMethodRouter<Arc<App>>) -> UtoipaMethodRouter<Arc<App>> {
    guarded(Need::OneOf(permissions, Some(scope)), routes)
}

/// A route that needs one of these permissions, which keys don't have.
fn by_people(permissions: &'static [P], routes: UtoipaMethodRouter<Arc<App>>) -> UtoipaMethodRouter<Arc<App>> {
    guarded(Need::OneOf(permissions, None), routes)
}

/// A route for whoever is known.
fn for_known(routes: UtoipaMethodRouter<Arc<App>>) -> UtoipaMethodRouter<Arc<App>> {
    guarded(Need::Known, routes)
}

fn guarded(need: Need, (schemas, mut paths, methods): UtoipaMethodRouter<Arc<App>>) -> UtoipaMethodRouter<Arc<App>> {
    let by_session = || SecurityRequirement::new::<_, [&str; 0], &str>(SESSION, []);
    let (security, permissions, lacks) = match need {
        Need::Known => {
            let by_key = SecurityRequirement::new::<_, [&str; 0], &str>(API_KEY, []);
            (vec![by_key, by_session()], Vec::new(), "The request may come from another site's page".to_owned())
        }
        // There is no way to prove over the network to be the operator.
        Need::Operator => (vec![by_session()], Vec::new(), "It is for the operator, on the machine of the server".to_owned()),
        Need::OneOf(permissions, scope) => {
            let names: Vec<&str> = permissions.iter().map(|permission| permission.as_str()).collect();
            let lacks = match scope {
                Some(scope) => format!("None of the permissions {} is there, or the API key lacks the scope `{scope}`", names.join(", ")),
                None => format!("None of the permissions {} is there", names.join(", ")),
            };
            let by_key = scope.map(|scope| SecurityRequirement::new(API_KEY, [scope.as_str()]));
            (by_key.into_iter().chain([by_session()]).collect(), names, lacks)
        }
    };
    for operation in operations(&mut paths) {
        operation.security = Some(security.clone());
        let told = Extensions::builder().add(PERMISSIONS, permissions.clone()).build();
        operation.extensions.get_or_insert_with(Extensions::default).merge(told);
        let mut answer = |status: &str, about: String| operation.responses.responses.insert(status.to_owned(), failure(about));
        answer("401", "There is neither a session nor a valid API key".to_owned());
        answer("403", lacks.clone());
        answer("default", "Another problem; `type` tells which".to_owned());
    }
    // The guard stands before the handlers alone: a wrong method is told so without a key.
    (schemas, paths, methods.route_layer(middleware::from_fn_with_state(need, guard)))
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
        let guarded = get(open_to_all).route_layer(middleware::from_fn_with_state(Need::Known, guard));
        let response = Router::new().route("/x", guarded).oneshot(Request::get("/x").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
}
