//! The values of fields, as a table, as CSV, or as JSON with one field a line.

use std::io::Write;

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

use super::footer::{Answer, counted};
use super::table::{self, printable};
use super::told::Told;
use crate::commands::listing::csv_line;
use crate::commands::report::{ReportFormat, rows_alone};
use crate::stdout::Stdout;

#[derive(Deserialize)]
struct Facet {
    field: String,
    label: String,
    values: Vec<Counted>,
    others: Others,
    missing: u64,
    here: Option<u64>,
}

/// A value, and how many rows have it.
#[derive(Deserialize)]
struct Counted {
    value: Value,
    label: Option<String>,
    rows: u64,
    occurred: bool,
    origin: Option<String>,
    has_children: Option<bool>,
}

#[derive(Deserialize)]
struct Others {
    values: u64,
    rows: u64,
    not_occurred: u64,
}

/// Prints the values that the API tells.
pub(crate) fn print(answer: Value, format: ReportFormat) -> anyhow::Result<()> {
    let unread = "the answer is not one that this version of Rollcall reads; use the same version as the server";
    let told = answer.get("facets").and_then(Value::as_array).context(unread)?;
    let facets = told.iter().map(Facet::deserialize).collect::<Result<Vec<_>, _>>().context(unread)?;
    let mut out = Stdout::lock();
    match format {
        ReportFormat::Table => {
            let mut table = table::plain(&["Field", "Value", "Rows", ""]);
            table::align_right(&mut table, 2);
            for line in facets.iter().flat_map(Facet::lines) {
                table.add_row(line.map(|cell| printable(&cell)));
            }
            writeln!(out, "{}", table.trim_fmt())?;
            out.finish()?;
            let footer = Answer::deserialize(&answer).context(unread)?.footer_of_all(Told::Rows);
            // Whoever closed stderr does not want to know.
            let _ = std::io::stderr().lock().write_all(footer.as_bytes());
            Ok(())
        }
        ReportFormat::Csv => {
            write!(out, "field,value,label,rows,occurred,origin\r\n")?;
            for facet in &facets {
                for value in &facet.values {
                    let cells = [facet.field.clone(), value.text(), value.label.clone().unwrap_or_default(), value.rows.to_string()];
                    let last = [value.occurred.to_string(), value.origin.clone().unwrap_or_default()];
                    write!(out, "{}", csv_line(cells.iter().chain(&last).map(String::as_str), true))?;
                }
            }
            out.finish()
        }
        ReportFormat::Json | ReportFormat::Ndjson => {
            for facet in told {
                writeln!(out, "{facet}")?;
            }
            out.finish()
        }
        ReportFormat::Xlsx | ReportFormat::Parquet => Err(rows_alone()),
    }
}

impl Facet {
    /// Its lines in a table: field, value, rows, and what else is to be said.
    fn lines(&self) -> Vec<[String; 4]> {
        let mut lines: Vec<[String; 3]> = Vec::new();
        if let Some(here) = self.here.filter(|here| *here > 0) {
            lines.push(["(at the branch itself)".to_owned(), here.to_string(), String::new()]);
        }
        for value in &self.values {
            let note = match (value.occurred, value.has_children) {
                (false, _) => "did not occur",
                (true, Some(true)) => "has levels below",
                _ => "",
            };
            let text = value.text();
            let value_shown = match &value.label {
                // Of a branch of the hierarchy the label is its last level: the whole is what filters take.
                Some(label) if value.has_children.is_none() && *label != text => format!("{label} ({text})"),
                _ => text,
            };
            lines.push([value_shown, value.rows.to_string(), note.to_owned()]);
        }
        if self.others.values > 0 {
            lines.push([format!("({})", counted(self.others.values, ("other", "others"))), self.others.rows.to_string(), String::new()]);
        }
        if self.missing > 0 {
            lines.push(["(no value)".to_owned(), self.missing.to_string(), String::new()]);
        }
        if self.others.not_occurred > 0 {
            lines.push([format!("({} more)", self.others.not_occurred), "0".to_owned(), "did not occur".to_owned()]);
        }
        if lines.is_empty() {
            lines.push(["(none)".to_owned(), "0".to_owned(), String::new()]);
        }
        let named =
            |(at, [value, rows, note]): (usize, [String; 3])| [if at == 0 { self.label.clone() } else { String::new() }, value, rows, note];
        lines.into_iter().enumerate().map(named).collect()
    }
}

impl Counted {
    /// The value, as filters take it.
    fn text(&self) -> String {
        self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned)
    }
}
