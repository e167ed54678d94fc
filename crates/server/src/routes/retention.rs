//! Retention: how long events are kept, and removing those that no longer are.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use rollcall_model::{Category, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::holds::Hold;
use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::parameters::{Parameters, flag, shortened};
use crate::problem::{Kind, Problem};
use crate::record::{Announced, Change};

/// Most days that events are kept, if not for ever.
const MAX_DAYS: u32 = 36_500;
/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 4 * 1024;

/// How long events are kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetentionSettings {
    /// Of each category, for how many days its events are kept; null is for ever.
    days: BTreeMap<&'static str, Option<u32>>,
}

/// Parameters of `POST /retention/run`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RunParameters {
    /// Whether it is only said what would be removed.
    #[param(value_type = Option<bool>)]
    dry_run: Option<String>,
}

/// What was removed, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RetentionAnswer {
    /// Whether it is only what would be removed.
    dry_run: bool,
    /// Legal holds, for which nothing was removed.
    on_hold: Vec<Hold>,
    /// Of each category that is not kept for ever, what has gone.
    removed: Vec<RemovedEvents>,
    /// Sessions that went.
    sessions: u64,
    /// Files that went out of the lake.
    files: u64,
    /// Bytes that are free once these files are deleted. A dry run estimates them.
    bytes: u64,
    /// The earliest moment at which they are deleted; null if none are.
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_from: Option<Timestamp>,
}

/// What of a category has gone.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RemovedEvents {
    /// The category.
    category: &'static str,
    /// The events before this moment.
    #[schema(value_type = String, format = DateTime)]
    before: Timestamp,
    /// How many they were.
    events: u64,
}

/// For how long events are kept
#[utoipa::path(get, path = "/retention", tag = "store", responses((status = 200, description = "Of each category", body = RetentionSettings)))]
pub(crate) async fn get_retention(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<RetentionSettings>, Problem> {
    Ok(Json(settings(&app, &caller).await?))
}

/// Set for how long the events of some categories are kept
///
/// The categories that the body does not name stay as they are. Nothing is removed at once: what is no longer kept
/// goes once a day, or by a run.
#[utoipa::path(
    post, path = "/retention", tag = "store",
    request_body(content = BTreeMap<String, Option<u32>>, description = "Days by category, 1 to 36,500; null is for ever"),
    responses((status = 200, description = "What counts now", body = RetentionSettings))
)]
pub(crate) async fn post_retention(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: RequestBody,
) -> Result<Json<RetentionSettings>, Problem> {
    let wanted = body.json::<BTreeMap<String, Option<i64>>>(MAX_REQUEST_BYTES).await?.unwrap_or_default();
    let wanted = wanted.into_iter().map(|(word, days)| Ok((category(&word)?, days.map(|days| number_of_days(&word, days)).transpose()?)));
    let wanted = wanted.collect::<Result<_, Problem>>()?;
    let change = Change {
        entity: "Settings",
        activity: "Updated",
        instance: "retention".to_owned(),
        summary: "Changed for how long events are kept".to_owned(),
        before: Some(json!(settings(&app, &caller).await?)),
        after: Some(json!({"wanted": wanted})),
    };
    let announced = Announced::new(&app, &caller, change).await?;
    let (announced, ()) = announced.unless_failed(app.ledger.set_retention(caller.tenant(), &wanted).await).await?;
    let after = settings(&app, &caller).await?;
    announced.done(json!(after)).await?;
    Ok(Json(after))
}

/// Remove what is no longer kept
///
/// Happens by itself once a day. The answer comes when it is done. Files are deleted later: when the grace period is
/// over, and no query and no cursor needs them.
#[utoipa::path(post, path = "/retention/run", tag = "store", params(RunParameters), responses((status = 200, description = "What has gone", body = RetentionAnswer)))]
pub(crate) async fn post_run(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<RunParameters>,
) -> Result<Json<RetentionAnswer>, Problem> {
    let dry_run = flag("dry_run", parameters.dry_run.as_deref())?;
    // A task of its own: a caller that hangs up does not stop it halfway.
    let run = tokio::spawn(async move {
        if dry_run { Ok(app.ledger.preview_retention(caller.tenant()).await?) } else { recorded_run(&app, &caller).await }
    });
    let report = run.await.map_err(|error| Problem::internal("removing what is no longer kept", &error))??;
    let rollcall_ledger::RetentionReport { on_hold, removed, sessions, files, bytes, deleted_from } = report;
    let on_hold = on_hold.into_iter().map(Hold::from).collect();
    let removed = removed.into_iter().map(|of| RemovedEvents { category: of.category.as_str(), before: of.before, events: of.events });
    Ok(Json(RetentionAnswer { dry_run, on_hold, removed: removed.collect(), sessions, files, bytes, deleted_from }))
}

async fn recorded_run(app: &App, caller: &Caller) -> Result<rollcall_ledger::RetentionReport, Problem> {
    let change = Change {
        entity: "Retention",
        activity: "Run",
        instance: "retention".to_owned(),
        summary: "Removed what is no longer kept".to_owned(),
        before: None,
        after: None,
    };
    let announced = Announced::new(app, caller, change).await?;
    let (announced, report) = announced.unless_failed(app.ledger.run_retention(caller.tenant()).await).await?;
    let removed = report.removed.iter().map(|of| json!({"category": of.category.as_str(), "before": of.before, "events": of.events}));
    let after = json!({"removed": removed.collect::<Vec<_>>(), "sessions": report.sessions, "on_hold": !report.on_hold.is_empty()});
    announced.done(after).await?;
    Ok(report)
}

async fn settings(app: &App, caller: &Caller) -> Result<RetentionSettings, Problem> {
    let policy = app.ledger.retention(caller.tenant()).await?;
    let days = Category::ALL.iter().map(|category| (category.as_str(), policy.get(category).map(|days| days.get())));
    Ok(RetentionSettings { days: days.collect() })
}

fn category(word: &str) -> Result<Category, Problem> {
    let words = || Category::ALL.iter().map(|category| category.as_str());
    Category::from_word(word).ok_or_else(|| {
        let detail = format!("expected a category, one of {}; got {:?}", words().collect::<Vec<_>>().join(", "), shortened(word));
        Problem::new(Kind::InvalidBody, detail).field(shortened(word)).allowed(words())
    })
}

fn number_of_days(field: &str, days: i64) -> Result<NonZeroU32, Problem> {
    let valid = u32::try_from(days).ok().filter(|days| *days <= MAX_DAYS).and_then(NonZeroU32::new);
    valid.ok_or_else(|| {
        let detail = format!("expected a number of days from 1 to {MAX_DAYS}, or null for ever; got {days}");
        Problem::new(Kind::InvalidBody, detail).field(field)
    })
}
