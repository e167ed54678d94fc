//! Legal holds: reasons for which nothing is removed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use rollcall_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::parameters::PathPart;
use crate::problem::{Kind, Problem};
use crate::record::{Announced, Change};

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 16 * 1024;
/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 100;
/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 1_000;

/// A legal hold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hold {
    /// What it is called.
    name: String,
    /// Why nothing is removed.
    reason: String,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<rollcall_ledger::Hold> for Hold {
    fn from(hold: rollcall_ledger::Hold) -> Self {
        let rollcall_ledger::Hold { name, reason, created_at } = hold;
        Hold { name, reason, created_at }
    }
}

/// The legal holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Holds {
    /// The oldest first.
    holds: Vec<Hold>,
}

/// A legal hold that is to be placed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHold {
    /// What it is called: 1 to 100 characters, none of them a control character.
    name: String,
    /// Why nothing is to be removed: 1 to 1,000 characters.
    reason: String,
}

/// What became of a legal hold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReleasedHold {
    /// Whether there was one of that name.
    released: bool,
}

/// List the legal holds
#[utoipa::path(get, path = "/holds", tag = "store", responses((status = 200, description = "Those that are in place", body = Holds)))]
pub(crate) async fn get_holds(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Holds>, Problem> {
    let holds = app.ledger.holds(caller.tenant()).await?.into_iter().map(Hold::from).collect();
    Ok(Json(Holds { holds }))
}

/// Place a legal hold
///
/// Once this has answered, nothing is removed until the hold is released. One that is there already stays as it is.
#[utoipa::path(post, path = "/holds", tag = "store", request_body = NewHold, responses((status = 200, description = "The hold that is in place", body = Hold)))]
pub(crate) async fn post_hold(State(app): State<Arc<App>>, caller: Caller, body: RequestBody) -> Result<Json<Hold>, Problem> {
    let wanted = body.json::<NewHold>(MAX_REQUEST_BYTES).await?;
    let NewHold { name, reason } =
        wanted.ok_or_else(|| Problem::new(Kind::InvalidBody, "expected a name and a reason; got an empty body"))?;
    check("name", &name, MAX_NAME_CHARS)?;
    check("reason", &reason, MAX_REASON_CHARS)?;
    let told = json!({"name": name, "reason": reason});
    let announced = Announced::new(&app, &caller, change("Placed", &name, None, Some(told.clone()))).await?;
    let (announced, hold) = announced.unless_failed(app.ledger.place_hold(caller.tenant(), &name, &reason).await).await?;
    announced.done(json!({"name": hold.name, "reason": hold.reason, "created_at": hold.created_at})).await?;
    Ok(Json(hold.into()))
}

/// Release a legal hold
///
/// What is no longer kept goes with the next run of retention, unless there is another hold.
#[utoipa::path(
    post, path = "/holds/{name}/release", tag = "store",
    params(("name" = String, Path, description = "Name of the hold")),
    responses((status = 200, description = "There is no hold of that name any more", body = ReleasedHold))
)]
pub(crate) async fn post_release(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(name): PathPart,
) -> Result<Json<ReleasedHold>, Problem> {
    let before = app.ledger.holds(caller.tenant()).await?.into_iter().find(|hold| hold.name == name);
    let Some(before) = before else { return Ok(Json(ReleasedHold { released: false })) };
    let told = json!({"name": before.name, "reason": before.reason, "created_at": before.created_at});
    let announced = Announced::new(&app, &caller, change("Released", &name, Some(told), None)).await?;
    let (announced, released) = announced.unless_failed(app.ledger.release_hold(caller.tenant(), &name).await).await?;
    if released {
        announced.done(Value::Null).await?
    } else {
        announced.withdrawn().await?
    }
    Ok(Json(ReleasedHold { released }))
}

fn change(activity: &'static str, name: &str, before: Option<Value>, after: Option<Value>) -> Change {
    let summary = format!("{activity} the legal hold {name:?}");
    Change { entity: "Legal Hold", activity, instance: name.to_owned(), summary, before, after }
}

fn check(field: &str, text: &str, most: usize) -> Result<(), Problem> {
    let is_right = !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control);
    if is_right {
        return Ok(());
    }
    let detail = format!("expected 1 to {most} characters, none of them a control character; got {} of them", text.chars().count());
    Err(Problem::new(Kind::InvalidBody, detail).field(field))
}
