//! A list that a command prints: as a table, as CSV, or as the API's own JSON, one object a line.

use std::io::Write;

use serde_json::Value;

use crate::commands::report::Format;
use crate::report::table::{self, printable};
use crate::stdout::Stdout;

/// A column: its name in CSV, and its label in a table.
pub(super) type Column = (&'static str, &'static str);

/// A list of things, each as the API tells it and as texts of the columns.
pub(super) struct Listing<'a> {
    columns: &'a [Column],
    rows: Vec<(Vec<String>, Value)>,
    /// Whether a spreadsheet that opens the CSV is kept from running texts as formulas.
    is_guarded: bool,
}

impl<'a> Listing<'a> {
    pub(super) fn new(columns: &'a [Column]) -> Self {
        Listing { columns, rows: Vec::new(), is_guarded: true }
    }

    /// A list whose CSV is read again by Rollcall, so that every text stays as it is.
    pub(super) fn to_be_read_again(columns: &'a [Column]) -> Self {
        Listing { is_guarded: false, ..Listing::new(columns) }
    }

    pub(super) fn push(&mut self, cells: Vec<String>, told: Value) {
        self.rows.push((cells, told));
    }

    pub(super) fn print(self, format: Format) -> anyhow::Result<()> {
        let mut out = Stdout::lock();
        match format {
            Format::Table => {
                let labels: Vec<&str> = self.columns.iter().map(|(_, label)| *label).collect();
                let mut table = table::plain(&labels);
                for (cells, _) in &self.rows {
                    table.add_row(cells.iter().map(|cell| printable(cell)));
                }
                writeln!(out, "{}", table.trim_fmt())?;
            }
            Format::Csv => {
                let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
                write!(out, "{}\r\n", names.join(","))?;
                for (cells, _) in &self.rows {
                    write!(out, "{}", csv_line(cells.iter().map(String::as_str), self.is_guarded))?;
                }
            }
            Format::Json => {
                for (_, told) in &self.rows {
                    writeln!(out, "{told}")?;
                }
            }
        }
        out.finish()
    }
}

/// A line of RFC 4180, with its end.
pub(crate) fn csv_line<'a>(cells: impl Iterator<Item = &'a str>, is_guarded: bool) -> String {
    let cells: Vec<String> = cells.map(|cell| csv_cell(cell, is_guarded)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell of RFC 4180. What a spreadsheet would run as a formula begins with `'`, if it is guarded.
fn csv_cell(text: &str, is_guarded: bool) -> String {
    let guard = if is_guarded && text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    let text = format!("{guard}{text}");
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be() {
        assert_eq!(csv_cell("Lind, \"Mara\"", true), "\"Lind, \"\"Mara\"\"\"");
        assert_eq!((csv_cell("=1+1", true).as_str(), csv_cell("=1+1", false).as_str()), ("'=1+1", "=1+1"));
    }
}
