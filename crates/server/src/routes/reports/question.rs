//! What all questions about a definition's rows have in common.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use rollcall_delivery::file::Format;
use rollcall_reports::{Definition, InvalidDefinition, Kind};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;

use super::form::Form;
use super::members::{Members, with_kind};
use crate::app::App;
use crate::auth::Caller;
use crate::body::{RequestBody, off_async_threads};
use crate::problem::{self, Problem};
use crate::reading::{Exporting, Read};
use crate::rights::rows_of;

/// Largest request, in bytes.
const MAX_REQUEST_BYTES: usize = 1024 * 1024;
/// Answers with more rows are written off the async threads.
const FEW_ROWS: usize = 200;

/// What can be asked about the rows of a definition.
pub(crate) trait Question: Sized + Send {
    /// What it is called in the record of who has read what.
    const NAME: &'static str;
    /// The members of a request that ask it, beside those of the definition.
    const MEMBERS: &'static [&'static str];
    /// The forms in which it is answered.
    const FORMS: &'static [Form];

    /// Takes its members out. What is left is the definition, which is one of the kind.
    fn take(kind: Kind, members: &mut Members) -> Result<Self, InvalidDefinition>;

    /// Answers it.
    fn answer(self, definition: Definition, asker: Asker<'_>) -> impl Future<Output = Result<Response, Problem>> + Send;
}

/// Who asks, and in which form they want their answer.
pub(crate) struct Asker<'a> {
    pub(super) app: &'a Arc<App>,
    pub(super) caller: &'a Caller,
    known_as: rollcall_reports::Caller,
    pub(super) form: Form,
    /// Their turn at running a report, which they have until the answer is all told.
    pub(super) turn: OwnedSemaphorePermit,
}

impl<'a> Asker<'a> {
    /// Somebody who may ask about a kind of report, and whose turn it is.
    pub(super) async fn of(app: &'a Arc<App>, caller: &'a Caller, kind: Kind, form: Form) -> Result<Self, Problem> {
        let scope = rows_of(&caller.0, kind, form != Form::Page)?;
        let turn = app.report_turn()?;
        Ok(Asker { app, caller, known_as: app.asking(caller, scope).await?, form, turn })
    }

    /// Records that they read an answer of so many rows.
    pub(super) async fn reads<Q: Question>(&self, definition: &Definition, rows: u64) -> Result<(), Problem> {
        self.app.record_query(self.caller, &Read::of(Q::NAME, definition)?, rows).await
    }

    /// Records that they have all rows as a file.
    pub(super) async fn exports<Q: Question>(&self, definition: &Definition) -> Result<Exporting, Problem> {
        let format = self.form.file().map_or("json", Format::extension);
        self.app.record_export(self.caller, Read::of(Q::NAME, definition)?, format).await
    }

    /// Who they are to the reports floor.
    pub(super) fn of_reports(&self) -> rollcall_reports::Caller {
        self.known_as.clone()
    }
}

/// Answers a question about the definition in a body, of the kind in the address.
pub(super) async fn ask_kind<Q: Question>(
    app: &Arc<App>,
    caller: &Caller,
    kind: &str,
    headers: &HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    let form = Form::accepted(headers, Q::FORMS)?;
    let kind = Kind::parse(kind).map_err(|unknown| {
        let detail = format!("there is no such kind of report: {}", unknown.reason);
        Problem::new(problem::Kind::NotFound, detail).allowed(unknown.allowed)
    })?;
    let members: Members = body.json(MAX_REQUEST_BYTES).await?.unwrap_or_default();
    ask::<Q>(app, caller, form, kind, members).await
}

/// Answers a question about the definition that is among these members, wherever they come from.
pub(crate) async fn ask<Q: Question>(
    app: &Arc<App>,
    caller: &Caller,
    form: Form,
    kind: Kind,
    mut members: Members,
) -> Result<Response, Problem> {
    let question = Q::take(kind, &mut members)?;
    let definition = Definition::parse(with_kind(kind, members)?)?;
    question.answer(definition, Asker::of(app, caller, kind, form).await?).await
}

/// An answer as JSON, of about so many rows.
pub(super) async fn as_json<T: Serialize + Send + 'static>(answer: T, rows: usize) -> Result<Response, Problem> {
    let write = move || serde_json::to_vec(&answer).map_err(|error| Problem::internal("writing an answer", &error));
    let written = off_async_threads(rows <= FEW_ROWS, write).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], Bytes::from(written)).into_response())
}
