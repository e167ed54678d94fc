//! Rows as a table for people: labels and words instead of names, durations as h:mm:ss, times without what
//! everybody knows.
//!
//! Rows come in any number, so only some of them lie in memory: the columns are as wide as the first chunk
//! needs, and a later chunk makes a column wider if it must.

use std::io::{IsTerminal, Write};

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};
use rollcall_model::Timestamp;
use rollcall_model::zone::Zone;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Rows that lie in memory at once.
const CHUNK_ROWS: usize = 1_000;
/// No lines but one below the header, by comfy-table's order of what can be drawn.
const STYLE: &str = "     ─             ";
/// Spaces between columns.
const GAP: u16 = 2;
/// No column is made narrower than this, gap included.
const NARROWEST: u16 = 8;

/// A column as the API describes it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    label: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    words: Map<String, Value>,
    /// The zone in which its times are shown, where it is not that of the table.
    #[serde(skip)]
    zone: Option<Zone>,
}

/// Writes rows as a table.
pub(crate) struct TableWriter<W: Write> {
    columns: Vec<Column>,
    /// The zone in which times are shown.
    zone: Zone,
    chunk: Vec<Vec<String>>,
    /// Widths of the columns so far; none before the first chunk.
    widths: Vec<u16>,
    out: W,
}

impl<W: Write> TableWriter<W> {
    /// A table before its first row.
    pub(crate) fn new(columns: Vec<Column>, zone: Zone, out: W) -> Self {
        TableWriter { columns, zone, chunk: Vec::new(), widths: Vec::new(), out }
    }

    /// Adds a row: an object by column name.
    pub(crate) fn row(&mut self, row: &Map<String, Value>) -> anyhow::Result<()> {
        let cells = self.columns.iter().map(|column| column.text(row.get(&column.name).unwrap_or(&Value::Null), &self.zone));
        self.chunk.push(cells.collect());
        if self.chunk.len() >= CHUNK_ROWS { self.write_chunk() } else { Ok(()) }
    }

    /// Writes what is left, and gives back where it was written to.
    pub(crate) fn finish(mut self) -> anyhow::Result<W> {
        if !self.chunk.is_empty() || self.widths.is_empty() {
            self.write_chunk()?;
        }
        Ok(self.out)
    }

    fn write_chunk(&mut self) -> anyhow::Result<()> {
        let mut table = styled();
        let is_first = self.widths.is_empty();
        if is_first {
            table.set_header(self.columns.iter().map(|column| column.cell(&column.label)));
        }
        for row in self.chunk.drain(..) {
            table.add_row(row.into_iter().zip(&self.columns).map(|(text, column)| column.cell(text)));
        }
        if is_first {
            self.widths = table.column_max_content_widths().iter().map(|width| width + GAP).collect();
            if let Some(available) = table.width().filter(|_| wraps()) {
                let is_text: Vec<bool> = self.columns.iter().map(Column::is_text).collect();
                narrow(&mut self.widths, &is_text, available.into());
            }
        }
        for (column, width) in table.column_iter_mut().zip(&self.widths) {
            let width = Width::Fixed(*width);
            column.set_padding((0, GAP));
            column.set_constraint(if wraps() { ColumnConstraint::Absolute(width) } else { ColumnConstraint::LowerBoundary(width) });
        }
        writeln!(self.out, "{}", table.trim_fmt())?;
        Ok(())
    }
}

/// Makes the widest columns narrower until all fit: those of texts, which can be wrapped, before others.
fn narrow(widths: &mut [u16], is_text: &[bool], available: usize) {
    while widths.iter().map(|&width| usize::from(width)).sum::<usize>() > available {
        let widest = |texts: bool| {
            let columns = widths.iter().zip(is_text).enumerate().filter(|(_, (width, text))| **width > NARROWEST && (**text || !texts));
            columns.max_by_key(|(_, (width, _))| **width).map(|(at, _)| at)
        };
        let Some(width) = widest(true).or_else(|| widest(false)).and_then(|at| widths.get_mut(at)) else { return };
        *width -= 1;
    }
}

impl Column {
    /// Its times are buckets: of the calendar, only the part is shown that differs; all are those of the report's zone.
    pub(crate) fn is_bucket(&mut self, size: &str, zone: Zone) {
        let kind = match size {
            "day" | "week" => "date",
            "month" | "year" => size,
            _ => "timestamp",
        };
        (self.kind, self.zone) = (kind.to_owned(), Some(zone));
    }

    /// Its times say their zone themselves, each its own.
    pub(crate) fn is_in_its_own_zone(&mut self) {
        if self.kind == "timestamp" {
            "local_time".clone_into(&mut self.kind);
        }
    }

    /// A column of texts that the API does not describe.
    pub(crate) fn of_texts(name: &str, label: &str) -> Self {
        Column { name: name.to_owned(), label: label.to_owned(), kind: "text".to_owned(), words: Map::new(), zone: None }
    }

    fn is_text(&self) -> bool {
        !matches!(self.kind.as_str(), "timestamp" | "local_time" | "date" | "month" | "year" | "seconds" | "integer" | "boolean")
    }

    fn cell(&self, text: impl Into<String>) -> Cell {
        let is_number = matches!(self.kind.as_str(), "seconds" | "integer");
        Cell::new(text.into()).set_alignment(if is_number { CellAlignment::Right } else { CellAlignment::Left })
    }

    /// A value as people read it.
    fn text(&self, value: &Value, zone: &Zone) -> String {
        let zone = self.zone.as_ref().unwrap_or(zone);
        match (self.kind.as_str(), value) {
            (_, Value::Null) => String::new(),
            ("timestamp", Value::String(text)) => text.parse().map_or_else(|_| printable(text), |moment| shown_moment(moment, zone)),
            ("local_time", Value::String(text)) => shown_local(text),
            ("date", Value::String(text)) => text.chars().take("2026-04-15".len()).collect(),
            ("month", Value::String(text)) => text.chars().take("2026-04".len()).collect(),
            ("year", Value::String(text)) => text.chars().take("2026".len()).collect(),
            ("seconds", Value::Number(seconds)) => hours(seconds.as_f64().unwrap_or_default()),
            (_, Value::Bool(flag)) => (if *flag { "yes" } else { "no" }).to_owned(),
            (_, Value::String(text)) => printable(self.words.get(text).and_then(Value::as_str).unwrap_or(text)),
            (_, Value::Object(pairs)) => {
                let pair =
                    |(key, value): (&String, &Value)| format!("{key}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                printable(&pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
            }
            (_, other) => printable(&other.to_string()),
        }
    }
}

/// A table of texts, without rows yet.
pub(crate) fn plain(header: &[&str]) -> Table {
    let mut table = styled();
    table.set_header(header.iter().copied());
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table
}

/// Puts the numbers of a column of such a table below each other.
pub(crate) fn align_right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn styled() -> Table {
    let mut table = Table::new();
    table.load_preset(STYLE);
    table.set_content_arrangement(if wraps() { ContentArrangement::Dynamic } else { ContentArrangement::Disabled });
    table
}

/// Whether long texts are wrapped: in a terminal. Into a file or a pipe every row is one line.
fn wraps() -> bool {
    std::io::stdout().is_terminal()
}

/// Seconds as `h:mm:ss`. What is less than a second is cut off, as it is of the times beside it.
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn hours(seconds: f64) -> String {
    let whole = seconds as i64;
    let (sign, whole) = if whole < 0 { ("-", -whole) } else { ("", whole) };
    format!("{sign}{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
}

/// A time with its offset, as RFC 3339 has it, to the second.
fn shown_local(text: &str) -> String {
    let Some((civil, offset)) = text.split_at_checked("2026-04-15T08:00:00".len()) else { return printable(text) };
    let offset = offset.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    printable(&format!("{} {offset}", civil.replace('T', " ")))
}

/// A moment in a zone as date and time of day, to the second. A time that comes twice bears its offset.
pub(crate) fn shown_moment(moment: Timestamp, zone: &Zone) -> String {
    let civil = zone.civil(moment).strftime("%Y-%m-%d %H:%M:%S").to_string();
    if zone.comes_twice(moment) { format!("{civil} {}", zone.offset(moment)) } else { civil }
}

/// A text that a terminal shows and does not obey: what a source sent must not move the cursor.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns() -> Vec<Column> {
        serde_json::from_value(json!([
            {"name": "agent", "label": "Agent", "type": "text", "meaning": "who"},
            {"name": "login_time", "label": "Login time", "type": "timestamp"},
            {"name": "duration", "label": "Duration", "type": "seconds"},
            {"name": "end_reason", "label": "End reason", "type": "text", "words": {"signed_out": "Signed out"}},
            {"name": "open", "label": "Open", "type": "boolean"},
            {"name": "tags", "label": "Tags", "type": "map"},
        ]))
        .unwrap()
    }

    fn stockholm() -> Zone {
        Zone::new("Europe/Stockholm").unwrap()
    }

    #[test]
    fn a_time_that_comes_twice_bears_its_offset() {
        let told = |text: &str| shown_moment(text.parse().unwrap(), &stockholm());
        assert_eq!(told("2026-10-25T00:50:00Z"), "2026-10-25 02:50:00 +02:00");
        assert_eq!(told("2026-10-25T01:10:00Z"), "2026-10-25 02:10:00 +01:00");
        assert_eq!(told("2026-10-25T02:10:00Z"), "2026-10-25 03:10:00");
    }

    #[test]
    fn a_time_in_its_own_zone_bears_its_offset() {
        assert_eq!(shown_local("2026-04-15T10:00:00+02:00"), "2026-04-15 10:00:00 +02:00");
        assert_eq!(shown_local("2026-04-15T10:00:00.25Z"), "2026-04-15 10:00:00 Z");
        assert_eq!(shown_local("soon"), "soon");
    }

    #[test]
    fn rows_are_told_in_words() {
        let mut table = TableWriter::new(columns(), stockholm(), Vec::new());
        let row = json!({"agent": "Mara Lind", "login_time": "2026-11-20T08:59:58.12+01:00", "duration": 30_602.7, "end_reason": "signed_out",
            "open": false, "tags": {"site": "north", "shift": "early"}});
        table.row(row.as_object().unwrap()).unwrap();
        let row = json!({"agent": "\u{1b}[2Jx", "login_time": null, "duration": 7, "end_reason": "brand_new", "open": true, "tags": null});
        table.row(row.as_object().unwrap()).unwrap();
        insta::assert_snapshot!(String::from_utf8(table.finish().unwrap()).unwrap());
    }

    #[test]
    fn a_table_without_rows_has_a_header() {
        let told = String::from_utf8(TableWriter::new(columns(), stockholm(), Vec::new()).finish().unwrap()).unwrap();
        assert_eq!(told.lines().count(), 2, "{told}");
    }

    #[test]
    fn later_chunks_keep_the_widths_of_the_first() {
        let mut table = TableWriter::new(columns().into_iter().take(3).collect(), stockholm(), Vec::new());
        for number in 0..2 * CHUNK_ROWS + 1 {
            let agent = if number == 0 { "a long name that comes first" } else { "x" };
            let row = json!({"agent": agent, "login_time": "2026-11-20T08:59:58Z", "duration": number});
            table.row(row.as_object().unwrap()).unwrap();
        }
        let told = String::from_utf8(table.finish().unwrap()).unwrap();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 2 + 2 * CHUNK_ROWS + 1);
        let column = |line: &str| line.find("2026");
        assert!(lines[2..].iter().all(|line| column(line) == column(lines[2])));
        assert!(lines[2..].iter().all(|line| line.ends_with(|c: char| c.is_ascii_digit())));
    }

    #[test]
    fn durations_are_hours_minutes_and_seconds() {
        assert_eq!([0.0, 59.6, 3_600.0, 360_000.0, -61.0].map(hours), ["0:00:00", "0:00:59", "1:00:00", "100:00:00", "-0:01:01"]);
    }

    #[test]
    fn the_widest_columns_of_text_give_way_first() {
        let mut widths = [21, 40, 30];
        let is_text = [false, true, true];
        narrow(&mut widths, &is_text, 61);
        assert_eq!(widths, [21, 20, 20]);
        narrow(&mut widths, &is_text, 30);
        assert_eq!(widths, [14, 8, 8]);
        narrow(&mut widths, &is_text, 1);
        assert_eq!(widths, [8, 8, 8]);
    }
}
