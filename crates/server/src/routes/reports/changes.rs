//! `POST /reports/{kind}/changes`: which rows of a report have changed since.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rollcall_reports::changes::{self, ChangeKind};
use rollcall_reports::engine::DEFAULT_PAGE_ROWS;
use rollcall_reports::{Definition, InvalidDefinition, Kind, Paging};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer::{ColumnAnswer, RangeAnswer, WatermarkAnswer};
use super::form::Form;
use super::members::{Members, Told, take, take_paging, take_told};
use super::question::{Asker, Question, as_json, ask_kind};
use super::schema::ChangesQuery;
use super::stream;
use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::intake::now;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};

/// Which rows have changed since?
pub(crate) struct Changes {
    since_seq: i64,
    paging: Paging,
    told: Told,
}

/// One page of what has changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangesAnswer {
    /// The kind of report.
    report: &'static str,
    /// What the range meant, on both sides.
    range: RangeAnswer,
    /// The seq at which the older side was known.
    since_seq: i64,
    /// The columns that are shown and compared.
    columns: Vec<ColumnAnswer>,
    /// The field that tells a row from every other: `session_key`, or of events `seq`.
    key: &'static str,
    /// The changes, in the order of the definition.
    changes: Vec<ChangeAnswer>,
    /// How many there are of each kind on all pages.
    counts: ChangeCounts,
    /// How many there are on all pages.
    total: u64,
    /// Where the next page begins, on the same snapshot, for at least an hour; missing after the last.
    next_cursor: Option<String>,
    /// Up to which moment the newer side is complete. Its `seq` is where the next comparison goes on.
    watermark: WatermarkAnswer,
}

/// One row that has changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeAnswer {
    /// What became of it.
    change: ChangeWord,
    /// The `session_key` of a session, the `seq` of an event.
    key: Value,
    /// The columns that differ, of a row that is on both sides.
    changed_columns: Vec<String>,
    /// The columns as they were; `null` of a row that was not there.
    #[schema(value_type = Option<Object>)]
    before: Option<Box<RawValue>>,
    /// The columns as they are; `null` of a row that is no longer there.
    #[schema(value_type = Option<Object>)]
    after: Option<Box<RawValue>>,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChangeWord {
    /// It was not there.
    Added,
    /// It is no longer there.
    Removed,
    /// A column that is shown has another value.
    Changed,
}

/// How many rows have changed in which way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeCounts {
    /// Rows that were not there.
    added: u64,
    /// Rows that are no longer there.
    removed: u64,
    /// Rows of which a column that is shown has another value.
    changed: u64,
}

/// See which rows of a report have changed since
///
/// The rows as they were known at `since_seq`, compared with those that are known now, or at `as_of_seq`, by the
/// columns of the definition. Range, filters and what a preset means now are the same on both sides. As JSON: one page
/// with exact counts. As NDJSON or CSV: all changes, of one snapshot; in CSV each column twice, `before_…` and `after_…`.
#[utoipa::path(
    post, path = "/reports/{kind}/changes", tag = "reports",
    params(("kind" = String, Path, description = "The kind of report, such as `login_logout` or `access_log`, also written with hyphens")),
    request_body(content = ChangesQuery, content_type = "application/json"),
    responses(
        (status = 200, description = "The changes", content((ChangesAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 410, description = "The cursor has expired", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "The definition, `since_seq` or the cursor is wrong", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn query_changes(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(kind): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_kind::<Changes>(&app, &caller, &kind, &headers, body).await
}

impl Question for Changes {
    const NAME: &'static str = "changes";
    const MEMBERS: &'static [&'static str] = &["since_seq", "limit", "cursor", "raw", "bom"];
    const FORMS: &'static [Form] = Form::LINES;

    fn take(_: Kind, members: &mut Members) -> Result<Self, InvalidDefinition> {
        let stated = take(members, "since_seq").unwrap_or_default();
        let expected = || format!("expected the watermark.seq of an earlier answer, a whole number; got {stated}");
        let since_seq = stated.as_i64().ok_or_else(|| InvalidDefinition::new("since_seq", expected()))?;
        Ok(Changes { since_seq, paging: take_paging(members)?, told: take_told(members)? })
    }

    async fn answer(self, definition: Definition, asker: Asker<'_>) -> Result<Response, Problem> {
        let (Changes { since_seq, paging, told }, caller, reports) = (self, asker.of_reports(), &asker.app.reports);
        let Some(format) = asker.form.file() else {
            let answer = reports.changes(&caller, &definition, since_seq, &paging, now()).await?;
            asker.reads::<Changes>(&definition, answer.total).await?;
            return as_json(ChangesAnswer::from(answer), paging.limit.unwrap_or(DEFAULT_PAGE_ROWS)).await;
        };
        let changes = reports.change_stream(&caller, &definition, since_seq, paging.cursor.as_deref(), now()).await?;
        let name = format!("{}-changes.{}", definition.report.name(), format.extension());
        let exporting = asker.exports::<Changes>(&definition).await?;
        stream::answer(asker, exporting, (format, told), &name, changes).await
    }
}

impl From<changes::ChangesAnswer> for ChangesAnswer {
    fn from(answer: changes::ChangesAnswer) -> Self {
        let changes::ChangesAnswer { report, range, since_seq, columns, key, changes, counts, total, next_cursor, watermark } = answer;
        let changes::ChangeCounts { added, removed, changed } = counts;
        ChangesAnswer {
            report: report.name(),
            range: range.into(),
            since_seq,
            columns: columns.iter().map(ColumnAnswer::from).collect(),
            key,
            changes: changes.into_iter().map(ChangeAnswer::from).collect(),
            counts: ChangeCounts { added, removed, changed },
            total,
            next_cursor,
            watermark: watermark.into(),
        }
    }
}

impl From<changes::Change> for ChangeAnswer {
    fn from(change: changes::Change) -> Self {
        let changes::Change { change, key, changed_columns, before, after } = change;
        let change = match change {
            ChangeKind::Added => ChangeWord::Added,
            ChangeKind::Removed => ChangeWord::Removed,
            ChangeKind::Changed => ChangeWord::Changed,
        };
        ChangeAnswer { change, key, changed_columns, before, after }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_seq_is_needed_and_is_a_whole_number() {
        let taken = |body: Value| {
            let Value::Object(mut members) = body else { panic!("no object") };
            Changes::take(Kind::LoginLogout, &mut members).map(|changes| changes.since_seq)
        };
        assert_eq!(taken(json!({"since_seq": 7, "limit": 3})).unwrap(), 7);
        for body in [json!({}), json!({"since_seq": null}), json!({"since_seq": "7"}), json!({"since_seq": 1.5})] {
            assert_eq!(taken(body).unwrap_err().field, "since_seq");
        }
    }
}
