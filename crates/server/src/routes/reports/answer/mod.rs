//! What a report answers with, as it goes over the wire.
//!
//! The reports floor says the same in its own types; here they get their schemas. Made field by field, so
//! that a change there that would change the wire does not compile.

mod column;
mod facets;
mod groups;
mod histogram;
mod signed_in;

pub(super) use column::ColumnAnswer;
pub(in crate::routes) use facets::FacetsAnswer;
pub(in crate::routes) use groups::GroupsAnswer;
pub(in crate::routes) use histogram::HistogramAnswer;
pub(in crate::routes) use signed_in::SignedInAnswer;

use rollcall_model::Timestamp;
use rollcall_reports::engine::AnswerRange;
use rollcall_reports::{Answer, watermark};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// One page of a report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportAnswer {
    /// The kind of report.
    report: &'static str,
    /// What the range meant.
    range: RangeAnswer,
    /// The columns that are shown.
    columns: Vec<ColumnAnswer>,
    /// The rows: objects by column name. A missing value is `null`.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<Box<RawValue>>,
    /// How many rows there are on all pages.
    total: u64,
    /// Where the next page begins, on the same snapshot, for at least an hour; missing after the last.
    next_cursor: Option<String>,
    /// Up to which moment the answer is complete.
    watermark: WatermarkAnswer,
}

/// The range of an answer, in instants and in words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RangeAnswer {
    /// First instant.
    #[schema(format = DateTime)]
    from: String,
    /// First instant after.
    #[schema(format = DateTime)]
    to: String,
    /// The moment whose knowledge is shown.
    #[schema(format = DateTime)]
    as_of: String,
    /// The zone in which days begin.
    time_zone: String,
    /// The same for people.
    words: String,
}

/// Up to which moment an answer is complete.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WatermarkAnswer {
    /// Complete up to here, as far as sources that the filters leave in still send; missing where nothing has come yet,
    /// and with an earlier `as_of_seq`: how sources stood then is not kept.
    #[schema(value_type = Option<String>, format = DateTime)]
    complete_to: Option<Timestamp>,
    /// The source whose newest event that is; missing where none still sends.
    held_back_by: Option<String>,
    /// Whether the whole range is complete, as far as it lies in the past.
    complete: bool,
    /// The first seq that the answer has not seen.
    pub(in crate::routes) seq: i64,
    /// The sources, by name.
    pub(in crate::routes) sources: Vec<SourceHealth>,
}

/// How a source is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceHealth {
    /// Its name.
    source: String,
    /// Time of its newest event.
    #[schema(value_type = String, format = DateTime)]
    newest_event_time: Timestamp,
    /// When it last sent something.
    #[schema(value_type = String, format = DateTime)]
    last_received_at: Timestamp,
    /// For how long it has been silent, if that is unusual.
    silent_seconds: Option<i64>,
    /// By how much its clock is ahead, if it is.
    clock_ahead_seconds: Option<i64>,
    /// By how much the newest event that it sent last was older than its arrival, if that is over a minute: it came
    /// late, or the clock is behind.
    behind_seconds: Option<i64>,
    /// Events accepted; null for those who see a part of the rows alone.
    events: Option<i64>,
    /// Records rejected; null for those who see a part of the rows alone.
    rejected: Option<i64>,
}

impl From<Answer> for ReportAnswer {
    fn from(answer: Answer) -> Self {
        let Answer { report, range, columns, rows, total, next_cursor, watermark } = answer;
        ReportAnswer {
            report: report.name(),
            range: range.into(),
            columns: columns.iter().map(ColumnAnswer::from).collect(),
            rows,
            total,
            next_cursor,
            watermark: watermark.into(),
        }
    }
}

impl From<AnswerRange> for RangeAnswer {
    fn from(range: AnswerRange) -> Self {
        let AnswerRange { from, to, as_of, time_zone, words } = range;
        RangeAnswer { from, to, as_of, time_zone, words }
    }
}

impl From<watermark::Watermark> for WatermarkAnswer {
    fn from(watermark: watermark::Watermark) -> Self {
        let watermark::Watermark { complete_to, held_back_by, complete, seq, sources } = watermark;
        WatermarkAnswer { complete_to, held_back_by, complete, seq, sources: sources.into_iter().map(SourceHealth::from).collect() }
    }
}

impl From<watermark::SourceHealth> for SourceHealth {
    fn from(health: watermark::SourceHealth) -> Self {
        let watermark::SourceHealth {
            source,
            newest_event_time,
            last_received_at,
            silent_seconds,
            clock_ahead_seconds,
            behind_seconds,
            events,
            rejected,
        } = health;
        SourceHealth { source, newest_event_time, last_received_at, silent_seconds, clock_ahead_seconds, behind_seconds, events, rejected }
    }
}
