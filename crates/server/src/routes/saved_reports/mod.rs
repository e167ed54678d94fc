//! Saved reports: report definitions under a name, with an owner.
//!
//! A saved definition is a definition: it is checked by the parser of definitions, and run as any other. Its
//! link gives no rights: who opens it needs the permission, and sees their own rows. What can be asked of it stands
//! in [`questions`].

mod content;
pub(crate) mod questions;
mod wire;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_access::{Permission, allows, report_rights};
use rollcall_control::outbox::Record;
use rollcall_control::saved_reports::{self, ReportChange};
use rollcall_model::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, required};
use crate::headers::location;
use crate::intake::now;
use crate::parameters::{Parameters, PathPart, flag};
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Kind, Problem};
use crate::record::{Change, record, require_room};
use crate::rights::{saving, viewing};
use content::{Content, kind_of};
pub(crate) use wire::Names;
use wire::{ListParameters, NewSavedReport, SavedReport, SavedReportChange, SavedReportEntry, SavedReports, Scheduled};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;
/// What the record calls one.
const ENTITY: &str = "Saved Report";

/// List the saved reports
///
/// The library: one's own and those that others have published.
#[utoipa::path(
    get, path = "/saved-reports", tag = "saved reports", params(ListParameters),
    responses((status = 200, description = "The reports, by name", body = SavedReports))
)]
pub(crate) async fn get_saved_reports(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<SavedReports>, Problem> {
    let kind = parameters.kind.as_deref().map(rollcall_reports::Kind::parse).transpose();
    let kind = kind.map_err(|unknown| Problem::parameter("kind", unknown.reason).allowed(unknown.allowed))?;
    let all = flag("all", parameters.all.as_deref())?;
    if all {
        allows(&caller.0, Permission::SavedReportsManageOthers)?;
    }
    let owner = caller.0.id();
    let stored = app.control.saved_reports().list(caller.tenant(), (!all).then_some(&owner), true).await?;
    let names = names(&app, &caller).await?;
    let mut reports = Vec::with_capacity(stored.len());
    for report in stored {
        let kind_of_report = kind_of(&report.kind)?;
        let entry = SavedReportEntry::of(&report, &caller, &names);
        let is_wanted =
            kind.is_none_or(|kind| kind == kind_of_report) && parameters.search.as_deref().is_none_or(|text| entry.contains(text));
        if is_wanted && allows(&caller.0, viewing(kind_of_report)).is_ok() {
            reports.push(entry);
        }
    }
    Ok(Json(SavedReports { reports }))
}

/// Save a report
///
/// The definition is checked as if it were run. It stays as it is saved: a preset is evaluated anew at each
/// opening, unless `freeze` puts the dates in its place that it means now.
#[utoipa::path(
    post, path = "/saved-reports", tag = "saved reports", request_body = NewSavedReport,
    responses(
        (status = 201, description = "It is saved", body = SavedReport, headers(("ETag" = String, description = "Its version"), ("Location" = String, description = "Its address"))),
        (status = 409, description = "The caller has a report of that name", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The definition is wrong", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_saved_report(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Response, Problem> {
    let NewSavedReport { name, definition, published, freeze } = required(body.json(MAX_REQUEST_BYTES).await?)?;
    let now = now();
    let name = content::name(&name)?;
    let Content { kind, text: definition } = Content::new(definition, freeze, now)?;
    require_to_save(&caller, kind)?;
    require_room(&app).await?;
    let new = saved_reports::NewReport {
        id: Uuid::now_v7(),
        tenant: caller.tenant().clone(),
        owner: caller.0.id(),
        name,
        kind: kind.name().to_owned(),
        definition,
        published,
        created_by: caller.0.id(),
        created_at: now,
    };
    let change = Change {
        entity: ENTITY,
        activity: "Created",
        instance: new.id.to_string(),
        summary: format!("Saved the report {:?}", new.name),
        before: None,
        after: Some(told(&new.name, &new.definition, new.published)?),
    };
    let saved = app.control.saved_reports().create(&new, Some(&record(&caller, now, change))).await?;
    app.recorded.notify_one();
    let location = location(&format!("/api/v1/saved-reports/{}", saved.id))?;
    let mut response = answer(&app, &caller, StatusCode::CREATED, &saved).await?;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// Open a saved report
#[utoipa::path(
    get, path = "/saved-reports/{id}", tag = "saved reports", params(("id" = String, Path, description = "Its id")),
    responses(
        (status = 200, description = "The report", body = SavedReport, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none, or it is another's and not published", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_saved_report(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let report = visible(&app, &caller, &id).await?;
    answer(&app, &caller, StatusCode::OK, &report).await
}

/// Overwrite a saved report
#[utoipa::path(
    put, path = "/saved-reports/{id}", tag = "saved reports", request_body = NewSavedReport,
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read"), Scheduled),
    responses(
        (status = 200, description = "The report as it is now", body = SavedReport, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none, or it is another's and not published", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "Its owner has another report of that name; or its publication is to be taken back, and it is scheduled", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The definition is wrong", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_saved_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    Parameters(scheduled): Parameters<Scheduled>,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let new: NewSavedReport = required(body.json(MAX_REQUEST_BYTES).await?)?;
    change(&app, &caller, &id, preconditions, new.into(), scheduled.are_deleted()?).await
}

/// Change a saved report
///
/// Renames it, changes its definition, publishes it or takes that back. What is left out stays as it is.
#[utoipa::path(
    patch, path = "/saved-reports/{id}", tag = "saved reports", request_body = SavedReportChange,
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read"), Scheduled),
    responses(
        (status = 200, description = "The report as it is now", body = SavedReport, headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none, or it is another's and not published", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "Its owner has another report of that name; or its publication is to be taken back, and it is scheduled", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The definition is wrong", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn patch_saved_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    Parameters(scheduled): Parameters<Scheduled>,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let wanted: SavedReportChange = required(body.json(MAX_REQUEST_BYTES).await?)?;
    change(&app, &caller, &id, preconditions, wanted, scheduled.are_deleted()?).await
}

/// Delete a saved report
///
/// What it has produced stays. One that is scheduled is refused, unless its schedules are to be deleted with it.
#[utoipa::path(
    delete, path = "/saved-reports/{id}", tag = "saved reports",
    params(("id" = String, Path, description = "Its id"), ("If-Match" = String, Header, description = "The ETag that was read"), Scheduled),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "There is none, or it is another's and not published", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "It is scheduled; the detail names the schedules", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Somebody has changed it meanwhile; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_saved_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    Parameters(scheduled): Parameters<Scheduled>,
    preconditions: Preconditions,
) -> Result<StatusCode, Problem> {
    let with_schedules = scheduled.are_deleted()?;
    let report = changeable(&app, &caller, &id, preconditions).await?;
    let change = Change {
        entity: ENTITY,
        activity: "Deleted",
        instance: report.id.to_string(),
        summary: format!("Deleted the report {:?}", report.name),
        before: Some(told(&report.name, &report.definition, report.published)?),
        after: None,
    };
    let now = now();
    let (schedules, mut records) = schedules_of(&app, &caller, &report, with_schedules).await?;
    records.push(record(&caller, now, change));
    app.control.saved_reports().delete(caller.tenant(), report.id, report.version, &schedules, now, &records).await?;
    app.recorded.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the version of a report that the caller has read.
async fn change(
    app: &App,
    caller: &Caller,
    id: &str,
    preconditions: Preconditions,
    wanted: SavedReportChange,
    with_schedules: bool,
) -> Result<Response, Problem> {
    let report = changeable(app, caller, id, preconditions).await?;
    let now = now();
    let to = differences(caller, &report, wanted, now)?;
    if to == ReportChange::new(caller.0.id(), now) {
        return answer(app, caller, StatusCode::OK, &report).await;
    }
    let name = to.name.as_deref().unwrap_or(&report.name);
    let definition = to.definition.as_deref().unwrap_or(&report.definition);
    let (activity, word) = match (to.published, to.name.is_some() || to.definition.is_some()) {
        (Some(true), false) => ("Published", "Published"),
        (Some(false), false) => ("Unpublished", "Took back the publication of"),
        _ => ("Updated", "Changed"),
    };
    let change = Change {
        entity: ENTITY,
        activity,
        instance: report.id.to_string(),
        summary: format!("{word} the report {name:?}"),
        before: Some(told(&report.name, &report.definition, report.published)?),
        after: Some(told(name, definition, to.published.unwrap_or(report.published))?),
    };
    let (schedules, mut records) = schedules_of(app, caller, &report, with_schedules && to.published == Some(false)).await?;
    records.push(record(caller, now, change));
    let reports = app.control.saved_reports();
    let changed = reports.update_with_schedules(caller.tenant(), report.id, report.version, &to, &schedules, &records).await?;
    app.recorded.notify_one();
    answer(app, caller, StatusCode::OK, &changed).await
}

/// What of it is to be otherwise than it is.
fn differences(
    caller: &Caller,
    report: &saved_reports::SavedReport,
    wanted: SavedReportChange,
    now: Timestamp,
) -> Result<ReportChange, Problem> {
    let mut to = ReportChange::new(caller.0.id(), now);
    to.name = wanted.name.as_deref().map(content::name).transpose()?.filter(|name| *name != report.name);
    to.published = wanted.published.filter(|published| *published != report.published);
    let definition = match wanted.definition {
        None if wanted.freeze => Some(members_of(&report.definition)?),
        definition => definition,
    };
    if let Some(definition) = definition {
        let Content { kind, text } = Content::new(definition, wanted.freeze, now)?;
        require_to_save(caller, kind)?;
        to.kind = Some(kind.name().to_owned()).filter(|kind| *kind != report.kind);
        to.definition = Some(text).filter(|text| *text != report.definition);
    }
    Ok(to)
}

/// The report of an id, if the caller may know of it.
async fn visible(app: &App, caller: &Caller, id: &str) -> Result<saved_reports::SavedReport, Problem> {
    let none = || Problem::new(Kind::NotFound, "there is no such saved report, or it is another's and not published");
    let id: Uuid = id.parse().map_err(|_| none())?;
    let report = app.control.saved_reports().get(caller.tenant(), id).await?.ok_or_else(none)?;
    if !report.published && !may_change(caller, &report) {
        return Err(none());
    }
    allows(&caller.0, viewing(kind_of(&report.kind)?))?;
    Ok(report)
}

/// The report of an id in the version that the caller has read, if they may change it.
async fn changeable(app: &App, caller: &Caller, id: &str, preconditions: Preconditions) -> Result<saved_reports::SavedReport, Problem> {
    let report = visible(app, caller, id).await?;
    if report.owner != caller.0.id() && !sees_to_scheduled(app, caller, &report).await? {
        allows(&caller.0, Permission::SavedReportsManageOthers)?;
    }
    require_to_save(caller, kind_of(&report.kind)?)?;
    preconditions.required()?.require(report.version)?;
    require_room(app).await?;
    Ok(report)
}

/// Whether the caller may see to the report because it is scheduled: those may who may do all with the login/logout report.
async fn sees_to_scheduled(app: &App, caller: &Caller, report: &saved_reports::SavedReport) -> Result<bool, Problem> {
    let all = Permission::LoginLogoutAll;
    if report_rights::scheduling(&report.kind) != all || allows(&caller.0, all).is_err() {
        return Ok(false);
    }
    Ok(!app.control.schedules().of_report(caller.tenant(), report.id).await?.is_empty())
}

/// The schedules that are deleted with a report, if they are to be, and the records of that.
async fn schedules_of(
    app: &App,
    caller: &Caller,
    report: &saved_reports::SavedReport,
    are_deleted: bool,
) -> Result<(Vec<Uuid>, Vec<Record>), Problem> {
    if !are_deleted {
        return Ok((Vec::new(), Vec::new()));
    }
    Ok(app.delivery.schedules_of(&caller.0, report).await?.into_iter().unzip())
}

fn may_change(caller: &Caller, report: &saved_reports::SavedReport) -> bool {
    report.owner == caller.0.id() || allows(&caller.0, Permission::SavedReportsManageOthers).is_ok()
}

/// Who saves a kind of report must be able to open it too.
fn require_to_save(caller: &Caller, kind: rollcall_reports::Kind) -> Result<(), Problem> {
    allows(&caller.0, viewing(kind))?;
    Ok(allows(&caller.0, saving(kind))?)
}

/// The definition of a saved report that the caller may know of.
pub(crate) async fn saved_definition(app: &App, caller: &Caller, id: &str) -> Result<Map<String, Value>, Problem> {
    members_of(&visible(app, caller, id).await?.definition)
}

/// A stored definition.
fn members_of(definition: &str) -> Result<Map<String, Value>, Problem> {
    serde_json::from_str(definition).map_err(|error| Problem::internal("reading a saved definition", &error))
}

/// What the record says of a report.
fn told(name: &str, definition: &str, published: bool) -> Result<Value, Problem> {
    Ok(json!({"name": name, "published": published, "definition": members_of(definition)?}))
}

/// Who is who: users and API keys.
pub(crate) async fn names(app: &App, caller: &Caller) -> Result<Names, Problem> {
    let keys = app.access.keys(caller.tenant()).await?.into_iter().map(|key| (format!("key:{}", key.id), key.name));
    let users = app.access.users(caller.tenant()).await?.into_iter().map(|user| (format!("user:{}", user.id), user.display_name));
    Ok(keys.chain(users).collect())
}

async fn answer(app: &App, caller: &Caller, status: StatusCode, report: &saved_reports::SavedReport) -> Result<Response, Problem> {
    let told = SavedReport::of(report, caller, &names(app, caller).await?)?;
    Ok((status, [(header::ETAG, etag(report.version))], Json(told)).into_response())
}
