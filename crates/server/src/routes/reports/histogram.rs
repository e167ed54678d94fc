//! `POST /reports/{kind}/histogram`: how many rows there are over time.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rollcall_reports::bucket::BucketSize;
use rollcall_reports::histogram::HistogramAsked;
use rollcall_reports::{Definition, InvalidDefinition, Kind};
use serde_json::Value;

use super::answer::HistogramAnswer;
use super::form::Form;
use super::members::{Members, take};
use super::question::{Asker, Question, as_json, ask_kind};
use super::schema::HistogramQuery;
use crate::app::App;
use crate::auth::Caller;
use crate::body::RequestBody;
use crate::intake::now;
use crate::parameters::PathPart;
use crate::problem::{Document, Problem};

/// How many rows, when?
pub(crate) struct Histogram(HistogramAsked);

/// Show how many rows there are over time
///
/// Bars over the whole range, also where there are no rows, as long as `bucket` says or as is sensible for the range.
#[utoipa::path(
    post, path = "/reports/{kind}/histogram", tag = "reports",
    params(("kind" = String, Path, description = "The kind of report")),
    request_body(content = HistogramQuery, content_type = "application/json"),
    responses(
        (status = 200, description = "The bars", body = HistogramAnswer),
        (status = 422, description = "The definition is wrong, or the histogram would have too many bars", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "Too many reports are running", body = Document, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn histogram_of_report(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPart(kind): PathPart,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, Problem> {
    ask_kind::<Histogram>(&app, &caller, &kind, &headers, body).await
}

impl Question for Histogram {
    const NAME: &'static str = "histogram";
    const MEMBERS: &'static [&'static str] = &["histogram"];
    const FORMS: &'static [Form] = &[Form::Page];

    fn take(_: Kind, members: &mut Members) -> Result<Self, InvalidDefinition> {
        let Some(stated) = take(members, "histogram") else { return Ok(Histogram(HistogramAsked::default())) };
        if let Some(bucket) = stated.get("bucket").and_then(Value::as_str)
            && BucketSize::from_name(bucket).is_none()
        {
            return Err(InvalidDefinition::unknown("histogram.bucket", bucket, BucketSize::ALL.iter().map(|size| size.name())));
        }
        let expected = r#"expected {"field":…,"bucket":…,"split":…,"top":…}"#;
        let asked = serde_json::from_value(stated).map_err(|error| InvalidDefinition::new("histogram", format!("{expected}: {error}")))?;
        Ok(Histogram(asked))
    }

    async fn answer(self, definition: Definition, asker: Asker<'_>) -> Result<Response, Problem> {
        let answer = asker.app.reports.histogram(&asker.of_reports(), &definition, &self.0, now()).await?;
        asker.reads::<Histogram>(&definition, answer.total).await?;
        let bars = answer.bars.len();
        as_json(HistogramAnswer::from(answer), bars).await
    }
}
