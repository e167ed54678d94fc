//! `GET /metrics`: counters and histograms for Prometheus.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rollcall_model::TenantId;

use crate::app::App;
use crate::auth::Caller;
use crate::problem::{Document, Kind, Problem};

/// The media type of Prometheus's text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Counters and histograms, for Prometheus
#[utoipa::path(
    get, path = "/metrics", tag = "health",
    responses(
        (status = 200, description = "Prometheus's text format", body = String, content_type = "text/plain"),
        (status = 404, description = "Metrics are switched off", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_metrics(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Problem> {
    let Some(metrics) = &app.metrics else {
        return Err(Problem::new(Kind::NotFound, "metrics are switched off in this server"));
    };
    gauge_ledger(&app, caller.tenant())?;
    Ok(([(header::CONTENT_TYPE, TEXT_FORMAT)], metrics.render()).into_response())
}

/// Sets what is known of the ledger at this moment.
#[allow(clippy::cast_precision_loss)] // a gauge is a float; a seq beyond 2^53 may lose its last digit there
fn gauge_ledger(app: &App, tenant: &TenantId) -> Result<(), Problem> {
    metrics::gauge!("rollcall_ledger_next_seq").set(app.ledger.next_seq(tenant)? as f64);
    metrics::gauge!("rollcall_ledger_tail_events").set(app.ledger.tail_events(tenant)? as f64);
    metrics::gauge!("rollcall_ledger_poisoned").set(f64::from(u8::from(app.ledger.poisoned().is_some())));
    Ok(())
}
