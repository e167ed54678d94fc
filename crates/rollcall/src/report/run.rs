//! Running what is told row by row, and printing it as a table, as CSV or as JSON.
//!
//! First it is asked how many rows there are, which also gives a cursor; then all rows are streamed from that cursor,
//! so that both are of one snapshot. Few rows by `--limit` are one page.

use std::io::Write;

use anyhow::Context;
use reqwest::Response;
use rollcall_model::zone::Zone;
use serde_json::Value;

use super::definition::{Clock, Members};
use super::footer::Answer;
use super::records::Shape;
use super::stream::{check_complete, copy, each_line};
use super::table::{Column, TableWriter};
use super::told::Told;
use crate::commands::report::ReportFormat;
use crate::connection::{self, Connection};
use crate::failure::usage;
use crate::stdout::Stdout;

/// Most rows that the API answers with at once, instead of as a stream.
const PAGE_ROWS: u64 = 10_000;

/// A report that is run and printed row by row.
pub(crate) struct Run<'a> {
    pub(crate) connection: &'a Connection,
    /// The kind of report.
    pub(crate) kind: &'a str,
    /// What is told.
    pub(crate) told: Told,
    /// The definition, and what is asked beside it.
    pub(crate) asked: Members,
    pub(crate) limit: Option<u64>,
    pub(crate) format: ReportFormat,
    /// In which zone times are shown, whatever that of the range.
    pub(crate) clock: Clock,
}

impl Run<'_> {
    pub(crate) async fn print(&self) -> anyhow::Result<()> {
        // The rows of one page come with everything else. CSV is always the API's own.
        let page_rows = self.limit.filter(|&limit| limit <= PAGE_ROWS && self.format != ReportFormat::Csv);
        let answer = self.page(page_rows.unwrap_or(0)).await?;
        match self.format {
            ReportFormat::Table => self.print_table(answer, page_rows.is_some()).await,
            ReportFormat::Json | ReportFormat::Ndjson if page_rows.is_some() => print_page(&answer),
            ReportFormat::Json | ReportFormat::Ndjson => self.pass_through(&answer, Shape::Lines).await,
            ReportFormat::Csv => self.pass_through(&answer, Shape::Csv).await,
            ReportFormat::Xlsx | ReportFormat::Parquet => {
                Err(usage("expected --output FILE with --format xlsx or parquet: they are nothing to print"))
            }
        }
    }

    async fn query(&self, paging: (&str, Value), accept: &'static str) -> anyhow::Result<Response> {
        let mut body = self.asked.clone();
        body.insert(paging.0.to_owned(), paging.1);
        let call = self.connection.post(&["reports", self.kind, self.told.path()]).json(&body)?.accept(accept);
        self.connection.send(call).await
    }

    async fn page(&self, limit: u64) -> anyhow::Result<Answer> {
        connection::json(self.query(("limit", limit.into()), "application/json").await?).await
    }

    /// All rows after the answer's cursor, as a stream.
    async fn stream(&self, answer: &Answer, accept: &'static str) -> anyhow::Result<Option<Response>> {
        let Some(cursor) = &answer.next_cursor else { return Ok(None) };
        self.query(("cursor", cursor.as_str().into()), accept).await.map(Some)
    }

    async fn print_table(&self, mut answer: Answer, is_page: bool) -> anyhow::Result<()> {
        let zone = if self.clock == Clock::Utc { Zone::utc() } else { answer.zone() };
        let mut columns = self.told.columns(&answer)?;
        if self.clock == Clock::Agent && self.told == Told::Rows {
            columns.iter_mut().for_each(Column::is_in_its_own_zone);
        }
        let mut table = TableWriter::new(columns, zone, Stdout::lock());
        let mut shown = answer.rows.len() as u64;
        for row in std::mem::take(&mut answer.rows) {
            table.row(&self.told.cells(serde_json::from_str(row.get())?))?;
        }
        if !is_page && let Some(mut response) = self.stream(&answer, "application/x-ndjson").await? {
            let each = |line: &[u8]| table.row(&self.told.cells(serde_json::from_slice(line).context("a row is no JSON object")?));
            shown = each_line(&mut response, self.limit, each).await?;
            self.check_complete(shown, &answer)?;
        }
        table.finish()?.finish()?;
        // Whoever closed stderr does not want to know.
        let _ = std::io::stderr().lock().write_all(answer.footer(self.told, shown).as_bytes());
        Ok(())
    }

    /// Prints what the API streams, as it comes.
    async fn pass_through(&self, answer: &Answer, shape: Shape) -> anyhow::Result<()> {
        let mut out = Stdout::lock();
        let Some(mut response) = self.stream(answer, shape.media_type()).await? else {
            if shape == Shape::Csv {
                write!(out, "{}\r\n", self.told.names(answer).join(","))?;
            }
            return out.finish();
        };
        let seen = copy(&mut response, shape, self.limit, &mut out).await?;
        self.check_complete(seen, answer)?;
        out.finish()
    }

    fn check_complete(&self, seen: u64, answer: &Answer) -> anyhow::Result<()> {
        check_complete(seen, answer.total, self.limit, self.told.nouns().1)
    }
}

fn print_page(answer: &Answer) -> anyhow::Result<()> {
    let mut out = Stdout::lock();
    for row in &answer.rows {
        writeln!(out, "{row}")?;
    }
    out.finish()
}
