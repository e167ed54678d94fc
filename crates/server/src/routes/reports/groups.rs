//! `POST /reports/{kind}/groups`: rows counted by what they have in common.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rollcall_delivery::file::{Question as Asked, file_name};
use rollcall_reports::engine::DEFAULT_PAGE_ROWS;
use rollcall_reports::group::answer::GroupPaging;
use rollcall_reports::{Definition, InvalidDefinition, Kind};

use super::answer::GroupsAnswer;
use super::form::Form;
use super::members::{Members, Told, take_number, take_paging, take_told};
use super::question::{Asker, Question, as_json, ask_kind};
use super::schema::GroupsQuery;
use super::stream;
use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::intake::now;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};

/// Which groups?
pub(crate) struct Groups(GroupPaging, Told);

/// Group the rows of a report
///
/// The first `depth` keys of the definition's `group_by` make the groups. Each says with which filters in addition the
/// definition has its rows, or to a greater depth its subgroups; to the depth 0 all rows are one group, the sum of all. As JSON: one page with the exact number of groups.
/// As NDJSON, CSV, XLSX or Parquet: all groups, of one snapshot; but for NDJSON, as a table with the keys and then the measures.
#[utoipa::path(
    post, path = "/reports/{kind}/groups", tag = "reports",
    params(("kind" = String, Path, description = "The kind of report")),
    request_body(content = GroupsQuery, content_type = "application/json"),
    responses(
        (status = 200, description = "The groups", content((GroupsAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"), (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "application/vnd.apache.parquet"))),
        (status = 410, description = "The cursor has expired", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The definition or the cursor is wrong, or there are not so many keys", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn group_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(kind): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_kind::<Groups>(&app, &caller, &kind, &headers, body).await
}

impl Question for Groups {
    const NAME: &'static str = "groups";
    const MEMBERS: &'static [&'static str] = &["depth", "limit", "cursor", "raw", "bom"];
    const FORMS: &'static [Form] = Form::ALL;

    fn take(_: Kind, members: &mut Members) -> Result<Self, InvalidDefinition> {
        let depth = take_number(members, "depth", "how many keys of group_by make groups, from 0 on")?;
        let paging = take_paging(members)?;
        Ok(Groups(GroupPaging { depth, limit: paging.limit, cursor: paging.cursor }, take_told(members)?))
    }

    async fn answer(self, definition: Definition, asker: Asker<'_>) -> Result<Response, Problem> {
        let (Groups(paging, told), caller, reports) = (self, asker.of_reports(), &asker.app.reports);
        let Some(format) = asker.form.file() else {
            let answer = reports.groups(&caller, &definition, &paging, now()).await?;
            asker.reads::<Groups>(&definition, answer.total).await?;
            return as_json(GroupsAnswer::new(answer, &definition), paging.limit.unwrap_or(DEFAULT_PAGE_ROWS)).await;
        };
        let groups = reports.group_stream(&caller, &definition, &paging, now()).await?;
        let name = file_name(&definition, &Asked::Groups { depth: paging.depth }, format);
        let exporting = asker.exports::<Groups>(&definition).await?;
        stream::answer(asker, exporting, (format, told), &name, groups).await
    }
}
