//! The activity catalogue: what is built in, with what the tenant adds, of the applications that it has.

mod wire;

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rollcall_access::{Permission, allows};
use rollcall_control::tenant_catalogue::EntryKey;
use rollcall_model::Catalogue;
use serde_json::json;

use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::intake::now;
use crate::parameters::{Parameters, PathPart, flag, shortened};
use crate::problem::{Document, Kind, Problem};
use crate::record::{Change, record, require_room};
use wire::{CatalogueAnswer, CatalogueEntry, CatalogueParameters, EntryParameters, SwitchedApplication};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 16 * 1024;
/// Most entries of a tenant.
const MAX_ENTRIES: usize = 10_000;

/// Show the activity catalogue
///
/// What is built in and what the tenant has added, of the applications that are switched on. Until one is, of all.
#[utoipa::path(
    get, path = "/catalogue", tag = "catalogue", params(CatalogueParameters),
    responses((status = 200, description = "The catalogue", body = CatalogueAnswer))
)]
pub(crate) async fn get_catalogue(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<CatalogueParameters>,
) -> Result<Json<CatalogueAnswer>, Problem> {
    let all = flag("all", parameters.all.as_deref())?;
    let tenants = Tenants::of(&app, &caller).await?;
    let shown = if all { tenants.whole.clone() } else { tenants.shown() };
    let Tenants { entries, switched_on, .. } = tenants;
    Ok(Json(CatalogueAnswer::new(&shown, switched_on, entries)))
}

/// Add an entry to the catalogue
///
/// In place of the one that the tenant has about the same. What is built in stays as it is.
#[utoipa::path(
    put, path = "/catalogue/entries", tag = "catalogue", request_body = CatalogueEntry,
    responses(
        (status = 200, description = "The entry is there", body = CatalogueEntry),
        (status = 422, description = "The entry is about nothing, or a text is wrong", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_entry(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Json<CatalogueEntry>, Problem> {
    allows(&caller.0, Permission::SettingsEdit)?;
    let entry = body.json::<CatalogueEntry>(MAX_REQUEST_BYTES).await?;
    let entry = entry.ok_or_else(|| Problem::new(Kind::InvalidBody, "expected an entry; got an empty body"))?;
    let entry = entry.trimmed().map_err(|invalid| Problem::new(Kind::InvalidBody, invalid.reason).field(invalid.field))?;
    entry.for_catalogue().check().map_err(|invalid| Problem::new(Kind::InvalidBody, invalid.to_string()))?;
    require_room(&app).await?;
    let entries = entries(&app, &caller).await?;
    let stored = entry.for_storing();
    let before = entries.iter().find(|present| present.for_storing().key == stored.key);
    if before == Some(&entry) {
        return Ok(Json(entry));
    }
    if before.is_none() && entries.len() >= MAX_ENTRIES {
        let detail = format!("expected at most {MAX_ENTRIES} entries of a tenant; remove some first");
        return Err(Problem::new(Kind::TooManyRecords, detail).limit(MAX_ENTRIES));
    }
    let (activity, word) = if before.is_some() { ("Updated", "Changed") } else { ("Created", "Added") };
    let change = change_of_entry(activity, word, &stored.key, before, Some(&entry));
    app.control.tenant_catalogue().put(caller.tenant(), &stored, Some(&record(&caller, now(), change))).await?;
    app.recorded.notify_one();
    Ok(Json(entry))
}

/// Remove an entry that the tenant has added
#[utoipa::path(
    delete, path = "/catalogue/entries", tag = "catalogue", params(EntryParameters),
    responses(
        (status = 204, description = "The entry is removed"),
        (status = 404, description = "The tenant has none about that", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_entry(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<EntryParameters>,
) -> Result<StatusCode, Problem> {
    allows(&caller.0, Permission::SettingsEdit)?;
    require_room(&app).await?;
    let key = CatalogueEntry::from(parameters).for_storing().key;
    let entries = entries(&app, &caller).await?;
    let none = || Problem::new(Kind::NotFound, "the tenant has added no entry about that");
    let before = entries.iter().find(|present| present.for_storing().key == key).ok_or_else(none)?;
    let change = change_of_entry("Deleted", "Removed", &key, Some(before), None);
    if !app.control.tenant_catalogue().remove(caller.tenant(), &key, Some(&record(&caller, now(), change))).await? {
        return Err(none());
    }
    app.recorded.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

/// Switch on an application
///
/// From the first on, the catalogue offers those that are switched on, what the tenant has added, and Rollcall's own.
#[utoipa::path(
    put, path = "/catalogue/applications/{name}", tag = "catalogue",
    params(("name" = String, Path, description = "Its name, or its other one")),
    responses(
        (status = 200, description = "It is switched on", body = SwitchedApplication),
        (status = 404, description = "The catalogue has no such application; `allowed`", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_application(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(name): PathPart,
) -> Result<Json<SwitchedApplication>, Problem> {
    allows(&caller.0, Permission::SettingsEdit)?;
    let name = application(&app, &caller, &name).await?;
    require_room(&app).await?;
    let record = record(&caller, now(), change_of_application(&name, true));
    if app.control.tenant_catalogue().switch_on(caller.tenant(), &name, Some(&record)).await? {
        app.recorded.notify_one();
    }
    Ok(Json(SwitchedApplication { application: name, switched_on: true }))
}

/// Switch off an application
#[utoipa::path(
    delete, path = "/catalogue/applications/{name}", tag = "catalogue",
    params(("name" = String, Path, description = "Its name, or its other one")),
    responses(
        (status = 200, description = "It is switched off", body = SwitchedApplication),
        (status = 404, description = "The catalogue has no such application; `allowed`", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_application(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(name): PathPart,
) -> Result<Json<SwitchedApplication>, Problem> {
    allows(&caller.0, Permission::SettingsEdit)?;
    let name = application(&app, &caller, &name).await?;
    require_room(&app).await?;
    let record = record(&caller, now(), change_of_application(&name, false));
    if app.control.tenant_catalogue().switch_off(caller.tenant(), &name, Some(&record)).await? {
        app.recorded.notify_one();
    }
    Ok(Json(SwitchedApplication { application: name, switched_on: false }))
}

/// The catalogue of a tenant.
struct Tenants {
    /// With what it has added, whatever is switched on.
    whole: Catalogue,
    entries: Vec<CatalogueEntry>,
    switched_on: Vec<String>,
}

impl Tenants {
    async fn of(app: &App, caller: &Caller) -> Result<Self, Problem> {
        let entries = entries(app, caller).await?;
        let whole = Catalogue::embedded().extended(entries.iter().map(CatalogueEntry::for_catalogue));
        let whole = whole.map_err(|error| Problem::internal("adding the tenant's entries to the catalogue", &error))?;
        let switched_on = app.control.tenant_catalogue().applications(caller.tenant()).await?;
        Ok(Tenants { whole, entries, switched_on })
    }

    /// The applications that are switched on; until one is, all.
    fn shown(&self) -> Catalogue {
        if self.switched_on.is_empty() {
            return self.whole.clone();
        }
        // Who adds an application has it.
        let added = self.entries.iter().filter_map(|entry| entry.for_catalogue().application);
        self.whole.restricted_to(&self.switched_on.iter().cloned().chain(added).collect::<BTreeSet<String>>())
    }
}

/// The catalogue that a caller's reports offer values from.
pub(super) async fn of_tenant(app: &App, caller: &Caller) -> Result<Catalogue, Problem> {
    Ok(Tenants::of(app, caller).await?.shown())
}

async fn entries(app: &App, caller: &Caller) -> Result<Vec<CatalogueEntry>, Problem> {
    let entries = app.control.tenant_catalogue().list(caller.tenant()).await?;
    Ok(entries.into_iter().map(CatalogueEntry::from).collect())
}

/// The name of an application that may be given by its other one. One that was switched on stays known.
async fn application(app: &App, caller: &Caller, given: &str) -> Result<String, Problem> {
    let Tenants { whole, switched_on, .. } = Tenants::of(app, caller).await?;
    if let Some(application) = whole.application(given) {
        return Ok(application.name.clone());
    }
    if switched_on.iter().any(|name| name == given) {
        return Ok(given.to_owned());
    }
    let detail = format!("the catalogue has no application {:?}; add an entry about it first", shortened(given));
    Err(Problem::new(Kind::NotFound, detail).allowed(whole.applications().iter().map(|application| application.name.as_str())))
}

fn change_of_entry(
    activity: &'static str,
    word: &str,
    key: &EntryKey,
    before: Option<&CatalogueEntry>,
    after: Option<&CatalogueEntry>,
) -> Change {
    let names = [&key.application, &key.entity, &key.activity].into_iter().filter(|name| !name.is_empty());
    let path = names.map(String::as_str).collect::<Vec<_>>().join(" / ");
    let told = |entry: &CatalogueEntry| json!(entry);
    Change {
        entity: "Catalogue Entry",
        activity,
        summary: format!("{word} the entry {path} of the activity catalogue"),
        instance: path,
        before: before.map(told),
        after: after.map(told),
    }
}

fn change_of_application(name: &str, switched_on: bool) -> Change {
    let (activity, word) = if switched_on { ("Switched On", "on") } else { ("Switched Off", "off") };
    Change {
        entity: "Application",
        activity,
        instance: name.to_owned(),
        summary: format!("Switched {word} the application {name}"),
        before: Some(json!({"switched_on": !switched_on})),
        after: Some(json!({"switched_on": switched_on})),
    }
}
