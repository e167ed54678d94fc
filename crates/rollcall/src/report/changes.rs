//! `rollcall report KIND --changed-since SEQ`: which rows have changed since.
//!
//! As with a report, it is first asked how many changes there are, and then all of them are streamed from the cursor
//! that came with that. In a table a row that has changed is two lines: as it was and as it is.

use std::io::Write;

use anyhow::Context;
use reqwest::Response;
use rollcall_model::zone::Zone;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::definition::{Clock, Members};
use super::footer::{Answer, counted};
use super::records::Shape;
use super::stream::{check_complete, copy, each_line};
use super::table::{Column, TableWriter};
use crate::commands::report::{ReportFormat, rows_alone};
use crate::connection::{self, Connection};
use crate::stdout::Stdout;

/// What is asked, and how to print it.
pub(crate) struct Changes<'a> {
    pub(crate) connection: &'a Connection,
    /// The kind of report, as addresses name it.
    pub(crate) kind: &'a str,
    pub(crate) definition: Members,
    pub(crate) since_seq: i64,
    pub(crate) limit: Option<u64>,
    pub(crate) format: ReportFormat,
    /// In which zone times are shown, whatever that of the range.
    pub(crate) clock: Clock,
}

/// What an answer says besides its changes.
#[derive(Debug, Deserialize)]
struct Told {
    #[serde(flatten)]
    answer: Answer,
    counts: Counts,
}

#[derive(Debug, Deserialize)]
struct Counts {
    added: u64,
    removed: u64,
    changed: u64,
}

/// One change.
#[derive(Debug, Deserialize)]
struct Change {
    change: String,
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
}

impl Changes<'_> {
    pub(crate) async fn print(&self) -> anyhow::Result<()> {
        let told: Told = connection::json(self.query(("limit", 0.into()), "application/json").await?).await?;
        match self.format {
            ReportFormat::Table => self.print_table(&told).await,
            ReportFormat::Json | ReportFormat::Ndjson => self.pass_through(&told, Shape::Lines).await,
            ReportFormat::Csv => self.pass_through(&told, Shape::Csv).await,
            ReportFormat::Xlsx | ReportFormat::Parquet => Err(rows_alone()),
        }
    }

    async fn query(&self, paging: (&str, Value), accept: &'static str) -> anyhow::Result<Response> {
        let mut body = self.definition.clone();
        body.insert("since_seq".to_owned(), self.since_seq.into());
        body.insert(paging.0.to_owned(), paging.1);
        let call = self.connection.post(&["reports", self.kind, "changes"]).json(&body)?.accept(accept);
        self.connection.send(call).await
    }

    /// All changes, as a stream; none where there are none.
    async fn stream(&self, told: &Told, accept: &'static str) -> anyhow::Result<Option<Response>> {
        let Some(cursor) = &told.answer.next_cursor else { return Ok(None) };
        self.query(("cursor", cursor.as_str().into()), accept).await.map(Some)
    }

    async fn print_table(&self, told: &Told) -> anyhow::Result<()> {
        let zone = if self.clock == Clock::Utc { Zone::utc() } else { told.answer.zone() };
        let columns = std::iter::once(Column::of_texts("change", "Change")).chain(told.answer.columns.iter().cloned());
        let mut columns: Vec<Column> = columns.collect();
        if self.clock == Clock::Agent {
            columns.iter_mut().for_each(Column::is_in_its_own_zone);
        }
        let mut table = TableWriter::new(columns, zone, Stdout::lock());
        let mut seen = 0;
        if let Some(mut response) = self.stream(told, Shape::Lines.media_type()).await? {
            let each = |line: &[u8]| {
                let change: Change = serde_json::from_slice(line).context("a change is no JSON object")?;
                change.lines().iter().try_for_each(|row| table.row(row))
            };
            seen = each_line(&mut response, self.limit, each).await?;
        }
        check_complete(seen, told.answer.total, self.limit, "changes")?;
        table.finish()?.finish()?;
        // Whoever closed stderr does not want to know.
        let _ = std::io::stderr().lock().write_all(told.footer(self.since_seq, seen).as_bytes());
        Ok(())
    }

    /// Prints what the API streams, as it comes.
    async fn pass_through(&self, told: &Told, shape: Shape) -> anyhow::Result<()> {
        let mut out = Stdout::lock();
        let Some(mut response) = self.stream(told, shape.media_type()).await? else {
            if shape == Shape::Csv {
                write!(out, "{}\r\n", told.csv_header())?;
            }
            return out.finish();
        };
        let seen = copy(&mut response, shape, self.limit, &mut out).await?;
        check_complete(seen, told.answer.total, self.limit, "changes")?;
        out.finish()
    }
}

impl Told {
    /// The header of a CSV without lines.
    fn csv_header(&self) -> String {
        let names = |side: &'static str| self.answer.columns.iter().map(move |column| format!("{side}_{}", column.name));
        let fixed = ["change", "key", "changed_columns"].map(str::to_owned);
        fixed.into_iter().chain(names("before")).chain(names("after")).collect::<Vec<_>>().join(",")
    }

    /// The lines below a table of `shown` changes.
    fn footer(&self, since_seq: i64, shown: u64) -> String {
        let Counts { added, removed, changed } = &self.counts;
        let total = self.answer.total;
        let shown = if shown < total { format!("{shown} of ") } else { String::new() };
        let changes = counted(total, ("change", "changes"));
        self.answer.footer_of(&format!("{shown}{changes} since {since_seq}: {added} added, {removed} removed, {changed} changed"))
    }
}

impl Change {
    /// The lines of a table that tell it.
    fn lines(self) -> Vec<Map<String, Value>> {
        let words = match self.change.as_str() {
            "changed" => ["changed from", "changed to"],
            word => [word, word],
        };
        let told = |(word, row): (&str, Option<Map<String, Value>>)| {
            let mut row = row?;
            row.insert("change".to_owned(), word.into());
            Some(row)
        };
        words.into_iter().zip([self.before, self.after]).filter_map(told).collect()
    }
}
