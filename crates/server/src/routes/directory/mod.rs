//! The directory: agents, their place in the organisation, and the accounts that they sign in with.

mod agent;
mod file;
mod part;
mod rows;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rollcall_access::Permission;
use rollcall_control::ControlError;
use rollcall_control::directory::{Agent, StoredAgent};
use rollcall_control::outbox::Record;
use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::intake::now;
use crate::parameters::{Parameters, PathPart, number};
use crate::preconditions::{Preconditions, etag};
use crate::problem::{Document, Kind, Problem};
use crate::record::{Change, record, require_room};
use agent::{AgentAnswer, NewAgent, Wrong, told};
use part::Part;

/// Largest agent in a request, in bytes.
const MAX_REQUEST_BYTES: usize = 64 * 1024;
/// Largest import, in bytes.
const MAX_IMPORT_BYTES: usize = 8 * 1024 * 1024;
/// Agents of a page, unless others are asked for.
const DEFAULT_LIMIT: i64 = 100;
/// Most agents of a page.
const MAX_LIMIT: i64 = 1_000;
/// How often a change is tried that others come in between.
const ATTEMPTS: usize = 5;
/// What the record calls one.
const ENTITY: &str = "Agent";

/// Parameters of `GET /directory/agents`.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// Only agents in whose name, employee id or accounts it occurs, whatever its case.
    search: Option<String>,
    /// Only agents after this employee id: `next_after` of the page before.
    after: Option<String>,
    /// Most agents of the page, 1 to 1,000; 100 if left out.
    #[param(value_type = Option<i64>)]
    limit: Option<String>,
}

/// A page of the directory.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentPage {
    /// By employee id.
    agents: Vec<AgentAnswer>,
    /// The `after` of the next page; null after the last.
    next_after: Option<String>,
    /// How many agents there are on all pages. Told on the first page.
    total: Option<u64>,
}

/// What an import has done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportAnswer {
    /// Agents that were not there.
    added: usize,
    /// Agents that were there, otherwise.
    changed: usize,
    /// Agents that were there just so.
    unchanged: usize,
}

/// List the agents of the directory
#[utoipa::path(
    get, path = "/directory/agents", tag = "directory", params(ListParameters),
    responses((status = 200, description = "A page of agents", body = AgentPage))
)]
pub(crate) async fn get_agents(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(parameters): Parameters<ListParameters>,
) -> Result<Json<AgentPage>, Problem> {
    let part = Part::of(&caller, Permission::DirectoryView)?;
    let ListParameters { search, after, limit } = parameters;
    for (field, text) in [("search", &search), ("after", &after)] {
        if text.as_ref().is_some_and(|text| text.contains('\0')) {
            return Err(Problem::parameter(field, "expected a text without the character NUL"));
        }
    }
    let total = match after {
        None => Some(part.count(&app.control, caller.tenant(), search.as_deref()).await?),
        Some(_) => None,
    };
    let limit = number("limit", limit.as_deref(), DEFAULT_LIMIT, 1..=MAX_LIMIT)?;
    let most = usize::try_from(limit).unwrap_or_default();
    let mut agents = part.list(&app.control, caller.tenant(), search.as_deref(), after.as_deref(), most + 1).await?;
    let there_are_more = agents.len() > most;
    agents.truncate(most);
    let agents: Vec<AgentAnswer> = agents.into_iter().map(AgentAnswer::from).collect();
    let next_after = agents.last().filter(|_| there_are_more).map(|agent| agent.employee_id.clone());
    Ok(Json(AgentPage { agents, next_after, total }))
}

/// Get an agent
#[utoipa::path(
    get, path = "/directory/agents/{employee_id}", tag = "directory",
    params(("employee_id" = String, Path, description = "The agent's id in the organisation")),
    responses(
        (status = 200, description = "The agent", body = AgentAnswer, headers(("ETag" = String, description = "The version"))),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_agent(State(app): State<Arc<App>>, caller: Caller, PathPart(id): PathPart) -> Result<Response, Problem> {
    let part = Part::of(&caller, Permission::DirectoryView)?;
    let id = employee_id(&id)?;
    match app.control.directory().get(caller.tenant(), &id).await?.filter(|stored| part.holds(&stored.agent)) {
        Some(agent) => Ok(answer(StatusCode::OK, agent)),
        None => Err(none(&id)),
    }
}

/// Put an agent into the directory
///
/// In place of the one that is there, if there is one. With `If-Match`, only of the version that was read; with
/// `If-None-Match: *`, only if there is none.
#[utoipa::path(
    put, path = "/directory/agents/{employee_id}", tag = "directory", request_body = NewAgent,
    params(
        ("employee_id" = String, Path, description = "The agent's id in the organisation"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only if there is none"),
    ),
    responses(
        (status = 200, description = "The agent as it is now", body = AgentAnswer, headers(("ETag" = String, description = "The version"))),
        (status = 201, description = "The agent is new", body = AgentAnswer, headers(("ETag" = String, description = "The version"))),
        (status = 409, description = "An account is another agent's", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Another version is there; `present_version`", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "A member is wrong; `field`", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put_agent(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
    body: RequestBody,
) -> Result<Response, Problem> {
    let part = Part::of(&caller, Permission::DirectoryEdit)?;
    let id = employee_id(&id)?;
    let new = body.json::<NewAgent>(MAX_REQUEST_BYTES).await?;
    let mut new = new.ok_or_else(|| Problem::new(Kind::InvalidBody, "expected an agent; got an empty body"))?;
    if new.employee_id.get_or_insert_with(|| id.clone()).trim() != id {
        let detail = format!("expected {id:?}, as in the address, or nothing");
        return Err(Problem::new(Kind::InvalidBody, detail).field("employee_id"));
    }
    let agent = new.check()?;
    require_room(&app).await?;
    let mut attempt = 1;
    loop {
        match put(&app, &caller, &part, &agent, preconditions).await {
            Err(Failed::Overtaken(_)) if attempt < ATTEMPTS => attempt += 1,
            done => return Ok(done?),
        }
    }
}

/// Remove an agent from the directory
///
/// Events that have got something from the directory keep it.
#[utoipa::path(
    delete, path = "/directory/agents/{employee_id}", tag = "directory",
    params(
        ("employee_id" = String, Path, description = "The agent's id in the organisation"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read"),
    ),
    responses(
        (status = 204, description = "The agent is removed"),
        (status = 404, description = "There is none", body = Document, content_type = "application/problem+json"),
        (status = 412, description = "Another version is there; `present_version`", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_agent(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(id): PathPart,
    preconditions: Preconditions,
) -> Result<StatusCode, Problem> {
    let part = Part::of(&caller, Permission::DirectoryEdit)?;
    let id = employee_id(&id)?;
    require_room(&app).await?;
    let mut attempt = 1;
    loop {
        match remove(&app, &caller, &part, &id, preconditions).await {
            Err(Failed::Overtaken(_)) if attempt < ATTEMPTS => attempt += 1,
            done => return Ok(done.map(|()| StatusCode::NO_CONTENT)?),
        }
    }
}

/// Import agents
///
/// All of them or none. Agents that are not in the file stay as they are.
#[utoipa::path(
    post, path = "/directory/import", tag = "directory",
    request_body(
        description = "CSV with a header, its columns of employee_id, agent_name, hierarchy, routing_profile, time_zone, tags, active and accounts; or a JSON array of agents. At most 20,000 agents and 8 MiB. Content-Encoding may be gzip or zstd.",
        content((String = "text/csv"), (Vec<NewAgent> = "application/json"))
    ),
    responses(
        (status = 200, description = "All are stored", body = ImportAnswer),
        (status = 409, description = "An account is another agent's", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "Something is wrong, and nothing was stored: `rejected` names line, column and reason", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_import(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Json<ImportAnswer>, Problem> {
    let part = Part::of(&caller, Permission::DirectoryEdit)?;
    body.require_media_type(&["text/csv", "application/json"])?;
    let is_json = body.is("application/json");
    let read = move |bytes: &[u8]| if is_json { file::from_json(bytes) } else { file::from_csv(bytes) };
    let agents = body.whole(MAX_IMPORT_BYTES, read).await?;
    require_room(&app).await?;
    let mut attempt = 1;
    loop {
        match import(&app, &caller, &part, &agents).await {
            Err(Failed::Overtaken(_)) if attempt < ATTEMPTS => attempt += 1,
            done => return Ok(Json(done?)),
        }
    }
}

/// Why a change was not made.
enum Failed {
    /// Somebody else has changed it in between.
    Overtaken(ControlError),
    For(Problem),
}

impl From<ControlError> for Failed {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::VersionConflict { .. } | ControlError::RevisionConflict { .. } => Failed::Overtaken(error),
            error => Failed::For(error.into()),
        }
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Failed::For(problem)
    }
}

impl From<Failed> for Problem {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Overtaken(error) => error.into(),
            Failed::For(problem) => problem,
        }
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        Problem::new(Kind::InvalidBody, wrong.reason).field(wrong.field)
    }
}

/// Stores an agent, if what is there is what the sender expects.
async fn put(app: &App, caller: &Caller, part: &Part, agent: &Agent, preconditions: Preconditions) -> Result<Response, Failed> {
    let directory = app.control.directory();
    let present = directory.get(caller.tenant(), &agent.employee_id).await?;
    part.require(present.as_ref().map(|present| &present.agent), Some(agent))?;
    let version = present.as_ref().map_or(0, |present| present.version);
    if preconditions.is_new && version > 0 {
        return Err(Problem::stale(version).into());
    }
    expect(preconditions, version)?;
    let status = if present.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let present = match present {
        Some(present) if present.agent == *agent => return Ok(answer(status, present)),
        present => present,
    };
    let now = now();
    let record = record_of(caller, now, present.as_ref().map(|present| &present.agent), Some(agent));
    let stored = directory.put(caller.tenant(), agent, Some(version), now, record.as_ref()).await.map_err(|error| part.refused(error))?;
    changed(app, caller);
    Ok(answer(status, stored))
}

async fn remove(app: &App, caller: &Caller, part: &Part, id: &str, preconditions: Preconditions) -> Result<(), Failed> {
    let directory = app.control.directory();
    let present = directory.get(caller.tenant(), id).await?.ok_or_else(|| none(id))?;
    part.require(Some(&present.agent), None)?;
    expect(preconditions, present.version)?;
    let record = record_of(caller, now(), Some(&present.agent), None);
    directory.remove(caller.tenant(), id, Some(present.version), record.as_ref()).await?;
    changed(app, caller);
    Ok(())
}

async fn import(app: &App, caller: &Caller, part: &Part, agents: &[Agent]) -> Result<ImportAnswer, Failed> {
    let directory = app.control.directory();
    let view = directory.all(caller.tenant()).await?;
    let present: HashMap<&str, &Agent> = view.agents.iter().map(|stored| (stored.agent.employee_id.as_str(), &stored.agent)).collect();
    for agent in agents {
        part.require(present.get(agent.employee_id.as_str()).copied(), Some(agent))?;
    }
    let now = now();
    let records = agents.iter().filter_map(|agent| record_of(caller, now, present.get(agent.employee_id.as_str()).copied(), Some(agent)));
    let records: Vec<Record> = records.collect();
    let imported = directory.put_all(caller.tenant(), agents, Some(view.revision), now, &records).await;
    let imported = imported.map_err(|error| part.refused(error))?;
    changed(app, caller);
    Ok(ImportAnswer { added: imported.added, changed: imported.changed, unchanged: imported.unchanged })
}

/// From now on events get what the directory says now.
fn changed(app: &App, caller: &Caller) {
    app.agents.forget(caller.tenant());
    app.recorded.notify_one();
}

/// Refuses, unless the version that the sender has read is the present one; 0 is that of what is not there.
fn expect(preconditions: Preconditions, version: i64) -> Result<(), Problem> {
    match preconditions.if_match {
        None => Ok(()),
        Some(_) if version == 0 => Err(Problem::stale(0)),
        Some(expected) => expected.require(version),
    }
}

/// The record of what becomes of an agent; none if nothing does.
fn record_of(caller: &Caller, now: Timestamp, before: Option<&Agent>, after: Option<&Agent>) -> Option<Record> {
    let (activity, word) = match (before, after) {
        (Some(before), Some(after)) if before == after => return None,
        (Some(_), Some(_)) => ("Updated", "Changed"),
        (None, _) => ("Created", "Added"),
        (Some(_), None) => ("Deleted", "Removed"),
    };
    let agent = after.or(before)?;
    let named = agent.agent_name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let change = Change {
        entity: ENTITY,
        activity,
        instance: agent.employee_id.clone(),
        summary: format!("{word} the agent {}{named}", agent.employee_id),
        before: before.map(told),
        after: after.map(told),
    };
    Some(record(caller, now, change))
}

/// The id in an address.
fn employee_id(given: &str) -> Result<String, Problem> {
    agent::employee_id(given).map_err(|wrong| Problem::parameter(wrong.field, wrong.reason))
}

fn none(id: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("there is no agent {id:?} in the directory"))
}

fn answer(status: StatusCode, agent: StoredAgent) -> Response {
    (status, [(header::ETAG, etag(agent.version))], Json(AgentAnswer::from(agent))).into_response()
}
