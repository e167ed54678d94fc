//! `/schedules/preview`: when a schedule would run, before it is one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use rollcall_delivery::schedules::rule::Rule;
use rollcall_delivery::schedules::settings::upcoming;
use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::MAX_REQUEST_BYTES;
use super::wire::RunRange;
use crate::app::App;
use crate::body::{RequestBody, required};
use crate::problem::{Document, Problem};

/// So many runs are told.
const RUNS: usize = 5;

/// When something would be delivered. What is left out is as usual.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchedulePreview {
    /// `{"every": "day"}` or `{"every": "week", "on": ["monday", "friday"]}`; daily if left out.
    #[schema(value_type = Object, required = false)]
    rule: Option<Rule>,
    /// The zone in which dates begin; UTC if left out.
    #[schema(nullable = false)]
    time_zone: Option<String>,
    /// `ended_day` (as usual), `trailing_24_hours`, or a preset of reports, such as `previous_week`.
    #[schema(nullable = false)]
    range: Option<String>,
}

/// The next five runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpcomingRuns {
    /// The next one first.
    runs: Vec<UpcomingRun>,
}

/// A run that would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpcomingRun {
    /// When it is due: the first instant of its date in the zone.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
    /// The same in words.
    words: String,
    /// What it covers.
    range: RunRange,
}

/// See when a schedule would run
///
/// The next five runs of a rule, with the ranges that they cover. Nothing is made.
#[utoipa::path(
    post, path = "/schedules/preview", tag = "schedules", request_body = SchedulePreview,
    responses(
        (status = 200, description = "The next runs", body = UpcomingRuns),
        (status = 422, description = "A member is wrong, which `field` names", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_preview(State(app): State<Arc<App>>, body: RequestBody) -> Result<Json<UpcomingRuns>, Problem> {
    let SchedulePreview { rule, time_zone, range } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let (zone, found) = upcoming(rule, time_zone, range, app.access.now(), RUNS)?;
    let told = |(due, range): (_, rollcall_model::range::ResolvedRange)| UpcomingRun {
        due_at: due,
        words: format!("{} ({})", zone.civil(due).strftime("%a %-d %b %Y %H:%M"), zone.name()),
        range: RunRange { from: range.from, to: range.to, words: range.in_words(&zone) },
    };
    Ok(Json(UpcomingRuns { runs: found.into_iter().map(told).collect() }))
}
